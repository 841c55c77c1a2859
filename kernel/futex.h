// SPDX-License-Identifier: MIT
/*
 * futex: waiting on a word of the program's memory (futex(2)).
 *
 * A private word is known by its address space and address. A shared one is
 * known by the object behind its mapping and the place there, so that it is the
 * same word in every process and at every address that maps it. In memory that
 * is not shared, too, private and shared calls do not meet.
 *
 * All functions may sleep. Errors common to all: -EINVAL (address not aligned)
 * and -EFAULT.
 */
#pragma once

#include "kernel/lock.h"
#include "kernel/uaccess.h"
#include "kernel/vm.h"
#include "lib/list.h"

struct thread;

struct futex_word {
    uint32_t user *addr;
    bool shared;
};

/* Until when to wait. */
struct futex_limit {
    uint64_t ns; /* WAIT_FOREVER: for ever */
    bool wall;   /* of the wall clock, also when that is set; else monotonic */
};

#define FUTEX_NO_LIMIT ((struct futex_limit){UINT64_MAX, false})

/* One of several words to wait for. */
struct futex_expected {
    struct futex_word word;
    uint32_t value;
};

/* A bucket's lock covers its list, and the key and woken of who is in it; a
 * waiter goes to another one under both locks, the lower address first. No
 * interrupt handler comes here. */
struct futex_bucket {
    struct list_node waiters; /* not set up until the first use */
    struct spinlock lock;
    unsigned count; /* of waiters */
} __attribute__((aligned(32)));

#define FUTEX_BUCKET_BITS 8
extern struct futex_bucket futex_buckets[1 << FUTEX_BUCKET_BITS];
extern struct list_node futex_pi_waiters; /* who waits for a lock */

/* By what tells most words apart: the address, or the place in the object. */
static inline struct futex_bucket *futex_bucket_at(uint64_t offset)
{
    uint32_t hash = (uint32_t)(offset / sizeof(uint32_t)) * 0x9e3779b1u;

    return &futex_buckets[hash >> (32 - FUTEX_BUCKET_BITS)];
}

/*
 * Who waits enters the bucket and then looks at the word; who wakes has changed
 * the word and then looks at the bucket. On one CPU only the compiler could
 * exchange them; a second one will need a fence here.
 */
static inline void futex_fence(void)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/* Does any thread wait for a lock? */
static inline bool futex_pi_any(void)
{
    return unlikely(!list_empty(&futex_pi_waiters));
}

/* Not an error, whatever it is used for. */
static inline bool futex_is_word(const uint32_t user *addr)
{
    return (uintptr_t)addr % sizeof(*addr) == 0 &&
           (uintptr_t)addr < VM_USER_END;
}

/*
 * Sleeps while the word is as expected, until woken with a matching bit. 0,
 * -EAGAIN (the word differs), -ETIMEDOUT, -ERESTARTSYS, -EINVAL (no bits).
 */
int futex_wait(struct futex_word w, uint32_t expected, uint32_t bits,
               struct futex_limit limit);

/* futex_wait of a private word, without a limit. */
long futex_wait_private(uint32_t user *addr, uint32_t expected, uint32_t bits);

/* The same for n words, 1 to 128, all at once. The index of one that was
 * woken, -EAGAIN, -ETIMEDOUT, -ERESTARTSYS, -ENOMEM. */
int futex_wait_any(const struct futex_expected *words, unsigned n,
                   struct futex_limit limit);

/* Wakes at most n waiters with a matching bit, but one even if n is below; how
 * many. -EINVAL: no bits, or somebody waits for a lock there. */
int futex_wake(struct futex_word w, int n, uint32_t bits);

/* futex_wake of a private word in b, whose count was not 0, when nobody waits
 * for a lock. The
 * fence between the change of the word and the look at b is the caller's. */
long futex_wake_private(struct futex_bucket *b, const uint32_t user *addr,
                        int n);

/*
 * Wakes at most wake waiters of from and moves at most move others to to; how
 * many were woken or moved. expected: unless NULL, only if *from is that
 * (-EAGAIN). -EINVAL also for negative numbers.
 */
int futex_requeue(struct futex_word from, int wake, struct futex_word to,
                  int move, const uint32_t *expected);

/* FUTEX_WAKE_OP: changes the second word as op says, wakes waiters of the
 * first, and, if the second's old value compares as op says, of the second; how
 * many. -ENOSYS: no such operation. */
int futex_wake_op(struct futex_word first, int wake, struct futex_word second,
                  int wake_second, uint32_t op);

/* --- locks (kernel/futex_pi.c) --- */

enum futex_lock {
    FUTEX_LOCK_WAIT,
    FUTEX_LOCK_TRY, /* -EAGAIN rather than wait */
};

/*
 * Makes the calling thread the owner of a lock whose word holds its owner's
 * tid. -EDEADLK: it is, or waits for itself; -ESRCH: the owner does not exist;
 * -ETIMEDOUT; -ERESTARTNOINTR; -EINVAL: the word and the waiters disagree.
 */
int futex_pi_lock(struct futex_word w, enum futex_lock how,
                  struct futex_limit limit);
/* Hands it to the longest waiter, or frees it. -EPERM: not the owner. */
int futex_pi_unlock(struct futex_word w);
/*
 * FUTEX_WAIT_REQUEUE_PI: as futex_wait at w until moved to the lock, then until
 * that is owned. Also -EAGAIN when a signal or futex_wake came before.
 */
int futex_pi_wait_requeue(struct futex_word w, uint32_t expected, uint32_t bits,
                          struct futex_word lock, struct futex_limit limit);
/* FUTEX_CMP_REQUEUE_PI: gives the lock to one waiter of from if it is free, and
 * makes at most move others wait for it; how many. */
int futex_pi_requeue(struct futex_word from, int wake, struct futex_word lock,
                     int move, uint32_t expected);

/* --- the end of a thread (kernel/futex_robust.c) --- */

/*
 * The calling thread gives up its memory: it ends, or its program is replaced.
 * The robust mutexes on its list are marked and their waiters woken, other
 * locks go to the next in line, and whoever joins it is told.
 */
void futex_thread_leaves(struct thread *t);
