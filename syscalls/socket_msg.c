// SPDX-License-Identifier: MIT
/* socket_msg: sending and receiving on sockets. */
#include "abi/fcntl.h"
#include "abi/limits.h"
#include "abi/socket.h"
#include "abi/time.h"
#include "abi/uio.h"
#include "kernel/clock.h"
#include "kernel/doctor.h"
#include "kernel/kmalloc.h"
#include "net/kern/socket.h"
#include "syscalls/define.h"
#include "syscalls/socket_addr.h"
#include "syscalls/timespec.h"
#include "vfs/fd.h"

#define FEW_VECS    8
#define CONTROL_MAX 20480 /* as Linux's net.core.optmem_max */
#define BATCH_MAX   1024  /* messages of sendmmsg, recvmmsg: UIO_MAXIOV */

/* Bytes of one buffer as a uio; lengths beyond ABI_RW_MAX are cut. */
static void one_buffer(struct uio *u, struct uio_vec *v, const void user *buf,
                       size_t len)
{
    *v = (struct uio_vec){(uintptr_t)buf, MIN(len, (size_t)ABI_RW_MAX)};
    uio_init(u, v, 1, false);
}

/* --- one buffer --- */

/* sendto(2) */
SYSCALL_DEFINE6(sendto, int, fd, const void user *, buf, size_t, len, unsigned,
                flags, const void user *, addr, int, addr_len)
{
    struct sock_msg m = {.flags = flags};
    struct sock_addr a;
    struct uio_vec v;
    struct uio u;
    int err = 0;
    ssize_t n;
    struct file *f = socket_get(fd, &err);

    if (!f)
        return err;
    if (addr) {
        err = sock_addr_from_user(&a, addr, addr_len);
        m.addr = &a;
    }
    one_buffer(&u, &v, buf, len);
    n = err ? err : socket_send(f, &m, &u);
    file_put(f);
    return n;
}
SYSCALL_PARTIAL(sendto, "MSG_ZEROCOPY copies; raw sockets know no MSG_MORE");

/* recvfrom(2) */
SYSCALL_DEFINE6(recvfrom, int, fd, void user *, buf, size_t, len, unsigned,
                flags, void user *, addr, int user *, addr_len)
{
    struct sock_msg m = {.flags = flags};
    struct sock_addr a = {0};
    struct uio_vec v;
    struct uio u;
    int err = 0;
    ssize_t n;
    struct file *f = socket_get(fd, &err);

    if (!f)
        return err;
    if (addr)
        m.addr = &a;
    one_buffer(&u, &v, buf, len);
    n = socket_recv(f, &m, &u);
    file_put(f);
    if (n >= 0 && addr) {
        err = sock_addr_to_user(&a, addr, addr_len);
        if (err)
            return err;
    }
    return n;
}

/* --- messages --- */

/* The program's struct msghdr and what it refers to, in the kernel. */
struct message {
    struct abi_msghdr h;
    struct uio_vec few[FEW_VECS], *vec;
    struct uio u;
    uint8_t *control; /* of h.msg_controllen bytes, or NULL */
    struct sock_addr addr;
};

static void message_free(struct message *m)
{
    if (m->vec != m->few)
        kfree(m->vec);
    kfree(m->control);
}

static int get_vectors(struct message *m)
{
    size_t n = m->h.msg_iovlen, total = 0;

    m->vec = m->few;
    if (n > UIO_MAXIOV)
        return -EMSGSIZE;
    if (n > FEW_VECS)
        m->vec = kmalloc(n * sizeof(*m->vec));
    if (!m->vec)
        return -ENOMEM;
    if (copy_from_user(m->vec, (const void user *)m->h.msg_iov,
                       n * sizeof(*m->vec)))
        return -EFAULT;
    for (size_t i = 0; i < n; i++) {
        if ((ssize_t)m->vec[i].len < 0)
            return -EINVAL;
        m->vec[i].len = MIN(m->vec[i].len, (size_t)ABI_RW_MAX - total);
        total += m->vec[i].len;
    }
    uio_init(&m->u, m->vec, n, false);
    return 0;
}
static_assert(sizeof(struct uio_vec) == 16, "struct iovec");

/* Room for control messages; those to be sent are copied in. */
static int get_control(struct message *m, bool send)
{
    size_t len = m->h.msg_controllen;

    if (!m->h.msg_control || !len)
        return 0;
    if (send && len > CONTROL_MAX)
        return -ENOBUFS;
    len = MIN(len, (size_t)CONTROL_MAX);
    m->control = kzalloc(len);
    if (!m->control)
        return -ENOBUFS;
    if (send)
        return copy_from_user(m->control, (const void user *)m->h.msg_control,
                              len);
    m->h.msg_controllen = len;
    return 0;
}

static int message_get(struct message *m, const struct abi_msghdr user *from,
                       bool send)
{
    int err;

    m->vec = m->few;
    m->control = NULL;
    m->addr.len = 0;
    if (copy_from_user(&m->h, from, sizeof(m->h)))
        return -EFAULT;
    err = get_vectors(m);
    if (!err)
        err = get_control(m, send);
    if (!err && send && m->h.msg_name && m->h.msg_namelen)
        err = sock_addr_from_user(&m->addr, (const void user *)m->h.msg_name,
                                  MIN(m->h.msg_namelen, SOCK_ADDR_MAX));
    if (err)
        message_free(m);
    return err;
}

