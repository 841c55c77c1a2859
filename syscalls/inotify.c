// SPDX-License-Identifier: MIT
/* inotify: inotify_init1(2), inotify_add_watch(2), inotify_rm_watch(2). */
#include "vfs/inotify.h"

#include "abi/fcntl.h"
#include "kernel/cred.h"
#include "kernel/thread.h"
#include "syscalls/at_path.h"
#include "syscalls/define.h"
#include "vfs/fd.h"

#define KNOWN_BITS                                                          \
    (IN_ALL_EVENTS | IN_UNMOUNT | IN_Q_OVERFLOW | IN_IGNORED | IN_ONLYDIR | \
     IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_MASK_CREATE | IN_MASK_ADD |       \
     IN_ISDIR | IN_ONESHOT)

static long make_inotify(int flags)
{
    struct file *f;

    if (flags & ~(IN_CLOEXEC | IN_NONBLOCK))
        return -EINVAL;
    f = inotify_create((uint32_t)flags);
    return f ? fd_install_new(f, flags & IN_CLOEXEC) : -ENOMEM;
}

/* inotify_init(2) */
SYSCALL_DEFINE0(inotify_init)
{
    return make_inotify(0);
}

/* inotify_init1(2) */
SYSCALL_DEFINE1(inotify_init1, int, flags)
{
    return make_inotify(flags);
}

static long add_watch(struct file *f, const char user *path, uint32_t mask)
{
    unsigned flags = 0;
    struct dentry *d;
    long err;

    if ((mask & IN_MASK_ADD) && (mask & IN_MASK_CREATE))
        return -EINVAL;
    if (!inotify_is_file(f))
        return -EINVAL;
    if (!(mask & IN_DONT_FOLLOW))
        flags |= PATH_FOLLOW;
    if (mask & IN_ONLYDIR)
        flags |= PATH_DIRECTORY;
    err = at_path_walk(AT_FDCWD, path, flags, &d);
    if (err)
        return err;
    if (vnode_permits(d->vnode, R_OK, cred_current()))
        err = inotify_add(f, d->vnode, mask);
    else
        err = -EACCES;
    dentry_put(d);
    return err;
}

/* inotify_add_watch(2) */
SYSCALL_DEFINE3(inotify_add_watch, int, fd, const char user *, path, uint32_t,
                mask)
{
    struct file *f;
    long wd;

    if (!(mask & KNOWN_BITS))
        return -EINVAL;
    f = fd_get(fd);
    if (!f)
        return -EBADF;
    wd = add_watch(f, path, mask);
    file_put(f);
    return wd;
}

/* inotify_rm_watch(2) */
SYSCALL_DEFINE2(inotify_rm_watch, int, fd, int, wd)
{
    struct file *f = fd_get(fd);
    long err;

    if (!f)
        return -EBADF;
    err = inotify_is_file(f) ? inotify_remove(f, wd) : -EINVAL;
    file_put(f);
    return err;
}
