// SPDX-License-Identifier: MIT
/* epoll: sets of watched files; epoll(7). */
#include "vfs/epoll.h"

#include "syscalls/define.h"
#include "syscalls/timespec.h"
#include "syscalls/wait_mask.h"
#include "vfs/fd.h"

static long make_set(int flags)
{
    struct file *f;

    if (flags & ~EPOLL_CLOEXEC)
        return -EINVAL;
    f = epoll_create();
    return f ? fd_install_new(f, flags & EPOLL_CLOEXEC) : -ENOMEM;
}

/* epoll_create(2): size was a hint once. */
SYSCALL_DEFINE1(epoll_create, int, size)
{
    return size > 0 ? make_set(0) : -EINVAL;
}

/* epoll_create1(2) */
SYSCALL_DEFINE1(epoll_create1, int, flags)
{
    return make_set(flags);
}

static int control(struct file *set, int op, struct file *f, int fd,
                   const struct abi_epoll_event *event)
{
    if (!f->ops->poll)
        return -EPERM;
    if (!epoll_is_file(set))
        return -EINVAL;
    switch (op) {
    case EPOLL_CTL_ADD:
        return epoll_add(set, f, fd, event);
    case EPOLL_CTL_MOD:
        return epoll_modify(set, f, fd, event);
    case EPOLL_CTL_DEL:
        return epoll_remove(set, f, fd);
    default:
        return -EINVAL;
    }
}

/* epoll_ctl(2) */
SYSCALL_DEFINE4(epoll_ctl, int, epfd, int, op, int, fd,
                const struct abi_epoll_event user *, event)
{
    struct abi_epoll_event e = {0};
    struct file *set, *f;
    int err = -EBADF;

    if (op != EPOLL_CTL_DEL && get_user(&e, event))
        return -EFAULT;
    set = fd_get(epfd);
    f = fd_get(fd);
    if (set && f && !((set->mode | f->mode) & FILE_PATH))
        err = control(set, op, f, fd, &e);
    if (f)
        file_put(f);
    if (set)
        file_put(set);
    return err;
}

static long wait_for_events(int epfd, struct abi_epoll_event user *events,
                            int max, uint64_t deadline)
{
    struct file *f;
    long n;

    if (max <= 0 || max > (int)(INT32_MAX / sizeof(*events)))
        return -EINVAL;
    f = fd_get(epfd);
    if (!f)
        return -EBADF;
    n = epoll_is_file(f) ? epoll_wait_events(f, events, max, deadline)
                         : -EINVAL;
    file_put(f);
    return n;
}

static uint64_t deadline_of_ms(int timeout)
{
    if (timeout <= 0)
        return timeout ? WAIT_FOREVER : 0;
    return deadline_after((uint64_t)timeout * NSEC_PER_MSEC);
}

/* epoll_wait(2): timeout in milliseconds, negative for ever */
SYSCALL_DEFINE4(epoll_wait, int, epfd, struct abi_epoll_event user *, events,
                int, max, int, timeout)
{
    return wait_for_events(epfd, events, max, deadline_of_ms(timeout));
}

static long wait_with_mask(int epfd, struct abi_epoll_event user *events,
                           int max, uint64_t deadline,
                           const uint64_t user *mask, size_t mask_size)
{
    int err = wait_mask_set(mask, mask_size);
    long n;

    if (err)
        return err;
    n = wait_for_events(epfd, events, max, deadline);
    wait_mask_restore(mask, n);
    return n;
}

/* epoll_pwait(2) */
SYSCALL_DEFINE6(epoll_pwait, int, epfd, struct abi_epoll_event user *, events,
                int, max, int, timeout, const uint64_t user *, mask, size_t,
                mask_size)
{
    return wait_with_mask(epfd, events, max, deadline_of_ms(timeout), mask,
                          mask_size);
}

/* epoll_pwait2(2) */
SYSCALL_DEFINE6(epoll_pwait2, int, epfd, struct abi_epoll_event user *, events,
                int, max, const struct abi_timespec user *, timeout,
                const uint64_t user *, mask, size_t, mask_size)
{
    uint64_t deadline;
    int err = deadline_of_timeout(timeout, &deadline);

    return err ? err
               : wait_with_mask(epfd, events, max, deadline, mask, mask_size);
}
