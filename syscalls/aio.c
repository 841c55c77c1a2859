// SPDX-License-Identifier: MIT
/*
 * aio: io_setup(2) and its relatives. A request is done before io_submit
 * returns, which the interface allows and which costs nothing for files in
 * memory; of pipes and sockets Linux waits as well.
 */
#include "vfs/aio.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/uio.h"
#include "kernel/doctor.h"
#include "kernel/restart.h"
#include "syscalls/define.h"
#include "syscalls/timespec.h"
#include "syscalls/vectors.h"
#include "syscalls/wait_mask.h"
#include "vfs/eventfd.h"
#include "vfs/fd.h"

#define BATCH      8 /* events copied at a time */
#define IOCB_KEY   0
/* As many as fit in 256 MiB; fewer may be too many yet. */
#define EVENTS_MAX (0x10000000 / sizeof(struct abi_io_event))

/* io_setup(2) */
SYSCALL_DEFINE2(io_setup, unsigned, nr_events, uintptr_t user *, ctx_idp)
{
    uintptr_t id;
    int err;

    if (get_user(&id, ctx_idp))
        return -EFAULT;
    if (id || nr_events == 0 || nr_events > EVENTS_MAX)
        return -EINVAL;
    err = aio_create(nr_events, &id);
    if (err)
        return err;
    err = put_user(id, ctx_idp);
    if (err)
        aio_destroy(id);
    return err;
}

/* io_destroy(2) */
SYSCALL_DEFINE1(io_destroy, uintptr_t, ctx_id)
{
    return aio_destroy(ctx_id);
}

/* --- doing ---------------------------------------------------------------- */

static bool is_write(const struct abi_iocb *r)
{
    return r->aio_lio_opcode == IOCB_CMD_PWRITE ||
           r->aio_lio_opcode == IOCB_CMD_PWRITEV;
}

static bool is_vector(const struct abi_iocb *r)
{
    return r->aio_lio_opcode == IOCB_CMD_PREADV ||
           r->aio_lio_opcode == IOCB_CMD_PWRITEV;
}

/* The buffers of a read or a write, as readv(2) takes them. */
static int buffers_get(struct vectors *v, const struct abi_iocb *r)
{
    if (is_vector(r))
        return vectors_get(v, (const struct abi_iovec user *)r->aio_buf,
                           r->aio_nbytes);
    v->vec = v->few;
    v->n = 1;
    v->few[0] = (struct uio_vec){r->aio_buf, MIN(r->aio_nbytes, ABI_RW_MAX)};
    return 0;
}

/* *result: what the event will say. Errors before that are the call's. */
static int do_transfer(struct file *f, const struct abi_iocb *r, long *result)
{
    const uint64_t pos = (uint64_t)r->aio_offset;
    bool write = is_write(r);
    struct vectors v;
    int err;

    if (!(f->mode & (write ? FILE_WRITE : FILE_READ)))
        return -EBADF;
    if (r->aio_offset < 0 && f->ops->seek)
        return -EINVAL;
    err = buffers_get(&v, r);
    if (err)
        return err;
    *result =
        vectors_move(f, &v, f->ops->seek ? &pos : NULL, r->aio_rw_flags, write);
    vectors_put(&v);
    if (restart_is_code(*result))
        *result = -EINTR;
    return 0;
}

static int do_sync(struct file *f, const struct abi_iocb *r, long *result)
{
    if (r->aio_buf || r->aio_offset || r->aio_nbytes || r->aio_rw_flags)
        return -EINVAL;
    *result = file_sync(f, r->aio_lio_opcode == IOCB_CMD_FDSYNC);
    return *result == -EINVAL ? -EINVAL : 0;
}

static int do_request(struct file *f, const struct abi_iocb *r, long *result)
{
    switch (r->aio_lio_opcode) {
    case IOCB_CMD_PREAD:
    case IOCB_CMD_PWRITE:
    case IOCB_CMD_PREADV:
    case IOCB_CMD_PWRITEV:
        return do_transfer(f, r, result);
    case IOCB_CMD_FSYNC:
    case IOCB_CMD_FDSYNC:
        return do_sync(f, r, result);
    default:
        doctor_refused("io_submit", "aio_lio_opcode=%u", r->aio_lio_opcode);
        return -EINVAL;
    }
}

/* --- submitting ----------------------------------------------------------- */

/* The eventfd that is to be told; NULL: none. */
static int get_eventfd(const struct abi_iocb *r, struct file **f)
{
    *f = NULL;
    if (!(r->aio_flags & IOCB_FLAG_RESFD))
        return 0;
    *f = fd_get((int)r->aio_resfd);
    if (!*f)
        return -EBADF;
    if (eventfd_is_file(*f))
        return 0;
    file_put(*f);
    *f = NULL;
    return -EINVAL;
}

/* Does what r asks for, with room in c reserved. */
static int submit_reserved(struct aio_context *c, const struct abi_iocb *r,
                           struct abi_iocb user *at)
{
    struct abi_io_event e = {.data = r->aio_data, .obj = (uintptr_t)at};
    struct file *f = fd_get((int)r->aio_fildes), *told;
    long result = 0;
    int err;

