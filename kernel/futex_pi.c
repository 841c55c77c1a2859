// SPDX-License-Identifier: MIT
/*
 * futex_pi: locks whose word holds the owner's tid (futex(2), "Priority-
 * inheritance futexes"). Without priorities there is nothing to inherit, and
 * what remains is exact: who owns the lock, that it is handed over in order,
 * and that no one waits for himself.
 *
 * The kernel knows of a lock only while somebody waits for it: each waiter
 * notes the owner. Uncontended, the word alone counts.
 *
 * Locking: pi_lock covers the list and every pi_waiter; it is held while words
 * are changed, so that words and notes agree.
 */
#include "kernel/futex_priv.h"

#include "abi/errno.h"
#include "abi/futex.h"
#include "kernel/sched.h"
#include "kernel/thread.h"

#define CHAIN_LIMIT 1024 /* owners that wait for owners */

enum pi_state {
    PI_APART,     /* not on the list: waits at another word (WAIT_REQUEUE_PI) */
    PI_WAITING,   /* on the list */
    PI_GRANTED,   /* off it, and the owner: the word says so */
    PI_INHERITED, /* the owner died: still on the list; the word is to be set */
};

struct pi_waiter {
    struct list_node node;
    struct futex_key key;
    struct thread *thread;
    int owner; /* tid */
    enum pi_state state;
};

static struct mutex pi_lock = MUTEX_INIT(pi_lock);
struct list_node futex_pi_waiters =
    LIST_INIT(futex_pi_waiters); /* the longest first */

static struct pi_waiter *first_waiter(const struct futex_key *key)
{
    struct pi_waiter *w;

    list_for_each_entry (w, &futex_pi_waiters, node)
        if (futex_key_equal(&w->key, key))
            return w;
    return NULL;
}

bool futex_pi_waits_at(const struct futex_key *key)
{
    bool found;

    mutex_lock(&pi_lock);
    found = first_waiter(key) != NULL;
    mutex_unlock(&pi_lock);
    return found;
}

static void note_owner(const struct futex_key *key, int owner)
{
    struct pi_waiter *w;

    list_for_each_entry (w, &futex_pi_waiters, node)
        if (futex_key_equal(&w->key, key))
            w->owner = owner;
}

static void set_state(struct pi_waiter *w, enum pi_state state)
{
    __atomic_store_n(&w->state, state, __ATOMIC_RELEASE);
    sched_wake(w->thread);
}

static bool owner_lives(int tid)
{
    struct thread *t = thread_find(tid);
    bool lives = t && !t->futexes_left;

    thread_put(t);
    return lives;
}

/* Does owner, by way of locks that owners wait for, wait for tid? */
static bool waits_for(int owner, int tid)
{
    struct pi_waiter *w;

    for (int i = 0; i < CHAIN_LIMIT && owner != tid; i++) {
        bool found = false;

        list_for_each_entry (w, &futex_pi_waiters, node) {
            if (w->thread->tid == owner) {
                owner = w->owner;
                found = true;
                break;
            }
        }
        if (!found)
            return false;
    }
    return true;
}

/* Changes *value to want in the word. 1: done; 0: it has changed, *value is
 * what it is now; -EFAULT. */
static int exchange(uint32_t user *addr, uint32_t *value, uint32_t want)
{
    uint32_t now;

    if (cmpxchg_user32(addr, *value, want, &now) < 0)
        return -EFAULT;
    if (now != *value) {
        *value = now;
        return 0;
    }
    return 1;
}

/* One look at a word whose value is *value; 0: it has changed meanwhile. */
static int acquire_once(uint32_t user *addr, const struct futex_key *key,
                        int tid, bool contended, uint32_t *value, int *owner)
{
    uint32_t holder = *value & FUTEX_TID_MASK, want;
    struct pi_waiter *first = first_waiter(key);

    if (holder == (uint32_t)tid)
        return -EDEADLK;
    if (first && first->state == PI_WAITING && holder != (uint32_t)first->owner)
        return -EINVAL;
    if (!first && holder == 0) {
        want = (*value & FUTEX_OWNER_DIED) | (uint32_t)tid |
               (contended ? FUTEX_WAITERS : 0);
        *owner = tid;
        return exchange(addr, value, want);
    }
    *owner = first ? first->owner : (int)holder;
    return exchange(addr, value, *value | FUTEX_WAITERS);
}

/*
 * Makes tid the owner if the lock is free: 0. Else the owner's tid, which is
 * another one, and the word says that somebody waits. contended: it is to say
 * so in any case.
 */
static int acquire(uint32_t user *addr, const struct futex_key *key, int tid,
                   bool contended)
{
    uint32_t value, again;
    int owner, done;

    if (load_user32(addr, &value) < 0)
        return -EFAULT;
    for (;;) {
        done = acquire_once(addr, key, tid, contended, &value, &owner);
        if (done < 0)
            return done;
        if (done == 0)
            continue;
        if (owner == tid)
            return 0;
        if (first_waiter(key) || owner_lives(owner))
            return owner;
        /* It died: what it left behind may be a lock to be had. */
        if (load_user32(addr, &again) < 0)
            return -EFAULT;
        if (again == (value | FUTEX_WAITERS))
            return -ESRCH;
        value = again;
    }
}

