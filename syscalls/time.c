// SPDX-License-Identifier: MIT
/*
 * time: reading and setting clocks, and sleeping.
 *
 * There is one monotonic and one wall clock; all of Linux's variants of them
 * (coarse, raw, boot, alarm, TAI) are these two, at full resolution.
 */
#include "abi/time.h"

#include "kernel/clock.h"
#include "kernel/thread.h"
#include "kernel/wait.h"
#include "syscalls/define.h"
#include "syscalls/timespec.h"

#define RESOLUTION_NS    1
#define USEC_PER_SEC     1000000
#define ZONE_MINUTES_MAX (15 * 60)

/* Clock ids below zero name the CPU time of a process or a thread, as
 * clock_getcpuclockid(3) makes them: ~id * 8 + per thread * 4 + kind. */
enum {
    CPUCLOCK_KIND = 3,
    CPUCLOCK_FD = 3, /* a kind: the clock of a device */
    CPUCLOCK_THREAD = 4,
    CPUCLOCK_ID_SHIFT = 3,
};

static uint64_t thread_cpu_ns(const struct thread *t)
{
    if (t != thread_current())
        return t->cpu_ns;
    return t->cpu_ns + (clock_monotonic_ns() - t->slice_start_ns);
}

static uint64_t process_cpu_ns(struct process *p)
{
    unsigned long flags = spin_lock(&p->lock);
    struct thread *t;
    uint64_t sum = 0;

    list_for_each_entry (t, &p->threads, process_node)
        sum += thread_cpu_ns(t);
    spin_unlock(&p->lock, flags);
    return sum;
}

static int cpu_clock_read(int clock, uint64_t *ns)
{
    int id = ~(clock >> CPUCLOCK_ID_SHIFT);
    struct thread *t = id == 0 ? thread_current() : thread_find(id);

    if ((clock & CPUCLOCK_KIND) == CPUCLOCK_FD || !t || !t->process)
        return -EINVAL;
    if (clock & CPUCLOCK_THREAD) {
        if (t->process != process_current())
            return -EINVAL;
        *ns = thread_cpu_ns(t);
    } else {
        if (id != 0 && t->process->pid != id)
            return -EINVAL;
        *ns = process_cpu_ns(t->process);
    }
    return 0;
}

static int clock_read(int clock, uint64_t *ns)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI:
        *ns = clock_realtime_ns();
        return 0;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
        *ns = clock_monotonic_ns();
        return 0;
    case CLOCK_PROCESS_CPUTIME_ID:
        *ns = process_cpu_ns(process_current());
        return 0;
    case CLOCK_THREAD_CPUTIME_ID:
        *ns = thread_cpu_ns(thread_current());
        return 0;
    default:
        return clock < 0 ? cpu_clock_read(clock, ns) : -EINVAL;
    }
}

/* clock_gettime(2): what a clock shows. */
SYSCALL_PARTIAL(clock_gettime,
                "the process CPU clock forgets threads that have ended");
SYSCALL_DEFINE2(clock_gettime, int, clock, struct abi_timespec user *, tp)
{
    uint64_t ns;
    int err = clock_read(clock, &ns);

    return err ? err : timespec_put(tp, ns);
}

/* clock_getres(2): how finely a clock ticks; tp may be NULL. */
SYSCALL_DEFINE2(clock_getres, int, clock, struct abi_timespec user *, tp)
{
    uint64_t ns;
    int err = clock_read(clock, &ns);

    if (err || !tp)
        return err;
    return timespec_put(tp, RESOLUTION_NS);
}

/* The wall clock is the superuser's; it cannot show a time before boot. */
static long set_realtime(uint64_t ns)
{
    if (process_current()->euid != 0)
        return -EPERM;
    if (ns < clock_monotonic_ns() || ns == TIME_END_NS)
        return -EINVAL;
    clock_set_realtime(ns);
    return 0;
}

