// SPDX-License-Identifier: MIT
/* file: opening, closing, reading and writing. */
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "abi/uio.h"
#include "kernel/doctor.h"
#include "kernel/kmalloc.h"
#include "kernel/signal.h"
#include "syscalls/at_path.h"
#include "syscalls/define.h"
#include "vfs/fd.h"
#include "vfs/fs_context.h"

/* --- open and close --- */

static long open_at(int dirfd, const char user *path, uint32_t flags,
                    uint32_t mode)
{
    struct at_path at;
    struct file *f;
    int fd, err;

    /* The number comes first: without one, no file must be made. */
    err = at_path_get(&at, dirfd, path);
    if (err)
        return err;
    fd = fd_reserve(flags & O_CLOEXEC);
    if (fd < 0) {
        at_path_put(&at);
        return fd;
    }
    mode &= ~fs_context_current()->umask;
    err = file_open(&at.start, at.path, flags | O_LARGEFILE, mode, &f);
    at_path_note(&at, err);
    if (err == -EOPNOTSUPP)
        doctor_refused("open", "flags=0x%x", flags);
    at_path_put(&at);
    if (err) {
        fd_unreserve(fd);
        return err;
    }
    fd_install(fd, f);
    return fd;
}

/* open(2) */
SYSCALL_DEFINE3(open, const char user *, path, int, flags, uint32_t, mode)
{
    return open_at(AT_FDCWD, path, (uint32_t)flags, mode);
}
SYSCALL_PARTIAL(open, "O_TMPFILE is not supported; O_ASYNC sends no "
                      "signals");

/* openat(2) */
SYSCALL_DEFINE4(openat, int, dirfd, const char user *, path, int, flags,
                uint32_t, mode)
{
    return open_at(dirfd, path, (uint32_t)flags, mode);
}
SYSCALL_PARTIAL(openat, "O_TMPFILE is not supported; O_ASYNC sends no "
                        "signals");

