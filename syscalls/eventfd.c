// SPDX-License-Identifier: MIT
/* eventfd: eventfd(2) and the older call without flags. */
#include "vfs/eventfd.h"

#include "abi/event.h"
#include "syscalls/define.h"
#include "vfs/fd.h"

static long make_eventfd(uint32_t count, int flags)
{
    struct file *f;

    if (flags & ~(EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK))
        return -EINVAL;
    f = eventfd_create(count, (uint32_t)flags);
    return f ? fd_install_new(f, flags & EFD_CLOEXEC) : -ENOMEM;
}

/* eventfd(2), as the kernel had it first */
SYSCALL_DEFINE1(eventfd, uint32_t, count)
{
    return make_eventfd(count, 0);
}

/* eventfd(2) */
SYSCALL_DEFINE2(eventfd2, uint32_t, count, int, flags)
{
    return make_eventfd(count, flags);
}
