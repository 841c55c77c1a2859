// SPDX-License-Identifier: MIT
#include "kernel/futex.h"

#include "abi/errno.h"
#include "abi/futex.h"
#include "kernel/clock.h"
#include "kernel/futex_priv.h"
#include "kernel/kmalloc.h"
#include "kernel/sched.h"
#include "kernel/thread.h"
#include "kernel/uaccess_inline.h"
#include "kernel/vm_object.h"

struct futex_bucket futex_buckets[1 << FUTEX_BUCKET_BITS];

struct list_node *futex_bucket_list(struct futex_bucket *b)
{
    if (unlikely(!b->waiters.next))
        list_init(&b->waiters);
    return &b->waiters;
}

/* In and out of a bucket, whose lock is held. */
static inline void bucket_add(struct futex_bucket *b, struct futex_waiter *w)
{
    list_add_tail(futex_bucket_list(b), &w->node);
    b->count++;
    w->bucket = b;
}

void futex_bucket_remove(struct futex_waiter *w)
{
    w->node.prev->next = w->node.next;
    w->node.next->prev = w->node.prev;
    w->bucket->count--;
}

void futex_wake_waiter(struct futex_waiter *w)
{
    struct thread *t = w->thread;

    futex_bucket_remove(w);
    /* From here on w may be gone. */
    __atomic_store_n(&w->woken, true, __ATOMIC_RELEASE);
    sched_wake_from_thread(t);
}

static inline void enqueue(struct futex_waiter *w)
{
    struct futex_bucket *b = futex_bucket_of(&w->key);

    spin_lock_only(&b->lock);
    bucket_add(b, w);
    spin_unlock_only(&b->lock);
    futex_fence();
}

void futex_enqueue(struct futex_waiter *w)
{
    enqueue(w);
}

static bool take_out(struct futex_waiter *w)
{
    for (;;) {
        struct futex_bucket *b = __atomic_load_n(&w->bucket, __ATOMIC_RELAXED);
        bool here, woken;

        spin_lock_only(&b->lock);
        here = w->bucket == b;
        woken = w->woken;
        if (here && !woken)
            futex_bucket_remove(w);
        spin_unlock_only(&b->lock);
        if (here)
            return !woken;
    }
}

bool futex_dequeue(struct futex_waiter *w)
{
    return !likely(__atomic_load_n(&w->woken, __ATOMIC_ACQUIRE)) && take_out(w);
}

/* --- sleeping --- */

void futex_sleep_begin(struct futex_sleep *s, struct futex_limit limit)
{
    s->limit = limit;
    if (limit.wall && limit.ns != WAIT_FOREVER) {
        waiter_init(&s->wall);
        clock_id_wall_clock_follow(&s->wall);
    }
}

void futex_sleep_end(struct futex_sleep *s)
{
    if (s->limit.wall && s->limit.ns != WAIT_FOREVER)
        wait_queue_remove(&s->wall);
}

int futex_sleep(struct futex_sleep *s)
{
    static const struct clock_id wall = {CLOCK_KIND_WALL, 0};
    uint64_t now;
    int err;

    if (!s->limit.wall || s->limit.ns == WAIT_FOREVER)
        return wait_sleep(s->limit.ns);
    now = clock_realtime_ns();
    if (now >= s->limit.ns)
        return -ETIMEDOUT;
    err = wait_sleep(clock_id_deadline(&wall, NULL, now, s->limit.ns));
    /* The clock may have been set back meanwhile. */
    return err == -ETIMEDOUT ? 0 : err;
}

/* --- waiting --- */

static int check_word(struct futex_word w, uint32_t expected)
{
    uint32_t value;

    if (load_user32(w.addr, &value) < 0)
        return -EFAULT;
    return value == expected ? 0 : -EAGAIN;
}

static int sleep_until_woken(struct futex_waiter *w, struct futex_limit limit)
{
    struct futex_sleep s;
    int err = 0;

    futex_sleep_begin(&s, limit);
    while (err == 0) {
        sched_wait_prepare(w->thread);
        if (__atomic_load_n(&w->woken, __ATOMIC_ACQUIRE))
            break;
        err = futex_sleep(&s);
    }
    futex_sleep_end(&s);
    return err;
}

int futex_wait(struct futex_word word, uint32_t expected, uint32_t bits,
               struct futex_limit limit)
{
    struct futex_waiter w;
    int err;

    if (bits == 0)
        return -EINVAL;
    err = futex_key_get(word, &w.key);
    if (err < 0)
        return err;
    w.bits = bits;
    w.thread = thread_current();
    w.woken = false;
    w.pi = NULL;
    enqueue(&w);
    err = check_word(word, expected);
    if (err == 0)
        err = sleep_until_woken(&w, limit);
    if (!futex_dequeue(&w))
        err = 0;
    futex_key_put(&w.key);
    return err;
}

