// SPDX-License-Identifier: MIT
/* futex: futex(2) and the list of robust mutexes. */
#include "kernel/futex.h"

#include "abi/futex.h"
#include "kernel/doctor.h"
#include "kernel/restart.h"
#include "kernel/thread.h"
#include "syscalls/define.h"
#include "syscalls/timespec.h"

/* set_robust_list(2) */
SYSCALL_DEFINE2(set_robust_list, struct abi_robust_list_head user *, head,
                size_t, len)
{
    if (len != sizeof(struct abi_robust_list_head))
        return -EINVAL;
    thread_current()->robust_list = (uintptr_t)head;
    return 0;
}
SYSCALL_PARTIAL(set_robust_list, "the list is not walked when a thread ends");

/* The monotonic deadline that a futex timeout means: FUTEX_WAIT's is relative,
 * the others are absolute. */
static int futex_deadline(const struct abi_timespec user *timeout, int op,
                          uint64_t *deadline)
{
    uint64_t ns;
    int err;

    *deadline = WAIT_FOREVER;
    if (!timeout)
        return 0;
    err = timespec_get(timeout, &ns);
    if (err < 0)
        return err;
    if ((op & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME)) == FUTEX_WAIT)
        *deadline = deadline_after(ns);
    else
        *deadline = op & FUTEX_CLOCK_REALTIME ? deadline_of_realtime(ns) : ns;
    return 0;
}

static long wait_until(uint32_t user *addr, uint32_t expected, uint32_t bits,
                       uint64_t deadline);

static long wait_again(const struct restart_block *b)
{
    return wait_until((uint32_t user *)b->arg[0], (uint32_t)b->arg[1],
                      (uint32_t)b->arg[2], b->arg[3]);
}

static long wait_until(uint32_t user *addr, uint32_t expected, uint32_t bits,
                       uint64_t deadline)
{
    int err = futex_wait(addr, expected, bits, deadline);

    if (err != -ERESTARTSYS || deadline == WAIT_FOREVER)
        return err;
    return restart_later((struct restart_block){
        wait_again, {(uintptr_t)addr, expected, bits, deadline}});
}

/* futex(2) */
SYSCALL_DEFINE6(futex, uint32_t user *, uaddr, int, op, uint32_t, val,
                const struct abi_timespec user *, timeout, uint32_t user *,
                uaddr2, uint32_t, val3)
{
    uint64_t deadline;
    uint32_t bits = UINT32_MAX;
    unsigned limit = (uintptr_t)timeout; /* val2 of the requeue operations */
    int err;

    switch (op & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME)) {
    case FUTEX_WAIT_BITSET:
        bits = val3;
        /* fall through */
    case FUTEX_WAIT:
        err = futex_deadline(timeout, op, &deadline);
        return err < 0 ? err : wait_until(uaddr, val, bits, deadline);
    case FUTEX_WAKE_BITSET:
        return futex_wake(uaddr, val, val3);
    case FUTEX_WAKE:
        return futex_wake(uaddr, val, bits);
    case FUTEX_REQUEUE:
        return futex_requeue(uaddr, val, uaddr2, limit, false, 0);
    case FUTEX_CMP_REQUEUE:
        return futex_requeue(uaddr, val, uaddr2, limit, true, val3);
    default:
        doctor_refused("futex", "futex_op=%d",
                       op & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME));
        return -ENOSYS;
    }
}
SYSCALL_PARTIAL(futex, "WAKE_OP and the priority-inheriting operations answer "
                       "ENOSYS");
