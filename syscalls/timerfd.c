// SPDX-License-Identifier: MIT
/* timerfd: timers that are files; timerfd_create(2). */
#include "vfs/timerfd.h"

#include "abi/event.h"
#include "abi/time.h"
#include "kernel/clock_id.h"
#include "syscalls/define.h"
#include "syscalls/timespec.h"
#include "vfs/fd.h"

static bool is_timer_clock(int clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC ||
           clock == CLOCK_BOOTTIME || clock == CLOCK_REALTIME_ALARM ||
           clock == CLOCK_BOOTTIME_ALARM;
}

/* timerfd_create(2) */
SYSCALL_DEFINE2(timerfd_create, int, clock, int, flags)
{
    struct clock_id c = {CLOCK_KIND_MONOTONIC, 0};
    struct file *f;

    if ((flags & ~(TFD_CLOEXEC | TFD_NONBLOCK)) || !is_timer_clock(clock))
        return -EINVAL;
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_ALARM)
        c.kind = CLOCK_KIND_WALL;
    f = timerfd_create(&c, (uint32_t)flags);
    return f ? fd_install_new(f, flags & TFD_CLOEXEC) : -ENOMEM;
}

static int put_time(struct abi_itimerspec user *to,
                    const struct timerfd_time *time)
{
    struct abi_itimerspec spec = {
        .it_value = timespec_from_ns(time->value),
        .it_interval = timespec_from_ns(time->interval),
    };

    return copy_to_user(to, &spec, sizeof(spec));
}

/* The timer behind fd with a reference; -EBADF, -EINVAL: it is none. */
static int get_timer(int fd, struct file **f)
{
    *f = fd_get(fd);
    if (!*f)
        return -EBADF;
    if (timerfd_is_file(*f))
        return 0;
    file_put(*f);
    return -EINVAL;
}

/* timerfd_settime(2): old may be NULL. */
SYSCALL_DEFINE4(timerfd_settime, int, fd, int, flags,
                const struct abi_itimerspec user *, value,
                struct abi_itimerspec user *, old)
{
    struct timerfd_time time, before;
    struct abi_itimerspec spec;
    struct file *f;
    int err;

    if (get_user(&spec, value))
        return -EFAULT;
    if ((flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) ||
        timespec_to_ns(&spec.it_value, &time.value) ||
        timespec_to_ns(&spec.it_interval, &time.interval))
        return -EINVAL;
    err = get_timer(fd, &f);
    if (err)
        return err;
    err = timerfd_set(f, (uint32_t)flags, &time, &before);
    file_put(f);
    return old && put_time(old, &before) ? -EFAULT : err;
}

/* timerfd_gettime(2) */
SYSCALL_DEFINE2(timerfd_gettime, int, fd, struct abi_itimerspec user *, value)
{
    struct timerfd_time left;
    struct file *f;
    int err = get_timer(fd, &f);

    if (err)
        return err;
    timerfd_get(f, &left);
    file_put(f);
    return put_time(value, &left);
}
