// SPDX-License-Identifier: MIT
/* tty_file: reading, writing and polling a terminal; termios(3). */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "abi/signal.h"
#include "kernel/clock.h"
#include "kernel/terminal_job.h"
#include "kernel/uio.h"
#include "vfs/poll.h"
#include "vfs/tty_priv.h"

#define PIECE       256
#define NS_PER_TIME (100 * NSEC_PER_MSEC) /* VTIME counts tenths */

/* --- reading --- */

/* Bytes that a read without lines waits for. */
static uint32_t minimum(const struct tty *t)
{
    if (t->termios.c_cc[VTIME])
        return 1;
    return MAX(t->termios.c_cc[VMIN], 1);
}

bool tty_can_read(const struct tty *t)
{
    if (t->hung_up || t->ended)
        return true;
    if (tty_has(t, ICANON))
        return t->canon != t->tail;
    return t->head - t->tail >= minimum(t);
}

static bool can_read(struct tty *t, size_t wanted)
{
    unsigned long irq = spin_lock(&t->lock);
    bool can = tty_can_read(t) ||
               (!tty_has(t, ICANON) && t->head - t->tail >= MAX(wanted, 1ul));

    spin_unlock(&t->lock, irq);
    return can;
}

/* Up to len bytes, of one line at most; *ended: that line is over. Locked. */
static size_t take_bytes(struct tty *t, uint8_t *buf, size_t len, bool *ended)
{
    uint32_t end = tty_has(t, ICANON) ? t->canon : t->head;
    size_t n = 0;

    *ended = false;
    while (t->tail != end && !*ended) {
        uint16_t what = t->input[t->tail % TTY_INPUT_SIZE];

        if (!(what & TTY_EOF)) {
            if (n == len)
                break;
            buf[n++] = (uint8_t)what;
        }
        t->tail++;
        *ended = tty_has(t, ICANON) && (what & TTY_LINE_END);
    }
    return n;
}

void tty_input_ended(struct tty *t, bool ended)
{
    unsigned long irq = spin_lock(&t->lock);

    t->ended = ended;
    if (ended)
        t->canon = t->head; /* a last line without an end */
    spin_unlock(&t->lock, irq);
    wait_queue_wake_all(&t->readable);
}

static ssize_t move_line(struct tty *t, struct uio *u)
{
    uint8_t buf[PIECE];
    size_t total = 0;
    bool ended = false;

    while (u->left && !ended) {
        unsigned long irq = spin_lock(&t->lock);
        size_t n = take_bytes(t, buf, MIN(u->left, sizeof(buf)), &ended);

        spin_unlock(&t->lock, irq);
        if (uio_put(u, buf, n) < n)
            return total ? (ssize_t)total : -EFAULT;
        total += n;
        if (!n)
            break;
    }
    return (ssize_t)total;
}

/* How long a read without lines may wait; 0: not at all. */
static uint64_t time_limit(const struct tty *t)
{
    uint8_t min = t->termios.c_cc[VMIN], time = t->termios.c_cc[VTIME];

    if (tty_has(t, ICANON) || min)
        return WAIT_FOREVER;
    return time ? clock_monotonic_ns() + time * NS_PER_TIME : 0;
}

/* VMIN and VTIME together: the time runs from byte to byte. */
static void wait_for_more(struct tty *t, size_t wanted)
{
    uint8_t min = t->termios.c_cc[VMIN], time = t->termios.c_cc[VTIME];

    while (!tty_has(t, ICANON) && min && time && !t->hung_up && !t->ended) {
        uint32_t before = t->head;

        if (t->head - t->tail >= MIN((size_t)min, wanted) ||
            wait_event(&t->readable,
                       t->head != before || t->hung_up || t->ended,
                       clock_monotonic_ns() + time * NS_PER_TIME))
            return;
    }
}

static int wait_for_input(struct tty *t, size_t wanted, uint32_t flags)
{
    uint64_t limit;
    int err;

    if (can_read(t, wanted))
        return 0;
    if (flags & O_NONBLOCK)
        return -EAGAIN;
    limit = time_limit(t);
    if (!limit)
        return 0;
    err = wait_event(&t->readable, can_read(t, wanted), limit);
    if (err == -ETIMEDOUT)
        return 0;
    if (!err)
        wait_for_more(t, wanted);
    return err;
}