static ssize_t send_message(struct file *f, const struct abi_msghdr user *from,
                            unsigned flags)
{
    struct message m;
    struct sock_msg sm = {.flags = flags};
    ssize_t n = message_get(&m, from, true);

    if (n)
        return n;
    sm.addr = m.addr.len ? &m.addr : NULL;
    sm.control = m.control;
    sm.control_len = m.control ? m.h.msg_controllen : 0;
    n = socket_send(f, &sm, &m.u);
    message_free(&m);
    return n;
}

/* Tells the program what came with the data. */
static int message_put(const struct message *m, const struct sock_msg *sm,
                       struct abi_msghdr user *to)
{
    uint64_t used = sm->control_used;
    int err = 0;

    if (m->h.msg_name)
        err = sock_addr_to_user(&m->addr, (void user *)m->h.msg_name,
                                (int user *)&to->msg_namelen);
    if (!err && used)
        err = copy_to_user((void user *)m->h.msg_control, m->control, used);
    if (!err)
        err = put_user(used, &to->msg_controllen);
    if (!err)
        err = put_user((uint32_t)sm->out_flags | (sm->flags & MSG_CMSG_CLOEXEC),
                       &to->msg_flags);
    return err;
}

static ssize_t recv_message(struct file *f, struct abi_msghdr user *to,
                            unsigned flags)
{
    struct message m;
    struct sock_msg sm = {.flags = flags};
    ssize_t n = message_get(&m, to, false);

    if (n)
        return n;
    sm.addr = m.h.msg_name ? &m.addr : NULL;
    sm.control = m.control;
    sm.control_len = m.control ? m.h.msg_controllen : 0;
    n = socket_recv(f, &sm, &m.u);
    if (n >= 0) {
        int err = message_put(&m, &sm, to);

        if (err)
            n = err;
    }
    message_free(&m);
    return n;
}

/* sendmsg(2) */
SYSCALL_DEFINE3(sendmsg, int, fd, const struct abi_msghdr user *, msg, unsigned,
                flags)
{
    int err = 0;
    ssize_t n;
    struct file *f = socket_get(fd, &err);

    if (!f)
        return err;
    n = send_message(f, msg, flags);
    file_put(f);
    return n;
}
SYSCALL_PARTIAL(sendmsg, "MSG_ZEROCOPY copies; raw sockets know no MSG_MORE");

/* recvmsg(2) */
SYSCALL_DEFINE3(recvmsg, int, fd, struct abi_msghdr user *, msg, unsigned,
                flags)
{
    int err = 0;
    ssize_t n;
    struct file *f = socket_get(fd, &err);

    if (!f)
        return err;
    n = recv_message(f, msg, flags);
    file_put(f);
    return n;
}

/* --- many messages --- */

/* struct mmsghdr of sendmmsg(2) */
struct message_entry {
    struct abi_msghdr h;
    uint32_t len, pad;
};
static_assert(sizeof(struct message_entry) == 64, "Linux ABI");

/* sendmmsg(2) */
SYSCALL_DEFINE4(sendmmsg, int, fd, struct message_entry user *, messages,
                unsigned, count, unsigned, flags)
{
    int err = 0;
    unsigned done = 0;
    ssize_t n = 0;
    struct file *f = socket_get(fd, &err);

    if (!f)
        return err;
    count = MIN(count, (unsigned)BATCH_MAX);
    for (; done < count; done++) {
        n = send_message(f, &messages[done].h, flags);
        if (n < 0)
            break;
        n = put_user((uint32_t)n, &messages[done].len);
        if (n)
            break;
    }
    file_put(f);
    return done ? (long)done : n;
}
SYSCALL_PARTIAL(sendmmsg, "as sendmsg");

/* recvmmsg(2): the time limit is looked at between messages, as on Linux. */
SYSCALL_DEFINE5(recvmmsg, int, fd, struct message_entry user *, messages,
                unsigned, count, unsigned, flags, struct abi_timespec user *,
                timeout)
{
    uint64_t deadline = UINT64_MAX;
    unsigned done = 0;
    ssize_t n = 0;
    struct file *f;
    int err;

    err = deadline_of_timeout(timeout, &deadline);
    if (err)
        return err;
    f = socket_get(fd, &err);
    if (!f)
        return err;
    count = MIN(count, (unsigned)BATCH_MAX);
    while (done < count) {
        n = recv_message(f, &messages[done].h, flags & ~MSG_WAITFORONE);
        if (n < 0)
            break;
        n = put_user((uint32_t)n, &messages[done].len);
        if (n)
            break;
        done++;
        if (flags & MSG_WAITFORONE)
            flags |= MSG_DONTWAIT;
        if (timeout && clock_monotonic_ns() >= deadline)
            break;
    }
    file_put(f);
    return timeout_put_left(timeout, deadline, done ? (long)done : n);
}
