// SPDX-License-Identifier: MIT
/* fd: descriptors themselves: duplicating, flags, pipes, ioctl. */
#include "vfs/fd.h"

#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "abi/stat.h"
#include "kernel/cred.h"
#include "kernel/doctor.h"
#include "kernel/process.h"
#include "kernel/thread.h"
#include "net/kern/socket.h"
#include "syscalls/define.h"
#include "syscalls/lock.h"
#include "vfs/pipe.h"
#include "vfs/ramfs.h"

/* --- dup --- */

/* The lowest number from min on. */
static long duplicate(struct file *f, unsigned min, bool cloexec)
{
    struct fd_table *t = fd_table_current();
    int fd = fd_table_reserve(t, min, fd_limit(), cloexec);

    if (fd < 0)
        return fd;
    file_get(f);
    fd_table_install(t, fd, f);
    return fd;
}

/* dup(2) */
SYSCALL_DEFINE1(dup, int, fd)
{
    struct file *f = fd_get(fd);
    long copy;

    if (!f)
        return -EBADF;
    copy = duplicate(f, 0, false);
    file_put(f);
    return copy;
}

static long duplicate_to(int old, int new, bool cloexec)
{
    struct file *f = fd_get(old);
    long fd;

    if (!f)
        return -EBADF;
    fd = fd_table_replace(fd_table_current(), new, f, fd_limit(), cloexec);
    file_put(f);
    return fd;
}

/* dup2(2) */
SYSCALL_DEFINE2(dup2, int, old, int, new)
{
    struct file *f;

    if (old != new)
        return duplicate_to(old, new, false);
    f = fd_get(old);
    if (!f)
        return -EBADF;
    file_put(f);
    return new;
}

/* dup3(2) */
SYSCALL_DEFINE3(dup3, int, old, int, new, int, flags)
{
    if ((flags & ~O_CLOEXEC) || old == new)
        return -EINVAL;
    return duplicate_to(old, new, flags & O_CLOEXEC);
}

/* --- fcntl --- */

#define SETTABLE_FLAGS (O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME | FASYNC)

