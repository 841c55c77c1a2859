// SPDX-License-Identifier: MIT
#include "kernel/lock.h"

#include "kernel/cpu.h"
#include "kernel/panic.h"
#include "kernel/sched.h"

noreturn void spin_lock_taken(const struct spinlock *lock)
{
    panic("spinlock %p is taken twice", (const void *)lock);
}

void mutex_init(struct mutex *m)
{
    m->owner = NULL;
    m->lock.held = 0;
    list_init(&m->waiters);
}

struct mutex_waiter {
    struct list_node node;
    struct thread *thread;
    bool granted;
};

#define AWAITED 1ul /* in an owner: mutex->waiters is not empty */

static struct thread *owner_of(const struct mutex *m)
{
    uintptr_t owner = (uintptr_t)__atomic_load_n(&m->owner, __ATOMIC_RELAXED);

    return (struct thread *)(owner & ~AWAITED);
}

/* Marks the mutex as awaited; false: it has become free. Locked. */
static bool mark_awaited(struct mutex *m)
{
    struct thread *owner = __atomic_load_n(&m->owner, __ATOMIC_RELAXED);

    while (owner) {
        uintptr_t marked = (uintptr_t)owner | AWAITED;

        if (__atomic_compare_exchange_n(&m->owner, &owner,
                                        (struct thread *)marked, false,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            return true;
    }
    return false;
}

/* Waits in line until the holder hands the lock over. */
void mutex_lock_taken(struct mutex *m)
{
    struct mutex_waiter w = {.thread = thread_current()};
    unsigned long irq = spin_lock(&m->lock);

    assert(owner_of(m) != w.thread);
    while (!mark_awaited(m)) {
        if (mutex_trylock(m)) {
            spin_unlock(&m->lock, irq);
            return;
        }
    }
    list_add_tail(&m->waiters, &w.node);
    while (!w.granted) {
        w.thread->woken = false;
        w.thread->state = THREAD_SLEEPING;
        m->lock.held = 0;
        sched_switch();
        spin_lock(&m->lock);
    }
    spin_unlock(&m->lock, irq);
}

void mutex_unlock_awaited(struct mutex *m)
{
    unsigned long irq = spin_lock(&m->lock);
    struct mutex_waiter *next;
    uintptr_t owner;

    assert(owner_of(m) == thread_current() && !list_empty(&m->waiters));
    next = list_first_entry(&m->waiters, struct mutex_waiter, node);
    list_del(&next->node);
    owner = (uintptr_t)next->thread;
    if (!list_empty(&m->waiters))
        owner |= AWAITED;
    __atomic_store_n(&m->owner, (struct thread *)owner, __ATOMIC_RELEASE);
    next->granted = true;
    sched_wake(next->thread);
    spin_unlock(&m->lock, irq);
}

bool mutex_is_mine(const struct mutex *m)
{
    return owner_of(m) == thread_current();
}

void might_sleep(void)
{
    assert(cpu_this()->irq_depth == 0);
}
