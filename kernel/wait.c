// SPDX-License-Identifier: MIT
/* Sleeping itself is the scheduler's (kernel/sched.c). */
#include "kernel/wait.h"

#include "kernel/sched.h"

static bool wake_thread(struct waiter *w)
{
    sched_wake(w->thread);
    return true;
}

void wait_queue_init(struct wait_queue *q)
{
    q->lock.held = 0;
    list_init(&q->waiters);
}

void waiter_init(struct waiter *w)
{
    list_init(&w->node);
    w->queue = NULL;
    w->wake = wake_thread;
    w->exclusive = false;
    w->thread = thread_current();
}

void wait_queue_add(struct wait_queue *q, struct waiter *w)
{
    unsigned long irq = spin_lock(&q->lock);

    w->queue = q;
    list_add_tail(&q->waiters, &w->node);
    spin_unlock(&q->lock, irq);
}

void wait_queue_remove(struct waiter *w)
{
    struct wait_queue *q = w->queue;
    unsigned long irq;

    if (!q)
        return;
    irq = spin_lock(&q->lock);
    list_del(&w->node);
    w->queue = NULL;
    spin_unlock(&q->lock, irq);
}

unsigned wait_queue_wake_waiters(struct wait_queue *q, unsigned n)
{
    struct waiter *w, *next;
    bool exclusive_woken = false;
    unsigned woken = 0;
    unsigned long irq;

    irq = spin_lock(&q->lock);
    list_for_each_entry_safe (w, next, &q->waiters, node) {
        bool there;

        if (woken == n)
            break;
        if (w->exclusive && exclusive_woken)
            continue;
        there = w->wake(w);
        woken += there;
        exclusive_woken |= there && w->exclusive;
    }
    spin_unlock(&q->lock, irq);
    return woken;
}

int wait_sleep_always(void)
{
    sched_sleep();
    return 0;
}
