// SPDX-License-Identifier: MIT
/* virtio_console: see the header. */
#include "drivers/virtio_console.h"

#include "abi/errno.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/kmalloc.h"

#define LOG_TAG "console"
#include "kernel/log.h"

#define FEATURE_MULTIPORT (1ull << 1)

enum {
    CONFIG_MAX_PORTS = 4, /* offset in the device configuration */
    PORTS_MAX = 8,
    QUEUE_CONTROL_RX = 2,
    QUEUE_CONTROL_TX = 3,
    PORT_RX_SIZE = 4, /* descriptors; not less than the pages of a port */
    PORT_TX_SIZE = 16,
    CONTROL_SIZE = 32,
    MESSAGE_SIZE = 128, /* a longer message, a very long name, is cut */
    HANDSHAKE_LIMIT_NS = 500000000,
};
static_assert((int)PORT_RX_SIZE >= VIRTIO_PORT_INPUT_PAGES, "rx ring");
static_assert((int)PORT_TX_SIZE >= VIRTIO_PORT_PAGES, "tx ring");

struct message_in {
    uint8_t data[MESSAGE_SIZE];
};

struct message_out {
    struct virtio_console_header header;
    struct message_out *next; /* when free */
};

struct console_port {
    struct virtio_port port;
    bool exists;    /* the host has added it */
    bool described; /* ... and said what it is */
};

struct virtio_console {
    struct virtio_device *dev;
    struct spinlock lock; /* covers what follows */
    struct virtqueue *control_rx, *control_tx;
    struct message_in *in;
    struct message_out *out, *out_free;
    bool settled; /* the handshake is over: no new ports */
    unsigned port_count;
    struct console_port ports[PORTS_MAX];
};

static struct virtio_console *console; /* NULL: there is none */
static struct virtio_port *roles[VIRTIO_CONSOLE_ROLES];

/* --- control messages --- */

static void send_locked(struct virtio_console *c, uint32_t id,
                        enum virtio_console_event event, uint16_t value)
{
    struct message_out *m;
    struct virtio_buffer buf;
    uint32_t written;

    while ((m = virtqueue_pop(c->control_tx, &written))) {
        m->next = c->out_free;
        c->out_free = m;
    }
    m = c->out_free;
    if (!m)
        return; /* a device that takes none of so many is past help */
    m->header = (struct virtio_console_header){id, (uint16_t)event, value};
    buf = (struct virtio_buffer){virtio_phys(&m->header), sizeof(m->header)};
    if (virtqueue_add(c->control_tx, &buf, 1, 0, m) == 0)
        c->out_free = m->next;
}

static void role_set_locked(struct virtio_console *c, uint32_t id,
                            enum virtio_console_role role)
{
    struct console_port *p = &c->ports[id];

    p->described = true;
    if (c->settled || role == VIRTIO_CONSOLE_NONE || roles[role])
        return;
    roles[role] = &p->port;
    send_locked(c, id, VIRTIO_CONSOLE_PORT_OPEN, 1);
}

/* What the device says; ports that we do not know are none of our business. */
static void handle_locked(struct virtio_console *c,
                          const struct virtio_console_message *m)
{
    uint32_t id = m->header.id;
    struct console_port *p;

    if (id >= c->port_count)
        return;
    p = &c->ports[id];
    switch (m->header.event) {
    case VIRTIO_CONSOLE_PORT_ADD:
        if (c->settled)
            break;
        p->exists = true;
        send_locked(c, id, VIRTIO_CONSOLE_PORT_READY, 1);
        break;
    case VIRTIO_CONSOLE_PORT_REMOVE:
        virtio_port_set_open(&p->port, false);
        break;
    case VIRTIO_CONSOLE_CONSOLE_PORT:
        role_set_locked(c, id, VIRTIO_CONSOLE_PLAIN);
        break;
    case VIRTIO_CONSOLE_PORT_NAME:
        role_set_locked(c, id, virtio_console_role_of(m->name, m->name_len));
        break;
    case VIRTIO_CONSOLE_PORT_OPEN:
        p->described = true;
        virtio_port_set_open(&p->port, m->header.value != 0);
        break;
    }
}

static void post_locked(struct virtio_console *c, struct message_in *in)
{
    struct virtio_buffer buf = {virtio_phys(in), sizeof(*in)};

    (void)virtqueue_add(c->control_rx, &buf, 0, 1, in);
}

/* Handles all that has come, answers with one notification. */
static void control_pump(struct virtio_console *c)
{
    unsigned long irq_state = spin_lock(&c->lock);
    struct virtio_console_message m;
    struct message_in *in;
    uint32_t len;

    while ((in = virtqueue_pop(c->control_rx, &len))) {
        if (virtio_console_parse(in->data, len, &m) == 0)
            handle_locked(c, &m);
        post_locked(c, in);
    }
    virtqueue_kick(c->control_rx);
    virtqueue_kick(c->control_tx);
    spin_unlock(&c->lock, irq_state);
}

static void control_interrupt(struct virtqueue *vq)
{
    struct virtio_console *c = vq->driver_data;

    do
        control_pump(c);
    while (!virtqueue_enable_callback(vq));
}

