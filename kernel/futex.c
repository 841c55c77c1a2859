// SPDX-License-Identifier: MIT
/*
 * Locking: one lock per hash bucket covers its waiters; a waiter's bucket
 * changes only under both buckets' locks, taken in the order of their index.
 */
#include "kernel/futex.h"

#include "abi/errno.h"
#include "kernel/lock.h"
#include "kernel/sched.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "kernel/wait.h"

#define BUCKETS 256

struct futex_bucket {
    struct spinlock lock;
    struct list_node waiters; /* next is NULL until the first use */
};

struct futex_waiter {
    struct list_node node;
    struct vm_space *space;
    uintptr_t addr;
    uint32_t bits;
    struct thread *thread;
    bool woken;
};

static struct futex_bucket buckets[BUCKETS];

static struct futex_bucket *bucket_of(uintptr_t addr)
{
    uint64_t h = (addr >> 2) * 0x9e3779b97f4a7c15ull;

    return &buckets[h >> 56];
}

static struct list_node *waiters_of(struct futex_bucket *b)
{
    if (!b->waiters.next)
        list_init(&b->waiters);
    return &b->waiters;
}

static bool matches(const struct futex_waiter *w, uintptr_t addr, uint32_t bits)
{
    return w->addr == addr && w->space == process_current()->space &&
           (w->bits & bits);
}

static void wake_one(struct futex_waiter *w)
{
    list_del(&w->node);
    w->woken = true;
    sched_wake(w->thread);
}

/* Off its queue, wherever a requeue may have put it. Whether it was woken. */
static bool leave(struct futex_waiter *w)
{
    for (;;) {
        struct futex_bucket *b = bucket_of(w->addr);
        unsigned long irq = spin_lock(&b->lock);
        bool here = bucket_of(w->addr) == b, woken = w->woken;

        if (here && !woken)
            list_del(&w->node);
        spin_unlock(&b->lock, irq);
        if (here)
            return woken;
    }
}

int futex_wait(uint32_t user *addr, uint32_t expected, uint32_t bits,
               uint64_t deadline_ns)
{
    struct futex_waiter w = {
        .space = process_current()->space,
        .addr = (uintptr_t)addr,
        .bits = bits,
        .thread = thread_current(),
    };
    struct futex_bucket *b = bucket_of(w.addr);
    unsigned long irq;
    uint32_t value;
    int err = 0;

    if (!IS_ALIGNED(w.addr, sizeof(value)) || bits == 0)
        return -EINVAL;
    /* On the queue first: a store and a wake after the look at the value find
     * the waiter there. */
    irq = spin_lock(&b->lock);
    list_add_tail(waiters_of(b), &w.node);
    spin_unlock(&b->lock, irq);
    if (get_user(&value, addr) < 0)
        err = -EFAULT;
    else if (value != expected)
        err = -EAGAIN;
    while (err == 0) {
        wait_prepare();
        if (__atomic_load_n(&w.woken, __ATOMIC_ACQUIRE))
            break;
        err = wait_sleep(deadline_ns);
    }
    return leave(&w) ? 0 : err;
}

int futex_wake(uint32_t user *addr, unsigned n, uint32_t bits)
{
    struct futex_bucket *b = bucket_of((uintptr_t)addr);
    struct futex_waiter *w, *next;
    unsigned woken = 0;
    unsigned long irq;

    if (!IS_ALIGNED((uintptr_t)addr, sizeof(uint32_t)) || bits == 0)
        return -EINVAL;
    if ((uintptr_t)addr >= VM_USER_END)
        return -EFAULT;
    irq = spin_lock(&b->lock);
    list_for_each_entry_safe (w, next, waiters_of(b), node) {
        if (woken == n)
            break;
        if (matches(w, (uintptr_t)addr, bits)) {
            wake_one(w);
            woken++;
        }
    }
    spin_unlock(&b->lock, irq);
    return woken;
}

static unsigned long lock_both(struct futex_bucket *a, struct futex_bucket *b)
{
    unsigned long irq = spin_lock(a < b ? &a->lock : &b->lock);

    if (a != b)
        spin_lock(a < b ? &b->lock : &a->lock);
    return irq;
}

static void unlock_both(struct futex_bucket *a, struct futex_bucket *b,
                        unsigned long irq)
{
    if (a != b)
        spin_unlock(&a->lock, 0);
    spin_unlock(&b->lock, irq);
}

int futex_requeue(uint32_t user *from, unsigned wake, uint32_t user *to,
                  unsigned move, bool compare, uint32_t expected)
{
    struct futex_bucket *a = bucket_of((uintptr_t)from);
    struct futex_bucket *b = bucket_of((uintptr_t)to);
    struct futex_waiter *w, *next;
    unsigned woken = 0, moved = 0;
    unsigned long irq;
    uint32_t value;

    if (!IS_ALIGNED((uintptr_t)from | (uintptr_t)to, sizeof(value)) ||
        wake > INT32_MAX || move > INT32_MAX)
        return -EINVAL;
    if ((uintptr_t)from >= VM_USER_END || (uintptr_t)to >= VM_USER_END)
        return -EFAULT;
    if (compare) {
        if (get_user(&value, from) < 0)
            return -EFAULT;
        if (value != expected)
            return -EAGAIN;
    }
    irq = lock_both(a, b);
    list_for_each_entry_safe (w, next, waiters_of(a), node) {
        if (!matches(w, (uintptr_t)from, UINT32_MAX))
            continue;
        if (woken < wake) {
            wake_one(w);
            woken++;
        } else if (moved < move) {
            w->addr = (uintptr_t)to;
            if (a != b) { /* else this loop would meet it again, for ever */
                list_del(&w->node);
                list_add_tail(waiters_of(b), &w->node);
            }
            moved++;
        } else {
            break;
        }
    }
    unlock_both(a, b, irq);
    return woken + moved;
}

void futex_wake_address(uintptr_t addr, unsigned n)
{
    futex_wake((uint32_t user *)addr, n, UINT32_MAX);
}
