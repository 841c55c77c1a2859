// SPDX-License-Identifier: MIT
/* file: opening, closing, reading and writing. */
#include "abi/fcntl.h"
#include "abi/uio.h"
#include "kernel/doctor.h"
#include "syscalls/at_path.h"
#include "syscalls/define.h"
#include "syscalls/vectors.h"
#include "vfs/fd.h"
#include "vfs/fs_context.h"
#include "vfs/mount.h"

/* --- open and close --- */

static long open_resolve(int dirfd, const char user *path, uint32_t flags,
                         uint32_t mode, unsigned resolve)
{
    struct at_path at;
    struct file *f;
    int fd, err;

    /* The number comes first: without one, no file must be made. */
    err = at_path_get_resolve(&at, dirfd, path, resolve);
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

static long open_at(int dirfd, const char user *path, uint32_t flags,
                    uint32_t mode)
{
    return open_resolve(dirfd, path, flags, mode, 0);
}

/* open(2) */
SYSCALL_DEFINE3(open, const char user *, path, int, flags, uint32_t, mode)
{
    return open_at(AT_FDCWD, path, (uint32_t)flags, mode);
}
SYSCALL_PARTIAL(open, "O_ASYNC sends no signals");

/* openat(2) */
SYSCALL_DEFINE4(openat, int, dirfd, const char user *, path, int, flags,
                uint32_t, mode)
{
    return open_at(dirfd, path, (uint32_t)flags, mode);
}
SYSCALL_PARTIAL(openat, "O_ASYNC sends no signals");

/* creat(2) */
SYSCALL_DEFINE2(creat, const char user *, path, uint32_t, mode)
{
    return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

/* What openat2(2) refuses and openat(2) ignores. */
static int check_how(const struct abi_open_how *how)
{
    const uint64_t known = O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC |
                           O_APPEND | O_NONBLOCK | O_SYNC | FASYNC | O_DIRECT |
                           O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME |
                           O_CLOEXEC | O_PATH | O_TMPFILE;
    const uint64_t with_path = O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC;
    const uint64_t makes = O_CREAT | (O_TMPFILE & ~(uint64_t)O_DIRECTORY);
    const uint64_t scopes = RESOLVE_BENEATH | RESOLVE_IN_ROOT;

    if ((how->flags & ~known) || how->resolve >= RESOLVE_CACHED << 1)
        return -EINVAL;
    if ((how->resolve & scopes) == scopes)
        return -EINVAL;
    if (how->mode & ~07777ull || (how->mode && !(how->flags & makes)))
        return -EINVAL;
    if ((how->flags & O_PATH) && (how->flags & ~with_path))
        return -EINVAL;
    if ((how->resolve & RESOLVE_CACHED) && (how->flags & (makes | O_TRUNC)))
        return -EAGAIN;
    return 0;
}

/* openat2(2) */
SYSCALL_DEFINE4(openat2, int, dirfd, const char user *, path,
                const struct abi_open_how user *, how, size_t, size)
{
    struct abi_open_how h;
    int err;

    if (size < sizeof(h))
        return -EINVAL;
    err = copy_struct_from_user(&h, sizeof(h), how, size);
    if (!err)
        err = check_how(&h);
    if (err)
        return err;
    return open_resolve(dirfd, path, (uint32_t)h.flags, (uint32_t)h.mode,
                        (unsigned)h.resolve);
}
SYSCALL_PARTIAL(openat2, "O_ASYNC sends no signals");

/* close(2) */
SYSCALL_DEFINE1(close, int, fd)
{
    return fd_table_close(fd_table_current(), fd);
}

/* --- one buffer --- */

/* At *pos, or at the file's offset when pos is NULL. */
static long read_write_one(int fd, const void user *buf, size_t count,
                           const uint64_t *pos, bool write)
{
    const struct uio_vec vec = {(uintptr_t)buf, count};
    struct uio u = {.vec = &vec, .nvec = 1, .left = count};
    struct file *f;
    ssize_t n;

    if (count > INT64_MAX)
        return -EFAULT; /* more than the program's memory can hold */
    f = fd_get(fd);
    if (!f)
        return -EBADF;
    n = write ? write_result(f, file_write(f, &u, pos)) : file_read(f, &u, pos);
    file_put(f);
    return n;
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

static long sync_file(int fd, bool data_only)
{
    struct file *f = fd_get(fd);
    long err;

    if (!f)
        return -EBADF;
    err = file_sync(f, data_only);
    file_put(f);
    return err;
}

/* fsync(2) */
SYSCALL_DEFINE1(fsync, int, fd)
{
    return sync_file(fd, false);
}

/* fdatasync(2) */
SYSCALL_DEFINE1(fdatasync, int, fd)
{
    return sync_file(fd, true);
}

/* sync(2) */
SYSCALL_DEFINE0(sync)
{
    mount_sync_all();
    return 0;
}

/* syncfs(2) */
SYSCALL_DEFINE1(syncfs, int, fd)
{
    struct file *f = fd_get(fd);
    long err;

    if (!f)
        return -EBADF;
    err = f->mode & FILE_PATH ? -EBADF : superblock_sync(f->vnode->sb);
    file_put(f);
    return err;
}