/* w lies on the stack and no array does: there is nothing to run over. */
__attribute__((no_stack_protector)) long
futex_wait_private(uint32_t user *addr, uint32_t expected, uint32_t bits)
{
    struct futex_waiter w;
    int err;

    if (bits == 0)
        return -EINVAL;
    if (!futex_is_word(addr))
        return (uintptr_t)addr % sizeof(*addr) ? -EINVAL : -EFAULT;
    w.thread = thread_current();
    w.key.base = w.thread->space;
    w.key.offset = (uintptr_t)addr;
    w.key.object = NULL;
    w.bits = bits;
    w.woken = false;
    w.pi = NULL;
    enqueue(&w);
    err = compare_user32_inline(addr, expected);
    while (err == 0) {
        sched_wait_prepare(w.thread);
        if (__atomic_load_n(&w.woken, __ATOMIC_ACQUIRE))
            return 0;
        err = sched_sleep_for_ever(w.thread);
    }
    return futex_dequeue(&w) ? err : 0;
}

/* Enters all, then looks at the words. */
static int enter_all(struct futex_waiter *w, const struct futex_expected *words,
                     unsigned n)
{
    int err;

    for (unsigned i = 0; i < n; i++) {
        err = futex_key_get(words[i].word, &w[i].key);
        if (err < 0)
            return err;
        w[i].bits = UINT32_MAX;
        w[i].thread = thread_current();
        futex_enqueue(&w[i]);
    }
    for (unsigned i = 0; i < n; i++) {
        err = check_word(words[i].word, words[i].value);
        if (err < 0)
            return err;
    }
    return 0;
}

static bool any_woken(const struct futex_waiter *w, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (__atomic_load_n(&w[i].woken, __ATOMIC_ACQUIRE))
            return true;
    return false;
}

int futex_wait_any(const struct futex_expected *words, unsigned n,
                   struct futex_limit limit)
{
    struct futex_waiter *w = kzalloc(n * sizeof(*w));
    struct futex_sleep s;
    int err;

    if (!w)
        return -ENOMEM;
    futex_sleep_begin(&s, limit);
    err = enter_all(w, words, n);
    while (err == 0) {
        wait_prepare();
        if (any_woken(w, n))
            break;
        err = futex_sleep(&s);
    }
    futex_sleep_end(&s);
    for (unsigned i = 0; i < n; i++) {
        if (w[i].bucket && !futex_dequeue(&w[i]))
            err = (int)i;
        futex_key_put(&w[i].key);
    }
    kfree(w);
    return err;
}

/* --- waking --- */

/* Of those in b that wait at base and offset. */
static int wake_in(struct futex_bucket *b, const void *base, uint64_t offset,
                   int n, uint32_t bits)
{
    struct futex_waiter *w, *next;
    int woken = 0;

    spin_lock_only(&b->lock);
    list_for_each_entry_safe (w, next, &b->waiters, node) {
        if (w->key.offset != offset || w->key.base != base)
            continue;
        if (unlikely(w->pi)) {
            woken = -EINVAL;
            break;
        }
        if (!(w->bits & bits))
            continue;
        futex_wake_waiter(w);
        if (++woken >= n)
            break;
    }
    spin_unlock_only(&b->lock);
    return woken;
}

int futex_wake(struct futex_word word, int n, uint32_t bits)
{
    struct futex_bucket *b;
    struct futex_key key;
    int woken = 0, err;

    if (bits == 0)
        return -EINVAL;
    err = futex_key_get(word, &key);
    if (err < 0)
        return err;
    b = futex_bucket_of(&key);
    futex_fence();
    if (futex_pi_is_waited_for(&key))
        woken = -EINVAL;
    else if (b->count)
        woken = wake_in(b, key.base, key.offset, n, bits);
    futex_key_put(&key);
    return woken;
}

long futex_wake_private(struct futex_bucket *b, const uint32_t user *addr,
                        int n)
{
    const void *space = thread_current()->space;
    struct futex_waiter *w;

    /* Most often one is to be woken, and is alone. */
    spin_lock_only(&b->lock);
    w = list_first_entry(&b->waiters, struct futex_waiter, node);
    if (likely(w->key.offset == (uintptr_t)addr && w->key.base == space &&
               n <= 1 && !w->pi)) {
        futex_wake_waiter(w);
        spin_unlock_only(&b->lock);
        return 1;
    }
    spin_unlock_only(&b->lock);
    return wake_in(b, space, (uintptr_t)addr, n, UINT32_MAX);
}

static void lock_both(struct futex_bucket *a, struct futex_bucket *b)
{
    spin_lock_only(a < b ? &a->lock : &b->lock);
    if (a != b)
        spin_lock_only(a < b ? &b->lock : &a->lock);
}

static void unlock_both(struct futex_bucket *a, struct futex_bucket *b)
{
    if (a != b)
        spin_unlock_only(&a->lock);
    spin_unlock_only(&b->lock);
}

