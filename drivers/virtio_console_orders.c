// SPDX-License-Identifier: MIT
/*
 * virtio_console_orders: see the header.
 *
 * Lines come with the port's lock held, and what they ask for takes locks that
 * stand above it: they are noted, and carried out by a timer that is due at
 * once.
 */
#include "drivers/virtio_console_orders.h"

#include "abi/ioctl.h"
#include "abi/signal.h"
#include "drivers/virtio_console_control.h"
#include "drivers/virtio_port.h"
#include "kernel/process.h"
#include "kernel/signal.h"
#include "kernel/timer.h"
#include "vfs/console_terminal.h"
#include "vfs/tty.h"

#define LINE_SIZE 64 /* what does not fit is none of ours */

static struct {
    struct timer work;
    struct spinlock lock; /* covers what follows; below the port's */
    uint64_t signals;     /* to be sent; bit number - 1 */
    bool resized;
    struct abi_winsize size;
    char line[LINE_SIZE];
    size_t len;
} orders;

static void send_signal(int sig)
{
    const struct abi_siginfo info = {.si_signo = sig, .si_code = SI_KERNEL};
    struct process *p = process_find(1);

    if (p)
        (void)signal_send_process(p, &info);
    process_put(p);
}

static void work(struct timer *t)
{
    unsigned long irq = spin_lock(&orders.lock);
    struct abi_winsize size = orders.size;
    uint64_t signals = orders.signals;
    bool resized = orders.resized;

    (void)t;
    orders.signals = 0;
    orders.resized = false;
    spin_unlock(&orders.lock, irq);
    if (resized && console_terminal())
        tty_resize(console_terminal(), &size);
    while (signals) {
        send_signal(__builtin_ctzll(signals) + 1);
        signals &= signals - 1;
    }
}

static void note_locked(const struct virtio_console_order *o)
{
    if (o->kind == VIRTIO_CONSOLE_SIZE) {
        orders.size = (struct abi_winsize){.ws_row = (uint16_t)o->value[0],
                                           .ws_col = (uint16_t)o->value[1]};
        orders.resized = true;
    } else if (o->value[0] > 0) {
        orders.signals |= SIGNAL_BIT(o->value[0]);
    }
}

static void take_byte_locked(char c)
{
    struct virtio_console_order o;

    if (c != '\n') {
        if (orders.len < LINE_SIZE)
            orders.line[orders.len++] = c;
        return;
    }
    if (orders.len < LINE_SIZE) {
        orders.line[orders.len] = '\0';
        if (virtio_console_parse_order(orders.line, &o) == 0)
            note_locked(&o);
    }
    orders.len = 0;
}

static size_t take_input(struct virtio_port *port, const void *data, size_t len)
{
    unsigned long irq = spin_lock(&orders.lock);

    (void)port;
    for (size_t i = 0; i < len; i++)
        take_byte_locked(((const char *)data)[i]);
    spin_unlock(&orders.lock, irq);
    timer_arm(&orders.work, 0);
    return len;
}

static void input_end(struct virtio_port *port, bool ended)
{
    (void)port;
    (void)ended;
}

int virtio_console_take_orders(struct virtio_port *port)
{
    timer_init(&orders.work, work);
    port->input = take_input;
    port->input_end = input_end;
    return virtio_port_input_start(port);
}
