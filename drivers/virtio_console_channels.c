// SPDX-License-Identifier: MIT
/* virtio_console_channels: see the header. */
#include "drivers/virtio_console_channels.h"

#include "abi/errno.h"
#include "drivers/virtio_console.h"
#include "kernel/channel.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"

/* How long a host may take nothing, and how often a clock that stands still,
 * as it may in a panic, is asked. */
#define STUCK_LIMIT_NS (5 * NSEC_PER_SEC)
#define POLLS_MAX      10000000

static struct virtio_port *port_of(enum channel_id id)
{
    static const enum virtio_console_role roles[CHANNEL_COUNT] = {
        [CHANNEL_TRACE] = VIRTIO_CONSOLE_TRACE,
        [CHANNEL_CORE] = VIRTIO_CONSOLE_CORE,
    };

    return virtio_console_port(roles[id]);
}

static bool present(enum channel_id id)
{
    return port_of(id) != NULL;
}

/* As virtio_port_write, but waits until the port takes something. */
static ssize_t write_some(struct virtio_port *port, const void *data,
                          size_t len)
{
    uint64_t start = clock_monotonic_ns(), now = start;
    ssize_t n;

    for (unsigned i = 0; i < POLLS_MAX || now != start; i++) {
        n = virtio_port_write(port, data, len);
        if (n != -EAGAIN)
            return n;
        now = clock_monotonic_ns();
        if (now - start > STUCK_LIMIT_NS)
            break;
        cpu_pause();
    }
    return -ETIMEDOUT;
}

static int write_all(enum channel_id id, const void *data, size_t len)
{
    struct virtio_port *port = port_of(id);
    static bool started[CHANNEL_COUNT];
    const char *at = data;
    ssize_t n;

    if (!started[id] && virtio_port_output_start(port))
        return -ENOMEM;
    started[id] = true;
    while (len > 0) {
        n = write_some(port, at, len);
        if (n < 0)
            return (int)n;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

void virtio_console_attach_channels(void)
{
    static const struct channel_ops ops = {
        .present = present,
        .write = write_all,
    };

    channel_register(&ops);
}
