// SPDX-License-Identifier: MIT
/* virtio_port: see the header. */
#include "drivers/virtio_port.h"

#include "abi/errno.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/page.h"
#include "kernel/panic.h"
#include "lib/printf.h"
#include "lib/string.h"

enum {
    /* How long push waits for a host that does not read. */
    PUSH_LIMIT_NS = 100000000,
    /* How often a clock that stands still, as it may in a panic, is asked. */
    POLLS_MAX = 100000,
};

static unsigned long port_lock(struct virtio_port *port)
{
    return panic_in_progress() ? 0 : spin_lock(&port->lock);
}

static void port_unlock(struct virtio_port *port, unsigned long irq_state)
{
    if (!panic_in_progress())
        spin_unlock(&port->lock, irq_state);
}

void virtio_port_init(struct virtio_port *port)
{
    *port = (struct virtio_port){.rx_last = &port->rx_first};
    wait_queue_init(&port->room);
    for (unsigned i = 0; i < VIRTIO_PORT_PAGES; i++) {
        port->tx_page[i].next = port->tx_free;
        port->tx_free = &port->tx_page[i];
    }
}

static bool page_make(struct virtio_port_page *p)
{
    struct page *page;

    if (p->data)
        return true;
    page = page_alloc(0);
    if (!page)
        return false;
    p->data = page_virt(page);
    return true;
}

/* --- output --- */

/* Collects the pages that the device is done with; whether there were any. */
static bool reap_locked(struct virtio_port *port)
{
    struct virtio_port_page *p;
    bool any = false;
    uint32_t written;

    while ((p = virtqueue_pop(port->tx, &written))) {
        p->next = port->tx_free;
        port->tx_free = p;
        any = true;
    }
    return any;
}

int virtio_port_output_start(struct virtio_port *port)
{
    return page_make(port->tx_free) ? 0 : -ENOMEM;
}

/*
 * A page to fill, or NULL: all are with the device, or there is no memory for
 * more than those that are. Pages that came back lie in front, so that new
 * ones are taken only while all others are under way.
 */
static struct virtio_port_page *page_free_locked(struct virtio_port *port)
{
    struct virtio_port_page *p = port->tx_free;

    return p && page_make(p) ? p : NULL;
}

/* Fills pages as long as there are some, and notifies once. */
static ssize_t write_locked(struct virtio_port *port, const void *data,
                            size_t len)
{
    struct virtio_buffer buf;
    size_t done = 0;

    if (port->opened && !port->open)
        return -EPIPE;
    reap_locked(port);
    while (done < len) {
        struct virtio_port_page *p = page_free_locked(port);

        if (!p)
            break;
        buf.addr = virtio_phys(p->data);
        buf.len = (uint32_t)MIN(len - done, PAGE_SIZE);
        memcpy(p->data, (const char *)data + done, buf.len);
        if (virtqueue_add(port->tx, &buf, 1, 0, p))
            break;
        port->tx_free = p->next;
        done += buf.len;
    }
    virtqueue_kick(port->tx);
    if (port->tx->broken)
        return -EIO;
    return done || !len ? (ssize_t)done : -EAGAIN;
}

ssize_t virtio_port_write(struct virtio_port *port, const void *data,
                          size_t len)
{
    unsigned long irq_state = port_lock(port);
    ssize_t n = write_locked(port, data, len);

    port_unlock(port, irq_state);
    return n;
}

/* Pages came back, or never will: asks for an interrupt when neither. */
static bool reap_or_ask_locked(struct virtio_port *port)
{
    return reap_locked(port) || port->tx->broken ||
           (!virtqueue_enable_callback(port->tx) && reap_locked(port));
}

bool virtio_port_writable(struct virtio_port *port)
{
    unsigned long irq_state = port_lock(port);
    bool yes = page_free_locked(port) || reap_or_ask_locked(port) ||
               (port->opened && !port->open);

    port_unlock(port, irq_state);
    return yes;
}

bool virtio_port_idle(struct virtio_port *port)
{
    unsigned long irq_state = port_lock(port);
    bool idle;

    do {
        idle = port->tx->in_flight == 0 || port->tx->broken ||
               (port->opened && !port->open);
    } while (!idle && reap_or_ask_locked(port));
    port_unlock(port, irq_state);
    return idle;
}

void virtio_port_tx_interrupt(struct virtqueue *vq)
{
    struct virtio_port *port = vq->driver_data;
    unsigned long irq_state = port_lock(port);

    reap_locked(port);
    virtqueue_disable_callback(vq);
    port_unlock(port, irq_state);
    wait_queue_wake_all(&port->room);
    if (port->output_ready)
        port->output_ready(port);
}

