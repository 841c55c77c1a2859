// SPDX-License-Identifier: MIT
/*
 * open: open(2), from flags and a path to an open file. The checks come in
 * the order in which Linux makes them.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "kernel/cred.h"
#include "vfs/file.h"
#include "vfs/inotify.h"
#include "vfs/mount.h"
#include "vfs/path.h"
#include "vfs/tree.h"

/* Flags that a file keeps and F_GETFL shows. */
#define KEPT_FLAGS                                                           \
    (O_ACCMODE | O_APPEND | O_NONBLOCK | O_SYNC | O_DIRECTORY | O_NOFOLLOW | \
     O_NOATIME | O_DIRECT | O_PATH | O_LARGEFILE | FASYNC)

static const struct file_ops path_file_ops;

static bool wants_write(uint32_t flags)
{
    return (flags & O_ACCMODE) == O_WRONLY || (flags & O_ACCMODE) == O_RDWR;
}

/* What depends on the kind of file alone. */
static int check_kind(const struct vnode *v, uint32_t flags)
{
    if (vnode_is_symlink(v) && !(flags & O_PATH))
        return -ELOOP; /* reached only with O_NOFOLLOW */
    if ((flags & O_DIRECTORY) && !vnode_is_dir(v))
        return -ENOTDIR;
    if (flags & O_PATH)
        return 0;
    if (vnode_is_dir(v) && (wants_write(flags) || (flags & O_CREAT)))
        return -EISDIR;
    if ((flags & O_DIRECT) && !vnode_is_regular(v))
        return -EINVAL;
    return 0;
}

/* Opens d as it is, without truncation. */
static int open_checked(struct dentry *d, uint32_t flags, struct file **file)
{
    struct file *f = file_create(d->vnode, d, &path_file_ops,
                                 flags & (KEPT_FLAGS | O_NOCTTY));
    int err = 0;

    if (!f)
        return -ENOMEM;
    if ((f->mode & FILE_WRITE) && vnode_is_regular(d->vnode)) {
        err = vnode_add_writer(d->vnode);
        if (err)
            goto not_open;
        f->mode |= FILE_WRITER;
    }
    if (!(flags & O_PATH))
        err = d->vnode->ops->open ? d->vnode->ops->open(d->vnode, f) : -ENXIO;
    f->flags &= KEPT_FLAGS; /* O_NOCTTY was for the terminal's open */
    if (err)
        goto not_writing;
    if (f->mode & FILE_WRITER)
        __atomic_fetch_add(&d->vnode->sb->writers, 1, __ATOMIC_RELAXED);
    inotify_file(f, IN_OPEN);
    *file = f;
    return 0;

not_writing:
    if (f->mode & FILE_WRITER)
        vnode_drop_writer(d->vnode);
not_open:
    f->mode = FILE_PATH; /* it was not open, and is not closed */
    file_put(f);
    return err;
}

/* May c open v? Kinds have been checked. */
static int check_permission(const struct vnode *v, uint32_t flags,
                            const struct cred *c)
{
    static const uint8_t wants[] = {R_OK, W_OK, R_OK | W_OK, R_OK | W_OK};
    unsigned mask = wants[flags & O_ACCMODE];

    if (flags & O_PATH)
        return 0;
    if (flags & O_TRUNC)
        mask |= W_OK;
    if ((v->sb->flags & MS_NODEV) && (S_ISCHR(v->mode) || S_ISBLK(v->mode)))
        return -EACCES;
    if ((mask & W_OK) && vnode_keeps_contents(v) && vnode_writable(v))
        return -EROFS;
    if (!vnode_permits(v, mask, c))
        return -EACCES;
    return (flags & O_NOATIME) && !vnode_owned(v, c) ? -EPERM : 0;
}

int file_open_dentry(struct dentry *d, uint32_t flags, const struct cred *c,
                     struct file **file)
{
    int err = check_kind(d->vnode, flags);

