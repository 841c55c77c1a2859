// SPDX-License-Identifier: MIT
/*
 * lock: spinlocks (short, interrupts off, never sleep) and mutexes (may sleep).
 *
 * Lock order, outermost first; a lock may be taken while holding any that
 * stands above it, never the other way round:
 *
 *     console work lock        what is typed at the console, while it is moved
 *     timers lock              making and setting a program's timers
 *     trace lock (shim/trace.c) while a line is made
 *     epoll files lock         which descriptions are watched (vfs/epoll.c)
 *     epoll->lock              what one epoll file watches
 *     process tree lock        ids, parents, groups, sessions, zombies
 *     process->lock            threads, signals, exit state of one process
 *     file->pos_lock           one read or write of a description at a time
 *     vnode->io_lock, pipe->lock, console read and write locks
 *     debug image list         what a debugger is told of (kernel/debug.c)
 *     PI futex lock            who waits for whose lock (kernel/futex_pi.c)
 *     vm_space->lock           areas and page tables of one address space
 *     vfs tree lock            the shape of the name tree (vfs/dentry.c)
 *     file locks               all of them (vfs/lock.c)
 *     vnode->lock              data and metadata of one file
 *     vm_object->lock          the areas that map one object
 *     inotify lock             watches and events (vfs/inotify.c)
 *     fd_table->lock           descriptor numbers of one process
 *     net stack (net/stack.h)  all of it; who holds it does not sleep
 *     futex bucket locks
 *     wait_queue->lock
 *     epoll->ready_lock        the list of what may be ready
 *     sched lock               run queue, thread states
 *     timer lock
 *     doctor lock              the tables of kernel/doctor.c
 *     page allocator lock, kmalloc lock
 *     log lock
 *     leaves, taken alone: clock, random pool and interrupt table locks
 */
#pragma once

#include "kernel/current.h"
#include "kernel/irq_state.h"
#include "lib/base.h"
#include "lib/list.h"

struct spinlock {
    volatile uint32_t held;
};

#define SPINLOCK_INIT \
    {                 \
        0             \
    }

#ifdef ELFIN_KERNEL
noreturn void spin_lock_taken(const struct spinlock *lock);

/*
 * Disables interrupts; returns what spin_unlock restores. With interrupts off
 * nobody else is there on a machine of one CPU, so that the lock is free or
 * its holder is at fault; a second CPU will make this an exchange and a loop.
 */
static inline unsigned long spin_lock(struct spinlock *lock)
{
    unsigned long irq = irq_save();

    if (unlikely(lock->held))
        spin_lock_taken(lock);
    lock->held = 1;
    return irq;
}

static inline void spin_unlock(struct spinlock *lock, unsigned long irq_state)
{
    __atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
    irq_restore(irq_state);
}

/* For locks that no interrupt handler takes; the kernel is not preempted. */
static inline void spin_lock_only(struct spinlock *lock)
{
    if (unlikely(lock->held))
        spin_lock_taken(lock);
    lock->held = 1;
}

static inline void spin_unlock_only(struct spinlock *lock)
{
    __atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}
#else
unsigned long spin_lock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock, unsigned long irq_state);
#endif

/* A sleeping lock with an owner; not recursive. Context: may sleep. */
struct mutex {
    struct thread *owner; /* bit 0 is set while somebody waits */
    struct spinlock lock; /* covers waiters, and owner while bit 0 is set */
    struct list_node waiters;
};

#define MUTEX_INIT(name)                               \
    {                                                  \
        NULL, SPINLOCK_INIT, LIST_INIT((name).waiters) \
    }

void mutex_init(struct mutex *m);
bool mutex_is_mine(const struct mutex *m);

#ifdef ELFIN_KERNEL
void mutex_lock_taken(struct mutex *m);     /* when it is not free */
void mutex_unlock_awaited(struct mutex *m); /* when somebody waits */

static inline bool mutex_trylock(struct mutex *m) /* never sleeps */
{
    struct thread *nobody = NULL;

    return __atomic_compare_exchange_n(&m->owner, &nobody, thread_current(),
                                       false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

static inline void mutex_lock(struct mutex *m)
{
    if (unlikely(!mutex_trylock(m)))
        mutex_lock_taken(m);
}

static inline void mutex_unlock(struct mutex *m)
{
    struct thread *self = thread_current();

    if (unlikely(!__atomic_compare_exchange_n(
            &m->owner, &self, NULL, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)))
        mutex_unlock_awaited(m);
}
#else
void mutex_lock(struct mutex *m);
bool mutex_trylock(struct mutex *m);
void mutex_unlock(struct mutex *m);
#endif

/* Opens every function that can block: asserts that blocking is allowed. */
void might_sleep(void);
