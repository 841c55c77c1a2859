// SPDX-License-Identifier: MIT
/* lock: flock(2), and record locks as fcntl(2) has them. */
#include "syscalls/lock.h"

#include "abi/fcntl.h"
#include "kernel/thread.h"
#include "syscalls/define.h"
#include "vfs/fd.h"
#include "vfs/lock.h"

/* flock(2) */
SYSCALL_DEFINE2(flock, int, fd, int, operation)
{
    struct lock_request r = {.kind = LOCK_FLOCK, .end = LOCK_END};
    bool wait = !(operation & LOCK_NB);
    struct file *f;
    long err;

    switch (operation & ~LOCK_NB) {
    case LOCK_SH:
        r.type = F_RDLCK;
        break;
    case LOCK_EX:
        r.type = F_WRLCK;
        break;
    case LOCK_UN:
        r.type = F_UNLCK;
        break;
    default:
        return -EINVAL;
    }
    f = fd_get(fd);
    if (!f)
        return -EBADF;
    r.owner = f;
    r.pid = process_current()->pid;
    err = f->mode & FILE_PATH ? -EBADF : lock_set(f->vnode, &r, wait);
    file_put(f);
    return err;
}

/* --- record locks --- */

/* The bytes that l means: start and end of r. */
static int parse_range(struct file *f, const struct abi_flock *l,
                       struct lock_request *r)
{
    int64_t start, end = LOCK_END;

    switch (l->l_whence) {
    case SEEK_SET:
        start = 0;
        break;
    case SEEK_CUR:
        start = (int64_t)f->pos;
        break;
    case SEEK_END:
        start = (int64_t)f->vnode->size;
        break;
    default:
        return -EINVAL;
    }
    if (__builtin_add_overflow(start, l->l_start, &start))
        return -EOVERFLOW;
    if (start < 0)
        return -EINVAL;
    if (l->l_len > 0 && __builtin_add_overflow(start, l->l_len - 1, &end))
        return -EOVERFLOW;
    if (l->l_len < 0) {
        if (start + l->l_len < 0)
            return -EINVAL;
        end = start - 1;
        start += l->l_len;
    }
    r->start = (uint64_t)start;
    r->end = (uint64_t)end;
    return 0;
}

static int parse_lock(struct file *f, const struct abi_flock *l, bool ofd,
                      struct lock_request *r)
{
    if (l->l_type != F_RDLCK && l->l_type != F_WRLCK && l->l_type != F_UNLCK)
        return -EINVAL;
    if (ofd && l->l_pid)
        return -EINVAL;
    *r = (struct lock_request){
        .kind = ofd ? LOCK_OFD : LOCK_POSIX,
        .type = l->l_type,
        .owner = ofd ? (const void *)f : fd_table_current(),
        .pid = ofd ? -1 : process_current()->pid,
    };
    return parse_range(f, l, r);
}

static long get_lock(struct file *f, struct abi_flock *l, bool ofd,
                     void user *arg)
{
    struct lock_request r;
    int err;

    if (l->l_type == F_UNLCK)
        return -EINVAL;
    err = parse_lock(f, l, ofd, &r);
    if (err)
        return err;
    lock_test(f->vnode, &r);
    l->l_type = (int16_t)r.type;
    if (r.type != F_UNLCK) {
        l->l_whence = SEEK_SET;
        l->l_start = (int64_t)r.start;
        l->l_len = r.end == LOCK_END ? 0 : (int64_t)(r.end - r.start + 1);
        l->l_pid = r.pid;
    }
    return copy_to_user(arg, l, sizeof(*l));
}

/* A descriptor that another thread has closed meanwhile must not leave a lock
 * behind that nobody releases. */
static bool still_open(struct file *f, int fd)
{
    struct file *now = fd_get(fd);

    if (now)
        file_put(now);
    return now == f;
}

static long set_lock(struct file *f, int fd, const struct abi_flock *l,
                     bool ofd, bool wait)
{
    struct lock_request r;
    long err = parse_lock(f, l, ofd, &r);

    if (err)
        return err;
    if ((r.type == F_RDLCK && !(f->mode & FILE_READ)) ||
        (r.type == F_WRLCK && !(f->mode & FILE_WRITE)))
        return -EBADF;
    err = lock_set(f->vnode, &r, wait);
    if (!err && !ofd && r.type != F_UNLCK && !still_open(f, fd)) {
        lock_release_owner(f->vnode, r.owner);
        err = -EBADF;
    }
    return err;
}

long lock_fcntl(struct file *f, int fd, int cmd, void user *arg)
{
    struct abi_flock l;

    if (copy_from_user(&l, arg, sizeof(l)))
        return -EFAULT;
    switch (cmd) {
    case F_GETLK:
    case F_OFD_GETLK:
        return get_lock(f, &l, cmd == F_OFD_GETLK, arg);
    case F_SETLK:
    case F_SETLKW:
        return set_lock(f, fd, &l, false, cmd == F_SETLKW);
    default:
        return set_lock(f, fd, &l, true, cmd == F_OFD_SETLKW);
    }
}