/* Its new key takes a reference; the old one's is the caller's to give back. */
static void move_waiter(struct futex_waiter *w, struct futex_bucket *b,
                        const struct futex_key *to)
{
    futex_bucket_remove(w);
    if (to->object)
        to->object->ops->get(to->object);
    w->key = *to;
    bucket_add(b, w);
}

/* Of those at from, wakes some and moves some; *moved of them. */
static int requeue(const struct futex_key *from, int wake,
                   const struct futex_key *to, int move, int *moved)
{
    struct futex_bucket *a = futex_bucket_of(from), *b = futex_bucket_of(to);
    bool same = futex_key_equal(from, to);
    struct futex_waiter *w, *next;
    int count = 0;

    lock_both(a, b);
    *moved = 0;
    list_for_each_entry_safe (w, next, futex_bucket_list(a), node) {
        if (count - wake >= move)
            break;
        if (!futex_key_equal(&w->key, from))
            continue;
        if (w->pi) {
            count = -EINVAL;
            break;
        }
        if (++count <= wake) {
            futex_wake_waiter(w);
        } else if (!same) {
            move_waiter(w, b, to);
            ++*moved;
        }
    }
    unlock_both(a, b);
    return count;
}

int futex_requeue(struct futex_word from, int wake, struct futex_word to,
                  int move, const uint32_t *expected)
{
    struct futex_key a, b;
    int moved = 0, result;

    if (wake < 0 || move < 0)
        return -EINVAL;
    result = futex_key_get(from, &a);
    if (result < 0)
        return result;
    result = futex_key_get(to, &b);
    if (result < 0)
        goto put_from;
    result = expected ? check_word(from, *expected) : 0;
    if (result == 0 && futex_pi_is_waited_for(&a))
        result = -EINVAL;
    if (result == 0)
        result = requeue(&a, wake, &b, move, &moved);
    while (a.object && moved-- > 0)
        a.object->ops->put(a.object);
    futex_key_put(&b);
put_from:
    futex_key_put(&a);
    return result;
}

/* --- FUTEX_WAKE_OP --- */

static int32_t sign_extend12(uint32_t v)
{
    return (int32_t)(v << 20) >> 20;
}

/* Does the old value call for the second wake? -ENOSYS */
static int compares(uint32_t op, int32_t old)
{
    int32_t arg = sign_extend12(op);

    switch (op >> 24 & 15) {
    case FUTEX_OP_CMP_EQ:
        return old == arg;
    case FUTEX_OP_CMP_NE:
        return old != arg;
    case FUTEX_OP_CMP_LT:
        return old < arg;
    case FUTEX_OP_CMP_LE:
        return old <= arg;
    case FUTEX_OP_CMP_GT:
        return old > arg;
    case FUTEX_OP_CMP_GE:
        return old >= arg;
    default:
        return -ENOSYS;
    }
}

static int changed_value(uint32_t op, uint32_t old, uint32_t *value)
{
    uint32_t arg = (uint32_t)sign_extend12(op >> 12);

    if (op >> 28 & FUTEX_OP_OPARG_SHIFT)
        arg = 1u << (arg & 31);
    switch (op >> 28 & 7) {
    case FUTEX_OP_SET:
        *value = arg;
        return 0;
    case FUTEX_OP_ADD:
        *value = old + arg;
        return 0;
    case FUTEX_OP_OR:
        *value = old | arg;
        return 0;
    case FUTEX_OP_ANDN:
        *value = old & ~arg;
        return 0;
    case FUTEX_OP_XOR:
        *value = old ^ arg;
        return 0;
    default:
        return -ENOSYS;
    }
}

/* Changes *addr; whether the second wake is due. */
static int operate(uint32_t user *addr, uint32_t op)
{
    uint32_t old, value, now;
    int err;

    if (load_user32(addr, &old) < 0)
        return -EFAULT;
    for (;;) {
        err = changed_value(op, old, &value);
        if (err < 0)
            return err;
        if (cmpxchg_user32(addr, old, value, &now) < 0)
            return -EFAULT;
        if (now == old)
            return compares(op, (int32_t)old);
        old = now;
    }
}

int futex_wake_op(struct futex_word first, int wake, struct futex_word second,
                  int wake_second, uint32_t op)
{
    struct futex_key key;
    int due, woken, more;

    /* A bad address of either is told before anything is changed. */
    due = futex_key_get(first, &key);
    if (due < 0)
        return due;
    futex_key_put(&key);
    due = futex_key_get(second, &key);
    if (due < 0)
        return due;
    futex_key_put(&key);
    due = operate(second.addr, op);
    if (due < 0)
        return due;
    woken = futex_wake(first, wake, UINT32_MAX);
    if (woken < 0 || !due)
        return woken;
    more = futex_wake(second, wake_second, UINT32_MAX);
    return more < 0 ? more : woken + more;
}