static void change_flags(struct file *f, uint32_t mask, uint32_t flags)
{
    uint32_t old = __atomic_load_n(&f->flags, __ATOMIC_RELAXED);

    while (!__atomic_compare_exchange_n(&f->flags, &old,
                                        (old & ~mask) | (flags & mask), false,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}

/* F_SETOWN, F_SETOWN_EX: who is told of O_ASYNC. */
static long set_owner(struct file *f, int type, int owner)
{
    struct process *p;

    if (owner && type != F_OWNER_PGRP) {
        p = process_find(owner);
        if (!p)
            return -ESRCH;
        process_put(p);
    }
    f->owner = owner;
    f->owner_type = (uint8_t)type;
    return 0;
}

static long owner_fcntl(struct file *f, int cmd, uint64_t arg)
{
    bool group = f->owner_type == F_OWNER_PGRP;
    struct abi_f_owner_ex o = {f->owner_type, f->owner};
    int owner = (int)arg;

    switch (cmd) {
    case F_SETOWN:
        if (owner == INT32_MIN)
            return -EINVAL;
        return owner < 0 ? set_owner(f, F_OWNER_PGRP, -owner)
                         : set_owner(f, F_OWNER_PID, owner);
    case F_GETOWN:
        return group ? -f->owner : f->owner;
    case F_GETOWN_EX:
        return copy_to_user((void user *)arg, &o, sizeof(o));
    default: /* F_SETOWN_EX */
        if (copy_from_user(&o, (const void user *)arg, sizeof(o)))
            return -EFAULT;
        if (o.type < F_OWNER_TID || o.type > F_OWNER_PGRP)
            return -EINVAL;
        return set_owner(f, o.type, o.pid);
    }
}

static long fcntl_file(struct file *f, int fd, int cmd, uint64_t arg)
{
    switch (cmd) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        if (arg >= fd_limit() || arg > INT32_MAX)
            return -EINVAL;
        return duplicate(f, (unsigned)arg, cmd == F_DUPFD_CLOEXEC);
    case F_GETFD:
        return fd_table_cloexec(fd_table_current(), fd) > 0 ? FD_CLOEXEC : 0;
    case F_SETFD:
        return fd_table_set_cloexec(fd_table_current(), fd, arg & FD_CLOEXEC);
    case F_GETFL:
        return f->flags;
    case F_SETFL:
        if (f->mode & FILE_PATH)
            return -EBADF;
        change_flags(f, SETTABLE_FLAGS, (uint32_t)arg);
        return 0;
    case F_GET_SEALS:
        return f->mode & FILE_PATH ? -EBADF : ramfs_seals(f->vnode);
    case F_ADD_SEALS:
        if (f->mode & FILE_PATH)
            return -EBADF;
        if (!(f->mode & FILE_WRITE))
            return -EPERM;
        return ramfs_add_seals(f->vnode, (uint32_t)arg);
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        return f->mode & FILE_PATH ? -EBADF
                                   : lock_fcntl(f, fd, cmd, (void user *)arg);
    case F_SETOWN:
    case F_GETOWN:
    case F_SETOWN_EX:
    case F_GETOWN_EX:
        return f->mode & FILE_PATH ? -EBADF : owner_fcntl(f, cmd, arg);
    case F_GETLEASE:
        return f->mode & FILE_PATH ? -EBADF : F_UNLCK;
    case F_GETPIPE_SZ:
        return pipe_size(f);
    case F_SETPIPE_SZ:
        return pipe_set_size(f, arg);
    default:
        if (f->mode & FILE_PATH)
            return -EBADF;
        doctor_refused("fcntl", "cmd=%d", cmd);
        return -EINVAL;
    }
}

/* fcntl(2) */
SYSCALL_DEFINE3(fcntl, int, fd, int, cmd, uint64_t, arg)
{
    struct file *f = fd_get(fd);
    long result;

    if (!f)
        return -EBADF;
    result = fcntl_file(f, fd, cmd, arg);
    file_put(f);
    return result;
}
SYSCALL_PARTIAL(fcntl, "leases are not supported (EINVAL); O_ASYNC sends no "
                       "signals");

/* --- ioctl --- */

/* FIONREAD of files with a size. */
static long bytes_ahead(struct file *f, uintptr_t arg)
{
    int64_t ahead = (int64_t)f->vnode->size - (int64_t)f->pos;
    int value = (int)ahead;

    return copy_to_user((void user *)arg, &value, sizeof(value));
}

static long set_flag(struct file *f, uint32_t flag, uintptr_t arg)
{
    int on;

    if (get_user(&on, (const int user *)arg))
        return -EFAULT;
    change_flags(f, flag, on ? flag : 0);
    return 0;
}

static long ioctl_file(struct file *f, int fd, unsigned cmd, uintptr_t arg)
{
    if (f->mode & FILE_PATH)
        return -EBADF;
    switch (cmd) {
    case FIOCLEX:
    case FIONCLEX:
        return fd_table_set_cloexec(fd_table_current(), fd, cmd == FIOCLEX);
    case FIONBIO:
        return set_flag(f, O_NONBLOCK, arg);
    case FIOASYNC:
        return file_is_socket(f) ? set_flag(f, FASYNC, arg) : -ENOTTY;
    case FIONREAD:
        if (vnode_is_regular(f->vnode))
            return bytes_ahead(f, arg);
        break;
    }
    return f->ops->ioctl ? f->ops->ioctl(f, cmd, arg) : -ENOTTY;
}

/* A request of terminals to something else: programs ask whether it is one,
 * which would have written to the address 0. Three of that type are others'
 * too. */
static bool is_question(struct file *f, unsigned cmd)
{
    return (cmd >> 8 & 0xff) == 'T' && cmd != FIONREAD && cmd != FIOASYNC &&
           cmd != TIOCOUTQ &&
           !(f->ops->ioctl && f->ops->ioctl(f, TCGETS, 0) == -EFAULT);
}

/* ioctl(2) */
SYSCALL_DEFINE3(ioctl, int, fd, unsigned, cmd, uintptr_t, arg)
{
    struct file *f = fd_get(fd);
    long result;

    if (!f)
        return -EBADF;
    result = ioctl_file(f, fd, cmd, arg);
    if (result == -ENOTTY && !is_question(f, cmd))
        doctor_refused("ioctl", "op=0x%x", cmd);
    file_put(f);
    return result;
}
SYSCALL_PARTIAL(ioctl, "of terminals, the older TCGETA and TCSETA are missing "
                       "(ENOTTY), and TIOCSTI is refused (EIO)");

/* --- pipe, close_range --- */

#define PIPE_FLAGS (O_CLOEXEC | O_NONBLOCK | O_DIRECT)

/* pipe2(2): both numbers are the program's only once it has been told. */
static long make_pipe(int user *fds, int flags)
{
    struct file *reader, *writer;
    bool cloexec = flags & O_CLOEXEC;
    int fd[2], err;

    if (flags & ~PIPE_FLAGS) {
        doctor_refused("pipe2", "flags=0x%x", flags & ~PIPE_FLAGS);
        return -EINVAL;
    }
    err = pipe_create((uint32_t)flags & (O_NONBLOCK | O_DIRECT), &reader,
                      &writer);
    if (err)
        return err;
    reader->vnode->uid = cred_current()->fsuid;
    reader->vnode->gid = cred_current()->fsgid;
    fd[0] = err = fd_reserve(cloexec);
    if (err < 0)
        goto put_files;
    fd[1] = err = fd_reserve(cloexec);
    if (err < 0)
        goto unreserve_first;
    if (copy_to_user(fds, fd, sizeof(fd))) {
        err = -EFAULT;
        goto unreserve_both;
    }
    fd_install(fd[0], reader);
    fd_install(fd[1], writer);
    return 0;

unreserve_both:
    fd_unreserve(fd[1]);
unreserve_first:
    fd_unreserve(fd[0]);
put_files:
    file_put(reader);
    file_put(writer);
    return err;
}

/* pipe(2) */
SYSCALL_DEFINE1(pipe, int user *, fds)
{
    return make_pipe(fds, 0);
}

/* pipe2(2) */
SYSCALL_DEFINE2(pipe2, int user *, fds, int, flags)
{
    return make_pipe(fds, flags);
}
SYSCALL_PARTIAL(pipe2, "O_NOTIFICATION_PIPE is refused");

/* close_range(2) */
SYSCALL_DEFINE3(close_range, unsigned, first, unsigned, last, unsigned, flags)
{
    struct thread *thread = thread_current();
    struct fd_table *t = thread->files;

    if (first > last || (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)))
        return -EINVAL;
    if ((flags & CLOSE_RANGE_UNSHARE) && t->refs > 1) {
        struct fd_table *copy = fd_table_copy(t);

        if (!copy)
            return -ENOMEM;
        thread->files = copy;
        fd_table_put(t);
        t = copy;
    }
    for (unsigned fd = first; fd <= last && fd < t->size; fd++) {
        if (flags & CLOSE_RANGE_CLOEXEC)
            fd_table_set_cloexec(t, (int)fd, true);
        else
            fd_table_close(t, (int)fd);
    }
    return 0;
}
