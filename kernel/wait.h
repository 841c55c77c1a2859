// SPDX-License-Identifier: MIT
/*
 * wait: the one primitive that everything which blocks is built on.
 *
 * A thread that waits puts a waiter on one or several queues, and sleeps until
 * one of them is woken, its deadline passes or a signal interrupts it. Whoever
 * changes the awaited condition changes it first and wakes the queue then.
 *
 *     err = wait_event(&pipe->readers, pipe_has_data(pipe), WAIT_FOREVER);
 */
#pragma once

#include "kernel/lock.h"
#include "lib/list.h"

#define WAIT_FOREVER UINT64_MAX

struct wait_queue {
    struct spinlock lock; /* covers waiters */
    struct list_node waiters;
};

#define WAIT_QUEUE_INIT(name)                    \
    {                                            \
        SPINLOCK_INIT, LIST_INIT((name).waiters) \
    }

struct waiter {
    struct list_node node;
    struct wait_queue *queue; /* NULL: on none */
    /* Called under the queue's lock; the default wakes the thread. Says
     * whether somebody was there to be woken. */
    bool (*wake)(struct waiter *w);
    /* Of those that are exclusive, one that was there is enough. */
    bool exclusive;
    struct thread *thread;
};

void wait_queue_init(struct wait_queue *q);

unsigned wait_queue_wake_waiters(struct wait_queue *q, unsigned n);

/* Wakes at most n waiters in order; how many were there. Any context. */
static inline unsigned wait_queue_wake(struct wait_queue *q, unsigned n)
{
    /* Whoever waits enters the queue before looking at the condition, which
     * the caller has changed before this. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return list_empty(&q->waiters) ? 0 : wait_queue_wake_waiters(q, n);
}

static inline void wait_queue_wake_all(struct wait_queue *q)
{
    wait_queue_wake(q, UINT32_MAX);
}

/* A waiter for the calling thread, on no queue. */
void waiter_init(struct waiter *w);
/* Puts w on q. From then on a wake-up is not lost: wait_sleep returns at once
 * when it came before. */
void wait_queue_add(struct wait_queue *q, struct waiter *w);
void wait_queue_remove(struct waiter *w); /* safe when on none */

/*
 * Marks the caller as going to sleep, so that a wake-up between the check of
 * its condition and wait_sleep is not lost.
 */
void wait_prepare(void);
/* Undoes wait_prepare when the condition turned out to hold. */
void wait_cancel(void);
/* Sleeps after wait_prepare until woken (0), until the monotonic deadline
 * (-ETIMEDOUT), or until a signal is pending: -ERESTARTSYS, which a call hands
 * on or translates (kernel/restart.h). */
int wait_sleep(uint64_t deadline_ns);

/* The same without a deadline; only what ends the thread interrupts it:
 * -EINTR, which the program does not live to see. */
int wait_sleep_killable(void);

/* The same, and only a wake-up ends it, for what comes for certain: 0. */
int wait_sleep_always(void);

/* 0 when condition came true, else -ETIMEDOUT or -ERESTARTSYS. May sleep. */
#define wait_event(q, condition, deadline_ns) \
    wait_event_by(q, condition, wait_sleep(deadline_ns))
#define wait_event_killable(q, condition) \
    wait_event_by(q, condition, wait_sleep_killable())
#define wait_event_always(q, condition) \
    ((void)wait_event_by(q, condition, wait_sleep_always()))

#define wait_event_by(q, condition, sleep) \
    ({                                     \
        struct waiter wait_w;              \
        int wait_err = 0;                  \
        waiter_init(&wait_w);              \
        wait_queue_add((q), &wait_w);      \
        for (;;) {                         \
            wait_prepare();                \
            if (condition) {               \
                wait_cancel();             \
                wait_err = 0;              \
                break;                     \
            }                              \
            if (wait_err)                  \
                break;                     \
            wait_err = (sleep);            \
        }                                  \
        wait_queue_remove(&wait_w);        \
        wait_err;                          \
    })
