// SPDX-License-Identifier: MIT
/*
 * socket: see the header. The protocols' operations never block; here a call
 * that would is made again after each wake-up.
 */
#include "net/kern/socket.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "abi/packet.h"
#include "abi/poll.h"
#include "abi/stat.h"
#include "kernel/clock.h"
#include "kernel/cred.h"
#include "kernel/kmalloc.h"
#include "kernel/sched.h"
#include "kernel/doctor.h"
#include "kernel/signal.h"
#include "kernel/thread.h"
#include "kernel/uaccess.h"
#include "kernel/wait.h"
#include "net/kern/filter.h"
#include "net/kern/net.h"
#include "net/kern/ring.h"
#include "net/kern/unix.h"
#include "net/unix.h"
#include "vfs/file.h"

#define READABLE (POLLIN | POLLERR | POLLHUP | POLLRDHUP)
#define WRITABLE (POLLOUT | POLLERR | POLLHUP)

struct socket {
    struct sock *sk; /* a reference */
    struct wait_queue readable, writable;
    unsigned room_wakes;    /* how often writable was woken */
    struct wait_queue turn; /* for sk->sending and sk->receiving to end */
    unsigned turn_waiters;  /* counted with the stack locked */
};

/* The caller's buffers as the protocols see them. */
struct user_data {
    struct sock_data data;
    struct uio *u;
};

static size_t move_in(struct sock_data *d, void *p, size_t n)
{
    struct user_data *ud = container_of(d, struct user_data, data);

    n = uio_get(ud->u, p, n);
    d->left = ud->u->left;
    return n;
}

static size_t move_out(struct sock_data *d, void *p, size_t n)
{
    struct user_data *ud = container_of(d, struct user_data, data);

    n = uio_put(ud->u, p, n);
    d->left = ud->u->left;
    return n;
}

static struct socket *socket_of(const struct file *f)
{
    return f->private;
}

/* --- waiting --- */

static void wake(struct wait_queue *q)
{
    if (!list_empty(&q->waiters))
        wait_queue_wake_all(q);
}

void socket_ready(struct socket *so, unsigned events)
{
    if (events & READABLE)
        wake(&so->readable);
    if (events & WRITABLE) {
        so->room_wakes++;
        wake(&so->writable);
    }
}

static unsigned events_now(struct socket *so)
{
    struct netstack *s = so->sk->stack;
    unsigned events;

    netstack_lock(s);
    events = so->sk->ops->poll(so->sk);
    netstack_unlock(s);
    return events;
}

static uint64_t deadline_of(uint64_t timeout_ns)
{
    return timeout_ns ? clock_monotonic_ns() + timeout_ns : WAIT_FOREVER;
}

/* What a wait that ended so means to the caller: 0: ready; -EAGAIN: the
 * socket's own time limit passed; -ERESTARTSYS, or -EINTR when there is a
 * limit, as signal(7) says. */
static int waited(int err, uint64_t deadline)
{
    if (err == -ETIMEDOUT)
        return -EAGAIN;
    return err && deadline != WAIT_FOREVER ? -EINTR : err;
}

/* What ends a wait to send or to receive. What lies in the error queue does
 * not: poll alone tells of it. */
static unsigned ready_now(struct socket *so, unsigned wanted)
{
    struct sock *sk = so->sk;
    unsigned events;

    netstack_lock(sk->stack);
    events = sk->ops->poll(sk);
    if (unlikely(sk->errors.first) && !sk->error)
        events &= ~(unsigned)POLLERR;
    netstack_unlock(sk->stack);
    return events & wanted;
}

static int wait_ready(struct socket *so, bool in, uint64_t deadline)
{
    struct wait_queue *q = in ? &so->readable : &so->writable;
    unsigned wanted = in ? READABLE : WRITABLE;

    return waited(wait_event(q, ready_now(so, wanted), deadline), deadline);
}

static bool peekable_now(struct socket *so)
{
    struct netstack *s = so->sk->stack;
    bool yes;

    netstack_lock(s);
    yes = so->sk->ops->peekable(so->sk);
    netstack_unlock(s);
    return yes;
}

/* For MSG_PEEK, which found nothing: with SO_PEEK_OFF the socket may be
 * readable all the same. */
