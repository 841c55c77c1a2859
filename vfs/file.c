// SPDX-License-Identifier: MIT
/*
 * file: the life of open file descriptions, and what read, write, lseek and
 * poll do for every kind of file before its operations are called.
 */
#include "vfs/file.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "abi/stat.h"
#include "abi/uio.h"
#include "kernel/kmalloc.h"
#include "kernel/thread.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "vfs/epoll.h"
#include "vfs/inotify.h"
#include "vfs/lock.h"
#include "vfs/mount.h"

static uint32_t mode_of_flags(uint32_t flags)
{
    if (flags & O_PATH)
        return FILE_PATH;
    switch (flags & O_ACCMODE) {
    case O_RDONLY:
        return FILE_READ;
    case O_WRONLY:
        return FILE_WRITE;
    case O_RDWR:
        return FILE_READ | FILE_WRITE;
    default:
        return 0; /* 3: only ioctl, as on Linux */
    }
}

struct file *file_create(struct vnode *v, struct dentry *d,
                         const struct file_ops *ops, uint32_t flags)
{
    struct file *f = kzalloc(sizeof(*f));

    if (!f)
        return NULL;
    f->ops = ops;
    f->refs = 1;
    f->mode = mode_of_flags(flags);
    f->flags = flags;
    mutex_init(&f->pos_lock);
    vnode_get(v);
    f->vnode = v;
    if (d && d->passing && !d->parent)
        d = NULL; /* by /proc/self/fd, to a file that has no name */
    if (d)
        dentry_get(d);
    f->dentry = d;
    list_init(&f->epoll_items);
    return f;
}

struct file *file_create_anonymous(uint32_t mode, const struct file_ops *ops,
                                   uint32_t flags, void *private_data)
{
    struct vnode *v = vnode_create_anonymous(mode, 0);
    struct file *f;

    if (!v)
        return NULL;
    f = file_create(v, NULL, ops, flags);
    vnode_put(v);
    if (f)
        f->private = private_data;
    return f;
}