    if (!err)
        err = check_permission(d->vnode, flags, c);
    if (!err && (flags & O_TRUNC))
        err = vnode_not_running(d->vnode);
    if (err)
        return err;
    err = open_checked(d, flags, file);
    if (!err && (flags & O_TRUNC) && !(flags & O_PATH) &&
        vnode_is_regular(d->vnode)) {
        err = vnode_truncate(d->vnode, 0);
        if (err)
            file_put(*file);
        else
            inotify_file(*file, IN_MODIFY);
    }
    return err;
}

/* The file that last names, made when there is none; a reference. */
static int find_or_make(struct path_last *last, uint32_t flags,
                        const struct vnode_make *what, const struct cred *c,
                        struct dentry **found, bool *made)
{
    int err;

    if (last->kind == PATH_LAST_FILE) {
        *found = last->child;
        dentry_get(*found);
        return 0;
    }
    if (last->kind != PATH_LAST_NAME || last->slash)
        return -EISDIR;
    if (last->child) {
        if (flags & O_EXCL)
            return -EEXIST;
        *found = last->child;
        while ((*found)->mount)
            *found = (*found)->mount->root;
        dentry_get(*found);
        return 0;
    }
    if (!last->parent->vnode->ops->make)
        return -EACCES;
    err = tree_make_named(last, what, c, found);
    if (!err)
        dentry_get(*found);
    *made = !err;
    return err;
}

static int open_creating(const struct path_start *start, const char *path,
                         uint32_t flags, uint32_t mode, struct file **file)
{
    const struct vnode_make what = {
        .mode = S_IFREG | mode,
        .uid = start->cred->fsuid,
        .gid = start->cred->fsgid,
    };
    bool follow = !(flags & (O_NOFOLLOW | O_EXCL)), made = false;
    struct path_last last;
    struct dentry *d;
    int err;

    err = path_walk_parent(start, path, follow ? PATH_FOLLOW : 0, &last);
    if (err)
        return err;
    err = find_or_make(&last, flags, &what, start->cred, &d, &made);
    path_last_done(&last);
    if (err)
        return err;
    /* A new file is opened as asked for, whatever its mode says. */
    err = made ? open_checked(d, flags, file)
               : file_open_dentry(d, flags, start->cred, file);
    dentry_put(d);
    return err;
}

static int open_unnamed(const struct path_start *start, const char *path,
                        uint32_t flags, uint32_t mode, struct file **file)
{
    const struct vnode_make what = {
        .mode = S_IFREG | mode,
        .uid = start->cred->fsuid,
        .gid = start->cred->fsgid,
    };
    struct dentry *d;
    int err;

    if ((flags & O_CREAT) || !wants_write(flags))
        return -EINVAL;
    err = tree_make_unnamed(start, path, flags & O_NOFOLLOW ? 0 : PATH_FOLLOW,
                            &what, !(flags & O_EXCL), &d);
    if (err)
        return err;
    /* The flag asks for a directory to work in, not for one to open. */
    err = open_checked(d, flags & ~(uint32_t)O_TMPFILE, file);
    dentry_put(d);
    return err;
}

int file_open(const struct path_start *start, const char *path, uint32_t flags,
              uint32_t mode, struct file **file)
{
    unsigned walk_flags = 0;
    struct dentry *d;
    int err;

    if (flags & O_PATH)
        flags &= O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC;
    if ((flags & O_TMPFILE) == O_TMPFILE)
        return open_unnamed(start, path, flags, mode & 07777, file);
    if (flags & O_TMPFILE & ~(uint32_t)O_DIRECTORY)
        return -EINVAL; /* O_DIRECTORY is part of it */
    if (flags & O_CREAT) {
        if (flags & O_DIRECTORY)
            return -EINVAL;
        return open_creating(start, path, flags, mode & 07777, file);
    }
    if (!(flags & O_NOFOLLOW))
        walk_flags |= PATH_FOLLOW;
    if (flags & O_DIRECTORY)
        walk_flags |= PATH_DIRECTORY;
    err = path_walk(start, path, walk_flags, &d);
    if (err)
        return err;
    err = file_open_dentry(d, flags, start->cred, file);
    dentry_put(d);
    return err;
}
