// SPDX-License-Identifier: MIT
/*
 * lock: locks for one thread, which therefore must always be free when they
 * are taken, and are given back by whoever took them.
 */
#include "tests/unit/stubs/stubs.h"

#include "kernel/lock.h"
#include "kernel/thread.h"

static unsigned spinlocks_held, mutexes_held;

void stub_lock_reset(void)
{
    spinlocks_held = mutexes_held = 0;
}

void stub_lock_check(void)
{
    unit_check(spinlocks_held == 0, "%u spinlocks are held", spinlocks_held);
    unit_check(mutexes_held == 0, "%u mutexes are held", mutexes_held);
}

unsigned stub_spinlocks_held(void)
{
    return spinlocks_held;
}

unsigned stub_mutexes_held(void)
{
    return mutexes_held;
}

unsigned long spin_lock(struct spinlock *lock)
{
    unit_check(!lock->held, "a spinlock is taken twice");
    lock->held = 1;
    return spinlocks_held++;
}

void spin_unlock(struct spinlock *lock, unsigned long irq_state)
{
    unit_check(lock->held, "a free spinlock is released");
    lock->held = 0;
    spinlocks_held--;
    unit_check(irq_state == spinlocks_held,
               "spinlocks are not released in reverse order");
}

void might_sleep(void)
{
    unit_check(spinlocks_held == 0, "may sleep with a spinlock held");
}

void mutex_init(struct mutex *m)
{
    m->owner = NULL;
    m->lock.held = 0;
    list_init(&m->waiters);
}

void mutex_lock(struct mutex *m)
{
    might_sleep();
    unit_check(!m->owner, "a mutex is taken twice");
    m->owner = thread_current();
    mutexes_held++;
}

bool mutex_trylock(struct mutex *m)
{
    if (m->owner)
        return false;
    m->owner = thread_current();
    mutexes_held++;
    return true;
}

void mutex_unlock(struct mutex *m)
{
    unit_check(mutex_is_mine(m), "a mutex is released by another thread");
    m->owner = NULL;
    mutexes_held--;
}

bool mutex_is_mine(const struct mutex *m)
{
    return m->owner == thread_current();
}
