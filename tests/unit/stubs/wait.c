// SPDX-License-Identifier: MIT
/*
 * wait: queues as in kernel/wait.h. Nobody else runs while the only thread
 * sleeps, apart from what the test gave to stub_on_sleep.
 */
#include "tests/unit/stubs/stubs.h"

#include "abi/errno.h"
#include "kernel/clock.h"
#include "kernel/thread.h"
#include "kernel/wait.h"

static void (*sleep_fn)(void *arg);
static void *sleep_arg;
static bool signal_pending;

void stub_wait_reset(void)
{
    stub_on_sleep(NULL, NULL);
    signal_pending = false;
}

void stub_on_sleep(void (*fn)(void *arg), void *arg)
{
    sleep_fn = fn;
    sleep_arg = arg;
}

void stub_signal_pending(bool pending)
{
    signal_pending = pending;
}

static bool wake_thread(struct waiter *w)
{
    w->thread->woken = true;
    return true;
}

void wait_queue_init(struct wait_queue *q)
{
    *q = (struct wait_queue){0};
    list_init(&q->waiters);
}

unsigned wait_queue_wake_waiters(struct wait_queue *q, unsigned n)
{
    unsigned long flags = spin_lock(&q->lock);
    struct waiter *w, *next;
    unsigned woken = 0;

    list_for_each_entry_safe (w, next, &q->waiters, node) {
        if (woken == n)
            break;
        woken += w->wake(w);
    }
    spin_unlock(&q->lock, flags);
    return woken;
}

void waiter_init(struct waiter *w)
{
    *w = (struct waiter){.wake = wake_thread, .thread = thread_current()};
    list_init(&w->node);
}

void wait_queue_add(struct wait_queue *q, struct waiter *w)
{
    unit_check(!w->queue, "a waiter is put on two queues");
    w->queue = q;
    list_add_tail(&q->waiters, &w->node);
}

void wait_queue_remove(struct waiter *w)
{
    if (!w->queue)
        return;
    list_del(&w->node);
    w->queue = NULL;
}

void wait_prepare(void)
{
    thread_current()->woken = false;
}

void wait_cancel(void)
{
}

int wait_sleep(uint64_t deadline_ns)
{
    might_sleep();
    if (!thread_current()->woken && sleep_fn)
        sleep_fn(sleep_arg);
    if (thread_current()->woken)
        return 0;
    if (signal_pending)
        return -ERESTARTSYS;
    unit_check(deadline_ns != WAIT_FOREVER, "sleeps for ever");
    if (deadline_ns > clock_monotonic_ns())
        stub_clock_advance(deadline_ns - clock_monotonic_ns());
    return thread_current()->woken ? 0 : -ETIMEDOUT;
}

int wait_sleep_always(void)
{
    might_sleep();
    if (!thread_current()->woken && sleep_fn)
        sleep_fn(sleep_arg);
    unit_check(thread_current()->woken, "sleeps for ever");
    return 0;
}
