// SPDX-License-Identifier: MIT
/* signalfd: signals that are read; signalfd(2). */
#include "vfs/signalfd.h"

#include "abi/event.h"
#include "syscalls/define.h"
#include "vfs/fd.h"

static long change_mask(int fd, uint64_t mask)
{
    struct file *f = fd_get(fd);
    long result = fd;

    if (!f)
        return -EBADF;
    if (signalfd_is_file(f))
        signalfd_set_mask(f, mask);
    else
        result = -EINVAL;
    file_put(f);
    return result;
}

static long make_signalfd(int fd, const uint64_t user *mask, size_t size,
                          int flags)
{
    struct file *f;
    uint64_t set;

    if (size != sizeof(set) || (flags & ~(SFD_CLOEXEC | SFD_NONBLOCK)))
        return -EINVAL;
    if (get_user(&set, mask))
        return -EFAULT;
    if (fd != -1)
        return change_mask(fd, set);
    f = signalfd_create(set, (uint32_t)flags);
    return f ? fd_install_new(f, flags & SFD_CLOEXEC) : -ENOMEM;
}

/* signalfd(2), as the kernel had it first */
SYSCALL_DEFINE3(signalfd, int, fd, const uint64_t user *, mask, size_t, size)
{
    return make_signalfd(fd, mask, size, 0);
}

/* signalfd(2): fd -1 makes a file, another changes its mask. */
SYSCALL_DEFINE4(signalfd4, int, fd, const uint64_t user *, mask, size_t, size,
                int, flags)
{
    return make_signalfd(fd, mask, size, flags);
}