static int wait_peekable(struct socket *so, uint64_t deadline)
{
    if (so->sk->peek_off < 0)
        return wait_ready(so, true, deadline);
    return waited(wait_event(&so->readable, peekable_now(so), deadline),
                  deadline);
}

/* Waits for what WRITABLE does not tell of (sock_msg.wait_wake): for writable
 * to be woken since `seen`. */
static int wait_room(struct socket *so, unsigned seen, uint64_t deadline)
{
    int err = wait_event(
        &so->writable, *(volatile unsigned *)&so->room_wakes != seen, deadline);

    return waited(err, deadline);
}

/* Takes the lock and the right to be the only one in send or recv. */
static void turn_begin(struct socket *so, bool *busy)
{
    struct netstack *s = so->sk->stack;

    netstack_lock(s);
    while (unlikely(*busy)) {
        so->turn_waiters++;
        netstack_unlock(s);
        /* The other one only copies: not long, so signals may wait. */
        wait_event_by(&so->turn, !*(volatile bool *)busy, (sched_sleep(), 0));
        netstack_lock(s);
        so->turn_waiters--;
    }
    *busy = true;
}

static void turn_end(struct socket *so, bool *busy)
{
    *busy = false;
    netstack_unlock(so->sk->stack);
    if (unlikely(so->turn_waiters)) /* for this turn or for the other one */
        wait_queue_wake_all(&so->turn);
}

/* The protocol's connect, with no thread in the middle of send or recv: it may
 * free what they copy from or to (AF_UNSPEC). */
static int connect_alone(struct socket *so, const struct sock_addr *a)
{
    struct sock *sk = so->sk;
    int err;

    turn_begin(so, &sk->receiving);
    netstack_unlock(sk->stack);
    turn_begin(so, &sk->sending);
    netstack_update_now(sk->stack);
    err = sk->ops->connect(sk, a);
    turn_end(so, &sk->sending);
    netstack_lock(sk->stack);
    turn_end(so, &sk->receiving);
    return err;
}

/* --- data --- */

static ssize_t send_all(struct socket *so, struct sock_msg *m)
{
    struct sock *sk = so->sk;
    uint64_t deadline = 0; /* not known yet */
    ssize_t total = 0, n;
    unsigned wakes;

    for (;;) {
        turn_begin(so, &sk->sending);
        wakes = so->room_wakes;
        n = sk->ops->send(sk, m);
        turn_end(so, &sk->sending);
        if (n > 0)
            total += n;
        if (n >= 0 && (sk->type != SOCK_STREAM || !m->data->left || n == 0))
            return total;
        if (n >= 0)
            continue;
        if (n == -ENETUNREACH && net_wait_configured())
            continue;
        if (n == -EAGAIN && !(m->flags & MSG_DONTWAIT)) {
            if (!deadline)
                deadline = deadline_of(sk->sndtimeo_ns);
            n = m->wait_wake ? wait_room(so, wakes, deadline)
                             : wait_ready(so, false, deadline);
        }
        if (n == 0)
            continue;
        if (total || m->done) {
            if (sk->ops->sent_part) {
                turn_begin(so, &sk->sending);
                sk->ops->sent_part(sk, m);
                turn_end(so, &sk->sending);
            }
            return total ? total : (ssize_t)m->done;
        }
        if (n == -EPIPE && sk->type == SOCK_STREAM &&
            !(m->flags & MSG_NOSIGNAL))
            signal_send_pipe();
        if (n == -EOPNOTSUPP && (m->flags & MSG_MORE))
            doctor_refused("sendto", "flags=0x%x (MSG_MORE)", MSG_MORE);
        return n;
    }
}

/* With what AF_UNIX has besides data: paths, descriptors, credentials. */
static ssize_t unix_send(struct socket *so, struct sock_msg *m)
{
    struct sock_creds creds;
    ssize_t n = 0;

    if (m->control)
        n = scm_get(so->sk->stack, m, &creds);
    if (!n && m->addr && so->sk->type == SOCK_DGRAM)
        n = unix_path_get(m->addr);
    if (!n)
        n = send_all(so, m);
    if (m->addr)
        unix_path_put(m->addr);
    scm_drop(m);
    return n;
}

