// SPDX-License-Identifier: MIT
/* stat: what a file or a file system is, and what the caller may do to it. */
#include "abi/stat.h"

#include "abi/fcntl.h"
#include "abi/limits.h"
#include "abi/statfs.h"
#include "kernel/cred.h"
#include "kernel/page.h"
#include "kernel/thread.h"
#include "syscalls/at_path.h"
#include "syscalls/define.h"
#include "vfs/fd.h"
#include "vfs/mount.h"

#define BLOCK_SIZE 4096

static struct abi_timespec timespec_of(int64_t ns)
{
    int64_t sec = ns / (int64_t)NSEC_PER_SEC;
    int64_t rest = ns % (int64_t)NSEC_PER_SEC;

    if (rest < 0) {
        sec--;
        rest += (int64_t)NSEC_PER_SEC;
    }
    return (struct abi_timespec){sec, rest};
}

static struct abi_statx_timestamp statx_time_of(int64_t ns)
{
    struct abi_timespec ts = timespec_of(ns);

    return (struct abi_statx_timestamp){
        .tv_sec = ts.tv_sec,
        .tv_nsec = (uint32_t)ts.tv_nsec,
    };
}

/* --- stat --- */

static long put_stat(struct vnode *v, struct abi_stat user *to)
{
    struct abi_stat s;
    int err = vnode_refresh(v);

    if (err)
        return err;
    mutex_lock(&v->lock);
    s = (struct abi_stat){
        .st_dev = v->sb->dev,
        .st_ino = v->ino,
        .st_nlink = v->nlink,
        .st_mode = v->mode,
        .st_uid = v->uid,
        .st_gid = v->gid,
        .st_rdev = v->rdev,
        .st_size = (int64_t)v->size,
        .st_blksize = BLOCK_SIZE,
        .st_blocks = (int64_t)v->blocks,
        .st_atim = timespec_of(v->atime_ns),
        .st_mtim = timespec_of(v->mtime_ns),
        .st_ctim = timespec_of(v->ctime_ns),
    };
    mutex_unlock(&v->lock);
    return copy_to_user(to, &s, sizeof(s));
}

static long stat_at(int dirfd, const char user *path, struct abi_stat user *to,
                    unsigned flags)
{
    struct vnode *v;
    long err;

    if (flags &
        ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH))
        return -EINVAL;
    err = at_path_vnode(dirfd, path, flags, &v);
    if (err)
        return err;
    err = put_stat(v, to);
    vnode_put(v);
    return err;
}

/* stat(2) */
SYSCALL_DEFINE2(stat, const char user *, path, struct abi_stat user *, statbuf)
{
    return stat_at(AT_FDCWD, path, statbuf, 0);
}

/* lstat(2) */
SYSCALL_DEFINE2(lstat, const char user *, path, struct abi_stat user *, statbuf)
{
    return stat_at(AT_FDCWD, path, statbuf, AT_SYMLINK_NOFOLLOW);
}

/* fstat(2) */
SYSCALL_DEFINE2(fstat, int, fd, struct abi_stat user *, statbuf)
{
    struct file *f = fd_get(fd);
    long err;

    if (!f)
        return -EBADF;
    err = put_stat(f->vnode, statbuf);
    file_put(f);
    return err;
}

/* fstatat(2) */
SYSCALL_DEFINE4(newfstatat, int, dirfd, const char user *, path,
                struct abi_stat user *, statbuf, unsigned, flags)
{
    return stat_at(dirfd, path, statbuf, flags);
}

/* --- statx --- */

/* Where it is mounted. */
static void put_mount(const struct dentry *d, struct abi_statx *s)
{
    dentry_tree_lock();
    s->stx_mnt_id = (uint64_t)mount_id_of(d);
    if (d->root_of)
        s->stx_attributes |= STATX_ATTR_MOUNT_ROOT;
    dentry_tree_unlock();
    if (s->stx_mnt_id)
        s->stx_mask |= STATX_MNT_ID;
}

static long put_statx(struct vnode *v, const struct dentry *name,
                      struct abi_statx user *to)
{
    struct abi_statx s;
    int err = vnode_refresh(v);

    if (err)
        return err;
    mutex_lock(&v->lock);
    s = (struct abi_statx){
        .stx_mask = STATX_BASIC_STATS | STATX_BTIME,
        .stx_blksize = BLOCK_SIZE,
        .stx_nlink = v->nlink,
        .stx_uid = v->uid,
        .stx_gid = v->gid,
        .stx_mode = (uint16_t)v->mode,
        .stx_ino = v->ino,
        .stx_size = v->size,
        .stx_blocks = v->blocks,
        .stx_atime = statx_time_of(v->atime_ns),
        .stx_btime = statx_time_of(v->btime_ns),
        .stx_ctime = statx_time_of(v->ctime_ns),
        .stx_mtime = statx_time_of(v->mtime_ns),
        .stx_rdev_major = abi_major(v->rdev),
        .stx_rdev_minor = abi_minor(v->rdev),
        .stx_dev_major = abi_major(v->sb->dev),
        .stx_dev_minor = abi_minor(v->sb->dev),
        .stx_attributes_mask = STATX_ATTR_MOUNT_ROOT,
    };
    mutex_unlock(&v->lock);
    if (name)
        put_mount(name, &s);
    return copy_to_user(to, &s, sizeof(s));
}

