// SPDX-License-Identifier: MIT
/* virtio_console_streams: see the header. */
#include "drivers/virtio_console_streams.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "drivers/serial.h"
#include "drivers/virtio_console.h"
#include "drivers/virtio_console_orders.h"
#include "kernel/doctor.h"
#include "kernel/kmalloc.h"
#include "kernel/panic.h"
#include "lib/string.h"
#include "vfs/console.h"

#define LOG_TAG "console"
#include "kernel/log.h"

enum {
    HVC0 = 229 << 8, /* device number of /dev/hvc0 */
    END_LINE_MAX = 512,
};

/* How long the machine's end waits for a host that reads nothing more. */
#define DRAIN_LIMIT_NS       (5 * NSEC_PER_SEC)
#define DRAIN_LIMIT_PANIC_NS (500 * NSEC_PER_MSEC)

/* One or, on a plain console, all three of the streams. */
struct stream {
    struct console_device console;
    struct virtio_port *port;
};

static struct stream *stream_of(struct console_device *dev)
{
    return container_of(dev, struct stream, console);
}

static ssize_t stream_write(struct console_device *dev, const void *data,
                            size_t len, bool nonblock)
{
    struct virtio_port *port = stream_of(dev)->port;
    ssize_t n;
    int err;

    for (;;) {
        n = virtio_port_write(port, data, len);
        if (n == -EIO)
            virtio_queue_report(port->tx);
        if (n != -EAGAIN || nonblock)
            return n;
        err = wait_event(&port->room, virtio_port_writable(port), WAIT_FOREVER);
        if (err)
            return err;
    }
}

static bool stream_writable(struct console_device *dev)
{
    return virtio_port_writable(stream_of(dev)->port);
}

static void stream_flush(struct console_device *dev)
{
    struct virtio_port *port = stream_of(dev)->port;

    /* A signal ends the wait; the machine's end then drains by polling. */
    wait_event(&port->room, virtio_port_idle(port), WAIT_FOREVER);
}

static void stream_input_resume(struct console_device *dev)
{
    virtio_port_input_resume(stream_of(dev)->port);
}

static const struct console_device_ops stream_ops = {
    .write = stream_write,
    .writable = stream_writable,
    .flush = stream_flush,
    .input_resume = stream_input_resume,
};

static size_t port_input(struct virtio_port *port, const void *data, size_t len)
{
    struct stream *s = port->owner;

    return console_input(&s->console, data, len);
}

static void port_input_end(struct virtio_port *port, bool ended)
{
    struct stream *s = port->owner;

    console_input_eof(&s->console, ended);
}

static void port_output_ready(struct virtio_port *port)
{
    struct stream *s = port->owner;

    console_output_ready(&s->console);
}

/* A stream on port; NULL without memory. Pipes are what the host most often
 * has behind named ports, a plain console is a terminal's. */
static struct stream *stream_create(struct virtio_port *port, bool named,
                                    bool output)
{
    struct stream *s = kzalloc(sizeof(*s));

    if (!s)
        return NULL;
    s->port = port;
    port->owner = s;
    if (named)
        console_device_init(&s->console, &stream_ops, S_IFIFO | 0600, 0);
    else
        console_device_init(&s->console, &stream_ops, S_IFCHR | 0620, HVC0);
    if (output && virtio_port_output_start(port)) {
        kfree(s);
        return NULL;
    }
    port->output_ready = port_output_ready;
    return s;
}

static int input_start(struct stream *s)
{
    s->port->input = port_input;
    s->port->input_end = port_input_end;
    return virtio_port_input_start(s->port);
}

/* The set of streams that a plain console serves: all, or none. */
static unsigned plain_attach(void)
{
    struct virtio_port *port = virtio_console_port(VIRTIO_CONSOLE_PLAIN);
    struct stream *s;

    if (!port)
        return 0;
    s = stream_create(port, false, true);
    if (!s || input_start(s)) {
        log_error("no memory for the console");
        return 0;
    }
    for (unsigned i = 0; i < CONSOLE_STREAMS; i++)
        console_register((enum console_stream)i, &s->console);
    return (1u << CONSOLE_STREAMS) - 1;
}

