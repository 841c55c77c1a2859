// SPDX-License-Identifier: MIT
/*
 * sched_policy: how a thread takes its turns (sched(7)): the calls of POSIX
 * and sched_setattr(2), which can do what those can.
 *
 * Nothing reserves time on the CPU: SCHED_DEADLINE is refused as Linux refuses
 * it when all of the CPU is promised to others.
 */
#include "abi/errno.h"
#include "abi/sched.h"
#include "kernel/doctor.h"
#include "kernel/page.h"
#include "kernel/sched.h"
#include "syscalls/define.h"
#include "syscalls/sched.h"
#include "syscalls/timespec.h"

#define REALTIME_MIN     1
#define REALTIME_MAX     99
#define NICE_MIN         (-20)
#define KEEP_POLICY      (-1)
#define FLAGS_KNOWN      0x7f
#define UTIL_CLAMP       (SCHED_FLAG_UTIL_CLAMP_MIN | SCHED_FLAG_UTIL_CLAMP_MAX)
/* A deadline's run time is counted in these (sched_setattr(2)). */
#define DEADLINE_UNIT_NS 1024

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

/* --- telling --- */

/* What pid has; -ESRCH. */
static int policy_of(int pid, struct sched_policy *s)
{
    struct thread *t = sched_thread_of(pid);

    if (!t)
        return -ESRCH;
    *s = sched_policy_get(t);
    thread_put(t);
    return 0;
}

/* sched_getscheduler(2) */
SYSCALL_DEFINE1(sched_getscheduler, int, pid)
{
    struct sched_policy s;
    int err = pid < 0 ? -EINVAL : policy_of(pid, &s);

    if (err)
        return err;
    return s.policy | (s.reset_on_fork ? SCHED_RESET_ON_FORK : 0);
}

/* sched_getparam(2): other threads than real-time ones have priority 0. */
SYSCALL_DEFINE2(sched_getparam, int, pid, struct abi_sched_param user *, param)
{
    struct abi_sched_param p;
    struct sched_policy s;
    int err = pid < 0 || !param ? -EINVAL : policy_of(pid, &s);

    if (err)
        return err;
    p.sched_priority = s.priority;
    return copy_to_user(param, &p, sizeof(p));
}

/* sched_rr_get_interval(2): how long a thread runs while others wait; 0: as
 * long as it likes. */
SYSCALL_DEFINE2(sched_rr_get_interval, int, pid, struct abi_timespec user *, tp)
{
    struct thread *t;
    uint64_t ns;

    if (pid < 0)
        return -EINVAL;
    t = sched_thread_of(pid);
    if (!t)
        return -ESRCH;
    ns = t->policy == SCHED_FIFO ? 0 : t->slice_ns;
    thread_put(t);
    return timespec_put(tp, ns);
}

/* sched_getattr(2) */
SYSCALL_DEFINE4(sched_getattr, int, pid, struct abi_sched_attr user *, attr,
                unsigned, size, unsigned, flags)
{
    struct abi_sched_attr a = {0};
    struct thread *t;

    if (!attr || pid < 0 || size > PAGE_SIZE || size < SCHED_ATTR_SIZE_VER0 ||
        flags)
        return -EINVAL;
    t = sched_thread_of(pid);
    if (!t)
        return -ESRCH;
    a.size = (uint32_t)MIN(size, sizeof(a));
    a.sched_policy = t->policy;
    a.sched_flags = t->reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0;
    a.sched_priority = t->rt_priority;
    if (!t->rt_priority) {
        a.sched_nice = t->nice;
        a.sched_runtime = t->slice_ns;
    }
    thread_put(t);
    return copy_to_user(attr, &a, a.size);
}

/* --- setting --- */

/* Does want need a privilege (sched(7), "Privileges and resource limits")? */
static bool is_privileged(const struct thread *t,
                          const struct sched_policy *now,
                          const struct sched_policy *want)
{
    uint64_t limit = t->process->limits[RLIMIT_RTPRIO].soft;

    if (want->policy == SCHED_DEADLINE)
        return true;
    if (is_realtime(want->policy) &&
        ((want->policy != now->policy && limit == 0) ||
         (want->priority > now->priority && (uint64_t)want->priority > limit)))
        return true;
    if (!is_realtime(want->policy) && !sched_may_be_nice(t, want->nice))
        return true;
    if (now->policy == SCHED_IDLE && want->policy != SCHED_IDLE &&
        (uint64_t)(20 - now->nice) > t->process->limits[RLIMIT_NICE].soft)
        return true;
    return now->reset_on_fork && !want->reset_on_fork;
}

/* A deadline that could be kept if nobody else had one. */
static bool is_deadline(const struct abi_sched_attr *a)
{
    uint64_t period = a->sched_period ? a->sched_period : a->sched_deadline;

    return a->sched_deadline && a->sched_runtime >= DEADLINE_UNIT_NS &&
           a->sched_deadline <= INT64_MAX && period <= INT64_MAX &&
           period >= a->sched_deadline && a->sched_deadline >= a->sched_runtime;
}