/* Polls for pages; false when the device gave none back in time. */
static bool poll_locked(struct virtio_port *port, uint64_t limit_ns)
{
    uint64_t start = clock_monotonic_ns(), now = start;

    for (unsigned i = 0; i < POLLS_MAX || now != start; i++) {
        if (reap_locked(port))
            return true;
        now = clock_monotonic_ns();
        if (port->tx->broken || now - start > limit_ns)
            return false;
        cpu_pause();
    }
    return false;
}

/* Tells in the text itself where some of it is missing. */
static void push_lost_locked(struct virtio_port *port)
{
    char text[64];
    int n = snprintf(text, sizeof(text), "(%llu bytes lost: not read)\n",
                     (unsigned long long)port->lost);

    if (write_locked(port, text, (size_t)n) == n)
        port->lost = 0;
}

void virtio_port_push(struct virtio_port *port, const void *data, size_t len)
{
    unsigned long irq_state = port_lock(port);
    const char *at = data;
    ssize_t n = 0;

    if (port->lost)
        push_lost_locked(port);
    while (len > 0) {
        n = write_locked(port, at, len);
        if (n > 0) {
            at += n;
            len -= (size_t)n;
            port->stuck = false;
            continue;
        }
        if (n != -EAGAIN || port->stuck || !poll_locked(port, PUSH_LIMIT_NS))
            break;
    }
    port->stuck = n == -EAGAIN;
    port->lost += len;
    port_unlock(port, irq_state);
}

void virtio_port_drain(struct virtio_port *port, uint64_t limit_ns)
{
    unsigned long irq_state = port_lock(port);

    while (port->tx->in_flight > 0 && !(port->opened && !port->open)) {
        if (!poll_locked(port, limit_ns))
            break;
    }
    port_unlock(port, irq_state);
}

/* --- input --- */

/* Gives a page to the device to fill. */
static void post_locked(struct virtio_port *port, struct virtio_port_page *p)
{
    struct virtio_buffer buf = {virtio_phys(p->data), PAGE_SIZE};

    /* Fails only when the device is broken: then nothing comes any more. */
    (void)virtqueue_add(port->rx, &buf, 0, 1, p);
}

/* Lines the filled pages up behind those that wait already. */
static void collect_locked(struct virtio_port *port)
{
    struct virtio_port_page *p;
    uint32_t written;

    while ((p = virtqueue_pop(port->rx, &written))) {
        p->at = 0;
        p->len = written;
        p->next = NULL;
        *port->rx_last = p;
        port->rx_last = &p->next;
    }
}

/* Hands input to the owner, as much as it takes; emptied pages go back. */
static void pump_locked(struct virtio_port *port)
{
    struct virtio_port_page *p;
    size_t taken;

    do {
        collect_locked(port);
        while ((p = port->rx_first)) {
            taken = port->input(port, p->data + p->at, p->len);
            p->at += (uint32_t)taken;
            p->len -= (uint32_t)taken;
            if (p->len > 0)
                break; /* the owner is full: it will resume */
            port->rx_first = p->next;
            if (!p->next)
                port->rx_last = &port->rx_first;
            post_locked(port, p);
        }
        virtqueue_kick(port->rx);
    } while (!port->rx_first && !virtqueue_enable_callback(port->rx));

    /* A broken device sends nothing any more. */
    if ((port->end_due || port->rx->broken) && !port->rx_first) {
        port->end_due = false;
        port->input_end(port, true);
    }
}

void virtio_port_rx_interrupt(struct virtqueue *vq)
{
    struct virtio_port *port = vq->driver_data;

    virtio_port_input_resume(port);
}

void virtio_port_input_resume(struct virtio_port *port)
{
    unsigned long irq_state = port_lock(port);

    if (port->input)
        pump_locked(port);
    port_unlock(port, irq_state);
}

int virtio_port_input_start(struct virtio_port *port)
{
    unsigned long irq_state;

    for (unsigned i = 0; i < VIRTIO_PORT_INPUT_PAGES; i++) {
        if (!page_make(&port->rx_page[i]))
            return -ENOMEM;
    }
    irq_state = port_lock(port);
    for (unsigned i = 0; i < VIRTIO_PORT_INPUT_PAGES; i++)
        post_locked(port, &port->rx_page[i]);
    pump_locked(port);
    port_unlock(port, irq_state);
    return 0;
}

void virtio_port_set_open(struct virtio_port *port, bool open)
{
    unsigned long irq_state = port_lock(port);

    port->end_due = !open;
    port->opened |= open;
    port->open = open;
    if (port->input) {
        if (open)
            port->input_end(port, false);
        pump_locked(port);
    }
    port_unlock(port, irq_state);
    if (!open)
        wait_queue_wake_all(&port->room); /* writers get -EPIPE */
}

void virtio_port_expect_open(struct virtio_port *port)
{
    if (!port->opened)
        virtio_port_set_open(port, false);
}
