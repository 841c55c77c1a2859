// SPDX-License-Identifier: MIT
/*
 * console_terminal: see the header.
 *
 * What the line discipline shows waits in a ring until the driver takes it, so
 * that a driver sees few large pieces. What the driver receives waits in the
 * device's ring; both are moved by a timer that is due at once, because a
 * driver tells of them with its locks held.
 *
 * Locking: work_lock is the outermost (kernel/lock.h), held while input is
 * moved. The terminal's lock covers the ring; the driver's locks stand below.
 */
#include "vfs/console_terminal.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "kernel/kmalloc.h"
#include "kernel/timer.h"
#include "vfs/file.h"
#include "vfs/tty.h"

#define OUTPUT_SIZE 8192 /* a power of two */
#define PIECE       256

static struct terminal {
    struct tty tty;
    struct console_device *dev;
    struct spinlock work_lock;
    struct timer work;
    uint32_t head, tail; /* of shown, free-running */
    uint8_t shown[OUTPUT_SIZE];
} * terminal;

static struct terminal *terminal_of(struct tty *t)
{
    return container_of(t, struct terminal, tty);
}

/* --- output --- */

static size_t room(struct tty *t)
{
    struct terminal *c = terminal_of(t);

    return OUTPUT_SIZE - (c->head - c->tail);
}

static void put(struct tty *t, const uint8_t *data, size_t len)
{
    struct terminal *c = terminal_of(t);

    for (size_t i = 0; i < len; i++)
        c->shown[c->head++ % OUTPUT_SIZE] = data[i];
}

/* One piece to the driver; false: no more now. Locked. */
static bool push_piece(struct terminal *c)
{
    struct console_device *dev = c->dev;
    size_t at = c->tail % OUTPUT_SIZE;
    size_t n = MIN(c->head - c->tail, OUTPUT_SIZE - at);
    ssize_t done;

    if (!n)
        return false;
    done = dev->ops->write(dev, c->shown + at, n, true);
    /* writable asks the driver to tell when that changes. */
    if (done == -EAGAIN)
        return dev->ops->writable && dev->ops->writable(dev);
    c->tail += done > 0 ? (uint32_t)done : (uint32_t)n; /* nobody is there */
    return true;
}

static void push(struct terminal *c)
{
    unsigned long irq = spin_lock(&c->tty.lock);

    while (push_piece(c))
        ;
    spin_unlock(&c->tty.lock, irq);
}

static bool all_pushed(struct terminal *c)
{
    unsigned long irq = spin_lock(&c->tty.lock);
    bool all = c->head == c->tail;

    spin_unlock(&c->tty.lock, irq);
    return all;
}

void console_terminal_flush(void)
{
    struct terminal *c = terminal;

    if (!c)
        return;
    push(c);
    wait_event(&c->tty.writable, all_pushed(c), WAIT_FOREVER);
}

/* --- input --- */

/* Types what the device holds, as far as there is place. */
static void feed(struct terminal *c)
{
    uint8_t buf[PIECE];
    size_t n, typed;

    do {
        n = console_input_peek(c->dev, buf, sizeof(buf));
        typed = n ? tty_input(&c->tty, buf, n) : 0;
        console_input_drop(c->dev, typed);
    } while (n && typed == n);
}

static bool has_input(struct terminal *c)
{
    return console_input_space(c->dev) < CONSOLE_INPUT_SIZE;
}

static void work(struct timer *timer)
{
    struct terminal *c = container_of(timer, struct terminal, work);
    unsigned long irq = spin_lock(&c->work_lock);
    bool ended = __atomic_load_n(&c->dev->eof, __ATOMIC_ACQUIRE);

    feed(c);
    if (ended != c->tty.ended && !(ended && has_input(c)))
        tty_input_ended(&c->tty, ended);
    spin_unlock(&c->work_lock, irq);
    push(c);
    wait_queue_wake_all(&c->tty.writable);
}

static void notify(struct console_device *dev)
{
    (void)dev;
    timer_arm(&terminal->work, 0);
}

/* The program read or wrote, or an echo was put. */
static void progress(struct tty *t)
{
    struct terminal *c = terminal_of(t);

    push(c);
    if (has_input(c))
        timer_arm(&c->work, 0);
}

static const struct tty_ops screen_ops = {
    .room = room,
    .put = put,
    .progress = progress,
};

/* --- set-up --- */

int console_terminal_start(const struct abi_winsize *size)
{
    struct console_device *dev = console_device_of(CONSOLE_STDIN);
    struct terminal *c;

    if (!dev || dev != console_device_of(CONSOLE_STDOUT) ||
        !S_ISCHR(dev->mode) || !dev->ops->write)
        return 0;
    c = kzalloc(sizeof(*c));
    if (!c)
        return -ENOMEM;
    tty_init(&c->tty, &screen_ops);
    c->tty.size = *size;
    c->dev = dev;
    timer_init(&c->work, work);
    terminal = c;
    __atomic_store_n(&dev->notify, notify, __ATOMIC_RELEASE);
    timer_arm(&c->work, 0); /* what was typed before */
    return 0;
}

struct tty *console_terminal(void)
{
    return terminal ? &terminal->tty : NULL;
}

bool console_is_terminal(enum console_stream stream)
{
    return terminal && console_device_of(stream) == terminal->dev;
}

/* --- the file --- */

static ssize_t terminal_read(struct file *f, struct uio *u, uint64_t *pos)
{
    (void)pos;
    return tty_read(&terminal->tty, u, f->flags);
}

static ssize_t terminal_write(struct file *f, struct uio *u, uint64_t *pos)
{
    (void)pos;
    return tty_write(&terminal->tty, u, f->flags);
}

static unsigned terminal_poll(struct file *f, struct poll_table *t)
{
    (void)f;
    return tty_poll(&terminal->tty, t);
}

static long terminal_ioctl(struct file *f, unsigned cmd, uintptr_t arg)
{
    (void)f;
    return tty_ioctl(&terminal->tty, cmd, arg);
}

static const struct file_ops terminal_ops = {
    .read = terminal_read,
    .write = terminal_write,
    .poll = terminal_poll,
    .ioctl = terminal_ioctl,
};

void console_terminal_attach(struct file *f)
{
    f->ops = &terminal_ops;
}
