// SPDX-License-Identifier: MIT
/*
 * time: reading and setting clocks, and sleeping. Which clock an id names is
 * kernel/clock_id.c's to say.
 */
#include "abi/time.h"

#include "kernel/clock.h"
#include "kernel/clock_id.h"
#include "kernel/cred.h"
#include "kernel/itimer.h"
#include "kernel/restart.h"
#include "kernel/sched.h"
#include "kernel/thread.h"
#include "syscalls/define.h"
#include "syscalls/set_time.h"
#include "syscalls/timespec.h"
#include "vfs/timerfd.h"

#define USEC_PER_SEC     1000000
#define ZONE_MINUTES_MAX (15 * 60)

static int clock_read(int clock, uint64_t *ns)
{
    struct clock_id c;
    int err;

    if (likely(clock_page_has(clock))) {
        *ns = clock_page_read(&clock_shared.page, clock);
        return 0;
    }
    if (clock == CLOCK_THREAD_CPUTIME_ID) {
        *ns = sched_cpu_time(thread_current());
        return 0;
    }
    err = clock_id_resolve(clock, &c);
    return err ? err : clock_id_read(&c, process_current(), ns);
}

/* clock_gettime(2): what a clock shows. */
SYSCALL_DEFINE2(clock_gettime, int, clock, struct abi_timespec user *, tp)
{
    uint64_t ns;
    int err = clock_read(clock, &ns);

    return err ? err : timespec_put(tp, ns);
}

/* clock_getres(2): how finely a clock ticks; tp may be NULL. */
SYSCALL_DEFINE2(clock_getres, int, clock, struct abi_timespec user *, tp)
{
    struct clock_id c;
    int err = clock_id_resolve(clock, &c);

    if (err || !tp)
        return err;
    return timespec_put(tp, CLOCK_PAGE_RESOLUTION_NS);
}

long time_set_realtime(uint64_t ns)
{
    if (!capable(CAP_SYS_TIME))
        return -EPERM;
    if (ns < clock_monotonic_ns() || ns == TIME_END_NS)
        return -EINVAL;
    clock_set_realtime(ns);
    itimers_wall_clock_set();
    clock_id_wall_clock_set();
    timerfd_wall_clock_set();
    return 0;
}

/* clock_settime(2): sets the wall clock, the only one that can be set. */
SYSCALL_DEFINE2(clock_settime, int, clock, const struct abi_timespec user *, tp)
{
    struct clock_id c;
    uint64_t ns;
    int err;

    if (clock != CLOCK_REALTIME)
        return clock < 0 && !clock_id_resolve(clock, &c) ? -EPERM : -EINVAL;
    err = timespec_get(tp, &ns);
    return err ? err : time_set_realtime(ns);
}

/* gettimeofday(2): both pointers may be NULL; the zone is UTC. */
SYSCALL_DEFINE2(gettimeofday, struct abi_timeval user *, tv,
                struct abi_timezone user *, tz)
{
    uint64_t ns = clock_realtime_ns();
    struct abi_timezone utc = {0, 0};

    if (tv &&
        put_user_pair(tv, ns / NSEC_PER_SEC, ns % NSEC_PER_SEC / NSEC_PER_USEC))
        return -EFAULT;
    if (tz && copy_to_user(tz, &utc, sizeof(utc)))
        return -EFAULT;
    return 0;
}

/* settimeofday(2): sets the wall clock; both pointers may be NULL. */
SYSCALL_PARTIAL(settimeofday, "the time zone is checked and forgotten");
SYSCALL_DEFINE2(settimeofday, const struct abi_timeval user *, tv,
                const struct abi_timezone user *, tz)
{
    struct abi_timeval time;
    struct abi_timezone zone;
    struct abi_timespec ts;
    uint64_t ns;
    int err;

    if (tv) {
        if (copy_from_user(&time, tv, sizeof(time)))
            return -EFAULT;
        if (time.tv_usec < 0 || time.tv_usec >= USEC_PER_SEC)
            return -EINVAL;
    }
    if (tz) {
        if (copy_from_user(&zone, tz, sizeof(zone)))
            return -EFAULT;
        if (zone.tz_minuteswest > ZONE_MINUTES_MAX ||
            zone.tz_minuteswest < -ZONE_MINUTES_MAX)
            return -EINVAL;
    }
    if (!tv)
        return capable(CAP_SYS_TIME) ? 0 : -EPERM;
    ts.tv_sec = time.tv_sec;
    ts.tv_nsec = time.tv_usec * (int64_t)NSEC_PER_USEC;
    err = timespec_to_ns(&ts, &ns);
    return err ? err : time_set_realtime(ns);
}

