// SPDX-License-Identifier: MIT
/*
 * timespec: time values of the program, as nanoseconds.
 *
 * Linux lets any time that is too far off stand for the end of time (about
 * 292 years after boot), and so does this.
 */
#pragma once

#include "abi/errno.h"
#include "abi/time.h"
#include "kernel/clock.h"
#include "kernel/uaccess.h"
#include "kernel/wait.h"

#define TIME_END_NS INT64_MAX

/* -EINVAL: negative, or a second or more of nanoseconds. */
static inline int timespec_to_ns(const struct abi_timespec *ts, uint64_t *ns)
{
    if (ts->tv_sec < 0 || ts->tv_nsec < 0 ||
        ts->tv_nsec >= (int64_t)NSEC_PER_SEC)
        return -EINVAL;
    if ((uint64_t)ts->tv_sec >= TIME_END_NS / NSEC_PER_SEC)
        *ns = TIME_END_NS;
    else
        *ns = (uint64_t)ts->tv_sec * NSEC_PER_SEC + (uint64_t)ts->tv_nsec;
    return 0;
}

static inline struct abi_timespec timespec_from_ns(uint64_t ns)
{
    return (struct abi_timespec){
        .tv_sec = (int64_t)(ns / NSEC_PER_SEC),
        .tv_nsec = (int64_t)(ns % NSEC_PER_SEC),
    };
}

static inline struct abi_timeval timeval_from_ns(uint64_t ns)
{
    return (struct abi_timeval){
        .tv_sec = (int64_t)(ns / NSEC_PER_SEC),
        .tv_usec = (int64_t)(ns % NSEC_PER_SEC / NSEC_PER_USEC),
    };
}

/* Reads a timespec of the program. -EFAULT, -EINVAL. */
static inline int timespec_get(const struct abi_timespec user *from,
                               uint64_t *ns)
{
    struct abi_timespec ts;

    if (copy_from_user(&ts, from, sizeof(ts)))
        return -EFAULT;
    return timespec_to_ns(&ts, ns);
}

static inline int timespec_put(struct abi_timespec user *to, uint64_t ns)
{
    return put_user_pair(to, ns / NSEC_PER_SEC, ns % NSEC_PER_SEC);
}

/* The monotonic time that lies ns from now. */
static inline uint64_t deadline_after(uint64_t ns)
{
    uint64_t now = clock_monotonic_ns();

    return ns > TIME_END_NS - now ? TIME_END_NS : now + ns;
}

static inline uint64_t deadline_left(uint64_t deadline)
{
    uint64_t now = clock_monotonic_ns();

    return deadline > now ? deadline - now : 0;
}

/* When a poll with that timeout ends: never without one, at 0 when it is not
 * to wait. -EFAULT, -EINVAL. */
static inline int deadline_of_timeout(const struct abi_timespec user *timeout,
                                      uint64_t *deadline)
{
    uint64_t ns;
    int err;

    *deadline = WAIT_FOREVER;
    if (!timeout)
        return 0;
    err = timespec_get(timeout, &ns);
    if (!err)
        *deadline = ns ? deadline_after(ns) : 0;
    return err;
}

/* Tells the program how much of such a timeout is left; the call's result is
 * handed through. Memory that cannot be written is no failure, as on Linux, but
 * then the call cannot be made again with what is left. */
static inline long timeout_put_left(struct abi_timespec user *timeout,
                                    uint64_t deadline, long result)
{
    if (timeout && deadline &&
        timespec_put(timeout, deadline_left(deadline)) < 0 &&
        result == -ERESTARTNOHAND)
        return -EINTR;
    return result;
}

/* The monotonic time at which the wall clock, as it is set now, shows ns. */
static inline uint64_t deadline_of_realtime(uint64_t ns)
{
    uint64_t now = clock_realtime_ns();

    return ns <= now ? clock_monotonic_ns() : deadline_after(ns - now);
}
