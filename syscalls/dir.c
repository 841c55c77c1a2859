// SPDX-License-Identifier: MIT
/* dir: directories: reading, making, removing, the current one. */
#include "abi/dirent.h"
#include "abi/fcntl.h"
#include "abi/limits.h"
#include "abi/stat.h"
#include "kernel/cred.h"
#include "kernel/kmalloc.h"
#include "kernel/thread.h"
#include "lib/string.h"
#include "syscalls/at_path.h"
#include "syscalls/define.h"
#include "vfs/fd.h"
#include "vfs/fs_context.h"
#include "vfs/inotify.h"
#include "vfs/tree.h"

/* --- getdents64 --- */

#define ENTRIES_MAX 32768 /* bytes that one call returns at most */

struct dirent_buffer {
    struct dir_reader reader;
    bool old; /* as getdents(2) has them */
    uint8_t *data;
    size_t size, used;
};

/* What getdents(2) returns; the entry's last byte is its type. */
struct abi_dirent {
    uint64_t d_ino;
    uint64_t d_off;
    uint16_t d_reclen;
    char d_name[];
};

static_assert(offsetof(struct abi_dirent, d_name) == 18, "Linux ABI");

/* The name comes where the type is now, and the type last of all. */
static bool emit_old(struct dirent_buffer *b, const char *name, size_t len,
                     uint64_t ino, unsigned type, uint64_t next)
{
    size_t size = ALIGN_UP(offsetof(struct abi_dirent, d_name) + len + 2, 8);
    struct abi_dirent *d = (struct abi_dirent *)(b->data + b->used);

    if (size > b->size - b->used)
        return false;
    memset(d, 0, size);
    d->d_ino = ino;
    d->d_off = next;
    d->d_reclen = (uint16_t)size;
    memcpy(d->d_name, name, len);
    b->data[b->used + size - 1] = (uint8_t)type;
    b->used += size;
    return true;
}

static bool emit_dirent(struct dir_reader *r, const char *name, size_t len,
                        uint64_t ino, unsigned type, uint64_t next)
{
    struct dirent_buffer *b = container_of(r, struct dirent_buffer, reader);
    size_t size = ALIGN_UP(offsetof(struct abi_dirent64, d_name) + len + 1, 8);
    struct abi_dirent64 *d = (struct abi_dirent64 *)(b->data + b->used);

    if (b->old)
        return emit_old(b, name, len, ino, type, next);
    if (size > b->size - b->used)
        return false;
    memset(d, 0, size);
    d->d_ino = ino;
    d->d_off = (int64_t)next;
    d->d_reclen = (uint16_t)size;
    d->d_type = (uint8_t)type;
    memcpy(d->d_name, name, len);
    b->used += size;
    return true;
}

/* Fills b from the file's position on; 0 bytes with room left: the end. */
static long read_entries(struct file *f, struct dirent_buffer *b, void user *to)
{
    uint64_t pos;
    long err;

    mutex_lock(&f->pos_lock);
    pos = f->pos;
    err = f->ops->readdir(f, &b->reader, &pos);
    if (!err && b->used && copy_to_user(to, b->data, b->used))
        err = -EFAULT;
    if (!err)
        f->pos = pos;
    mutex_unlock(&f->pos_lock);
    return err;
}

/* Was there an entry, but none that fitted? */
static bool has_entry(struct file *f)
{
    uint8_t space[ALIGN_UP(sizeof(struct abi_dirent64) + NAME_MAX + 1, 8)];
    struct dirent_buffer b = {
        .reader.emit = emit_dirent,
        .data = space,
        .size = sizeof(space),
    };
    uint64_t pos = f->pos;

    f->ops->readdir(f, &b.reader, &pos);
    return b.used > 0;
}

static long getdents(struct file *f, void user *to, size_t size, bool old)
{
    struct dirent_buffer b = {
        .reader.emit = emit_dirent,
        .old = old,
        .size = MIN(size, (size_t)ENTRIES_MAX),
    };
    long err;

    if (f->mode & FILE_PATH)
        return -EBADF;
    if (!f->ops->readdir)
        return -ENOTDIR;
    b.data = kmalloc(MAX(b.size, 1ul));
    if (!b.data)
        return -ENOMEM;
    err = read_entries(f, &b, to);
    if (!err && !b.used && has_entry(f))
        err = -EINVAL;
    inotify_file(f, IN_ACCESS);
    kfree(b.data);
    return err ? err : (long)b.used;
}

static long getdents_fd(int fd, void user *dirents, unsigned size, bool old)
{
    struct file *f = fd_get(fd);
    long count;

    if (!f)
        return -EBADF;
    count = getdents(f, dirents, size, old);
    file_put(f);
    return count;
}

/* getdents64(2) */
SYSCALL_DEFINE3(getdents64, int, fd, void user *, dirents, unsigned, size)
{
    return getdents_fd(fd, dirents, size, false);
}

/* getdents(2) */
SYSCALL_DEFINE3(getdents, int, fd, void user *, dirents, unsigned, size)
{
    return getdents_fd(fd, dirents, size, true);
}

/* --- the current directory --- */