ssize_t socket_send(struct file *f, struct sock_msg *m, struct uio *u)
{
    struct socket *so = socket_of(f);
    struct user_data ud = {{u->left, move_in}, u};
    ssize_t n;

    m->data = &ud.data;
    if (f->flags & O_NONBLOCK)
        m->flags |= MSG_DONTWAIT;
    if (unlikely(so->sk->family == AF_NETLINK))
        net_wait_configured(); /* an answer without the address is no use */
    n = so->sk->family == AF_UNIX && (m->control || m->addr) ? unix_send(so, m)
                                                             : send_all(so, m);
    m->data = NULL;
    return n;
}

static ssize_t recv_all(struct socket *so, struct sock_msg *m)
{
    struct sock *sk = so->sk;
    bool all = m->flags & MSG_WAITALL && sk->type == SOCK_STREAM &&
               !(m->flags & MSG_PEEK);
    uint64_t deadline = 0;
    ssize_t total = 0, n;

    for (;;) {
        turn_begin(so, &sk->receiving);
        n = sk->ops->recv(sk, m);
        turn_end(so, &sk->receiving);
        if (n >= 0) {
            total += n;
            if (!all || n == 0 || !m->data->left || m->rights)
                return total;
            continue;
        }
        if (n == -EAGAIN && !(m->flags & (MSG_DONTWAIT | MSG_ERRQUEUE))) {
            if (!deadline)
                deadline = deadline_of(sk->rcvtimeo_ns);
            n = m->flags & MSG_PEEK ? wait_peekable(so, deadline)
                                    : wait_ready(so, true, deadline);
        }
        if (n)
            return total ? total : n;
    }
}

ssize_t socket_recv(struct file *f, struct sock_msg *m, struct uio *u)
{
    struct user_data ud = {{u->left, move_out}, u};
    ssize_t n;

    m->data = &ud.data;
    if (f->flags & O_NONBLOCK)
        m->flags |= MSG_DONTWAIT;
    n = recv_all(socket_of(f), m);
    if (unlikely(m->rights))
        scm_put(m);
    m->data = NULL;
    return n;
}

static ssize_t file_op_read(struct file *f, struct uio *u, uint64_t *pos)
{
    struct sock_msg m = {.flags = u->nowait ? MSG_DONTWAIT : 0};

    (void)pos;
    if (!u->left)
        return 0;
    return socket_recv(f, &m, u);
}

static ssize_t file_op_write(struct file *f, struct uio *u, uint64_t *pos)
{
    struct sock_msg m = {.flags = u->nowait ? MSG_DONTWAIT : 0};

    (void)pos;
    return socket_send(f, &m, u);
}

/* --- the file --- */

static unsigned file_op_poll(struct file *f, struct poll_table *t)
{
    struct socket *so = socket_of(f);

    poll_wait(t, &so->readable); /* of errors, too */
    poll_wait_for(t, &so->writable, POLLOUT | POLLWRNORM);
    return events_now(so);
}

static long file_op_ioctl(struct file *f, unsigned cmd, uintptr_t arg)
{
    struct sock *sk = socket_of(f)->sk;
    struct netstack *s = sk->stack;
    long value = netdev_ioctl(s, cmd, arg);
    int v;

    if (value != -ENOTTY)
        return value;
    netstack_lock(s);
    if (sk->ops->ioctl)
        value = sk->ops->ioctl(sk, cmd);
    netstack_unlock(s);
    if (value < 0)
        return value;
    v = (int)value;
    return copy_to_user((void user *)arg, &v, sizeof(v));
}

static bool lingers(struct sock *sk)
{
    return *(volatile bool *)&sk->lingering;
}

static void file_op_release(struct file *f)
{
    struct socket *so = socket_of(f);
    struct sock *sk = so->sk;
    struct netstack *s = sk->stack;
    uint64_t limit = (uint64_t)sk->linger_s * NSEC_PER_SEC;
    bool wait = sk->options & SOCK_OPT_LINGER && limit;
    void *node;

    netstack_lock(s);
    sock_get(sk); /* for the wait */
    sk->ops->close(sk);
    wait = wait && lingers(sk);
    netstack_unlock(s);
    if (wait)
        wait_event(&so->writable, !lingers(sk), deadline_of(limit));
    netstack_lock(s);
    sk->owner = NULL;
    node = sk->family == AF_UNIX ? unix_take_node(sk) : NULL;
    sock_put(sk);
    netstack_unlock(s);
    if (node)
        vnode_put(node);
    kfree(so);
    unix_reap(s);
}

