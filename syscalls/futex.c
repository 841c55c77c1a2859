// SPDX-License-Identifier: MIT
/* futex: futex(2), futex_waitv, and the list of robust mutexes. */
#include "kernel/futex.h"

#include "abi/futex.h"
#include "abi/time.h"
#include "kernel/doctor.h"
#include "kernel/kmalloc.h"
#include "kernel/restart.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "syscalls/define.h"
#include "syscalls/timespec.h"

#define OP_FLAGS (FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME)

/* set_robust_list(2) */
SYSCALL_DEFINE2(set_robust_list, struct abi_robust_list_head user *, head,
                size_t, len)
{
    if (len != sizeof(struct abi_robust_list_head))
        return -EINVAL;
    thread_current()->robust_list = (uintptr_t)head;
    return 0;
}

/* get_robust_list(2) */
SYSCALL_DEFINE3(get_robust_list, int, pid, uint64_t user *, head, size_t user *,
                len)
{
    struct thread *t = thread_find(pid ? pid : thread_current()->tid);
    uint64_t list;

    if (!t)
        return -ESRCH;
    list = t->robust_list;
    thread_put(t);
    if (put_user(sizeof(struct abi_robust_list_head), len) < 0)
        return -EFAULT;
    return put_user(list, head);
}

/* --- time limits --- */

/* FUTEX_WAIT's is relative, and FUTEX_LOCK_PI's is one of the wall clock. */
static int limit_get(const struct abi_timespec user *timeout, int op,
                     struct futex_limit *limit)
{
    int command = op & ~OP_FLAGS, err;
    uint64_t ns;

    *limit = FUTEX_NO_LIMIT;
    if (!timeout)
        return 0;
    err = timespec_get(timeout, &ns);
    if (err < 0)
        return err;
    limit->ns = command == FUTEX_WAIT ? deadline_after(ns) : ns;
    limit->wall = command == FUTEX_LOCK_PI || (op & FUTEX_CLOCK_REALTIME);
    return 0;
}

/* May the command be combined with FUTEX_CLOCK_REALTIME? */
static bool takes_clock(int command)
{
    return command == FUTEX_WAIT_BITSET || command == FUTEX_WAIT_REQUEUE_PI ||
           command == FUTEX_LOCK_PI2;
}

/* --- waiting --- */

static long wait_until(struct futex_word word, uint32_t expected, uint32_t bits,
                       struct futex_limit limit);

static long wait_again(const struct restart_block *b)
{
    return wait_until(
        (struct futex_word){(uint32_t user *)b->arg[0], b->arg[4] & 1},
        (uint32_t)b->arg[1], (uint32_t)b->arg[2],
        (struct futex_limit){b->arg[3], b->arg[4] & 2});
}

static long wait_until(struct futex_word word, uint32_t expected, uint32_t bits,
                       struct futex_limit limit)
{
    int err = futex_wait(word, expected, bits, limit);

    if (err != -ERESTARTSYS || limit.ns == WAIT_FOREVER)
        return err;
    return restart_later((struct restart_block){
        wait_again,
        {(uintptr_t)word.addr, expected, bits, limit.ns,
         (uint64_t)word.shared | (uint64_t)limit.wall << 1}});
}

/* The commands that wait. */
static long wait_command(struct futex_word word, int op, uint32_t val,
                         const struct abi_timespec user *timeout,
                         struct futex_word second, uint32_t val3)
{
    struct futex_limit limit;
    int err = limit_get(timeout, op, &limit);

    if (err < 0)
        return err;
    switch (op & ~OP_FLAGS) {
    case FUTEX_WAIT:
        return wait_until(word, val, UINT32_MAX, limit);
    case FUTEX_WAIT_BITSET:
        return wait_until(word, val, val3, limit);
    case FUTEX_WAIT_REQUEUE_PI:
        return futex_pi_wait_requeue(word, val, UINT32_MAX, second, limit);
    default:
        return futex_pi_lock(word, FUTEX_LOCK_WAIT, limit);
    }
}

static long refuse(int op)
{
    doctor_refused("futex", "futex_op=%d", op);
    return -ENOSYS;
}

/* What is not the simplest of waiting and waking. The arguments are in r, so
 * that those need not load them all. */