/* --- waiting --- */

/* The lock of a dead owner goes to w. */
static void inherit(struct pi_waiter *w)
{
    note_owner(&w->key, w->thread->tid);
    set_state(w, PI_INHERITED);
}

/* w leaves the list as the heir; its word is at addr. */
static int settle(struct pi_waiter *w, uint32_t user *addr)
{
    struct pi_waiter *next;
    uint32_t value;
    int done = load_user32(addr, &value);

    list_del(&w->node);
    next = first_waiter(&w->key);
    while (done == 0)
        done = exchange(addr, &value,
                        (uint32_t)w->thread->tid | FUTEX_OWNER_DIED |
                            (next ? FUTEX_WAITERS : 0));
    if (done > 0)
        return 0;
    if (next)
        inherit(next);
    return done;
}

static void join(struct pi_waiter *w, int owner)
{
    w->owner = owner;
    w->state = PI_WAITING;
    list_add_tail(&futex_pi_waiters, &w->node);
}

static enum pi_state state_of(const struct pi_waiter *w)
{
    return __atomic_load_n(&w->state, __ATOMIC_ACQUIRE);
}

/* Sleeps until w owns its lock. pi_lock is not held. */
static int wait_for_grant(struct pi_waiter *w, struct futex_limit limit)
{
    struct futex_sleep s;
    int err = 0;

    futex_sleep_begin(&s, limit);
    while (err == 0) {
        wait_prepare();
        if (state_of(w) >= PI_GRANTED)
            break;
        err = futex_sleep(&s);
    }
    futex_sleep_end(&s);
    return err;
}

/* After the sleep, which ended with err; pi_lock held. */
static int leave(struct pi_waiter *w, uint32_t user *addr, int err)
{
    if (w->state == PI_GRANTED)
        return 0;
    if (w->state == PI_INHERITED)
        return settle(w, addr);
    list_del(&w->node);
    return err;
}

static int lock_held(struct futex_word word, struct pi_waiter *w,
                     enum futex_lock how, struct futex_limit limit)
{
    int tid = w->thread->tid, owner = acquire(word.addr, &w->key, tid, false);
    int err;

    if (owner <= 0)
        return owner;
    if (how == FUTEX_LOCK_TRY)
        return -EAGAIN;
    if (waits_for(owner, tid))
        return -EDEADLK;
    join(w, owner);
    mutex_unlock(&pi_lock);
    err = wait_for_grant(w, limit);
    mutex_lock(&pi_lock);
    err = leave(w, word.addr, err);
    return err == -ERESTARTSYS ? -ERESTARTNOINTR : err;
}

int futex_pi_lock(struct futex_word word, enum futex_lock how,
                  struct futex_limit limit)
{
    struct pi_waiter w = {.thread = thread_current()};
    int err = futex_key_get(word, &w.key);

    if (err < 0)
        return err;
    mutex_lock(&pi_lock);
    err = lock_held(word, &w, how, limit);
    mutex_unlock(&pi_lock);
    futex_key_put(&w.key);
    return err;
}

/* --- unlocking --- */

/* One look at the word, as in acquire_once. */
static int release_once(uint32_t user *addr, const struct futex_key *key,
                        uint32_t *value)
{
    uint32_t tid = (uint32_t)thread_current()->tid;
    struct pi_waiter *next = first_waiter(key);
    int done;

    if ((*value & FUTEX_TID_MASK) != tid)
        return -EPERM;
    if (!next)
        return exchange(addr, value, 0);
    if (next->owner != (int)tid)
        return -EINVAL;
    done = exchange(addr, value, (uint32_t)next->thread->tid | FUTEX_WAITERS);
    if (done > 0) {
        list_del(&next->node);
        note_owner(key, next->thread->tid);
        set_state(next, PI_GRANTED);
    }
    return done;
}

int futex_pi_unlock(struct futex_word word)
{
    struct futex_key key;
    uint32_t value;
    int done;

    if (load_user32(word.addr, &value) < 0)
        return -EFAULT;
    if ((value & FUTEX_TID_MASK) != (uint32_t)thread_current()->tid)
        return -EPERM;
    done = futex_key_get(word, &key);
    if (done < 0)
        return done;
    mutex_lock(&pi_lock);
    do {
        done = release_once(word.addr, &key, &value);
    } while (done == 0);
    mutex_unlock(&pi_lock);
    futex_key_put(&key);
    return done < 0 ? done : 0;
}

/* --- from a condition to its lock --- */