/* creat(2) */
SYSCALL_DEFINE2(creat, const char user *, path, uint32_t, mode)
{
    return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

/* close(2) */
SYSCALL_DEFINE1(close, int, fd)
{
    return fd_table_close(fd_table_current(), fd);
}

/* --- one buffer --- */

/* SIGPIPE goes with EPIPE. */
static ssize_t write_result(ssize_t n)
{
    const struct abi_siginfo info = {.si_signo = SIGPIPE, .si_code = SI_KERNEL};

    if (n == -EPIPE)
        signal_send_thread(thread_current(), &info);
    return n;
}

/* At *pos, or at the file's offset when pos is NULL. */
static long read_write(int fd, const struct uio_vec *vec, size_t n,
                       const uint64_t *pos, bool write)
{
    struct file *f = fd_get(fd);
    struct uio u;
    ssize_t count;

    if (!f)
        return -EBADF;
    uio_init(&u, vec, n, false);
    count =
        write ? write_result(file_write(f, &u, pos)) : file_read(f, &u, pos);
    file_put(f);
    return count;
}

static long read_write_one(int fd, const void user *buf, size_t count,
                           const uint64_t *pos, bool write)
{
    const struct uio_vec vec = {(uintptr_t)buf, count};

    if (count > INT64_MAX)
        return -EFAULT; /* more than the program's memory can hold */
    return read_write(fd, &vec, 1, pos, write);
}

/* read(2) */
SYSCALL_DEFINE3(read, int, fd, void user *, buf, size_t, count)
{
    return read_write_one(fd, buf, count, NULL, false);
}

/* write(2) */
SYSCALL_DEFINE3(write, int, fd, const void user *, buf, size_t, count)
{
    return read_write_one(fd, buf, count, NULL, true);
}

/* pread(2) */
SYSCALL_DEFINE4(pread64, int, fd, void user *, buf, size_t, count, int64_t, pos)
{
    const uint64_t at = (uint64_t)pos;

    if (pos < 0)
        return -EINVAL;
    return read_write_one(fd, buf, count, &at, false);
}

/* pwrite(2) */
SYSCALL_DEFINE4(pwrite64, int, fd, const void user *, buf, size_t, count,
                int64_t, pos)
{
    const uint64_t at = (uint64_t)pos;

    if (pos < 0)
        return -EINVAL;
    return read_write_one(fd, buf, count, &at, true);
}

/* --- several buffers --- */

#define FEW_VECTORS 8 /* fit on the stack */

static_assert(sizeof(struct uio_vec) == sizeof(struct abi_iovec) &&
                  offsetof(struct uio_vec, len) ==
                      offsetof(struct abi_iovec, iov_len),
              "vectors are copied as they are");

/* Lengths that do not fit in one call's count are cut, as Linux does. */
static int check_vectors(struct uio_vec *vec, size_t n)
{
    size_t total = 0;

    for (size_t i = 0; i < n; i++) {
        if (vec[i].len > INT64_MAX)
            return -EINVAL;
        vec[i].len = MIN(vec[i].len, ABI_RW_MAX - total);
        total += vec[i].len;
    }
    return 0;
}

static long read_write_vectors(int fd, const struct abi_iovec user *iov,
                               uint64_t n, const uint64_t *pos, bool write)
{
    struct uio_vec few[FEW_VECTORS], *vec = few;
    long count;

    if (n > UIO_MAXIOV)
        return -EINVAL;
    if (n > FEW_VECTORS)
        vec = kmalloc(n * sizeof(*vec));
    if (!vec)
        return -ENOMEM;
    if (copy_from_user(vec, iov, n * sizeof(*vec)))
        count = -EFAULT;
    else
        count = check_vectors(vec, n);
    if (!count)
        count = read_write(fd, vec, n, pos, write);
    if (vec != few)
        kfree(vec);
    return count;
}

/* readv(2) */
SYSCALL_DEFINE3(readv, uint64_t, fd, const struct abi_iovec user *, iov,
                uint64_t, n)
{
    return read_write_vectors((int)fd, iov, n, NULL, false);
}

/* writev(2) */
SYSCALL_DEFINE3(writev, uint64_t, fd, const struct abi_iovec user *, iov,
                uint64_t, n)
{
    return read_write_vectors((int)fd, iov, n, NULL, true);
}

/* preadv(2); on 64-bit machines the whole offset is in pos. */
SYSCALL_DEFINE5(preadv, uint64_t, fd, const struct abi_iovec user *, iov,
                uint64_t, n, int64_t, pos, int64_t, pos_high)
{
    const uint64_t at = (uint64_t)pos;

    (void)pos_high;
    if (pos < 0)
        return -EINVAL;
    return read_write_vectors((int)fd, iov, n, &at, false);
}

/* pwritev(2) */
SYSCALL_DEFINE5(pwritev, uint64_t, fd, const struct abi_iovec user *, iov,
                uint64_t, n, int64_t, pos, int64_t, pos_high)
{
    const uint64_t at = (uint64_t)pos;

    (void)pos_high;
    if (pos < 0)
        return -EINVAL;
    return read_write_vectors((int)fd, iov, n, &at, true);
}

/* Hints for devices, and writing through, which memory needs no care for. */
#define RWF_EASY (RWF_HIPRI | RWF_DSYNC | RWF_SYNC)

static long read_write_v2(int fd, const struct abi_iovec user *iov, uint64_t n,
                          int64_t pos, int flags, bool write)
{
    const uint64_t at = (uint64_t)pos;

    if (flags & ~RWF_EASY) {
        doctor_refused(write ? "pwritev2" : "preadv2", "flags=0x%x",
                       flags & ~RWF_EASY);
        return -EOPNOTSUPP;
    }
    if (pos < -1)
        return -EINVAL;
    return read_write_vectors(fd, iov, n, pos == -1 ? NULL : &at, write);
}

/* preadv2(2) */
SYSCALL_DEFINE6(preadv2, uint64_t, fd, const struct abi_iovec user *, iov,
                uint64_t, n, int64_t, pos, int64_t, pos_high, int, flags)
{
    (void)pos_high;
    return read_write_v2((int)fd, iov, n, pos, flags, false);
}
SYSCALL_PARTIAL(preadv2, "RWF_NOWAIT is not supported");

/* pwritev2(2) */
SYSCALL_DEFINE6(pwritev2, uint64_t, fd, const struct abi_iovec user *, iov,
                uint64_t, n, int64_t, pos, int64_t, pos_high, int, flags)
{
    (void)pos_high;
    return read_write_v2((int)fd, iov, n, pos, flags, true);
}
SYSCALL_PARTIAL(pwritev2, "RWF_NOWAIT and RWF_APPEND are not supported");

/* --- the rest --- */

/* lseek(2) */
SYSCALL_DEFINE3(lseek, int, fd, int64_t, offset, unsigned, whence)
{
    struct file *f = fd_get(fd);
    int64_t pos;

    if (!f)
        return -EBADF;
    pos = whence > SEEK_HOLE ? -EINVAL : file_seek(f, offset, (int)whence);
    file_put(f);
    return pos;
}

/* Files are in memory: what was written is as safe as it will ever be. */
static long sync_file(int fd)
{
    struct file *f = fd_get(fd);
    long err;

    if (!f || (f->mode & FILE_PATH))
        err = -EBADF;
    else if (f->ops->seek || vnode_is_dir(f->vnode))
        err = 0;
    else
        err = -EINVAL; /* pipes and the like, as on Linux */
    if (f)
        file_put(f);
    return err;
}

/* fsync(2) */
SYSCALL_DEFINE1(fsync, int, fd)
{
    return sync_file(fd);
}

/* fdatasync(2) */
SYSCALL_DEFINE1(fdatasync, int, fd)
{
    return sync_file(fd);
}

/* sync(2) */
SYSCALL_DEFINE0(sync)
{
    return 0;
}

/* syncfs(2) */
SYSCALL_DEFINE1(syncfs, int, fd)
{
    struct file *f = fd_get(fd);

    if (!f)
        return -EBADF;
    file_put(f);
    return 0;
}