/* statx(2) */
SYSCALL_DEFINE5(statx, int, dirfd, const char user *, path, unsigned, flags,
                unsigned, mask, struct abi_statx user *, statxbuf)
{
    struct dentry *name;
    struct vnode *v;
    long err;

    if (mask & STATX__RESERVED)
        return -EINVAL;
    if (flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT |
                            AT_EMPTY_PATH | AT_STATX_SYNC_TYPE))
        return -EINVAL;
    if ((flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
        return -EINVAL;
    err = at_path_named(dirfd, path, flags, &v, &name);
    if (err)
        return err;
    err = put_statx(v, name, statxbuf);
    vnode_put(v);
    dentry_put(name);
    return err;
}

/* --- access --- */

/* The caller with his real ids in place of those of file accesses, and the
 * capabilities that come with them (access(2)). NULL: no memory. */
static struct cred *real_cred(void)
{
    const struct cred *c = cred_current();
    struct cred *real = cred_copy(c, c->group_count);

    if (!real)
        return NULL;
    real->fsuid = c->uid;
    real->fsgid = c->gid;
    if (!(c->securebits & SECBIT_NO_SETUID_FIXUP))
        real->effective = c->uid == 0 ? c->permitted : 0;
    return real;
}

/* Are the ids that access(2) looks at those of file accesses anyway? */
static bool is_real(const struct cred *c)
{
    uint64_t caps = c->uid == 0 ? c->permitted : 0;

    return c->fsuid == c->uid && c->fsgid == c->gid &&
           ((c->securebits & SECBIT_NO_SETUID_FIXUP) || c->effective == caps);
}

static long access_as(const struct cred *c, int dirfd, const char user *path,
                      unsigned mode, unsigned flags)
{
    struct vnode *v;
    long err = at_path_vnode(dirfd, path, flags, &v);

    if (err)
        return err;
    if ((mode & W_OK) && vnode_keeps_contents(v))
        err = vnode_writable(v);
    if (!err && !vnode_permits(v, mode, c))
        err = -EACCES;
    vnode_put(v);
    return err;
}

static long access_at(int dirfd, const char user *path, unsigned mode,
                      unsigned flags)
{
    struct thread *t = thread_current();
    const struct cred *effective = t->cred;
    struct cred *real;
    long err;

    if (mode & ~(unsigned)(R_OK | W_OK | X_OK))
        return -EINVAL;
    if (flags & ~(unsigned)(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    if ((flags & AT_EACCESS) || is_real(effective))
        return access_as(effective, dirfd, path, mode, flags);
    real = real_cred();
    if (!real)
        return -ENOMEM;
    t->cred = real; /* for the walk */
    err = access_as(real, dirfd, path, mode, flags);
    t->cred = effective;
    cred_put(real);
    return err;
}

/* access(2) */
SYSCALL_DEFINE2(access, const char user *, path, unsigned, mode)
{
    return access_at(AT_FDCWD, path, mode, 0);
}

/* faccessat(2), the system call: without flags */
SYSCALL_DEFINE3(faccessat, int, dirfd, const char user *, path, unsigned, mode)
{
    return access_at(dirfd, path, mode, 0);
}

/* faccessat(2), with flags */
SYSCALL_DEFINE4(faccessat2, int, dirfd, const char user *, path, unsigned, mode,
                unsigned, flags)
{
    return access_at(dirfd, path, mode, flags);
}

/* --- statfs --- */

/* f_flags: how it is mounted. */
static int64_t statfs_flags(unsigned mount)
{
    static const struct {
        unsigned mount, shown;
    } pairs[] = {
        {MS_RDONLY, ST_RDONLY},
        {MS_NOSUID, ST_NOSUID},
        {MS_NODEV, ST_NODEV},
        {MS_NOEXEC, ST_NOEXEC},
        {MS_SYNCHRONOUS, ST_SYNCHRONOUS},
        {MS_NOATIME, ST_NOATIME},
        {MS_NODIRATIME, ST_NODIRATIME},
    };
    int64_t flags = ABI_ST_VALID;

    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
        if (mount & pairs[i].mount)
            flags |= pairs[i].shown;
    if (!(mount & (MS_NOATIME | MS_STRICTATIME)))
        flags |= ST_RELATIME;
    return flags;
}

/* All file systems live in the same memory, but /proc and /sys, which hold
 * nothing. */
static long put_statfs(const struct vnode *v, struct abi_statfs user *to)
{
    struct page_stats pages;
    struct abi_statfs s = {
        .f_type = (int64_t)v->sb->magic,
        .f_bsize = BLOCK_SIZE,
        .f_namelen = NAME_MAX,
        .f_frsize = BLOCK_SIZE,
        .f_flags = statfs_flags(v->sb->flags),
    };

    int err = 0;

    page_get_stats(&pages);
    if (!v->sb->passing) {
        s.f_blocks = pages.total;
        s.f_bfree = s.f_bavail = pages.free;
    }
    s.f_fsid.val[0] = (int32_t)v->sb->dev;
    if (v->sb->fs_ops && v->sb->fs_ops->statfs)
        err = v->sb->fs_ops->statfs(v->sb, &s);
    if (err)
        return err;
    return copy_to_user(to, &s, sizeof(s));
}

/* statfs(2) */
SYSCALL_DEFINE2(statfs, const char user *, path, struct abi_statfs user *, buf)
{
    struct vnode *v;
    long err = at_path_vnode(AT_FDCWD, path, 0, &v);

    if (err)
        return err;
    err = put_statfs(v, buf);
    vnode_put(v);
    return err;
}

/* fstatfs(2) */
SYSCALL_DEFINE2(fstatfs, int, fd, struct abi_statfs user *, buf)
{
    struct file *f = fd_get(fd);
    long err;

    if (!f)
        return -EBADF;
    err = put_statfs(f->vnode, buf);
    file_put(f);
    return err;
}