static const struct file_ops socket_file_ops = {
    .read = file_op_read,
    .write = file_op_write,
    .poll = file_op_poll,
    .ioctl = file_op_ioctl,
    .release = file_op_release,
};

bool file_is_socket(const struct file *f)
{
    return f->ops == &socket_file_ops;
}

struct sock *socket_sock(const struct file *f)
{
    return file_is_socket(f) ? socket_of(f)->sk : NULL;
}

/* Takes sk's reference in any case. */
static int file_of_sock(struct sock *sk, uint32_t flags, struct file **file)
{
    struct socket *so = kmalloc(sizeof(*so));
    struct netstack *s = sk->stack;

    if (!so)
        goto close;
    so->sk = sk;
    so->turn_waiters = 0;
    so->room_wakes = 0;
    wait_queue_init(&so->readable);
    wait_queue_init(&so->writable);
    wait_queue_init(&so->turn);
    *file = file_create_anonymous(S_IFSOCK | 0777, &socket_file_ops,
                                  O_RDWR | (flags & O_NONBLOCK), so);
    if (!*file)
        goto close;
    netstack_lock(s);
    sk->owner = so;
    sk->ino = (*file)->vnode->ino;
    netstack_unlock(s);
    return 0;

close:
    kfree(so);
    netstack_lock(s);
    sk->ops->close(sk);
    netstack_unlock(s);
    unix_reap(s);
    return -ENOMEM;
}

/* --- calls --- */

static bool needs_net_raw(int family, int type)
{
    return family == AF_PACKET ||
           (type == SOCK_RAW && (family == AF_INET || family == AF_INET6));
}

int socket_create(int family, int type, int protocol, struct file **file)
{
    struct netstack *s = &net_stack;
    const struct cred *c = cred_current();
    struct sock *sk;
    int err;

    if (needs_net_raw(family, type & ABI_SOCK_TYPE_MASK) &&
        !cred_has(c, CAP_NET_RAW))
        return -EPERM;
    netstack_lock(s);
    err = sock_create(s, family, type & ABI_SOCK_TYPE_MASK, protocol, &sk);
    if (!err)
        sk->uid = c->fsuid;
    netstack_unlock(s);
    if (err)
        return err;
    return file_of_sock(sk, type & SOCK_NONBLOCK ? O_NONBLOCK : 0, file);
}

int socket_create_pair(int family, int type, int protocol,
                       struct file *files[2])
{
    struct netstack *s = &net_stack;
    int err = socket_create(family, type, protocol, &files[0]);

    if (err)
        return err;
    if (family != AF_UNIX)
        err = -EOPNOTSUPP;
    else
        err = socket_create(family, type, protocol, &files[1]);
    if (err) {
        file_put(files[0]);
        return err;
    }
    netstack_lock(s);
    unix_pair(socket_of(files[0])->sk, socket_of(files[1])->sk);
    netstack_unlock(s);
    return 0;
}

int socket_bind(struct file *f, const struct sock_addr *a)
{
    struct sock *sk = socket_of(f)->sk;
    int err;

    if (sk->family == AF_UNIX && unix_is_path(a))
        return unix_path_bind(sk, a, f->vnode->mode);

    do {
        netstack_lock(sk->stack);
        err = sk->ops->bind ? sk->ops->bind(sk, a) : -EOPNOTSUPP;
        netstack_unlock(sk->stack);
    } while (err == -EADDRNOTAVAIL && net_wait_configured());
    return err;
}

/* The answer of a connection that was begun. */
static int wait_connected(struct socket *so, const struct sock_addr *a)
{
    struct sock *sk = so->sk;
    int err = wait_ready(so, false, deadline_of(sk->sndtimeo_ns));

    if (err == -EAGAIN)
        return -EINPROGRESS;
    if (err)
        return err;
    /* Asked again, it says how it went. */
    err = connect_alone(so, a);
    return err == -EISCONN ? 0 : err;
}

/* Waits while the listening socket has no room. */
static int unix_connect(struct socket *so, struct sock_addr *a, bool nonblock)
{
    struct sock *sk = so->sk;
    uint64_t deadline = deadline_of(sk->sndtimeo_ns);
    int err = unix_path_get(a);

    while (!err) {
        unsigned wakes = so->room_wakes;

        netstack_lock(sk->stack);
        err = sk->ops->connect(sk, a);
        netstack_unlock(sk->stack);
        if (err != -EAGAIN || nonblock)
            break;
        err = wait_room(so, wakes, deadline);
    }
    unix_path_put(a);
    unix_reap(sk->stack);
    return err;
}

