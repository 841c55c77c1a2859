// SPDX-License-Identifier: MIT
/* link: names of files: hard and symbolic links, renaming. */
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "kernel/cred.h"
#include "kernel/doctor.h"
#include "kernel/kmalloc.h"
#include "kernel/thread.h"
#include "lib/string.h"
#include "syscalls/at_path.h"
#include "syscalls/define.h"
#include "vfs/fd.h"
#include "vfs/tree.h"

/* --- rename --- */

static long rename_at(int old_dirfd, const char user *old, int new_dirfd,
                      const char user *new, unsigned flags)
{
    struct at_path from, to;
    long err;

    if (flags & RENAME_WHITEOUT)
        doctor_refused("renameat2", "flags=0x%x", RENAME_WHITEOUT);
    err = at_path_get(&from, old_dirfd, old);
    if (err)
        return err;
    err = at_path_get(&to, new_dirfd, new);
    if (err)
        goto put_from;
    err = tree_rename(&from.start, from.path, &to.start, to.path, flags);
    at_path_put(&to);
put_from:
    at_path_put(&from);
    return err;
}

/* rename(2) */
SYSCALL_DEFINE2(rename, const char user *, old, const char user *, new)
{
    return rename_at(AT_FDCWD, old, AT_FDCWD, new, 0);
}

/* renameat(2) */
SYSCALL_DEFINE4(renameat, int, old_dirfd, const char user *, old, int,
                new_dirfd, const char user *, new)
{
    return rename_at(old_dirfd, old, new_dirfd, new, 0);
}

/* renameat2(2) */
SYSCALL_DEFINE5(renameat2, int, old_dirfd, const char user *, old, int,
                new_dirfd, const char user *, new, unsigned, flags)
{
    return rename_at(old_dirfd, old, new_dirfd, new, flags);
}
SYSCALL_PARTIAL(renameat2, "RENAME_WHITEOUT is refused (EINVAL)");

/* --- hard links --- */

/* What the old path of linkat names; a reference. */
static long link_source(int fd, const char user *path, int flags,
                        struct dentry **old)
{
    unsigned walk_flags = 0;

    if (flags & AT_SYMLINK_FOLLOW)
        walk_flags |= PATH_FOLLOW;
    /* A descriptor that was handed over must not become a name by itself. */
    if ((flags & AT_EMPTY_PATH) && capable(CAP_DAC_READ_SEARCH))
        walk_flags |= PATH_EMPTY;
    return at_path_walk(fd, path, walk_flags, old);
}

static long link_at(int old_dirfd, const char user *old, int new_dirfd,
                    const char user *new, int flags)
{
    struct dentry *source;
    struct at_path to;
    long err;

    if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    err = link_source(old_dirfd, old, flags, &source);
    if (err)
        return err;
    err = at_path_get(&to, new_dirfd, new);
    if (err)
        goto put_source;
    err = tree_link(source, &to.start, to.path);
    at_path_put(&to);
put_source:
    dentry_put(source);
    return err;
}

/* link(2) */
SYSCALL_DEFINE2(link, const char user *, old, const char user *, new)
{
    return link_at(AT_FDCWD, old, AT_FDCWD, new, 0);
}

/* linkat(2) */
SYSCALL_DEFINE5(linkat, int, old_dirfd, const char user *, old, int, new_dirfd,
                const char user *, new, int, flags)
{
    return link_at(old_dirfd, old, new_dirfd, new, flags);
}

/* --- symbolic links --- */

static long symlink_at(const char *target, int dirfd, const char user *path)
{
    const struct vnode_make what = {
        .mode = S_IFLNK | 0777,
        .uid = cred_current()->fsuid,
        .gid = cred_current()->fsgid,
        .target = target,
        .target_len = strlen(target),
    };
    struct at_path at;
    long err = at_path_get(&at, dirfd, path);

    if (err)
        return err;
    err = tree_make(&at.start, at.path, &what, NULL);
    at_path_put(&at);
    return err;
}

static long symlink_user(const char user *target, int dirfd,
                         const char user *path)
{
    char *text = kmalloc(PATH_MAX);
    long err;

    if (!text)
        return -ENOMEM;
    err = strncpy_from_user(text, target, PATH_MAX);
    if (err == 0)
        err = -ENOENT;
    else if (err > 0)
        err = symlink_at(text, dirfd, path);
    kfree(text);
    return err;
}

/* symlink(2) */
SYSCALL_DEFINE2(symlink, const char user *, target, const char user *, path)
{
    return symlink_user(target, AT_FDCWD, path);
}

/* symlinkat(2) */
SYSCALL_DEFINE3(symlinkat, const char user *, target, int, dirfd,
                const char user *, path)
{
    return symlink_user(target, dirfd, path);
}

static long readlink_at(int dirfd, const char user *path, char user *buf,
                        int size)
{
    struct at_path at;
    struct dentry *d;
    struct vnode *v;
    size_t len;
    long err;

    if (size <= 0)
        return -EINVAL;
    err = at_path_get(&at, dirfd, path);
    if (err)
        return err;
    err = path_walk(&at.start, at.path, PATH_EMPTY, &d);
    at_path_note(&at, err);
    if (!err) {
        v = d->vnode;
        if (vnode_is_symlink(v)) {
            len = MIN(strlen(v->target), (size_t)size);
            err = copy_to_user(buf, v->target, len) ? -EFAULT : (long)len;
        } else {
            err = at.path[0] ? -EINVAL : -ENOENT;
        }
        dentry_put(d);
    }
    at_path_put(&at);
    return err;
}

/* readlink(2) */
SYSCALL_DEFINE3(readlink, const char user *, path, char user *, buf, int, size)
{
    return readlink_at(AT_FDCWD, path, buf, size);
}

/* readlinkat(2) */
SYSCALL_DEFINE4(readlinkat, int, dirfd, const char user *, path, char user *,
                buf, int, size)
{
    return readlink_at(dirfd, path, buf, size);
}
