// SPDX-License-Identifier: MIT
/*
 * timerfd: after an expiry a timer rests until somebody asks; then what it
 * missed is counted. So no period, however short, keeps the kernel busy.
 *
 * Locking: all_lock, a mutex, covers the list of all timers. timer->lock,
 * inside it, covers a timer's state; the interrupt takes it.
 */
#include "vfs/timerfd.h"

#include "abi/errno.h"
#include "abi/event.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "kernel/clock.h"
#include "kernel/clock_id.h"
#include "kernel/kmalloc.h"
#include "kernel/timer.h"
#include "vfs/file.h"

#define TIME_MAX_NS ((uint64_t)INT64_MAX)

struct timerfd {
    struct list_node node; /* in all */
    struct spinlock lock;
    struct clock_id clock; /* as created */
    struct clock_id base;  /* as set: relative wall time is monotonic */
    struct timer timer;
    bool armed;      /* next_ns is to come, or came and was not counted */
    bool cancelable; /* TFD_TIMER_CANCEL_ON_SET */
    bool cancelled;  /* the wall clock was set since */
    uint64_t next_ns, interval_ns; /* next_ns: of base */
    uint64_t ticks;                /* expiries that were counted, not read */
    struct wait_queue wait;
};

static struct mutex all_lock = MUTEX_INIT(all_lock);
static struct list_node all = LIST_INIT(all);

/* --- state; timer->lock held --- */

static uint64_t now_of(const struct timerfd *t)
{
    return t->base.kind == CLOCK_KIND_WALL ? clock_realtime_ns()
                                           : clock_monotonic_ns();
}

static uint64_t add_saturating(uint64_t a, uint64_t b)
{
    return a > TIME_MAX_NS - MIN(b, TIME_MAX_NS) ? TIME_MAX_NS : a + b;
}

static void wait_for_next(struct timerfd *t, uint64_t now)
{
    timer_arm(&t->timer, clock_id_deadline(&t->base, NULL, now, t->next_ns));
}

/* Counts what has expired by now, and goes on from there. */
static void count_ticks(struct timerfd *t)
{
    uint64_t now, passed = 0;

    if (!t->armed)
        return;
    now = now_of(t);
    if (now < t->next_ns)
        return;
    if (t->interval_ns) {
        passed = (now - t->next_ns) / t->interval_ns;
        t->next_ns = add_saturating(t->next_ns, (passed + 1) * t->interval_ns);
        wait_for_next(t, now);
    } else {
        t->armed = false;
    }
    t->ticks += passed + 1;
}

static bool is_due(const struct timerfd *t)
{
    return t->ticks || t->cancelled || (t->armed && now_of(t) >= t->next_ns);
}

static void tell(struct timerfd *t, struct timerfd_time *left)
{
    count_ticks(t);
    left->interval = t->interval_ns;
    left->value = t->armed ? MAX(t->next_ns - now_of(t), 1ull) : 0;
}

/* --- setting --- */

/* The interrupt. */
static void timer_fired(struct timer *timer)
{
    struct timerfd *t = container_of(timer, struct timerfd, timer);
    unsigned long irq = spin_lock(&t->lock);
    uint64_t now = now_of(t);
    bool due = t->armed && now >= t->next_ns;

    if (t->armed && !due)
        wait_for_next(t, now);
    spin_unlock(&t->lock, irq);
    if (due)
        wait_queue_wake_all(&t->wait);
}

int timerfd_set(struct file *f, uint32_t flags, const struct timerfd_time *time,
                struct timerfd_time *old)
{
    struct timerfd *t = f->private;
    bool absolute = flags & TFD_TIMER_ABSTIME, cancelled, armed;
    unsigned long irq = spin_lock(&t->lock);