/* getcwd(2): the length with NUL. */
SYSCALL_DEFINE2(getcwd, char user *, buf, size_t, size)
{
    struct path_start start;
    char *path = kmalloc(PATH_MAX);
    long len;

    if (!path)
        return -ENOMEM;
    fs_context_start(fs_context_current(), NULL, &start);
    len = dentry_path(start.base, start.root, path, PATH_MAX);
    path_start_put(&start);
    if (len >= 0) {
        len++;
        if ((size_t)len > size)
            len = -ERANGE;
        else if (copy_to_user(buf, path, (size_t)len))
            len = -EFAULT;
    }
    kfree(path);
    return len;
}

/* chdir(2) */
SYSCALL_DEFINE1(chdir, const char user *, path)
{
    struct dentry *d;
    long err = at_path_walk(AT_FDCWD, path, PATH_FOLLOW | PATH_DIRECTORY, &d);

    if (err)
        return err;
    if (vnode_permits(d->vnode, X_OK, cred_current()))
        fs_context_set_cwd(fs_context_current(), d);
    else
        err = -EACCES;
    dentry_put(d);
    return err;
}

/* fchdir(2) */
SYSCALL_DEFINE1(fchdir, int, fd)
{
    struct file *f = fd_get(fd);
    long err = 0;

    if (!f)
        return -EBADF;
    if (!f->dentry || !vnode_is_dir(f->vnode))
        err = -ENOTDIR;
    else if (!vnode_permits(f->vnode, X_OK, cred_current()))
        err = -EACCES;
    else
        fs_context_set_cwd(fs_context_current(), f->dentry);
    file_put(f);
    return err;
}

/* chroot(2) */
SYSCALL_DEFINE1(chroot, const char user *, path)
{
    struct dentry *d;
    long err = at_path_walk(AT_FDCWD, path, PATH_FOLLOW | PATH_DIRECTORY, &d);

    if (err)
        return err;
    if (!vnode_permits(d->vnode, X_OK, cred_current()))
        err = -EACCES;
    else if (!capable(CAP_SYS_CHROOT))
        err = -EPERM;
    else
        fs_context_set_root(fs_context_current(), d);
    dentry_put(d);
    return err;
}

/* --- making and removing --- */

static long make_at(int dirfd, const char user *path,
                    const struct vnode_make *what)
{
    struct at_path at;
    long err = at_path_get(&at, dirfd, path);

    if (err)
        return err;
    err = tree_make(&at.start, at.path, what, NULL);
    at_path_put(&at);
    return err;
}

static long mkdir_at(int dirfd, const char user *path, uint32_t mode)
{
    const struct vnode_make what = {
        .mode = S_IFDIR | (mode & 01777 & ~fs_context_current()->umask),
        .uid = cred_current()->fsuid,
        .gid = cred_current()->fsgid,
    };

    return make_at(dirfd, path, &what);
}

/* mkdir(2) */
SYSCALL_DEFINE2(mkdir, const char user *, path, uint32_t, mode)
{
    return mkdir_at(AT_FDCWD, path, mode);
}

/* mkdirat(2) */
SYSCALL_DEFINE3(mkdirat, int, dirfd, const char user *, path, uint32_t, mode)
{
    return mkdir_at(dirfd, path, mode);
}

/* Device numbers come in 32 bits: 12 bits major within 20 bits minor. */
static uint64_t decode_dev(unsigned dev)
{
    return abi_makedev((dev & 0xfff00) >> 8,
                       (dev & 0xff) | (dev >> 12 & 0xfff00));
}

static long mknod_at(int dirfd, const char user *path, uint32_t mode,
                     unsigned dev)
{
    struct vnode_make what = {
        .mode = (mode & S_IFMT) | (mode & 07777 & ~fs_context_current()->umask),
        .uid = cred_current()->fsuid,
        .gid = cred_current()->fsgid,
    };

    switch (mode & S_IFMT) {
    case 0:
        what.mode |= S_IFREG;
        break;
    case S_IFREG:
    case S_IFSOCK:
    case S_IFIFO:
        break;
    case S_IFCHR:
    case S_IFBLK:
        what.rdev = decode_dev(dev);
        break;
    case S_IFDIR:
        return -EPERM;
    default:
        return -EINVAL;
    }
    return make_at(dirfd, path, &what);
}

/* mknod(2) */
SYSCALL_DEFINE3(mknod, const char user *, path, uint32_t, mode, unsigned, dev)
{
    return mknod_at(AT_FDCWD, path, mode, dev);
}

/* mknodat(2) */
SYSCALL_DEFINE4(mknodat, int, dirfd, const char user *, path, uint32_t, mode,
                unsigned, dev)
{
    return mknod_at(dirfd, path, mode, dev);
}

static long remove_at(int dirfd, const char user *path, bool directory)
{
    struct at_path at;
    long err = at_path_get(&at, dirfd, path);

    if (err)
        return err;
    err = directory ? tree_rmdir(&at.start, at.path)
                    : tree_unlink(&at.start, at.path);
    at_path_put(&at);
    return err;
}

/* rmdir(2) */
SYSCALL_DEFINE1(rmdir, const char user *, path)
{
    return remove_at(AT_FDCWD, path, true);
}

/* unlink(2) */
SYSCALL_DEFINE1(unlink, const char user *, path)
{
    return remove_at(AT_FDCWD, path, false);
}

/* unlinkat(2) */
SYSCALL_DEFINE3(unlinkat, int, dirfd, const char user *, path, int, flags)
{
    if (flags & ~AT_REMOVEDIR)
        return -EINVAL;
    return remove_at(dirfd, path, flags & AT_REMOVEDIR);
}
