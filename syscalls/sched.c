// SPDX-License-Identifier: MIT
/* sched: the CPUs that threads may use, and giving them up. There is one CPU;
 * policies are in sched_policy.c, niceness is in priority.c. */
#include "kernel/sched.h"

#include "syscalls/define.h"
#include "syscalls/sched.h"

#define CPUS 1ull /* the mask of all CPUs */

/* sched_yield(2) */
SYSCALL_DEFINE0(sched_yield)
{
    sched_yield_cpu();
    return 0;
}

static bool exists(int pid)
{
    struct thread *t = sched_thread_of(pid);

    thread_put(t);
    return t;
}

/* sched_getaffinity(2): the bytes written. */
SYSCALL_DEFINE3(sched_getaffinity, int, pid, size_t, len, uint64_t user *, mask)
{
    if (len < sizeof(uint64_t) || len % sizeof(uint64_t) != 0)
        return -EINVAL;
    if (!exists(pid))
        return -ESRCH;
    return put_user(CPUS, mask) ? -EFAULT : (long)sizeof(uint64_t);
}

/* sched_setaffinity(2): any set that holds the CPU is that CPU. */
SYSCALL_DEFINE3(sched_setaffinity, int, pid, size_t, len, const uint64_t user *,
                mask)
{
    struct thread *t;
    uint64_t cpus = 0;
    long err = 0;

    if (copy_from_user(&cpus, mask, MIN(len, sizeof(cpus))))
        return -EFAULT;
    t = sched_thread_of(pid);
    if (!t)
        return -ESRCH;
    if (!sched_permitted(t))
        err = -EPERM;
    else if (!(cpus & CPUS))
        err = -EINVAL;
    thread_put(t);
    return err;
}
