// SPDX-License-Identifier: MIT
/* attr: changing attributes: modes, owners, times, sizes; and the umask. */
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "kernel/clock.h"
#include "kernel/cred.h"
#include "kernel/thread.h"
#include "syscalls/at_path.h"
#include "syscalls/define.h"
#include "vfs/fd.h"
#include "vfs/fs_context.h"
#include "vfs/inotify.h"

/* What a call changes, with the name that it was found by, or NULL. */
struct target {
    struct vnode *vnode; /* references */
    struct dentry *name;
};

/* The file behind a descriptor that is not O_PATH. */
static long target_of_fd(int fd, struct target *t)
{
    struct file *f = fd_get(fd);
    long err = 0;

    if (!f || (f->mode & FILE_PATH)) {
        err = -EBADF;
    } else {
        *t = (struct target){f->vnode, f->dentry};
        vnode_get(t->vnode);
        if (t->name)
            dentry_get(t->name);
    }
    if (f)
        file_put(f);
    return err;
}

static long target_of_path(int dirfd, const char user *path, unsigned flags,
                           struct target *t)
{
    return at_path_named(dirfd, path, flags, &t->vnode, &t->name);
}

/* What was done to it; mask: IN_* of inotify(7), 0: nothing. */
static void target_done(struct target *t, uint32_t mask)
{
    if (mask)
        inotify_target(t->vnode, t->name, mask);
    vnode_put(t->vnode);
    dentry_put(t->name);
}

/* --- mode --- */

/* Puts t. */
static long change_mode(struct target *t, uint32_t mode)
{
    const struct cred *c = cred_current();
    struct vnode *v = t->vnode;
    long err = 0;

    vnode_refresh(v);
    mutex_lock(&v->lock);
    if (vnode_writable(v)) {
        err = -EROFS;
    } else if (vnode_is_symlink(v)) {
        err = -EOPNOTSUPP;
    } else if (!vnode_owned(v, c)) {
        err = -EPERM;
    } else {
        struct vnode_change to = {.mask = CHANGE_MODE};

        /* Who is not of the group cannot make it run as the group. */
        if (!cred_in_group(c, v->gid) && !cred_has(c, CAP_FSETID))
            mode &= ~(uint32_t)S_ISGID;
        to.mode = mode & 07777;
        err = vnode_change_locked(v, &to);
    }
    mutex_unlock(&v->lock);
    target_done(t, err ? 0 : IN_ATTRIB);
    return err;
}

