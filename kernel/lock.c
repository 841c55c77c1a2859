// SPDX-License-Identifier: MIT
#include "kernel/lock.h"

#include "kernel/cpu.h"
#include "kernel/panic.h"
#include "kernel/sched.h"

unsigned long spin_lock(struct spinlock *lock)
{
    unsigned long irq = irq_save();

    while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE))
        cpu_pause();
    return irq;
}

void spin_unlock(struct spinlock *lock, unsigned long irq_state)
{
    __atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
    irq_restore(irq_state);
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

/* The lock is taken: waits in line until its holder hands it over. */
static void mutex_wait(struct mutex *m, unsigned long irq)
{
    struct mutex_waiter w = {.thread = thread_current()};

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

void mutex_lock(struct mutex *m)
{
    unsigned long irq = spin_lock(&m->lock);

    assert(m->owner != thread_current());
    if (!m->owner) {
        m->owner = thread_current();
        spin_unlock(&m->lock, irq);
        return;
    }
    mutex_wait(m, irq);
}

bool mutex_trylock(struct mutex *m)
{
    unsigned long irq = spin_lock(&m->lock);
    bool taken = !m->owner;

    if (taken)
        m->owner = thread_current();
    spin_unlock(&m->lock, irq);
    return taken;
}

void mutex_unlock(struct mutex *m)
{
    unsigned long irq = spin_lock(&m->lock);
    struct mutex_waiter *next;

    assert(m->owner == thread_current());
    m->owner = NULL;
    if (!list_empty(&m->waiters)) {
        next = list_first_entry(&m->waiters, struct mutex_waiter, node);
        list_del(&next->node);
        m->owner = next->thread;
        next->granted = true;
        sched_wake(next->thread);
    }
    spin_unlock(&m->lock, irq);
}

bool mutex_is_mine(const struct mutex *m)
{
    return m->owner == thread_current();
}

void might_sleep(void)
{
    assert(cpu_this()->irq_depth == 0);
}