__attribute__((noinline)) static long futex_command(const struct regs *r)
{
    uint32_t user *uaddr = (uint32_t user *)r->rdi,
                  *uaddr2 = (uint32_t user *)r->r8;
    const struct abi_timespec user *timeout =
        (const struct abi_timespec user *)r->r10;
    uint32_t val = (uint32_t)r->rdx, val3 = (uint32_t)r->r9;
    int op = (int)r->rsi;
    bool shared = !(op & FUTEX_PRIVATE_FLAG);
    struct futex_word word = {uaddr, shared}, second = {uaddr2, shared};
    int n = (int)val, n2 = (int)(uintptr_t)timeout; /* n2: if no time limit */
    int command = op & ~OP_FLAGS;

    if ((op & FUTEX_CLOCK_REALTIME) && !takes_clock(command))
        return refuse(op);
    switch (command) {
    case FUTEX_WAKE:
        return futex_wake(word, n, UINT32_MAX);
    case FUTEX_WAKE_BITSET:
        return futex_wake(word, n, val3);
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
    case FUTEX_WAIT_REQUEUE_PI:
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
        return wait_command(word, op, val, timeout, second, val3);
    case FUTEX_REQUEUE:
        return futex_requeue(word, n, second, n2, NULL);
    case FUTEX_CMP_REQUEUE:
        return futex_requeue(word, n, second, n2, &val3);
    case FUTEX_WAKE_OP:
        return futex_wake_op(word, n, second, n2, val3);
    case FUTEX_UNLOCK_PI:
        return futex_pi_unlock(word);
    case FUTEX_TRYLOCK_PI:
        return futex_pi_lock(word, FUTEX_LOCK_TRY, FUTEX_NO_LIMIT);
    case FUTEX_CMP_REQUEUE_PI:
        return futex_pi_requeue(word, n, second, n2, val3);
    default:
        return refuse(op);
    }
}

/* futex(2); first what the C libraries do most */
SYSCALL_DEFINE6(futex, uint32_t user *, uaddr, int, op, uint32_t, val,
                const struct abi_timespec user *, timeout, uint32_t user *,
                uaddr2, uint32_t, val3)
{
    (void)uaddr2;
    if (op == (FUTEX_WAKE | FUTEX_PRIVATE_FLAG) && futex_is_word(uaddr) &&
        !futex_pi_any()) {
        struct futex_bucket *b = futex_bucket_at((uintptr_t)uaddr);

        futex_fence();
        return b->count ? futex_wake_private(b, uaddr, (int)val) : 0;
    }
    if (!timeout && (op & ~FUTEX_CLOCK_REALTIME) ==
                        (FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG))
        return futex_wait_private(uaddr, val, val3);
    if (!timeout && op == (FUTEX_WAIT | FUTEX_PRIVATE_FLAG))
        return futex_wait_private(uaddr, val, UINT32_MAX);
    return futex_command(thread_regs(thread_current()));
}

/* --- several words --- */

static int expected_get(const struct abi_futex_waitv user *from, unsigned n,
                        struct futex_expected *to)
{
    struct abi_futex_waitv w;

    for (unsigned i = 0; i < n; i++) {
        if (get_user(&w, from + i) < 0)
            return -EFAULT;
        if ((w.flags & ~(uint32_t)(FUTEX_32 | FUTEX_PRIVATE_FLAG)) ||
            !(w.flags & FUTEX_32) || w.reserved)
            return -EINVAL;
        to[i].word.addr = (uint32_t user *)(uintptr_t)w.uaddr;
        to[i].word.shared = !(w.flags & FUTEX_PRIVATE_FLAG);
        to[i].value = (uint32_t)w.val;
    }
    return 0;
}

/* futex_waitv: waits for any of several words; which one was woken. */
SYSCALL_DEFINE5(futex_waitv, struct abi_futex_waitv user *, waiters, unsigned,
                count, unsigned, flags, const struct abi_timespec user *,
                timeout, int, clock)
{
    struct futex_limit limit = FUTEX_NO_LIMIT;
    struct futex_expected *words;
    long result;

    if (flags || count == 0 || count > FUTEX_WAITV_MAX || !waiters)
        return -EINVAL;
    if (timeout) {
        if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
            return -EINVAL;
        result = timespec_get(timeout, &limit.ns);
        if (result < 0)
            return result;
        limit.wall = clock == CLOCK_REALTIME;
    }
    words = kmalloc(count * sizeof(*words));
    if (!words)
        return -ENOMEM;
    result = expected_get(waiters, count, words);
    if (result == 0)
        result = futex_wait_any(words, count, limit);
    kfree(words);
    return result;
}
