// SPDX-License-Identifier: MIT
/* info: what the system says about itself, limits and usage. */
#include "abi/personality.h"
#include "abi/resource.h"
#include "abi/sysinfo.h"
#include "abi/utsname.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/cred.h"
#include "kernel/itimer.h"
#include "kernel/load.h"
#include "kernel/page.h"
#include "kernel/sched.h"
#include "kernel/system.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "lib/printf.h"
#include "syscalls/define.h"
#include "syscalls/timespec.h"
#include "syscalls/usage.h"
#include "vfs/ramfs.h"

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
    name_set(u.machine,
             (thread_current()->personality & PER_MASK) == PER_LINUX32
                 ? "i686"
                 : "x86_64");
    name_set(u.domainname, system_info.domainname);
    return copy_to_user(buf, &u, sizeof(u));
}

static long name_change(char *name, const char user *from, int len)
{
    char text[SYSTEM_NAME_SIZE] = "";

    if (!capable(CAP_SYS_ADMIN))
        return -EPERM;
    if (len < 0 || len >= SYSTEM_NAME_SIZE)
        return -EINVAL;
    if (copy_from_user(text, from, (size_t)len))
        return -EFAULT;
    name_set(name, text);
    return 0;
}

/* sethostname(2) */
SYSCALL_DEFINE2(sethostname, const char user *, name, int, len)
{
    return name_change(system_info.hostname, name, len);
}

/* setdomainname(2) */
SYSCALL_DEFINE2(setdomainname, const char user *, name, int, len)
{
    return name_change(system_info.domainname, name, len);
}

/* sysinfo(2) */
SYSCALL_DEFINE1(sysinfo, struct abi_sysinfo user *, info)
{
    struct page_stats pages;
    struct abi_sysinfo s = {
        .uptime = clock_monotonic_ns() / NSEC_PER_SEC,
        .procs = (uint16_t)thread_total_count(),
        .mem_unit = 1,
    };

    page_get_stats(&pages);
    s.totalram = pages.total * PAGE_SIZE;
    s.freeram = pages.free * PAGE_SIZE;
    s.sharedram = ramfs_total_pages() * PAGE_SIZE;
    load_get(clock_monotonic_ns(), sched_cpu_time(cpu_this()->idle), s.loads);
    return copy_to_user(info, &s, sizeof(s));
}

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

/* What else follows a limit. */
static void limit_changed(struct process *p, unsigned resource)
{
    unsigned long irq;

    if (resource == RLIMIT_CPU)
        itimers_limit_cpu(p);
    if (resource != RLIMIT_STACK)
        return;
    irq = spin_lock(&p->lock);
    if (p->space)
        p->space->stack_limit = p->limits[resource].soft;
    spin_unlock(&p->lock, irq);
}

static long prlimit(struct process *p, unsigned resource,
                    const struct abi_rlimit user *new,
                    struct abi_rlimit user *old)
{
    struct rlimit_entry *limit;
    struct abi_rlimit want, before;
    int err = 0;

    if (resource >= RLIMIT_COUNT)
        return -EINVAL;
    if (new &&get_user(&want, new) < 0)
        return -EFAULT;
    limit = &p->limits[resource];
    before = (struct abi_rlimit){limit->soft, limit->hard};
    if (new)
        err = limit_change(limit, &want);
    if (new &&err == 0)
        limit_changed(p, resource);
    if (err == 0 && old)
        err = copy_to_user(old, &before, sizeof(before));
    return err;
}

/* May the caller see and set p's limits? */
static bool limits_permitted(struct process *p)
{
    const struct cred *c = cred_current();
    unsigned long irq = spin_lock(&p->lock);
    const struct cred *t = p->cred;
    bool may = c->uid == t->uid && c->uid == t->euid && c->uid == t->suid &&
               c->gid == t->gid && c->gid == t->egid && c->gid == t->sgid;

    spin_unlock(&p->lock, irq);
    return may || p == process_current() || capable(CAP_SYS_RESOURCE);
}

/* prlimit(2) */
SYSCALL_DEFINE4(prlimit64, int, pid, unsigned, resource,
                const struct abi_rlimit user *, new_limit,
                struct abi_rlimit user *, old_limit)
{
    struct thread *t = thread_find(pid ? pid : thread_current()->tid);
    long err;

    if (!t)
        return -ESRCH;
    err = limits_permitted(t->process)
              ? prlimit(t->process, resource, new_limit, old_limit)
              : -EPERM;
    thread_put(t);
    return err;
}
SYSCALL_PARTIAL(
    prlimit64,
    "CORE, LOCKS, RSS and RTTIME are only kept; SIGPENDING counts by "
    "process");

/* getrlimit(2) */
SYSCALL_DEFINE2(getrlimit, unsigned, resource, struct abi_rlimit user *, limit)
{
    return prlimit(process_current(), resource, NULL, limit);
}

/* setrlimit(2) */
SYSCALL_DEFINE2(setrlimit, unsigned, resource, const struct abi_rlimit user *,
                limit)
{
    return limit ? prlimit(process_current(), resource, limit, NULL) : -EFAULT;
}
SYSCALL_PARTIAL(
    setrlimit,
    "CORE, LOCKS, RSS and RTTIME are only kept; SIGPENDING counts by "
    "process");

/* getrusage(2) */
SYSCALL_DEFINE2(getrusage, int, who, struct abi_rusage user *, usage)
{
    struct process *p = process_current();
    struct process_usage u = p->children_usage;
    struct abi_rusage r;

    if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN && who != RUSAGE_THREAD)
        return -EINVAL;
    if (who != RUSAGE_CHILDREN) {
        u.cpu = who == RUSAGE_THREAD ? sched_times(thread_current())
                                     : sched_process_times(p);
        u.max_resident = MAX(p->max_resident, vm_resident_peak(p->space));
        u.counts =
            who == RUSAGE_THREAD ? thread_current()->counts : process_counts(p);
    }
    r = rusage_from(&u);
    return copy_to_user(usage, &r, sizeof(r));
}
SYSCALL_PARTIAL(getrusage, "blocks, messages and signals are 0");