/* Whether the host has said of every port what it is. */
static bool all_described(const struct virtio_console *c)
{
    unsigned known = 0;

    for (unsigned i = 0; i < c->port_count; i++) {
        if (c->ports[i].exists && !c->ports[i].described)
            return false;
        known += c->ports[i].exists;
    }
    return known > 0;
}

/*
 * DEVICE_READY makes the device add its ports, READY for each makes it name
 * them, OPEN makes it use those that have a role. The messages of one step are
 * together in the ring before the answer to the next can be, so the first port
 * that is named comes after the last that is added.
 */
static void handshake(struct virtio_console *c)
{
    uint64_t end = clock_monotonic_ns() + HANDSHAKE_LIMIT_NS;

    for (unsigned i = 0; i < CONTROL_SIZE; i++)
        post_locked(c, &c->in[i]);
    virtqueue_kick(c->control_rx);
    send_locked(c, 0, VIRTIO_CONSOLE_DEVICE_READY, 1);
    virtqueue_kick(c->control_tx);
    do {
        control_pump(c);
        cpu_pause();
    } while (!all_described(c) && !c->control_rx->broken &&
             clock_monotonic_ns() < end);
    if (!all_described(c))
        log_warn("%s: the host names no ports, or not all", c->dev->name);
    c->settled = true;
    control_interrupt(c->control_rx);
}

/* --- set-up --- */

static int port_create(struct virtio_console *c, unsigned id)
{
    struct virtio_port *port = &c->ports[id].port;
    unsigned queue = id == 0 ? 0 : 2 * (id + 1);
    int err;

    virtio_port_init(port);
    err = virtio_queue_create(c->dev, queue, PORT_RX_SIZE,
                              virtio_port_rx_interrupt, port, &port->rx);
    if (err)
        return err;
    return virtio_queue_create(c->dev, queue + 1, PORT_TX_SIZE,
                               virtio_port_tx_interrupt, port, &port->tx);
}

static int control_create(struct virtio_console *c)
{
    int err;

    c->in = kmalloc(CONTROL_SIZE * sizeof(*c->in));
    c->out = kmalloc(CONTROL_SIZE * sizeof(*c->out));
    if (!c->in || !c->out)
        return -ENOMEM;
    for (unsigned i = 0; i < CONTROL_SIZE; i++) {
        c->out[i].next = c->out_free;
        c->out_free = &c->out[i];
    }
    err = virtio_queue_create(c->dev, QUEUE_CONTROL_RX, CONTROL_SIZE,
                              control_interrupt, c, &c->control_rx);
    if (err)
        return err;
    return virtio_queue_create(c->dev, QUEUE_CONTROL_TX, CONTROL_SIZE, NULL, c,
                               &c->control_tx);
}

/*
 * EVENT_IDX is not asked for: with it QEMU interrupts for the first buffer of
 * every queue, wanted or not, while the flag of old keeps it silent. Output
 * hardly gains from fewer notifications.
 */
static int console_start(struct virtio_console *c)
{
    bool multiport;
    int err = virtio_negotiate(c->dev, FEATURE_MULTIPORT);

    if (err)
        return err;
    multiport = virtio_has(c->dev, FEATURE_MULTIPORT);
    c->port_count = 1;
    if (multiport)
        c->port_count =
            MIN(virtio_config32(c->dev, CONFIG_MAX_PORTS), (uint32_t)PORTS_MAX);
    for (unsigned i = 0; i < c->port_count; i++) {
        err = port_create(c, i);
        if (err)
            return err;
    }
    if (multiport) {
        err = control_create(c);
        if (err)
            return err;
    }
    virtio_start(c->dev);
    if (multiport)
        handshake(c);
    else
        roles[VIRTIO_CONSOLE_PLAIN] = &c->ports[0].port;
    return 0;
}

static int probe(struct virtio_device *dev)
{
    struct virtio_console *c;
    int err;

    if (console) {
        log_warn("%s: a second console device is not used", dev->name);
        return 0;
    }
    c = kzalloc(sizeof(*c));
    if (!c)
        return -ENOMEM;
    c->dev = dev;
    dev->driver_data = c;
    err = console_start(c);
    if (err) {
        /* The queues stay allocated: interrupts may know them. */
        virtio_reset(dev);
        return err;
    }
    console = c;
    return 0;
}

void virtio_console_register(void)
{
    static struct virtio_driver driver = {
        .type = VIRTIO_TYPE_CONSOLE,
        .probe = probe,
    };

    virtio_driver_register(&driver);
}

struct virtio_port *virtio_console_port(enum virtio_console_role role)
{
    return roles[role];
}

void virtio_console_counts(uint64_t *kicks, uint64_t *interrupts)
{
    *kicks = *interrupts = 0;
    for (unsigned i = 0; console && i < console->dev->queue_slots; i++) {
        const struct virtqueue *vq = console->dev->queues[i];

        *kicks += vq ? vq->kicks : 0;
        *interrupts += vq ? vq->interrupts : 0;
    }
}
