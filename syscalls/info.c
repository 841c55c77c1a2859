// SPDX-License-Identifier: MIT
/* info: what the system says about itself, limits and usage. */
#include "abi/resource.h"
#include "abi/sysinfo.h"
#include "abi/utsname.h"
#include "kernel/clock.h"
#include "kernel/cred.h"
#include "kernel/page.h"
#include "kernel/sched.h"
#include "kernel/system.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "lib/printf.h"
#include "syscalls/define.h"
#include "syscalls/timespec.h"
#include "syscalls/usage.h"

static_assert(SYSTEM_NAME_SIZE == ABI_UTSNAME_SIZE, "names fit");

static void name_set(char *field, const char *text)
{
    snprintf(field, ABI_UTSNAME_SIZE, "%s", text);
}

/* uname(2) */
SYSCALL_DEFINE1(uname, struct abi_utsname user *, buf)
{
    struct abi_utsname u = {0};

    name_set(u.sysname, "Linux");
    name_set(u.nodename, system_info.hostname);
    name_set(u.release, SYSTEM_RELEASE);
    name_set(u.version, SYSTEM_VERSION);
    name_set(u.machine, "x86_64");
    name_set(u.domainname, system_info.domainname);
    return copy_to_user(buf, &u, sizeof(u));
}

/* sysinfo(2) */
SYSCALL_DEFINE1(sysinfo, struct abi_sysinfo user *, info)
{
    struct page_stats pages;
    struct abi_sysinfo s = {
        .uptime = clock_monotonic_ns() / NSEC_PER_SEC,
        .procs = process_current()->thread_count,
        .mem_unit = 1,
    };

    page_get_stats(&pages);
    s.totalram = pages.total * PAGE_SIZE;
    s.freeram = pages.free * PAGE_SIZE;
    return copy_to_user(info, &s, sizeof(s));
}
SYSCALL_PARTIAL(sysinfo, "load averages are 0");

static int limit_change(struct rlimit_entry *limit,
                        const struct abi_rlimit *want)
{
    if (want->rlim_cur > want->rlim_max)
        return -EINVAL;
    if (want->rlim_max > limit->hard && !capable(CAP_SYS_RESOURCE))
        return -EPERM;
    limit->soft = want->rlim_cur;
    limit->hard = want->rlim_max;
    return 0;
}

static long prlimit(unsigned resource, const struct abi_rlimit user *new,
                    struct abi_rlimit user *old)
{
    struct rlimit_entry *limit;
    struct abi_rlimit want, before;
    int err = 0;

    if (resource >= RLIMIT_COUNT)
        return -EINVAL;
    if (new &&get_user(&want, new) < 0)
        return -EFAULT;
    limit = &process_current()->limits[resource];
    before = (struct abi_rlimit){limit->soft, limit->hard};
    if (new)
        err = limit_change(limit, &want);
    if (new &&err == 0 && resource == RLIMIT_STACK)
        process_current()->space->stack_limit = want.rlim_cur;
    if (err == 0 && old)
        err = copy_to_user(old, &before, sizeof(before));
    return err;
}

/* prlimit(2) */
SYSCALL_DEFINE4(prlimit64, int, pid, unsigned, resource,
                const struct abi_rlimit user *, new_limit,
                struct abi_rlimit user *, old_limit)
{
    if (pid != 0 && pid != process_current()->pid)
        return -ESRCH;
    return prlimit(resource, new_limit, old_limit);
}
SYSCALL_PARTIAL(prlimit64, "AS, DATA, MEMLOCK, NOFILE and STACK are "
                           "enforced, SIGPENDING for timers; other limits "
                           "are only kept");

/* getrlimit(2) */
SYSCALL_DEFINE2(getrlimit, unsigned, resource, struct abi_rlimit user *, limit)
{
    return prlimit(resource, NULL, limit);
}

/* setrlimit(2) */
SYSCALL_DEFINE2(setrlimit, unsigned, resource, const struct abi_rlimit user *,
                limit)
{
    return limit ? prlimit(resource, limit, NULL) : -EFAULT;
}
SYSCALL_PARTIAL(setrlimit, "AS, DATA, MEMLOCK, NOFILE and STACK are "
                           "enforced, SIGPENDING for timers; other limits "
                           "are only kept");

/* getrusage(2): system time is not told apart from user time. */
SYSCALL_DEFINE2(getrusage, int, who, struct abi_rusage user *, usage)
{
    struct process *p = process_current();
    struct process_usage u = p->children_usage;
    struct abi_rusage r;

    if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN && who != RUSAGE_THREAD)
        return -EINVAL;
    if (who != RUSAGE_CHILDREN) {
        u.cpu_ns = who == RUSAGE_THREAD ? sched_cpu_time(thread_current())
                                        : sched_process_cpu_time(p);
        u.max_resident = MAX(p->max_resident, p->space->resident);
    }
    r = rusage_from(&u);
    return copy_to_user(usage, &r, sizeof(r));
}
SYSCALL_PARTIAL(getrusage, "all CPU time counts as user time, and ru_maxrss "
                           "is the present size; the other fields are 0");
