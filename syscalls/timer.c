// SPDX-License-Identifier: MIT
/* timer: a program's timers; kernel/itimer.c has them. */
#include "kernel/itimer.h"

#include "abi/signal.h"
#include "abi/time.h"
#include "kernel/thread.h"
#include "syscalls/define.h"
#include "syscalls/timespec.h"

#define USEC_PER_SEC 1000000

static_assert(ITIMER_REAL == (int)ITIMER_WHICH_REAL &&
                  ITIMER_VIRTUAL == (int)ITIMER_WHICH_VIRTUAL &&
                  ITIMER_PROF == (int)ITIMER_WHICH_PROF,
              "passed through");

/* --- interval timers ------------------------------------------------------ */

static int timeval_to_ns(const struct abi_timeval *tv, uint64_t *ns)
{
    struct abi_timespec ts = {tv->tv_sec, 0};

    if (tv->tv_usec < 0 || tv->tv_usec >= USEC_PER_SEC)
        return -EINVAL;
    ts.tv_nsec = tv->tv_usec * (int64_t)NSEC_PER_USEC;
    return timespec_to_ns(&ts, ns);
}

static int itimerval_get(const struct abi_itimerval user *from,
                         struct itimer_time *time)
{
    struct abi_itimerval v;

    *time = (struct itimer_time){0, 0};
    if (!from) /* as Linux has it: the same as zeros */
        return 0;
    if (copy_from_user(&v, from, sizeof(v)))
        return -EFAULT;
    if (timeval_to_ns(&v.it_value, &time->value) ||
        timeval_to_ns(&v.it_interval, &time->interval))
        return -EINVAL;
    return 0;
}

/* A timer that runs shows at least a microsecond. */
static int itimerval_put(struct abi_itimerval user *to,
                         const struct itimer_time *time)
{
    uint64_t value = time->value ? MAX(time->value, NSEC_PER_USEC) : 0;
    struct abi_itimerval v = {
        .it_value = timeval_from_ns(value),
        .it_interval = timeval_from_ns(time->interval),
    };

    return copy_to_user(to, &v, sizeof(v));
}

/* setitimer(2): old may be NULL. */
SYSCALL_DEFINE3(setitimer, int, which, const struct abi_itimerval user *, value,
                struct abi_itimerval user *, old)
{
    struct itimer_time time, before;
    int err = itimerval_get(value, &time);

    if (err)
        return err;
    if (which < 0 || which >= ITIMER_WHICH_COUNT)
        return -EINVAL;
    itimer_interval_set((enum itimer_which)which, &time, &before);
    return old ? itimerval_put(old, &before) : 0;
}

/* getitimer(2) */
SYSCALL_DEFINE2(getitimer, int, which, struct abi_itimerval user *, value)
{
    struct itimer_time left;

    if (which < 0 || which >= ITIMER_WHICH_COUNT)
        return -EINVAL;
    itimer_interval_get((enum itimer_which)which, &left);
    return itimerval_put(value, &left);
}

/* alarm(2): the seconds that were left, rounded, but never to 0. */
SYSCALL_DEFINE1(alarm, unsigned, seconds)
{
    struct itimer_time time = {seconds * NSEC_PER_SEC, 0}, before;
    uint64_t left;

    itimer_interval_set(ITIMER_WHICH_REAL, &time, &before);
    left = (before.value + NSEC_PER_SEC / 2) / NSEC_PER_SEC;
    return before.value ? (long)MAX(left, 1ull) : 0;
}

/* --- timers with ids ------------------------------------------------------ */

/* SIGEV_THREAD is the C library's: here it is a signal. */
static int event_check(const struct abi_sigevent *ev, struct itimer_event *e)
{
    *e = (struct itimer_event){.value = ev->sigev_value};
    switch (ev->sigev_notify) {
    case SIGEV_NONE:
        return 0;
    case SIGEV_THREAD_ID:
        if (!process_has_thread(process_current(), ev->sigev_tid))
            return -EINVAL;
        e->tid = ev->sigev_tid;
        break;
    case SIGEV_SIGNAL:
    case SIGEV_THREAD:
        break;
    default:
        return -EINVAL;
    }
    if (ev->sigev_signo < 1 || ev->sigev_signo > ABI_NSIG)
        return -EINVAL;
    e->signal = ev->sigev_signo;
    return 0;
}

/* timer_create(2): event may be NULL, which means SIGALRM with the id. */
SYSCALL_DEFINE3(timer_create, int, clock, const struct abi_sigevent user *,
                event, int user *, id)
{
    struct itimer_event e = {.signal = SIGALRM, .value_is_id = true};
    struct abi_sigevent ev;
    struct clock_id c;
    int err, new_id;

    if (event && copy_from_user(&ev, event, sizeof(ev)))
        return -EFAULT;
    err = clock_id_resolve_waking(clock, &c);
    if (!err && event)
        err = event_check(&ev, &e);
    if (err)
        return err;
    new_id = itimer_create(&c, &e);
    if (new_id < 0)
        return new_id;
    err = put_user(new_id, id);
    if (err)
        itimer_delete(new_id);
    return err;
}

static int itimerspec_put(struct abi_itimerspec user *to,
                          const struct itimer_time *time)
{
    struct abi_itimerspec spec = {
        .it_value = timespec_from_ns(time->value),
        .it_interval = timespec_from_ns(time->interval),
    };

    return copy_to_user(to, &spec, sizeof(spec));
}

/* timer_settime(2): old may be NULL. */
SYSCALL_DEFINE4(timer_settime, int, id, int, flags,
                const struct abi_itimerspec user *, value,
                struct abi_itimerspec user *, old)
{
    struct itimer_time time, before;
    struct abi_itimerspec spec;
    int err;

    if (!value)
        return -EINVAL;
    if (copy_from_user(&spec, value, sizeof(spec)))
        return -EFAULT;
    if (timespec_to_ns(&spec.it_value, &time.value) ||
        timespec_to_ns(&spec.it_interval, &time.interval))
        return -EINVAL;
    err = itimer_set(id, &time, flags & TIMER_ABSTIME, &before);
    return err || !old ? err : itimerspec_put(old, &before);
}

/* timer_gettime(2) */
SYSCALL_DEFINE2(timer_gettime, int, id, struct abi_itimerspec user *, value)
{
    struct itimer_time left;
    int err = itimer_get(id, &left);

    return err ? err : itimerspec_put(value, &left);
}

/* timer_getoverrun(2) */
SYSCALL_DEFINE1(timer_getoverrun, int, id)
{
    return itimer_overrun(id);
}

/* timer_delete(2) */
SYSCALL_DEFINE1(timer_delete, int, id)
{
    return itimer_delete(id);
}