/* The first at key, which must wait for lock: *w, or NULL. */
static int first_at(struct futex_bucket *b, const struct futex_key *key,
                    const struct futex_key *lock, struct futex_waiter **w)
{
    struct futex_waiter *at;

    *w = NULL;
    list_for_each_entry (at, futex_bucket_list(b), node) {
        if (!futex_key_equal(&at->key, key))
            continue;
        if (!at->pi || !futex_key_equal(&at->pi->key, lock))
            return -EINVAL;
        *w = at;
        break;
    }
    return 0;
}

/* Takes w out of its bucket, without waking it. */
static void depart(struct futex_bucket *b, struct futex_waiter *w)
{
    spin_lock_only(&b->lock);
    futex_bucket_remove(w);
    __atomic_store_n(&w->woken, true, __ATOMIC_RELEASE);
    spin_unlock_only(&b->lock);
}

/* As many as may be moved; owner: of the lock, 0 if it is free. Waiters leave
 * only with pi_lock held, so that none goes away meanwhile. */
static int move_some(const struct futex_key *from, uint32_t user *addr,
                     const struct futex_key *lock, int max)
{
    struct futex_bucket *b = futex_bucket_of(from);
    int count = 0, owner = 0, err;
    struct futex_waiter *w;

    while (count < max) {
        spin_lock_only(&b->lock);
        err = first_at(b, from, lock, &w);
        spin_unlock_only(&b->lock);
        if (err < 0)
            return err;
        if (!w)
            break;
        if (count == 0) {
            owner = acquire(addr, lock, w->thread->tid, max > 1);
            if (owner < 0)
                return owner;
        }
        if (owner && waits_for(owner, w->thread->tid))
            return -EDEADLK;
        depart(b, w);
        count++;
        if (owner == 0) {
            owner = w->thread->tid;
            set_state(w->pi, PI_GRANTED);
        } else {
            join(w->pi, owner);
        }
    }
    return count;
}

int futex_pi_requeue(struct futex_word from, int wake, struct futex_word lock,
                     int move, uint32_t expected)
{
    struct futex_key a, b;
    uint32_t value;
    int result;

    if (wake != 1 || move < 0)
        return -EINVAL;
    result = futex_key_get(from, &a);
    if (result < 0)
        return result;
    result = futex_key_get(lock, &b);
    if (result < 0)
        goto put_from;
    mutex_lock(&pi_lock);
    if (futex_key_equal(&a, &b))
        result = -EINVAL;
    else if (load_user32(from.addr, &value) < 0)
        result = -EFAULT;
    else if (value != expected)
        result = -EAGAIN;
    else
        result =
            move_some(&a, lock.addr, &b, move == INT32_MAX ? move : move + 1);
    mutex_unlock(&pi_lock);
    futex_key_put(&b);
put_from:
    futex_key_put(&a);
    return result;
}

/* Both keys are set. */
static int wait_requeue(struct futex_word word, uint32_t expected,
                        struct futex_waiter *w, struct futex_word lock,
                        struct futex_limit limit)
{
    uint32_t value;
    int err = 0;

    futex_enqueue(w);
    if (load_user32(word.addr, &value) < 0)
        err = -EFAULT;
    else if (value != expected)
        err = -EAGAIN;
    mutex_lock(&pi_lock);
    if (err < 0 && futex_dequeue(w)) {
        mutex_unlock(&pi_lock);
        return err;
    }
    mutex_unlock(&pi_lock);
    err = wait_for_grant(w->pi, limit);
    mutex_lock(&pi_lock);
    if (w->pi->state == PI_APART) { /* nobody moved it */
        futex_dequeue(w);
        err = err == -ERESTARTSYS ? -ERESTARTNOINTR : err;
    } else {
        err = leave(w->pi, lock.addr, err);
        if (err == -ERESTARTSYS)
            err = -EAGAIN; /* it no longer waits where it did */
    }
    mutex_unlock(&pi_lock);
    return err;
}

int futex_pi_wait_requeue(struct futex_word word, uint32_t expected,
                          uint32_t bits, struct futex_word lock,
                          struct futex_limit limit)
{
    struct pi_waiter pi = {.thread = thread_current()};
    struct futex_waiter w = {
        .thread = thread_current(), .bits = bits, .pi = &pi};
    int err;

    if (word.addr == lock.addr || bits == 0)
        return -EINVAL;
    err = futex_key_get(word, &w.key);
    if (err < 0)
        return err;
    err = futex_key_get(lock, &pi.key);
    if (err < 0)
        goto put_word;
    err = futex_key_equal(&w.key, &pi.key)
              ? -EINVAL
              : wait_requeue(word, expected, &w, lock, limit);
    futex_key_put(&pi.key);
put_word:
    futex_key_put(&w.key);
    return err;
}

/* --- the end of an owner --- */

void futex_pi_thread_leaves(struct thread *t)
{
    struct pi_waiter *w;

    mutex_lock(&pi_lock);
    t->futexes_left = true;
    list_for_each_entry (w, &futex_pi_waiters, node)
        if (w->owner == t->tid)
            inherit(w); /* and so with nobody else at this lock */
    mutex_unlock(&pi_lock);
}