static unsigned named_attach(enum console_stream stream,
                             enum virtio_console_role role)
{
    struct virtio_port *port = virtio_console_port(role);
    bool input = stream == CONSOLE_STDIN;
    struct stream *s;

    if (!port)
        return 0;
    s = stream_create(port, true, !input);
    if (!s || (input && input_start(s))) {
        log_error("no memory for stream %d", stream);
        return 0;
    }
    console_register(stream, &s->console);
    return 1u << stream;
}

unsigned virtio_console_attach_streams(void)
{
    return plain_attach() | named_attach(CONSOLE_STDIN, VIRTIO_CONSOLE_STDIN) |
           named_attach(CONSOLE_STDOUT, VIRTIO_CONSOLE_STDOUT) |
           named_attach(CONSOLE_STDERR, VIRTIO_CONSOLE_STDERR);
}

/* --- log --- */

static void log_write(struct log_sink *sink, const char *text, size_t len)
{
    struct virtio_port *port = virtio_console_port(VIRTIO_CONSOLE_LOG);

    (void)sink;
    virtio_port_push(port, text, len);
    if (port->tx->broken)
        serial_log_mute(false); /* the other way still works */
}

bool virtio_console_attach_log(void)
{
    static struct log_sink sink = {.write = log_write};
    struct virtio_port *port = virtio_console_port(VIRTIO_CONSOLE_LOG);

    if (!port || virtio_port_output_start(port))
        return false;
    log_add_sink(&sink);
    return true;
}

/* --- the word to the host --- */

static void control_report(struct shutdown_ops *ops, enum shutdown_kind kind,
                           int code, const char *detail)
{
    struct virtio_port *port = virtio_console_port(VIRTIO_CONSOLE_CONTROL);
    char line[END_LINE_MAX];
    size_t len;

    (void)ops;
    if (!port)
        return;
    len = virtio_console_end_line(line, sizeof(line), kind, code, detail);
    virtio_port_push(port, line, len);
}

/* Everything that is under way, on whatever port. */
static void ports_drain(struct shutdown_ops *ops)
{
    uint64_t limit =
        panic_in_progress() ? DRAIN_LIMIT_PANIC_NS : DRAIN_LIMIT_NS;

    (void)ops;
    for (unsigned i = 0; i < VIRTIO_CONSOLE_ROLES; i++) {
        struct virtio_port *port =
            virtio_console_port((enum virtio_console_role)i);

        if (port)
            virtio_port_drain(port, limit);
    }
}

static void send_fact(const char *line, size_t len)
{
    virtio_port_push(virtio_console_port(VIRTIO_CONSOLE_CONTROL), line, len);
}

void virtio_console_attach_control(void)
{
    static struct shutdown_ops ops = {
        .report = control_report,
        .drain = ports_drain,
    };
    struct virtio_port *port = virtio_console_port(VIRTIO_CONSOLE_CONTROL);

    if (port && virtio_port_output_start(port))
        log_error("no memory for the control port");
    else if (port)
        doctor_host = send_fact;
    if (port && virtio_console_take_orders(port))
        log_error("no memory for what the host asks for: no signals from it");
    shutdown_register(&ops);
}

void virtio_console_send_ready(void)
{
    static const char ready[] = "ready\n";
    struct virtio_port *in = virtio_console_port(VIRTIO_CONSOLE_STDIN);
    struct virtio_port *out = virtio_console_port(VIRTIO_CONSOLE_CONTROL);

    if (in)
        virtio_port_expect_open(in);
    if (out)
        virtio_port_push(out, ready, sizeof(ready) - 1);
}
