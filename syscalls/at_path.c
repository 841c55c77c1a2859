// SPDX-License-Identifier: MIT
/* at_path: paths of the program. */
#include "syscalls/at_path.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "kernel/cred.h"
#include "kernel/doctor.h"
#include "kernel/kmalloc.h"
#include "kernel/thread.h"
#include "lib/printf.h"
#include "vfs/fd.h"
#include "vfs/fs_context.h"

/* Most paths are short: they stay on the stack. */
static int copy_path(struct at_path *at, const char user *path)
{
    ssize_t len = strncpy_from_user(at->small, path, sizeof(at->small));

    at->large = NULL;
    at->path = at->small;
    if (len != -ENAMETOOLONG)
        return len < 0 ? (int)len : 0;
    at->large = kmalloc(PATH_MAX);
    if (!at->large)
        return -ENOMEM;
    at->path = at->large;
    len = strncpy_from_user(at->large, path, PATH_MAX);
    if (len >= 0)
        return 0;
    kfree(at->large);
    return (int)len;
}

static int find_start(struct at_path *at, int fd, bool absolute)
{
    struct fs_context *fs = fs_context_current();
    struct file *f;
    int err = 0;

    if (fd == AT_FDCWD || absolute) {
        fs_context_start(fs, NULL, &at->start);
        return 0;
    }
    f = fd_get(fd);
    if (!f)
        return -EBADF;
    if (f->dentry)
        fs_context_start(fs, f->dentry, &at->start);
    else
        err = -ENOTDIR;
    file_put(f);
    return err;
}

static inline int get(struct at_path *at, int fd, const char user *path,
                      unsigned resolve)
{
    bool scoped = resolve & (RESOLVE_IN_ROOT | RESOLVE_BENEATH);
    int err = copy_path(at, path);

    if (err)
        return err;
    err = find_start(at, fd, at->path[0] == '/' && !scoped);
    if (err) {
        kfree(at->large);
        return err;
    }
    at->start.cred = cred_current();
    at->start.resolve = resolve;
    return 0;
}

int at_path_get(struct at_path *at, int fd, const char user *path)
{
    return get(at, fd, path, 0);
}

int at_path_get_resolve(struct at_path *at, int fd, const char user *path,
                        unsigned resolve)
{
    return get(at, fd, path, resolve);
}

void at_path_note(const struct at_path *at, long err)
{
    char *path;
    ssize_t n;

    if (err != -ENOENT || !at->path[0])
        return;
    if (at->path[0] == '/') {
        doctor_absent(at->path);
        return;
    }
    path = kmalloc(PATH_MAX);
    if (!path)
        return;
    n = dentry_path(at->start.base, at->start.root, path, PATH_MAX);
    if (n >= 0) {
        snprintf(path + n, PATH_MAX - (size_t)n, "%s%s",
                 path[n - 1] == '/' ? "" : "/", at->path);
        doctor_absent(path);
    }
    kfree(path);
}

void at_path_put(struct at_path *at)
{
    path_start_put(&at->start);
    kfree(at->large);
}

int at_path_walk(int fd, const char user *path, unsigned flags,
                 struct dentry **found)
{
    struct at_path at;
    int err = at_path_get(&at, fd, path);

    if (err)
        return err;
    err = path_walk(&at.start, at.path, flags, found);
    at_path_note(&at, err);
    at_path_put(&at);
    return err;
}

/* 1: the path is empty. */
static int path_is_empty(const char user *path)
{
    char first;

    if (get_user(&first, path))
        return -EFAULT;
    return first == '\0';
}

/* The name, when wanted, is put into *name. */
static inline int find_vnode(int fd, const char user *path, unsigned at_flags,
                             struct vnode **found, struct dentry **name)
{
    unsigned flags = at_flags & AT_SYMLINK_NOFOLLOW ? 0 : PATH_FOLLOW;
    struct dentry *d;
    int err;

    if (at_flags & AT_EMPTY_PATH) {
        int empty = path_is_empty(path);

        if (empty < 0)
            return empty;
        if (empty && fd != AT_FDCWD) {
            struct file *f = fd_get(fd);

            if (!f)
                return -EBADF;
            *found = f->vnode;
            vnode_get(*found);
            if (name)
                *name = f->dentry;
            if (name && *name)
                dentry_get(*name);
            file_put(f);
            return 0;
        }
        flags |= PATH_EMPTY;
    }
    err = at_path_walk(fd, path, flags, &d);
    if (err)
        return err;
    *found = d->vnode;
    vnode_get(*found);
    if (name)
        *name = d;
    else
        dentry_put(d);
    return 0;
}

int at_path_vnode(int fd, const char user *path, unsigned at_flags,
                  struct vnode **found)
{
    return find_vnode(fd, path, at_flags, found, NULL);
}

int at_path_named(int fd, const char user *path, unsigned at_flags,
                  struct vnode **found, struct dentry **name)
{
    return find_vnode(fd, path, at_flags, found, name);
}
