// SPDX-License-Identifier: MIT
/* splice: splice(2), tee(2) and vmsplice(2). */
#include "vfs/splice.h"

#include "abi/fcntl.h"
#include "abi/uio.h"
#include "syscalls/define.h"
#include "syscalls/vectors.h"
#include "vfs/fd.h"
#include "vfs/pipe.h"

#define SPLICE_F_ALL \
    (SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT)

/* Two descriptors, one to read and one to write. */
struct ends {
    struct file *in, *out;
};

static int ends_get(struct ends *e, int fd_in, int fd_out)
{
    e->in = fd_get(fd_in);
    e->out = fd_get(fd_out);
    if (e->in && e->out && (e->in->mode & FILE_READ) &&
        (e->out->mode & FILE_WRITE))
        return 0;
    return -EBADF;
}

static void ends_put(struct ends *e)
{
    if (e->in)
        file_put(e->in);
    if (e->out)
        file_put(e->out);
}

/* An offset that the caller gave. */
static int offset_get(const struct file *f, const int64_t user *from,
                      int64_t *pos)
{
    if (get_user(pos, from))
        return -EFAULT;
    if (!f->ops->seek || *pos < 0)
        return -EINVAL;
    return 0;
}

static ssize_t file_to_pipe(const struct ends *e, int64_t user *off, size_t len,
                            bool nonblock)
{
    int64_t pos;
    ssize_t n;

    if (!off)
        return splice_to_pipe(e->in, NULL, e->out, len, nonblock);
    n = offset_get(e->in, off, &pos);
    if (!n)
        n = splice_to_pipe(e->in, (uint64_t *)&pos, e->out, len, nonblock);
    if (n >= 0 && put_user(pos, off))
        n = -EFAULT;
    return n;
}

static ssize_t pipe_to_file(const struct ends *e, int64_t user *off, size_t len,
                            bool nonblock)
{
    int64_t pos;
    ssize_t n;

    if (e->out->flags & O_APPEND)
        return -EINVAL;
    if (!off)
        return splice_from_pipe(e->in, e->out, NULL, len, nonblock);
    n = offset_get(e->out, off, &pos);
    if (!n)
        n = splice_from_pipe(e->in, e->out, (uint64_t *)&pos, len, nonblock);
    if (n >= 0 && put_user(pos, off))
        n = -EFAULT;
    return n;
}

static ssize_t splice_ends(const struct ends *e, int64_t user *off_in,
                           int64_t user *off_out, size_t len, bool nonblock)
{
    bool from_pipe = pipe_is_file(e->in), to_pipe = pipe_is_file(e->out);

    if ((from_pipe && off_in) || (to_pipe && off_out))
        return -ESPIPE;
    if (from_pipe && to_pipe) {
        if (e->in->vnode == e->out->vnode)
            return -EINVAL;
        return splice_pipes(e->in, e->out, len, nonblock, false);
    }
    if (from_pipe)
        return pipe_to_file(e, off_out, len, nonblock);
    if (to_pipe && !vnode_is_dir(e->in->vnode))
        return file_to_pipe(e, off_in, len, nonblock);
    return -EINVAL;
}

/* splice(2) */
SYSCALL_DEFINE6(splice, int, fd_in, int64_t user *, off_in, int, fd_out,
                int64_t user *, off_out, size_t, len, unsigned, flags)
{
    struct ends e;
    ssize_t n;

    if (!len)
        return 0;
    if (flags & ~SPLICE_F_ALL)
        return -EINVAL;
    n = ends_get(&e, fd_in, fd_out);
    if (!n)
        n = splice_ends(&e, off_in, off_out, MIN(len, (size_t)ABI_RW_MAX),
                        flags & SPLICE_F_NONBLOCK);
    n = write_result(e.out, n);
    ends_put(&e);
    return n;
}

/* tee(2) */
SYSCALL_DEFINE4(tee, int, fd_in, int, fd_out, size_t, len, unsigned, flags)
{
    struct ends e;
    ssize_t n;

    if (flags & ~SPLICE_F_ALL)
        return -EINVAL;
    if (!len)
        return 0;
    n = ends_get(&e, fd_in, fd_out);
    if (!n && (!pipe_is_file(e.in) || !pipe_is_file(e.out) ||
               e.in->vnode == e.out->vnode))
        n = -EINVAL;
    if (!n)
        n = splice_pipes(e.in, e.out, MIN(len, (size_t)ABI_RW_MAX),
                         flags & SPLICE_F_NONBLOCK, true);
    n = write_result(e.out, n);
    ends_put(&e);
    return n;
}

static ssize_t splice_vectors(struct file *f, const struct vectors *v,
                              bool nonblock)
{
    struct uio u;

    uio_init(&u, v->vec, v->n, false);
    if (!u.left)
        return 0;
    if (f->mode & FILE_WRITE)
        return write_result(f, splice_memory(&u, f, nonblock));
    u.nowait = nonblock;
    return file_read(f, &u, NULL);
}

/* vmsplice(2) */
SYSCALL_DEFINE4(vmsplice, int, fd, const struct abi_iovec user *, iov, uint64_t,
                n, unsigned, flags)
{
    struct vectors v;
    struct file *f;
    ssize_t count;

    if (flags & ~SPLICE_F_ALL)
        return -EINVAL;
    f = fd_get(fd);
    if (!f)
        return -EBADF;
    count = pipe_is_file(f) ? vectors_get(&v, iov, n) : -EBADF;
    if (!count) {
        count = splice_vectors(f, &v, flags & SPLICE_F_NONBLOCK);
        vectors_put(&v);
    }
    file_put(f);
    return count;
}
SYSCALL_PARTIAL(vmsplice, "the data is copied, also with SPLICE_F_GIFT");