/* time(2): seconds since 1970; tloc may be NULL. */
SYSCALL_DEFINE1(time, int64_t user *, tloc)
{
    int64_t now = (int64_t)(clock_realtime_ns() / NSEC_PER_SEC);

    if (tloc && copy_to_user(tloc, &now, sizeof(now)))
        return -EFAULT;
    return now;
}

/* Sleeps until a clock shows end; tells what is left when a signal cuts it
 * short. */
static long sleep_until(const struct clock_id *c, uint64_t end,
                        struct abi_timespec user *left);

static long sleep_again(const struct restart_block *b)
{
    struct clock_id c = {(enum clock_kind)b->arg[0], (int)b->arg[1]};

    return sleep_until(&c, b->arg[2], (struct abi_timespec user *)b->arg[3]);
}

static long sleep_until(const struct clock_id *c, uint64_t end,
                        struct abi_timespec user *left)
{
    int err = clock_id_sleep(c, end);
    uint64_t now;

    if (err != -ERESTARTSYS)
        return err;
    if (left) {
        err = clock_id_read(c, process_current(), &now);
        if (err)
            return err;
        if (timespec_put(left, end > now ? end - now : 0))
            return -EFAULT;
    }
    return restart_later((struct restart_block){
        sleep_again, {c->kind, (uint64_t)c->tid, end, (uintptr_t)left}});
}

/* Sleeps for ns of a clock. */
static long sleep_for(const struct clock_id *c, uint64_t ns,
                      struct abi_timespec user *left)
{
    uint64_t now;
    int err = clock_id_read(c, process_current(), &now);

    if (err)
        return err;
    return sleep_until(c, ns > TIME_END_NS - now ? TIME_END_NS : now + ns,
                       left);
}

static const struct clock_id monotonic = {CLOCK_KIND_MONOTONIC, 0};

/* nanosleep(2) */
SYSCALL_DEFINE2(nanosleep, const struct abi_timespec user *, duration,
                struct abi_timespec user *, left)
{
    uint64_t ns;
    int err = timespec_get(duration, &ns);

    return err ? err : sleep_for(&monotonic, ns, left);
}

/* Can one sleep on this clock? */
static int sleep_clock(int clock, struct clock_id *c)
{
    if (clock == CLOCK_THREAD_CPUTIME_ID)
        return -EOPNOTSUPP;
    return clock_id_resolve_waking(clock, c);
}

/* clock_nanosleep(2): for a time, or until a clock shows one. */
SYSCALL_DEFINE4(clock_nanosleep, int, clock, int, flags,
                const struct abi_timespec user *, time,
                struct abi_timespec user *, left)
{
    struct clock_id c;
    uint64_t ns;
    int err = sleep_clock(clock, &c);

    if (!err)
        err = timespec_get(time, &ns);
    if (err)
        return err;
    if (c.kind == CLOCK_KIND_THREAD && c.tid == thread_current()->tid)
        return -EINVAL; /* it stands still while its thread sleeps */
    if (flags & TIMER_ABSTIME)
        return restart_without_handler(clock_id_sleep(&c, ns));
    /* Setting the wall clock changes no length of time. */
    return sleep_for(c.kind == CLOCK_KIND_WALL ? &monotonic : &c, ns, left);
}

/* times(2): CPU times in ticks, buf may be NULL; and the ticks since boot. */
SYSCALL_DEFINE1(times, struct abi_tms user *, buf)
{
    const uint64_t tick_ns = NSEC_PER_SEC / ABI_USER_HZ;
    struct process *p = process_current();
    struct cpu_times own = sched_process_times(p), *of = &p->children_usage.cpu;
    struct abi_tms tms = {
        .tms_utime = (int64_t)(own.user_ns / tick_ns),
        .tms_stime = (int64_t)(own.system_ns / tick_ns),
        .tms_cutime = (int64_t)(of->user_ns / tick_ns),
        .tms_cstime = (int64_t)(of->system_ns / tick_ns),
    };

    if (buf && copy_to_user(buf, &tms, sizeof(tms)))
        return -EFAULT;
    return (long)(clock_monotonic_ns() / tick_ns);
}
