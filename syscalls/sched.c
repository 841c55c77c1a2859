// SPDX-License-Identifier: MIT
/*
 * sched: who runs where and before whom. There is one CPU and one policy,
 * SCHED_OTHER, which takes turns: these calls tell so, take what changes
 * nothing, and refuse the rest.
 */
#include "kernel/sched.h"

#include "abi/resource.h"
#include "abi/sched.h"
#include "kernel/cred.h"
#include "kernel/thread.h"
#include "lib/string.h"
#include "syscalls/define.h"
#include "syscalls/timespec.h"

#define CPUS             1ull /* the mask of all CPUs */
#define REALTIME_MIN     1
#define REALTIME_MAX     99
#define NICE_MIN         (-20)
#define NICE_MAX         19
#define NICE_ZERO        20 /* what getpriority(2) adds, after negation */
#define SCHED_ATTR_MAX   4096
#define SCHED_RESET_FORK 0x40000000 /* or'ed to a policy: for children only */

/* --- CPUs --- */

/* sched_yield(2) */
SYSCALL_DEFINE0(sched_yield)
{
    sched_yield_cpu();
    return 0;
}

/* The thread that pid names, with a reference; 0: the caller. */
static struct thread *thread_of(int pid)
{
    return thread_find(pid ? pid : thread_current()->tid);
}

static bool exists(int pid)
{
    struct thread *t = thread_of(pid);

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
    uint64_t cpus = 0;

    if (copy_from_user(&cpus, mask, MIN(len, sizeof(cpus))))
        return -EFAULT;
    if (!exists(pid))
        return -ESRCH;
    return cpus & CPUS ? 0 : -EINVAL;
}

/* --- policies --- */

static bool is_realtime(int policy)
{
    return policy == SCHED_FIFO || policy == SCHED_RR;
}

static bool is_policy(int policy)
{
    return policy >= SCHED_NORMAL && policy <= SCHED_DEADLINE && policy != 4;
}

/* sched_get_priority_max(2): of a policy, whether threads can have it or not */
SYSCALL_DEFINE1(sched_get_priority_max, int, policy)
{
    if (!is_policy(policy))
        return -EINVAL;
    return is_realtime(policy) ? REALTIME_MAX : 0;
}

/* sched_get_priority_min(2) */
SYSCALL_DEFINE1(sched_get_priority_min, int, policy)
{
    if (!is_policy(policy))
        return -EINVAL;
    return is_realtime(policy) ? REALTIME_MIN : 0;
}

/* sched_getscheduler(2) */
SYSCALL_DEFINE1(sched_getscheduler, int, pid)
{
    if (pid < 0)
        return -EINVAL;
    return exists(pid) ? SCHED_NORMAL : -ESRCH;
}

/* sched_getparam(2): other threads than real-time ones have priority 0. */
SYSCALL_DEFINE2(sched_getparam, int, pid, struct abi_sched_param user *, param)
{
    const struct abi_sched_param zero = {0};

    if (pid < 0 || !param)
        return -EINVAL;
    if (!exists(pid))
        return -ESRCH;
    return copy_to_user(param, &zero, sizeof(zero));
}

/* May pid have this policy? */
static int check_policy(int pid, int policy, int priority)
{
    if (!is_policy(policy))
        return -EINVAL;
    if (!exists(pid))
        return -ESRCH;
    if (is_realtime(policy) ? priority < REALTIME_MIN || priority > REALTIME_MAX
                            : priority != 0)
        return -EINVAL;
    return policy == SCHED_NORMAL ? 0 : -EPERM;
}

/* sched_setparam(2) */
SYSCALL_DEFINE2(sched_setparam, int, pid, const struct abi_sched_param user *,
                param)
{
    struct abi_sched_param p;

    if (pid < 0 || !param)
        return -EINVAL;
    if (copy_from_user(&p, param, sizeof(p)))
        return -EFAULT;
    return check_policy(pid, SCHED_NORMAL, p.sched_priority);
}

/* sched_setscheduler(2) */
SYSCALL_DEFINE3(sched_setscheduler, int, pid, int, policy,
                const struct abi_sched_param user *, param)
{
    struct abi_sched_param p;

    if (pid < 0 || !param || policy < 0)
        return -EINVAL;
    if (copy_from_user(&p, param, sizeof(p)))
        return -EFAULT;
    return check_policy(pid, policy & ~SCHED_RESET_FORK, p.sched_priority);
}
SYSCALL_PARTIAL(sched_setscheduler,
                "SCHED_OTHER only; other policies answer EPERM");

/* sched_rr_get_interval(2): how long a thread runs while others wait. */
SYSCALL_DEFINE2(sched_rr_get_interval, int, pid, struct abi_timespec user *, tp)
{
    if (pid < 0)
        return -EINVAL;
    if (!exists(pid))
        return -ESRCH;
    return timespec_put(tp, SCHED_SLICE_NS);
}

/* sched_getattr(2) */
SYSCALL_DEFINE4(sched_getattr, int, pid, struct abi_sched_attr user *, attr,
                unsigned, size, unsigned, flags)
{
    struct abi_sched_attr a = {.sched_policy = SCHED_NORMAL};
    struct thread *t;

    if (!attr || pid < 0 || size > SCHED_ATTR_MAX ||
        size < SCHED_ATTR_SIZE_VER0 || flags)
        return -EINVAL;
    t = thread_of(pid);
    if (!t)
        return -ESRCH;
    a.size = (uint32_t)MIN(size, sizeof(a));
    a.sched_nice = t->nice;
    thread_put(t);
    a.sched_runtime = SCHED_SLICE_NS;
    return copy_to_user(attr, &a, a.size);
}

/* --- niceness --- */

/* Does `which, who` mean t? (getpriority(2)) */
static bool selects(int which, int who, const struct thread *t)
{
    switch (which) {
    case PRIO_PROCESS:
        return t->tid == (who ? who : thread_current()->tid);
    case PRIO_PGRP: /* there is one group, which the first process leads */
        return who == 0 || who == t->process->pid;
    default:
        return who == 0 || (uint32_t)who == t->process->cred->uid;
    }
}

/* The lowest niceness of those selected, as the call returns it: 1 to 40. */
static long priority_get(int which, int who)
{
    struct process *p = process_current();
    unsigned long irq = spin_lock(&p->lock);
    long best = -ESRCH;
    struct thread *t;

    list_for_each_entry (t, &p->threads, process_node)
        if (selects(which, who, t))
            best = MAX(best, (long)(NICE_ZERO - t->nice));
    spin_unlock(&p->lock, irq);
    return best;
}

/* getpriority(2) */
SYSCALL_DEFINE2(getpriority, int, which, int, who)
{
    if (which < PRIO_PROCESS || which > PRIO_USER)
        return -EINVAL;
    return priority_get(which, who);
}

/* setpriority(2): out of range means the end of the range. */
SYSCALL_DEFINE3(setpriority, int, which, int, who, int, nice)
{
    struct process *p = process_current();
    unsigned long irq;
    struct thread *t;
    long err = -ESRCH;

    if (which < PRIO_PROCESS || which > PRIO_USER)
        return -EINVAL;
    nice = MIN(MAX(nice, NICE_MIN), NICE_MAX);
    irq = spin_lock(&p->lock);
    list_for_each_entry (t, &p->threads, process_node) {
        if (!selects(which, who, t))
            continue;
        if (nice < t->nice && !capable(CAP_SYS_NICE)) {
            err = -EACCES;
            break;
        }
        t->nice = nice;
        err = 0;
    }
    spin_unlock(&p->lock, irq);
    return err;
}
