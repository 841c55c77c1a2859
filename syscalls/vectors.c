// SPDX-License-Identifier: MIT
/* vectors: reading and writing with several buffers: readv(2), preadv2(2). */
#include "syscalls/vectors.h"

#include "abi/stat.h"
#include "kernel/doctor.h"
#include "kernel/kmalloc.h"
#include "kernel/signal.h"
#include "kernel/thread.h"
#include "net/kern/socket.h"
#include "syscalls/define.h"
#include "vfs/fd.h"
#include "vfs/pipe.h"

static_assert(sizeof(struct uio_vec) == sizeof(struct abi_iovec) &&
                  offsetof(struct uio_vec, len) ==
                      offsetof(struct abi_iovec, iov_len),
              "vectors are copied as they are");

ssize_t write_result(const struct file *f, ssize_t n)
{
    if (unlikely(n == -EPIPE) && !file_is_socket(f))
        signal_send_pipe();
    return n;
}

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

int vectors_get(struct vectors *v, const struct abi_iovec user *iov, uint64_t n)
{
    int err;

    if (n > UIO_MAXIOV)
        return -EINVAL;
    v->n = n;
    v->vec = n > VECTORS_FEW ? kmalloc(n * sizeof(*v->vec)) : v->few;
    if (!v->vec)
        return -ENOMEM;
    err = copy_from_user(v->vec, iov, n * sizeof(*v->vec));
    if (!err)
        err = check_vectors(v->vec, n);
    if (err)
        vectors_put(v);
    return err;
}

void vectors_put(struct vectors *v)
{
    if (v->vec != v->few)
        kfree(v->vec);
}

/* Which RWF_* f cannot obey. High priority needs no care. */
static int check_flags(const struct file *f, unsigned flags, bool write)
{
    const unsigned known =
        RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT | RWF_APPEND;

    if (flags & ~known)
        return -EOPNOTSUPP;
    if ((flags & RWF_NOWAIT) && !pipe_is_file(f) &&
        (write || !vnode_is_regular(f->vnode)))
        return -EOPNOTSUPP;
    return 0;
}

ssize_t vectors_move(struct file *f, const struct vectors *v,
                     const uint64_t *pos, unsigned flags, bool write)
{
    struct uio u;
    ssize_t n;
    int err = flags ? check_flags(f, flags, write) : 0;

    if (err) {
        doctor_refused(write ? "pwritev2" : "preadv2", "flags=0x%x", flags);
        return err;
    }
    uio_init(&u, v->vec, v->n, false);
    u.nowait = flags & RWF_NOWAIT;
    u.append = flags & RWF_APPEND;
    if (!write)
        return file_read(f, &u, pos);
    n = write_result(f, file_write(f, &u, pos));
    if (n > 0 && (flags & (RWF_DSYNC | RWF_SYNC)) &&
        vnode_is_regular(f->vnode)) {
        err = file_sync(f, !(flags & RWF_SYNC));
        n = err ? err : n;
    }
    return n;
}

/* pos NULL: at the file's offset. flags: RWF_*. */
static long read_write(int fd, const struct abi_iovec user *iov, uint64_t n,
                       const uint64_t *pos, unsigned flags, bool write)
{
    struct file *f = fd_get(fd);
    struct vectors v;
    long count;

    if (!f)
        return -EBADF;
    count = f->mode & (write ? FILE_WRITE : FILE_READ) ? 0 : -EBADF;
    if (!count)
        count = vectors_get(&v, iov, n);
    if (!count) {
        count = vectors_move(f, &v, pos, flags, write);
        vectors_put(&v);
    }
    file_put(f);
    return count;
}

static long read_write_at(int fd, const struct abi_iovec user *iov, uint64_t n,
                          int64_t pos, bool write)
{
    const uint64_t at = (uint64_t)pos;

    return pos < 0 ? -EINVAL : read_write(fd, iov, n, &at, 0, write);
}

/* readv(2) */
SYSCALL_DEFINE3(readv, uint64_t, fd, const struct abi_iovec user *, iov,
                uint64_t, n)
{
    return read_write((int)fd, iov, n, NULL, 0, false);
}

/* writev(2) */
SYSCALL_DEFINE3(writev, uint64_t, fd, const struct abi_iovec user *, iov,
                uint64_t, n)
{
    return read_write((int)fd, iov, n, NULL, 0, true);
}

/* preadv(2); on 64-bit machines the whole offset is in pos. */
SYSCALL_DEFINE5(preadv, uint64_t, fd, const struct abi_iovec user *, iov,
                uint64_t, n, int64_t, pos, int64_t, pos_high)
{
    (void)pos_high;
    return read_write_at((int)fd, iov, n, pos, false);
}

/* pwritev(2) */
SYSCALL_DEFINE5(pwritev, uint64_t, fd, const struct abi_iovec user *, iov,
                uint64_t, n, int64_t, pos, int64_t, pos_high)
{
    (void)pos_high;
    return read_write_at((int)fd, iov, n, pos, true);
}

static long read_write_v2(int fd, const struct abi_iovec user *iov, uint64_t n,
                          int64_t pos, int flags, bool write)
{
    const uint64_t at = (uint64_t)pos;

    if (pos < -1)
        return -EINVAL;
    return read_write(fd, iov, n, pos == -1 ? NULL : &at, (unsigned)flags,
                      write);
}

/* preadv2(2) */
SYSCALL_DEFINE6(preadv2, uint64_t, fd, const struct abi_iovec user *, iov,
                uint64_t, n, int64_t, pos, int64_t, pos_high, int, flags)
{
    (void)pos_high;
    return read_write_v2((int)fd, iov, n, pos, flags, false);
}
SYSCALL_PARTIAL(preadv2, "RWF_NOWAIT is for regular files and pipes");

/* pwritev2(2) */
SYSCALL_DEFINE6(pwritev2, uint64_t, fd, const struct abi_iovec user *, iov,
                uint64_t, n, int64_t, pos, int64_t, pos_high, int, flags)
{
    (void)pos_high;
    return read_write_v2((int)fd, iov, n, pos, flags, true);
}
SYSCALL_PARTIAL(pwritev2, "RWF_NOWAIT is for pipes");