    if (!f)
        return -EBADF;
    err = get_eventfd(r, &told);
    if (!err && put_user((uint32_t)IOCB_KEY, &at->aio_key))
        err = -EFAULT;
    if (!err)
        err = do_request(f, r, &result);
    if (!err) {
        e.res = result;
        aio_complete(c, &e);
        if (told)
            eventfd_add(told, 1);
    }
    if (told)
        file_put(told);
    file_put(f);
    return err;
}

static int submit(struct aio_context *c, struct abi_iocb user *at)
{
    struct abi_iocb r;
    int err;

    if (copy_from_user(&r, at, sizeof(r)))
        return -EFAULT;
    if (r.aio_reserved2 || r.aio_nbytes > INT64_MAX)
        return -EINVAL;
    if (!aio_reserve(c))
        return -EAGAIN;
    err = submit_reserved(c, &r, at);
    if (err)
        aio_release(c);
    return err;
}

/* io_submit(2): how many; the error only if it was the first one's. */
SYSCALL_DEFINE3(io_submit, uintptr_t, ctx_id, long, nr,
                struct abi_iocb user *user *, iocbpp)
{
    struct aio_context *c;
    struct abi_iocb user *at;
    long done = 0;
    int err = 0;

    if (nr < 0)
        return -EINVAL;
    c = aio_find(ctx_id);
    if (!c)
        return -EINVAL;
    while (done < nr && !err) {
        err = get_user(&at, iocbpp + done) ? -EFAULT : submit(c, at);
        if (!err)
            done++;
    }
    aio_put(c);
    return done ? done : err;
}
SYSCALL_PARTIAL(io_submit, "requests are done before the call returns; "
                           "IOCB_CMD_POLL answers EINVAL");

/* io_cancel(2): no request is ever under way. */
SYSCALL_DEFINE3(io_cancel, uintptr_t, ctx_id, struct abi_iocb user *, iocb,
                struct abi_io_event user *, result)
{
    uint32_t key;

    (void)ctx_id;
    (void)result;
    return get_user(&key, &iocb->aio_key) ? -EFAULT : -EINVAL;
}

/* --- fetching ------------------------------------------------------------- */

/* Hands over what is there, up to n; the count, or -EFAULT for the first. */
static long fetch(struct aio_context *c, struct abi_io_event user *to, long n)
{
    struct abi_io_event e[BATCH];
    long got = 0;
    unsigned some;

    do {
        some = aio_take(c, e, (unsigned)MIN(n - got, (long)BATCH));
        if (copy_to_user(to + got, e, some * sizeof(*e)))
            return got ? got : -EFAULT;
        got += some;
    } while (some && got < n);
    return got;
}

static long fetch_at_least(struct aio_context *c, long min, long n,
                           struct abi_io_event user *to, uint64_t deadline)
{
    long got = fetch(c, to, n), more;
    int err = 0;

    while (got >= 0 && got < min && deadline && !err) {
        err = aio_wait(c, 1, deadline);
        more = fetch(c, to + got, n - got);
        if (more < 0)
            break;
        got += more;
    }
    if (got == 0 && err && err != -ETIMEDOUT)
        return err == -ERESTARTSYS ? -EINTR : err;
    return got;
}

static long get_events(uintptr_t id, long min, long n,
                       struct abi_io_event user *to,
                       const struct abi_timespec user *timeout)
{
    struct aio_context *c;
    uint64_t deadline;
    long got = deadline_of_timeout(timeout, &deadline);

    if (got)
        return got;
    c = aio_find(id);
    if (!c)
        return -EINVAL;
    got =
        min < 0 || min > n ? -EINVAL : fetch_at_least(c, min, n, to, deadline);
    aio_put(c);
    return got;
}

/* io_getevents(2): until min have come, up to nr */
SYSCALL_DEFINE5(io_getevents, uintptr_t, ctx_id, long, min_nr, long, nr,
                struct abi_io_event user *, events,
                const struct abi_timespec user *, timeout)
{
    return get_events(ctx_id, min_nr, nr, events, timeout);
}

struct abi_aio_sigset {
    const uint64_t user *mask;
    size_t size;
};

/* io_pgetevents: the same with a signal mask, as ppoll(2) */
SYSCALL_DEFINE6(io_pgetevents, uintptr_t, ctx_id, long, min_nr, long, nr,
                struct abi_io_event user *, events,
                const struct abi_timespec user *, timeout,
                const struct abi_aio_sigset user *, usig)
{
    struct abi_aio_sigset sig = {0};
    long result;

    if (usig && copy_from_user(&sig, usig, sizeof(sig)))
        return -EFAULT;
    result = wait_mask_set(sig.mask, sig.size);
    if (result)
        return result;
    result = get_events(ctx_id, min_nr, nr, events, timeout);
    wait_mask_restore(sig.mask, result);
    return result;
}