static int check_values(const struct abi_sched_attr *a, int policy)
{
    if (!is_policy(policy) || (a->sched_flags & ~(uint64_t)FLAGS_KNOWN) ||
        a->sched_priority > REALTIME_MAX ||
        is_realtime(policy) != (a->sched_priority != 0) ||
        (policy == SCHED_DEADLINE && !is_deadline(a)))
        return -EINVAL;
    return 0;
}

static int set(struct thread *t, const struct abi_sched_attr *a, int policy)
{
    const struct sched_policy now = sched_policy_get(t);
    struct sched_policy want = {
        .policy = policy == KEEP_POLICY ? now.policy : policy,
        .priority = (int)a->sched_priority,
        .nice = a->sched_nice,
        .reset_on_fork = a->sched_flags & SCHED_FLAG_RESET_ON_FORK,
    };
    int err = check_values(a, want.policy);

    if (err)
        return err;
    if (policy == KEEP_POLICY)
        want.reset_on_fork = now.reset_on_fork;
    if (is_realtime(want.policy))
        want.nice = now.nice;
    if (!sched_permitted(t) ||
        (is_privileged(t, &now, &want) && !capable(CAP_SYS_NICE)))
        return -EPERM;
    if (a->sched_flags & UTIL_CLAMP) {
        doctor_refused("sched_setattr", "sched_flags=0x%lx", a->sched_flags);
        return -EOPNOTSUPP;
    }
    if (want.policy == SCHED_DEADLINE) {
        doctor_refused("sched_setattr", "sched_policy=SCHED_DEADLINE");
        return -EBUSY;
    }
    sched_policy_set(t, &want);
    return 0;
}

/* sched_setscheduler(2) and sched_setparam(2), policy KEEP_POLICY */
static long set_param(int pid, int policy,
                      const struct abi_sched_param user *param)
{
    struct abi_sched_attr a = {0};
    struct abi_sched_param p;
    struct thread *t;
    int err;

    if (pid < 0 || !param)
        return -EINVAL;
    if (copy_from_user(&p, param, sizeof(p)))
        return -EFAULT;
    t = sched_thread_of(pid);
    if (!t)
        return -ESRCH;
    a.sched_priority = (uint32_t)p.sched_priority;
    a.sched_nice = t->nice;
    if (policy != KEEP_POLICY && (policy & SCHED_RESET_ON_FORK)) {
        policy &= ~SCHED_RESET_ON_FORK;
        a.sched_flags = SCHED_FLAG_RESET_ON_FORK;
    }
    err = set(t, &a, policy);
    thread_put(t);
    return err;
}

/* sched_setparam(2) */
SYSCALL_DEFINE2(sched_setparam, int, pid, const struct abi_sched_param user *,
                param)
{
    return set_param(pid, KEEP_POLICY, param);
}

/* sched_setscheduler(2) */
SYSCALL_DEFINE3(sched_setscheduler, int, pid, int, policy,
                const struct abi_sched_param user *, param)
{
    return policy < 0 ? -EINVAL : set_param(pid, policy, param);
}

/* -E2BIG after telling the size that we know. */
static int tell_size(struct abi_sched_attr user *attr)
{
    (void)put_user((uint32_t)sizeof(*attr), &attr->size);
    return -E2BIG;
}

/* What lies behind the fields that we know must be zeros. */
static int get_attr(struct abi_sched_attr *a,
                    const struct abi_sched_attr user *attr)
{
    uint32_t size;
    uint8_t more;

    if (get_user(&size, &attr->size))
        return -EFAULT;
    if (size == 0)
        size = SCHED_ATTR_SIZE_VER0;
    if (size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE)
        return -E2BIG;
    for (uint32_t at = sizeof(*a); at < size; at++) {
        if (get_user(&more, (const uint8_t user *)attr + at))
            return -EFAULT;
        if (more)
            return -E2BIG;
    }
    *a = (struct abi_sched_attr){0};
    if (copy_from_user(a, attr, MIN(size, (uint32_t)sizeof(*a))))
        return -EFAULT;
    if ((a->sched_flags & UTIL_CLAMP) && size < SCHED_ATTR_SIZE_VER1)
        return -EINVAL;
    a->sched_nice = MIN(MAX(a->sched_nice, NICE_MIN), SCHED_NICE_MAX);
    return (int32_t)a->sched_policy < 0 ? -EINVAL : 0;
}

/* sched_setattr(2) */
SYSCALL_DEFINE3(sched_setattr, int, pid, struct abi_sched_attr user *, attr,
                unsigned, flags)
{
    struct abi_sched_attr a;
    struct thread *t;
    int err, policy;

    if (!attr || pid < 0 || flags)
        return -EINVAL;
    err = get_attr(&a, attr);
    if (err)
        return err == -E2BIG ? tell_size(attr) : err;
    t = sched_thread_of(pid);
    if (!t)
        return -ESRCH;
    policy = (int)a.sched_policy;
    if (a.sched_flags & SCHED_FLAG_KEEP_POLICY)
        policy = KEEP_POLICY;
    if (a.sched_flags & SCHED_FLAG_KEEP_PARAMS) {
        a.sched_priority = t->rt_priority;
        a.sched_nice = t->nice;
    }
    err = set(t, &a, policy);
    thread_put(t);
    return err;
}
SYSCALL_PARTIAL(sched_setattr, "no SCHED_DEADLINE (EBUSY), no utilization "
                               "clamping (EOPNOTSUPP)");
