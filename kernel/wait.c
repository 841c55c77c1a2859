// SPDX-License-Identifier: MIT
/* Sleeping itself is the scheduler's (kernel/sched.c). */
#include "kernel/wait.h"

#include "kernel/sched.h"

static void wake_thread(struct waiter *w)
{
    sched_wake(w->thread);
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

unsigned wait_queue_wake(struct wait_queue *q, unsigned n)
{
    unsigned long irq = spin_lock(&q->lock);
    struct waiter *w, *next;
    unsigned woken = 0;

    list_for_each_entry_safe (w, next, &q->waiters, node) {
        if (woken == n)
            break;
        w->wake(w);
        woken++;
    }
    spin_unlock(&q->lock, irq);
    return woken;
}

void wait_queue_wake_all(struct wait_queue *q)
{
    wait_queue_wake(q, UINT32_MAX);
}