int socket_connect(struct file *f, struct sock_addr *a)
{
    struct socket *so = socket_of(f);
    struct sock *sk = so->sk;
    bool nonblock = f->flags & O_NONBLOCK;
    int err;

    if (sk->family == AF_UNIX)
        return unix_connect(so, a, nonblock);

    if (!sk->ops->connect)
        return -EOPNOTSUPP;
    do {
        err = connect_alone(so, a);
    } while (err == -ENETUNREACH && net_wait_configured());
    /* -EALREADY: another call has begun it, and this one waits with it. */
    if ((err == -EINPROGRESS || err == -EALREADY) && !nonblock)
        err = wait_connected(so, a);
    return err;
}

int socket_listen(struct file *f, int backlog)
{
    struct sock *sk = socket_of(f)->sk;
    int err;

    netstack_lock(sk->stack);
    err = sk->ops->listen ? sk->ops->listen(sk, backlog) : -EOPNOTSUPP;
    netstack_unlock(sk->stack);
    return err;
}

int socket_accept(struct file *f, uint32_t flags, struct file **child,
                  struct sock_addr *a)
{
    struct socket *so = socket_of(f);
    struct sock *sk = so->sk, *new_sk;
    uint64_t deadline = 0;
    int err;

    for (;;) {
        netstack_lock(sk->stack);
        err = sk->ops->accept ? sk->ops->accept(sk, &new_sk) : -EOPNOTSUPP;
        if (!err && a && new_sk->ops->name(new_sk, true, a))
            a->len = 0; /* it is gone already */
        netstack_unlock(sk->stack);
        if (err != -EAGAIN || f->flags & O_NONBLOCK)
            break;
        if (!deadline)
            deadline = deadline_of(sk->rcvtimeo_ns);
        err = wait_ready(so, true, deadline);
        if (err)
            break;
    }
    return err ? err : file_of_sock(new_sk, flags, child);
}

int socket_shutdown(struct file *f, int how)
{
    struct sock *sk = socket_of(f)->sk;
    int err;

    netstack_lock(sk->stack);
    netstack_update_now(sk->stack);
    err = sk->ops->shutdown(sk, how);
    netstack_unlock(sk->stack);
    return err;
}

int socket_name(struct file *f, bool peer, struct sock_addr *a)
{
    struct sock *sk = socket_of(f)->sk;
    int err;

    netstack_lock(sk->stack);
    err = sk->ops->name(sk, peer, a);
    netstack_unlock(sk->stack);
    return err;
}

int socket_set_option(struct file *f, int level, int name, const void *value,
                      size_t len)
{
    struct socket *so = socket_of(f);
    struct sock *sk = so->sk;
    bool sends = level == SOL_UDP && name == UDP_CORK;
    int err = -ENOPROTOOPT;

    if (level == SOL_SOCKET && name == SO_ATTACH_FILTER)
        return filter_attach(sk, value, len);
    if (sends)
        turn_begin(so, &sk->sending);
    else
        netstack_lock(sk->stack);
    if (sk->ops->set_option)
        err = sk->ops->set_option(sk, level, name, value, len);
    if (err == -ENOPROTOOPT && level == SOL_SOCKET)
        err = sock_set_option(sk, name, value, len);
    if (sends)
        turn_end(so, &sk->sending);
    else
        netstack_unlock(sk->stack);
    if (!err && level == SOL_PACKET &&
        (name == PACKET_RX_RING || name == PACKET_TX_RING))
        ring_make_mappable(f);
    return err;
}

int socket_get_option(struct file *f, int level, int name, void *value,
                      size_t *len)
{
    struct sock *sk = socket_of(f)->sk;
    int err = -ENOPROTOOPT;

    netstack_lock(sk->stack);
    if (sk->ops->get_option)
        err = sk->ops->get_option(sk, level, name, value, len);
    if (err == -ENOPROTOOPT && level == SOL_SOCKET)
        err = sock_get_option(sk, name, value, len);
    netstack_unlock(sk->stack);
    return err;
}