ssize_t tty_read(struct tty *t, struct uio *u, uint32_t flags)
{
    ssize_t n;
    int err = 0;

    if (tty_is_background(t))
        return terminal_job_background(SIGTTIN);
    if (!u->left)
        return 0;
    mutex_lock(&t->read_lock);
    err = wait_for_input(t, u->left, flags);
    n = err ? err : move_line(t, u);
    mutex_unlock(&t->read_lock);
    tty_progress(t);
    return n;
}

/* --- writing --- */

bool tty_put_processed(struct tty *t, uint8_t c)
{
    uint32_t mode = t->termios.c_oflag;
    uint8_t out[2] = {c, 0};
    size_t n = 1;

    if ((mode & OPOST) && c == '\n' && (mode & ONLCR)) {
        out[0] = '\r';
        out[1] = '\n';
        n = 2;
    } else if ((mode & OPOST) && c == '\r') {
        if ((mode & ONOCR) && !t->column)
            return true;
        if (mode & OCRNL)
            out[0] = '\n';
    }
    if (t->ops->room(t) < n)
        return false;
    if (out[0] == '\r' || (c == '\n' && (mode & ONLRET)))
        t->column = 0;
    else if (c >= ' ')
        t->column++;
    t->ops->put(t, out, n);
    return true;
}

/* Bytes that go to the screen as they are, as many as there is room for. */
static size_t put_run(struct tty *t, const uint8_t *data, size_t len)
{
    bool raw = !(t->termios.c_oflag & OPOST);
    size_t n = 0;

    len = MIN(len, t->ops->room(t));
    while (n < len && (raw || data[n] >= ' '))
        n++;
    if (!n)
        return 0;
    t->ops->put(t, data, n);
    t->column += (unsigned)n;
    return n;
}

static size_t put_some(struct tty *t, const uint8_t *data, size_t len)
{
    unsigned long irq = spin_lock(&t->lock);
    size_t n = 0, run;

    while (n < len && !t->stopped) {
        run = put_run(t, data + n, len - n);
        if (!run && !tty_put_processed(t, data[n]))
            break;
        n += run ? run : 1;
    }
    spin_unlock(&t->lock, irq);
    return n;
}

static bool can_write(struct tty *t)
{
    unsigned long irq = spin_lock(&t->lock);
    bool can = t->hung_up || (!t->stopped && t->ops->room(t) >= 2);

    spin_unlock(&t->lock, irq);
    return can;
}

static int write_all(struct tty *t, const uint8_t *data, size_t len,
                     bool nonblock, size_t *total)
{
    size_t at = 0;

    while (at < len) {
        size_t n = t->hung_up ? 0 : put_some(t, data + at, len - at);
        int err = 0;

        at += n;
        *total += n;
        if (at == len)
            return 0;
        if (t->hung_up)
            return -EIO;
        tty_progress(t);
        if (!n && nonblock)
            err = -EAGAIN;
        else if (!n)
            err = wait_event(&t->writable, can_write(t), WAIT_FOREVER);
        if (err)
            return err;
    }
    return 0;
}

ssize_t tty_write(struct tty *t, struct uio *u, uint32_t flags)
{
    uint8_t buf[PIECE];
    size_t total = 0;
    int err = 0;

    if (tty_has(t, TOSTOP) && tty_is_background(t)) {
        err = terminal_job_background(SIGTTOU);
        if (err == -ERESTARTSYS)
            return err;
        err = 0; /* ignored or blocked: it writes */
    }
    if (t->hung_up)
        return -EIO;
    while (u->left && !err) {
        size_t n = MIN(u->left, sizeof(buf)), got = uio_get(u, buf, n);

        err = write_all(t, buf, got, flags & O_NONBLOCK, &total);
        if (!err && got < n)
            err = -EFAULT;
    }
    tty_progress(t);
    return total ? (ssize_t)total : err;
}

void tty_progress(struct tty *t)
{
    if (t->ops->progress)
        t->ops->progress(t);
    wait_queue_wake_all(&t->writable); /* a master waits there too */
}

unsigned tty_poll(struct tty *t, struct poll_table *table)
{
    unsigned events = 0;

    poll_wait_for(table, &t->readable, POLLIN | POLLRDNORM | POLLHUP);
    poll_wait_for(table, &t->writable, POLLOUT | POLLWRNORM);
    if (can_read(t, UINT32_MAX))
        events |= POLLIN | POLLRDNORM;
    if (can_write(t))
        events |= POLLOUT | POLLWRNORM;
    if (t->hung_up)
        events |= POLLHUP;
    return events;
}