static long chmod_at(int dirfd, const char user *path, uint32_t mode,
                     unsigned flags)
{
    struct target t;
    long err;

    if (flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    err = target_of_path(dirfd, path, flags, &t);
    return err ? err : change_mode(&t, mode);
}

/* chmod(2) */
SYSCALL_DEFINE2(chmod, const char user *, path, uint32_t, mode)
{
    return chmod_at(AT_FDCWD, path, mode, 0);
}

/* fchmod(2) */
SYSCALL_DEFINE2(fchmod, int, fd, uint32_t, mode)
{
    struct target t;
    long err = target_of_fd(fd, &t);

    return err ? err : change_mode(&t, mode);
}

/* fchmodat(2), the system call: without flags */
SYSCALL_DEFINE3(fchmodat, int, dirfd, const char user *, path, uint32_t, mode)
{
    return chmod_at(dirfd, path, mode, 0);
}

/* fchmodat(2), with flags */
SYSCALL_DEFINE4(fchmodat2, int, dirfd, const char user *, path, uint32_t, mode,
                unsigned, flags)
{
    return chmod_at(dirfd, path, mode, flags);
}

/* umask(2) */
SYSCALL_DEFINE1(umask, int, mask)
{
    return __atomic_exchange_n(&fs_context_current()->umask, mask & 0777,
                               __ATOMIC_RELAXED);
}

/* --- owner --- */

#define KEEP_ID UINT32_MAX

/* Who executes a file is decided anew when its owner changes (chown(2)): the
 * permissions that are left. */
static uint32_t without_set_id(const struct vnode *v, const struct cred *c)
{
    uint32_t mode = v->mode & 07777;

    if (vnode_is_dir(v))
        return mode;
    mode &= ~(uint32_t)S_ISUID;
    if ((v->mode & S_IXGRP) ||
        (!cred_in_group(c, v->gid) && !cred_has(c, CAP_FSETID)))
        mode &= ~(uint32_t)S_ISGID;
    return mode;
}

/* An owner may give a file to a group that he is in, and to nobody else. */
static bool may_change_owner(const struct vnode *v, const struct cred *c,
                             uint32_t uid, uint32_t gid)
{
    bool owner = c->fsuid == v->uid;

    if (cred_has(c, CAP_CHOWN))
        return true;
    if (uid != KEEP_ID && (!owner || uid != v->uid))
        return false;
    return gid == KEEP_ID ||
           (owner && (gid == v->gid || cred_in_group(c, gid)));
}

/* Puts t. */
static long change_owner(struct target *t, uint32_t uid, uint32_t gid)
{
    const struct cred *c = cred_current();
    struct vnode *v = t->vnode;
    long err = 0;

    vnode_refresh(v);
    mutex_lock(&v->lock);
    if (vnode_writable(v)) {
        err = -EROFS;
    } else if (!may_change_owner(v, c, uid, gid)) {
        err = -EPERM;
    } else {
        struct vnode_change to = {
            .uid = uid, .gid = gid, .mode = without_set_id(v, c)};

        if (uid != KEEP_ID)
            to.mask |= CHANGE_UID;
        if (gid != KEEP_ID)
            to.mask |= CHANGE_GID;
        if (to.mode != (v->mode & 07777))
            to.mask |= CHANGE_MODE;
        err = vnode_change_locked(v, &to);
    }
    mutex_unlock(&v->lock);
    target_done(t, err ? 0 : IN_ATTRIB);
    return err;
}

static long chown_at(int dirfd, const char user *path, uint32_t uid,
                     uint32_t gid, unsigned flags)
{
    struct target t;
    long err;

    if (flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    err = target_of_path(dirfd, path, flags, &t);
    return err ? err : change_owner(&t, uid, gid);
}

/* chown(2) */
SYSCALL_DEFINE3(chown, const char user *, path, uint32_t, uid, uint32_t, gid)
{
    return chown_at(AT_FDCWD, path, uid, gid, 0);
}

/* lchown(2) */
SYSCALL_DEFINE3(lchown, const char user *, path, uint32_t, uid, uint32_t, gid)
{
    return chown_at(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

/* fchown(2) */
SYSCALL_DEFINE3(fchown, int, fd, uint32_t, uid, uint32_t, gid)
{
    struct target t;
    long err = target_of_fd(fd, &t);

    return err ? err : change_owner(&t, uid, gid);
}

/* fchownat(2) */
SYSCALL_DEFINE5(fchownat, int, dirfd, const char user *, path, uint32_t, uid,
                uint32_t, gid, unsigned, flags)
{
    return chown_at(dirfd, path, uid, gid, flags);
}

/* --- size --- */

static long truncate_to(struct vnode *v, uint64_t size)
{
    long err = vnode_is_regular(v) ? vnode_size_check(v, size) : 0;

    return err ? err : vnode_truncate(v, size);
}

/* truncate(2) */
SYSCALL_DEFINE2(truncate, const char user *, path, int64_t, size)
{
    struct target t;
    long err;

    if (size < 0)
        return -EINVAL;
    err = target_of_path(AT_FDCWD, path, 0, &t);
    if (err)
        return err;
    if (vnode_is_regular(t.vnode) &&
        !vnode_permits(t.vnode, W_OK, cred_current()))
        err = -EACCES;
    else
        err = vnode_not_running(t.vnode);
    if (!err)
        err = truncate_to(t.vnode, (uint64_t)size);
    target_done(&t, err ? 0 : IN_MODIFY);
    return err;
}

/* ftruncate(2) */
SYSCALL_DEFINE2(ftruncate, int, fd, int64_t, size)
{
    struct file *f;
    long err;

    if (size < 0)
        return -EINVAL;
    f = fd_get(fd);
    if (!f)
        return -EBADF;
    if (f->mode & FILE_PATH)
        err = -EBADF;
    else if (!(f->mode & FILE_WRITE) || !vnode_is_regular(f->vnode))
        err = -EINVAL;
    else
        err = truncate_to(f->vnode, (uint64_t)size);
    if (!err)
        inotify_file(f, IN_MODIFY);
    file_put(f);
    return err;
}

/* --- times --- */

/* The two times of utimensat, in nanoseconds. */
struct new_times {
    bool set[2]; /* access, modification */
    int64_t ns[2];
    bool now; /* both are the present: writing the file would do as well */
};

static int parse_time(const struct abi_timespec *ts, int64_t now, bool *set,
                      int64_t *ns)
{
    int64_t sec = ts->tv_sec;

    *set = ts->tv_nsec != UTIME_OMIT;
    *ns = now;
    if (ts->tv_nsec == UTIME_NOW || ts->tv_nsec == UTIME_OMIT)
        return 0;
    if (ts->tv_nsec < 0 || ts->tv_nsec >= (int64_t)NSEC_PER_SEC)
        return -EINVAL;
    /* Times that nanoseconds cannot count are cut, as on other file systems
     * whose range is smaller than the call's. */
    sec = MAX(sec, INT64_MIN / (int64_t)NSEC_PER_SEC + 1);
    sec = MIN(sec, INT64_MAX / (int64_t)NSEC_PER_SEC - 1);
    *ns = sec * (int64_t)NSEC_PER_SEC + ts->tv_nsec;
    return 0;
}

static long get_times(const struct abi_timespec user *from,
                      struct new_times *times)
{
    int64_t now = (int64_t)clock_realtime_ns();
    struct abi_timespec ts[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
    int err;

    if (from && copy_from_user(ts, from, sizeof(ts)))
        return -EFAULT;
    times->now = ts[0].tv_nsec == UTIME_NOW && ts[1].tv_nsec == UTIME_NOW;
    err = parse_time(&ts[0], now, &times->set[0], &times->ns[0]);
    if (!err)
        err = parse_time(&ts[1], now, &times->set[1], &times->ns[1]);
    return err;
}

static long change_times(struct vnode *v, const struct new_times *times)
{
    const struct cred *c = cred_current();
    long err = 0;

    vnode_refresh(v); /* what was written comes before the times */
    mutex_lock(&v->lock);
    if (vnode_writable(v)) {
        err = -EROFS;
    } else if (!vnode_owned(v, c) &&
               !(times->now && vnode_permits(v, W_OK, c))) {
        err = times->now ? -EACCES : -EPERM;
    } else {
        const struct vnode_change to = {
            .mask = (times->set[0] ? CHANGE_ATIME : 0) |
                    (times->set[1] ? CHANGE_MTIME : 0),
            .atime_ns = times->ns[0],
            .mtime_ns = times->ns[1],
        };

        err = vnode_change_locked(v, &to);
    }
    mutex_unlock(&v->lock);
    return err;
}

/* One time alone changes when the file is used (inotify(7)). */
static uint32_t times_event(const struct new_times *times)
{
    if (times->set[0] && times->set[1])
        return IN_ATTRIB;
    return times->set[0] ? IN_ACCESS : IN_MODIFY;
}

static long set_times(int dirfd, const char user *path,
                      const struct new_times *times, unsigned flags)
{
    struct target t;
    long err =
        path ? target_of_path(dirfd, path, flags, &t) : target_of_fd(dirfd, &t);

    if (err)
        return err;
    err = change_times(t.vnode, times);
    target_done(&t, err ? 0 : times_event(times));
    return err;
}

/* utimensat(2); without a path, futimens(3). */
SYSCALL_DEFINE4(utimensat, int, dirfd, const char user *, path,
                const struct abi_timespec user *, times, unsigned, flags)
{
    struct new_times new;
    long err = get_times(times, &new);

    if (err)
        return err;
    if (!new.set[0] && !new.set[1])
        return 0;
    if (flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    if (!path && dirfd == AT_FDCWD)
        return -EFAULT;
    if (!path && flags)
        return -EINVAL;
    return set_times(dirfd, path, &new, flags);
}

/* The older calls: microseconds; NULL: now. */
static long set_timevals(int dirfd, const char user *path,
                         const struct abi_timeval user *from)
{
    struct new_times new = {.now = true};
    struct abi_timeval tv[2];
    struct abi_timespec ts[2];
    long err = get_times(NULL, &new);

    if (err)
        return err;
    if (from && copy_from_user(tv, from, sizeof(tv)))
        return -EFAULT;
    for (int i = 0; from && i < 2; i++) {
        if (tv[i].tv_usec < 0 || tv[i].tv_usec >= 1000000)
            return -EINVAL;
        ts[i].tv_sec = tv[i].tv_sec;
        ts[i].tv_nsec = tv[i].tv_usec * (int64_t)NSEC_PER_USEC;
        parse_time(&ts[i], 0, &new.set[i], &new.ns[i]);
        new.now = false;
    }
    if (!path && dirfd == AT_FDCWD)
        return -EFAULT;
    return set_times(dirfd, path, &new, 0);
}

/* utimes(2) */
SYSCALL_DEFINE2(utimes, const char user *, path,
                const struct abi_timeval user *, times)
{
    return set_timevals(AT_FDCWD, path, times);
}

/* futimesat(2) */
SYSCALL_DEFINE3(futimesat, int, dirfd, const char user *, path,
                const struct abi_timeval user *, times)
{
    return set_timevals(dirfd, path, times);
}

/* utime(2): two numbers of seconds */
SYSCALL_DEFINE2(utime, const char user *, path, const int64_t user *, times)
{
    struct new_times new;
    int64_t sec[2];
    long err = get_times(NULL, &new);

    if (err)
        return err;
    if (times && copy_from_user(sec, times, sizeof(sec)))
        return -EFAULT;
    for (int i = 0; times && i < 2; i++) {
        const struct abi_timespec ts = {sec[i], 0};

        parse_time(&ts, 0, &new.set[i], &new.ns[i]);
        new.now = false;
    }
    if (!path)
        return -EFAULT;
    return set_times(AT_FDCWD, path, &new, 0);
}
