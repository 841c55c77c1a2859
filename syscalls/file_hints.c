// SPDX-License-Identifier: MIT
/*
 * file_hints: what programs tell about the files that they are going to read,
 * or have written: fadvise64(2), readahead(2), sync_file_range(2). All files
 * are in memory, so that there is nothing to do but to check.
 */
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "syscalls/define.h"
#include "vfs/fd.h"

/* The file behind fd; NULL: none, or one that O_PATH opened. */
static struct file *get_open(int fd)
{
    struct file *f = fd_get(fd);

    if (!f || !(f->mode & FILE_PATH))
        return f;
    file_put(f);
    return NULL;
}

static int check_advice(const struct file *f, int64_t len, int advice)
{
    if (S_ISFIFO(f->vnode->mode))
        return -ESPIPE;
    if (len < 0 || advice < POSIX_FADV_NORMAL || advice > POSIX_FADV_NOREUSE)
        return -EINVAL;
    return 0;
}

/* posix_fadvise(2) */
SYSCALL_DEFINE4(fadvise64, int, fd, int64_t, offset, int64_t, len, int, advice)
{
    struct file *f = get_open(fd);
    int err;

    (void)offset;
    if (!f)
        return -EBADF;
    err = check_advice(f, len, advice);
    file_put(f);
    return err;
}

/* readahead(2) */
SYSCALL_DEFINE3(readahead, int, fd, int64_t, offset, size_t, count)
{
    struct file *f = get_open(fd);
    int err = 0;

    (void)offset;
    (void)count;
    if (!f)
        return -EBADF;
    if (!(f->mode & FILE_READ))
        err = -EBADF;
    else if (!vnode_is_regular(f->vnode))
        err = -EINVAL;
    file_put(f);
    return err;
}

static int check_sync(const struct file *f, int64_t offset, int64_t len,
                      unsigned flags)
{
    if (flags & ~(SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
                  SYNC_FILE_RANGE_WAIT_AFTER))
        return -EINVAL;
    if (offset < 0 || len < 0 || len > INT64_MAX - offset)
        return -EINVAL;
    return vnode_is_regular(f->vnode) || vnode_is_dir(f->vnode) ? 0 : -ESPIPE;
}

/* sync_file_range(2) */
SYSCALL_DEFINE4(sync_file_range, int, fd, int64_t, offset, int64_t, len,
                unsigned, flags)
{
    struct file *f = get_open(fd);
    int err;

    if (!f)
        return -EBADF;
    err = check_sync(f, offset, len, flags);
    file_put(f);
    return err;
}
