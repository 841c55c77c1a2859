// SPDX-License-Identifier: MIT
/* fallocate: room for a file before it is written, and holes in it. */
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "syscalls/define.h"
#include "vfs/fd.h"
#include "vfs/inotify.h"

static long check_mode(int mode)
{
    const int whole = FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE;
    const int known = FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE |
                      FALLOC_FL_ZERO_RANGE | FALLOC_FL_UNSHARE_RANGE | whole;

    if (mode & ~known)
        return -EOPNOTSUPP;
    if ((mode & FALLOC_FL_PUNCH_HOLE) &&
        (mode & ~FALLOC_FL_KEEP_SIZE) != FALLOC_FL_PUNCH_HOLE)
        return -EOPNOTSUPP;
    if ((mode & FALLOC_FL_PUNCH_HOLE) && !(mode & FALLOC_FL_KEEP_SIZE))
        return -EOPNOTSUPP;
    return 0;
}

static long allocate(struct file *f, int mode, uint64_t offset, uint64_t len)
{
    struct vnode *v = f->vnode;
    long err;

    if (!(f->mode & FILE_WRITE))
        return -EBADF;
    if (S_ISFIFO(v->mode))
        return -ESPIPE;
    if (vnode_is_dir(v))
        return -EISDIR;
    if (!vnode_is_regular(v))
        return -ENODEV;
    if (len > INT64_MAX - offset)
        return -EFBIG;
    if (!v->ops->fallocate)
        return -EOPNOTSUPP;
    err = mode & FALLOC_FL_KEEP_SIZE ? 0 : vnode_size_check(v, offset + len);
    if (err)
        return err;
    mutex_lock(&v->io_lock);
    vnode_drop_set_id(v);
    err = v->ops->fallocate(v, mode, offset, len);
    mutex_unlock(&v->io_lock);
    return err;
}

/* fallocate(2) */
SYSCALL_DEFINE4(fallocate, int, fd, int, mode, int64_t, offset, int64_t, len)
{
    struct file *f = fd_get(fd);
    long err;

    if (!f)
        return -EBADF;
    if (offset < 0 || len <= 0)
        err = -EINVAL;
    else
        err = check_mode(mode);
    if (!err)
        err = allocate(f, mode, (uint64_t)offset, (uint64_t)len);
    if (!err)
        inotify_file(f, IN_MODIFY);
    file_put(f);
    return err;
}
SYSCALL_PARTIAL(fallocate, "ranges are not collapsed or inserted "
                           "(EOPNOTSUPP)");