/* clock_settime(2): sets the wall clock, the only one that can be set. */
SYSCALL_DEFINE2(clock_settime, int, clock, const struct abi_timespec user *, tp)
{
    uint64_t ns;
    int err;

    if (clock != CLOCK_REALTIME)
        return -EINVAL;
    err = timespec_get(tp, &ns);
    return err ? err : set_realtime(ns);
}

/* gettimeofday(2): both pointers may be NULL; the zone is UTC. */
SYSCALL_DEFINE2(gettimeofday, struct abi_timeval user *, tv,
                struct abi_timezone user *, tz)
{
    uint64_t ns = clock_realtime_ns();
    struct abi_timeval now = {
        .tv_sec = (int64_t)(ns / NSEC_PER_SEC),
        .tv_usec = (int64_t)(ns % NSEC_PER_SEC / NSEC_PER_USEC),
    };
    struct abi_timezone utc = {0, 0};

    if (tv && copy_to_user(tv, &now, sizeof(now)))
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
        return process_current()->euid == 0 ? 0 : -EPERM;
    ts.tv_sec = time.tv_sec;
    ts.tv_nsec = time.tv_usec * (int64_t)NSEC_PER_USEC;
    err = timespec_to_ns(&ts, &ns);
    return err ? err : set_realtime(ns);
}

/* time(2): seconds since 1970; tloc may be NULL. */
SYSCALL_DEFINE1(time, int64_t user *, tloc)
{
    int64_t now = (int64_t)(clock_realtime_ns() / NSEC_PER_SEC);

    if (tloc && copy_to_user(tloc, &now, sizeof(now)))
        return -EFAULT;
    return now;
}

/* 0 when the deadline has passed, -EINTR when a signal came before. */
static int sleep_until(uint64_t deadline_ns)
{
    int err;

    do {
        wait_prepare();
        if (clock_monotonic_ns() >= deadline_ns) {
            wait_cancel();
            return 0;
        }
        err = wait_sleep(deadline_ns);
    } while (err == 0);
    return err == -ETIMEDOUT ? 0 : err;
}

/* Sleeps for ns; tells what is left when a signal cut it short. */
static long sleep_for(uint64_t ns, struct abi_timespec user *left)
{
    uint64_t deadline = deadline_after(ns), now;
    int err = sleep_until(deadline);

    if (err != -EINTR || !left)
        return err;
    now = clock_monotonic_ns();
    if (timespec_put(left, deadline > now ? deadline - now : 0))
        return -EFAULT;
    return err;
}

/* nanosleep(2) */
SYSCALL_DEFINE2(nanosleep, const struct abi_timespec user *, duration,
                struct abi_timespec user *, left)
{
    uint64_t ns;
    int err = timespec_get(duration, &ns);

    return err ? err : sleep_for(ns, left);
}

static int sleep_clock_check(int clock)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI:
    case CLOCK_MONOTONIC:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
        return 0;
    case CLOCK_PROCESS_CPUTIME_ID:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_REALTIME_COARSE:
        return -EOPNOTSUPP;
    default:
        return -EINVAL;
    }
}

static bool is_wall_clock(int clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_ALARM ||
           clock == CLOCK_TAI;
}

/* clock_nanosleep(2): for a time, or until a clock shows one. */
SYSCALL_PARTIAL(clock_nanosleep,
                "no CPU-time clocks; clock_settime moves no sleep under way");
SYSCALL_DEFINE4(clock_nanosleep, int, clock, int, flags,
                const struct abi_timespec user *, time,
                struct abi_timespec user *, left)
{
    uint64_t ns;
    int err = sleep_clock_check(clock);

    if (!err)
        err = timespec_get(time, &ns);
    if (err)
        return err;
    if (!(flags & TIMER_ABSTIME))
        return sleep_for(ns, left);
    return sleep_until(is_wall_clock(clock) ? deadline_of_realtime(ns) : ns);
}