    tell(t, old);
    t->base = t->clock;
    if (!absolute && t->base.kind == CLOCK_KIND_WALL)
        t->base.kind = CLOCK_KIND_MONOTONIC;
    t->cancelable =
        (flags & TFD_TIMER_CANCEL_ON_SET) && t->base.kind == CLOCK_KIND_WALL;
    cancelled = t->cancelled && t->cancelable && time->value;
    t->cancelled = false;
    t->ticks = 0;
    t->interval_ns = time->interval;
    t->armed = armed = time->value != 0;
    if (armed) {
        uint64_t now = now_of(t);

        t->next_ns = absolute ? time->value : add_saturating(now, time->value);
        wait_for_next(t, now);
    }
    spin_unlock(&t->lock, irq);
    if (!armed)
        timer_cancel(&t->timer);
    return cancelled ? -ECANCELED : 0;
}

void timerfd_get(struct file *f, struct timerfd_time *left)
{
    struct timerfd *t = f->private;
    unsigned long irq = spin_lock(&t->lock);

    tell(t, left);
    spin_unlock(&t->lock, irq);
}

static void follow_wall_clock(struct timerfd *t)
{
    unsigned long irq = spin_lock(&t->lock);

    if (t->armed && t->base.kind == CLOCK_KIND_WALL)
        wait_for_next(t, now_of(t));
    if (t->cancelable)
        t->cancelled = true;
    spin_unlock(&t->lock, irq);
    wait_queue_wake_all(&t->wait);
}

void timerfd_wall_clock_set(void)
{
    struct timerfd *t;

    mutex_lock(&all_lock);
    list_for_each_entry (t, &all, node)
        follow_wall_clock(t);
    mutex_unlock(&all_lock);
}

/* --- the file --- */

/* Takes the expiries; 0: none, or -ECANCELED. */
static int take(struct timerfd *t, uint64_t *ticks)
{
    unsigned long irq = spin_lock(&t->lock);
    bool cancelled = t->cancelled;

    count_ticks(t);
    *ticks = t->ticks;
    t->ticks = 0;
    t->cancelled = false;
    spin_unlock(&t->lock, irq);
    return cancelled ? -ECANCELED : 0;
}

static bool due(struct timerfd *t)
{
    unsigned long irq = spin_lock(&t->lock);
    bool is = is_due(t);

    spin_unlock(&t->lock, irq);
    return is;
}

static ssize_t timerfd_read(struct file *f, struct uio *u, uint64_t *pos)
{
    struct timerfd *t = f->private;
    uint64_t ticks;
    int err;

    (void)pos;
    if (u->left < sizeof(ticks))
        return -EINVAL;
    for (;;) {
        err = take(t, &ticks);
        if (err)
            return err;
        if (ticks)
            break;
        if (f->flags & O_NONBLOCK)
            return -EAGAIN;
        err = wait_event(&t->wait, due(t), WAIT_FOREVER);
        if (err)
            return err;
    }
    if (uio_put(u, &ticks, sizeof(ticks)) < sizeof(ticks))
        return -EFAULT;
    return sizeof(ticks);
}

static unsigned timerfd_poll(struct file *f, struct poll_table *t)
{
    struct timerfd *timer = f->private;

    poll_wait(t, &timer->wait);
    return due(timer) ? POLLIN : 0;
}

static void timerfd_release(struct file *f)
{
    struct timerfd *t = f->private;

    mutex_lock(&all_lock);
    list_del(&t->node);
    mutex_unlock(&all_lock);
    timer_cancel(&t->timer);
    kfree(t);
}

static const struct file_ops timerfd_ops = {
    .name = "[timerfd]",
    .read = timerfd_read,
    .poll = timerfd_poll,
    .release = timerfd_release,
    .seek_ignored = true,
};

struct file *timerfd_create(const struct clock_id *clock, uint32_t flags)
{
    struct timerfd *t = kzalloc(sizeof(*t));
    struct file *f;

    if (!t)
        return NULL;
    t->clock = t->base = *clock;
    timer_init(&t->timer, timer_fired);
    wait_queue_init(&t->wait);
    f = file_create_anonymous(0600, &timerfd_ops,
                              O_RDWR | (flags & TFD_NONBLOCK), t);
    if (!f) {
        kfree(t);
        return NULL;
    }
    mutex_lock(&all_lock);
    list_add_tail(&all, &t->node);
    mutex_unlock(&all_lock);
    return f;
}

bool timerfd_is_file(const struct file *f)
{
    return f->ops == &timerfd_ops;
}
