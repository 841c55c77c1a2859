// SPDX-License-Identifier: MIT
/*
 * current: descriptors and file-system context of the calling thread. Apart
 * from the rest of vfs, which knows nothing of threads.
 */
#include "abi/errno.h"
#include "abi/resource.h"
#include "kernel/thread.h"
#include "vfs/fd.h"
#include "vfs/fs_context.h"

struct fs_context *fs_context_current(void)
{
    return thread_current()->fs;
}

struct fd_table *fd_table_current(void)
{
    return thread_current()->files;
}

uint64_t fd_limit(void)
{
    return process_current()->limits[RLIMIT_NOFILE].soft;
}

struct file *fd_get(int fd)
{
    return fd_table_lookup(fd_table_current(), fd);
}

int fd_reserve(bool cloexec)
{
    return fd_table_reserve(fd_table_current(), 0, fd_limit(), cloexec);
}

void fd_install(int fd, struct file *f)
{
    fd_table_install(fd_table_current(), fd, f);
}

void fd_unreserve(int fd)
{
    fd_table_unreserve(fd_table_current(), fd);
}

int fd_install_new(struct file *f, bool cloexec)
{
    int fd = fd_reserve(cloexec);

    if (fd < 0)
        file_put(f);
    else
        fd_install(fd, f);
    return fd;
}