void file_destroy(struct file *f)
{
    inotify_file(f, f->mode & FILE_WRITE ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
    if (f->vnode->locks)
        lock_release_owner(f->vnode, f);
    if (!list_empty(&f->epoll_items))
        epoll_forget(f);
    if (f->ops && f->ops->release)
        f->ops->release(f);
    if (f->mode & FILE_WRITER) {
        __atomic_fetch_sub(&f->vnode->sb->writers, 1, __ATOMIC_RELAXED);
        vnode_drop_writer(f->vnode);
    }
    vnode_put(f->vnode);
    dentry_put(f->dentry);
    kfree(f);
}

/* Cuts u to what one call may move. */
static void clip(struct uio *u)
{
    if (u->left > ABI_RW_MAX)
        u->left = ABI_RW_MAX;
}

/* No byte may lie where an offset cannot be. */
static bool fits(const struct uio *u, uint64_t pos)
{
    return pos <= INT64_MAX && u->left <= INT64_MAX - pos;
}

static ssize_t do_read(struct file *f, struct uio *u, const uint64_t *pos)
{
    uint64_t at;
    ssize_t n;

    if (!(f->mode & FILE_READ))
        return -EBADF;
    if (pos && !f->ops->seek)
        return -ESPIPE;
    if (vnode_is_dir(f->vnode))
        return -EISDIR;
    if (!f->ops->read)
        return -EINVAL;
    clip(u);
    if (!f->ops->seek)
        return f->ops->read(f, u, NULL);
    if (pos) {
        at = *pos;
        return fits(u, at) ? f->ops->read(f, u, &at) : -EINVAL;
    }
    mutex_lock(&f->pos_lock);
    n = fits(u, f->pos) ? f->ops->read(f, u, &f->pos) : -EINVAL;
    mutex_unlock(&f->pos_lock);
    return n;
}

static ssize_t do_write(struct file *f, struct uio *u, const uint64_t *pos)
{
    uint64_t at;
    ssize_t n;

    if (!(f->mode & FILE_WRITE))
        return -EBADF;
    if (pos && !f->ops->seek)
        return -ESPIPE;
    if (!f->ops->write)
        return -EINVAL;
    clip(u);
    if (!f->ops->seek)
        return f->ops->write(f, u, NULL);
    if (pos) {
        at = *pos;
        return fits(u, at) ? f->ops->write(f, u, &at) : -EINVAL;
    }
    mutex_lock(&f->pos_lock);
    n = fits(u, f->pos) ? f->ops->write(f, u, &f->pos) : -EINVAL;
    mutex_unlock(&f->pos_lock);
    return n;
}

ssize_t file_read(struct file *f, struct uio *u, const uint64_t *pos)
{
    struct thread_io *io = &thread_current()->io;
    ssize_t n = do_read(f, u, pos);

    io->reads++;
    if (n > 0) {
        io->read_bytes += (size_t)n;
        inotify_file(f, IN_ACCESS);
    }
    return n;
}

ssize_t file_write(struct file *f, struct uio *u, const uint64_t *pos)
{
    struct thread_io *io = &thread_current()->io;
    ssize_t n = do_write(f, u, pos);

    io->writes++;
    if (n > 0) {
        io->written_bytes += (size_t)n;
        inotify_file(f, IN_MODIFY);
    }
    return n;
}

ssize_t file_read_kernel(struct file *f, void *buf, size_t len, uint64_t pos)
{
    const struct uio_vec vec = {(uintptr_t)buf, len};
    struct uio u;

    uio_init(&u, &vec, 1, true);
    return file_read(f, &u, f->ops->seek ? &pos : NULL);
}

ssize_t file_write_kernel(struct file *f, const void *buf, size_t len,
                          uint64_t pos)
{
    const struct uio_vec vec = {(uintptr_t)buf, len};
    struct uio u;

    uio_init(&u, &vec, 1, true);
    return file_write(f, &u, f->ops->seek ? &pos : NULL);
}

/* What is in memory alone is as safe as it will ever be. */
int file_sync(struct file *f, bool data_only)
{
    if (f->mode & FILE_PATH)
        return -EBADF;
    if (f->vnode->ops->sync)
        return f->vnode->ops->sync(f->vnode, data_only);
    /* Pipes and the like cannot, as on Linux. */
    return f->ops->seek || vnode_is_dir(f->vnode) ? 0 : -EINVAL;
}

int64_t file_seek(struct file *f, int64_t offset, int whence)
{
    int64_t pos;

    if (f->mode & FILE_PATH)
        return -EBADF;
    if (!f->ops->seek)
        return f->ops->seek_ignored ? 0 : -ESPIPE;
    mutex_lock(&f->pos_lock);
    pos = f->ops->seek(f, offset, whence);
    if (pos >= 0)
        f->pos = (uint64_t)pos;
    mutex_unlock(&f->pos_lock);
    return pos;
}

int64_t file_seek_sized(struct file *f, int64_t offset, int whence,
                        uint64_t size)
{
    int64_t base;

    switch (whence) {
    case SEEK_SET:
        base = 0;
        break;
    case SEEK_CUR:
        base = (int64_t)f->pos;
        break;
    case SEEK_END:
        base = (int64_t)size;
        break;
    case SEEK_DATA:
    case SEEK_HOLE:
        if (offset < 0 || (uint64_t)offset >= size)
            return -ENXIO;
        return whence == SEEK_DATA ? offset : (int64_t)size;
    default:
        return -EINVAL;
    }
    if (__builtin_add_overflow(base, offset, &base) || base < 0)
        return -EINVAL; /* for both, as Linux does */
    return base;
}

unsigned file_poll_always(const struct file *f)
{
    if (f->mode & FILE_PATH)
        return POLLNVAL;
    return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
}

struct vm_object *file_vm_object(struct file *f)
{
    if ((f->mode & FILE_PATH) || !f->vnode->object.ops)
        return NULL;
    return &f->vnode->object;
}

ssize_t file_path(struct file *f, char *buf, size_t size)
{
    struct vm_object *o = &f->vnode->object;

    if (!f->dentry && o->ops) {
        o->ops->name(o, buf, size); /* vfs/memfd.h */
        return (ssize_t)strlen(buf);
    }
    if (!f->dentry)
        return -ENOENT;
    return dentry_path(f->dentry, mount_root(), buf, size);
}

void file_describe_locked(struct file *f, struct dentry *root, char *buf,
                          size_t size)
{
    struct vnode *v = f->vnode;

    if (f->dentry)
        dentry_describe_locked(f->dentry, root, buf, size);
    else if (v->object.ops)
        v->object.ops->name(&v->object, buf, size);
    else if (S_ISFIFO(v->mode))
        snprintf(buf, size, "pipe:[%lu]", (unsigned long)v->ino);
    else if (S_ISSOCK(v->mode))
        snprintf(buf, size, "socket:[%lu]", (unsigned long)v->ino);
    else if (S_ISCHR(v->mode))
        snprintf(buf, size, "/dev/console");
    else
        snprintf(buf, size, "anon_inode:%s",
                 f->ops && f->ops->name ? f->ops->name : "[file]");
}
