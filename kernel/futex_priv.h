// SPDX-License-Identifier: MIT
/*
 * futex_priv: what the parts of futex share: keys (futex_key.c), waiting and
 * waking (futex.c), priority-inheriting locks (futex_pi.c), and what a thread
 * leaves behind (futex_robust.c).
 */
#pragma once

#include "abi/errno.h"
#include "kernel/clock_id.h"
#include "kernel/futex.h"
#include "kernel/lock.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "kernel/wait.h"

struct vm_object;

/* Two words are the same exactly when their keys are: by the object and the
 * place in it where memory is shared, else by address space and address. */
struct futex_key {
    const void *base;
    uint64_t offset;
    struct vm_object *object; /* a reference, or NULL */
};

int futex_key_get_shared(struct futex_word w, struct futex_key *key);
void futex_key_put_shared(struct futex_key *key);

/* The key of a word. -EINVAL: not aligned; -EFAULT: no memory of the program,
 * or, if shared, none at all. May sleep if shared. */
static inline int futex_key_get(struct futex_word w, struct futex_key *key)
{
    uintptr_t addr = (uintptr_t)w.addr;

    if (unlikely(!futex_is_word(w.addr)))
        return addr % sizeof(uint32_t) ? -EINVAL : -EFAULT;
    key->base = thread_current()->space;
    key->offset = addr;
    key->object = NULL;
    return unlikely(w.shared) ? futex_key_get_shared(w, key) : 0;
}

static inline void futex_key_put(struct futex_key *key) /* may sleep */
{
    if (unlikely(key->object))
        futex_key_put_shared(key);
}

static inline bool futex_key_equal(const struct futex_key *a,
                                   const struct futex_key *b)
{
    return a->offset == b->offset && a->base == b->base;
}

struct futex_waiter {
    struct list_node node;
    struct futex_key key;
    uint32_t bits;
    struct thread *thread;
    bool woken;
    struct futex_bucket *bucket; /* where it waits */
    /* FUTEX_WAIT_REQUEUE_PI: waits to be moved to the lock at target. */
    struct pi_waiter *pi;
};

static inline struct futex_bucket *futex_bucket_of(const struct futex_key *key)
{
    return futex_bucket_at(key->offset);
}

/* Both with b's lock held. */
struct list_node *futex_bucket_list(struct futex_bucket *b);
void futex_bucket_remove(struct futex_waiter *w);

/* Enters w, whose key is set, in its bucket. */
void futex_enqueue(struct futex_waiter *w);
/* Takes it out, wherever it was moved; false: it had been woken. */
bool futex_dequeue(struct futex_waiter *w);
/* Out of its bucket, whose lock is held, and awake. */
void futex_wake_waiter(struct futex_waiter *w);

/* A sleep with a limit of either clock, entered in what follows settings of
 * the wall clock. */
struct futex_sleep {
    struct futex_limit limit;
    struct waiter wall;
};

void futex_sleep_begin(struct futex_sleep *s, struct futex_limit limit);
/* After wait_prepare: 0, -ETIMEDOUT, -ERESTARTSYS. */
int futex_sleep(struct futex_sleep *s);
void futex_sleep_end(struct futex_sleep *s);

bool futex_pi_waits_at(const struct futex_key *key);

/* Does somebody wait for a lock at this word? */
static inline bool futex_pi_is_waited_for(const struct futex_key *key)
{
    return futex_pi_any() && futex_pi_waits_at(key);
}

/* For futex_robust.c: the locks that t holds go to their next waiters. */
void futex_pi_thread_leaves(struct thread *t);
