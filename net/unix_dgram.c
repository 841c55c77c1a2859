// SPDX-License-Identifier: MIT
/* unix_dgram: AF_UNIX sockets that keep the bounds of messages: SOCK_DGRAM and
 * SOCK_SEQPACKET. */
#include "abi/errno.h"
#include "abi/poll.h"
#include "net/unix_priv.h"

/* --- sending --- */

static bool is_full(const struct unix_sock *u)
{
    return u->queue.count > UNIX_QUEUE_MAX;
}

/* The connection of a datagram socket ends: what the peer had sent is no
 * longer of this world. */
static void disconnect(struct unix_sock *u)
{
    struct unix_sock *old = u->peer;

    unix_queue_purge(u);
    u->state = UNIX_CLOSED;
    if (old && old->peer == u && !old->sk.closed)
        sock_set_error(&old->sk, ECONNRESET);
    unix_set_peer(u, NULL);
}

/* Where a message goes: a reference. */
static int find_receiver(struct unix_sock *u, const struct sock_msg *m,
                         struct unix_sock **to)
{
    int err;

    if (m->addr && unix_is_dgram(u)) {
        err = unix_find(u, m->addr, to);
        if (err)
            return err;
    } else {
        *to = u->peer;
        if (!*to || (!unix_is_dgram(u) && u->state != UNIX_CONNECTED))
            return -ENOTCONN;
    }
    sock_get(&(*to)->sk);
    return 0;
}

/* Whether `to` takes a message of u now; -EAGAIN: it is full. */
static int receiver_takes(struct unix_sock *u, struct unix_sock *to)
{
    if (to->peer && to->peer != u && unix_is_dgram(u))
        return -EPERM;
    if (to->sk.closed) {
        if (!unix_is_dgram(u))
            return -EPIPE;
        if (u->peer == to)
            disconnect(u);
        return -ECONNREFUSED;
    }
    if (to->sk.shut & 1 << SHUT_RD)
        return -EPIPE;
    return to != u && to->peer != u && is_full(to) ? -EAGAIN : 0;
}

static int send_check(struct unix_sock *u, size_t len)
{
    if (u->sk.error)
        return sock_take_error(&u->sk);
    if (u->sk.shut & 1 << SHUT_WR)
        return -EPIPE;
    if (len > u->sk.sndbuf - 32)
        return -EMSGSIZE;
    return u->sk.wmem < u->sk.sndbuf ? 0 : -EAGAIN;
}

/* Asks to be woken when `to` has room. */
static int wait_for(struct unix_sock *u, struct unix_sock *to,
                    struct sock_msg *m)
{
    int err = unix_wait_add(u, to);

    m->wait_wake = true;
    return err ? err : -EAGAIN;
}

static ssize_t send_to(struct unix_sock *u, struct unix_sock *to,
                       struct sock_msg *m)
{
    size_t len = m->data->left;
    struct unix_msg *msg;
    int err = receiver_takes(u, to);

    if (!err)
        err = send_check(u, len);
    else if (err == -EAGAIN)
        return wait_for(u, to, m);
    if (!err)
        err = unix_msg_make(u, m, len, &msg);
    if (err)
        return err;
    err = receiver_takes(u, to);
    if (unlikely(err && err != -EAGAIN)) {
        unix_msg_put(u->sk.stack, msg);
        return err;
    }
    /* One message more than its limit does no harm; the data was taken. */
    unix_queue_put(to, msg, m);
    return (ssize_t)len;
}

ssize_t unix_dgram_send(struct sock *sk, struct sock_msg *m)
{
    struct unix_sock *u = unix_of(sk), *to;
    ssize_t n;
    int err = 0;

    m->wait_wake = false;
    if (unlikely(m->flags & MSG_OOB))
        return -EOPNOTSUPP;
    if (u->pass_creds)
        err = unix_autobind(u);
    if (!err)
        err = find_receiver(u, m, &to);
    if (err)
        return err;
    n = send_to(u, to, m);
    sock_put(&to->sk);
    return n;
}

/* --- receiving --- */

static ssize_t nothing_there(const struct unix_sock *u, unsigned flags)
{
    if (!(u->sk.shut & 1 << SHUT_RD))
        return -EAGAIN;
    /* So is Linux: only who would wait learns of the end. */
    return unix_is_dgram(u) && flags & MSG_DONTWAIT ? -EAGAIN : 0;
}

static force_inline ssize_t recv_at(struct sock *sk, struct sock_msg *m,
                                    bool at_offset)
{
    struct unix_sock *u = unix_of(sk);
    bool peek = m->flags & MSG_PEEK;
    size_t want, skip = 0, n = 0;
    struct unix_msg *msg;
    ssize_t result;

    if (!unix_is_dgram(u) && u->state != UNIX_CONNECTED)
        return -ENOTCONN;
    if (unlikely(m->flags & MSG_OOB))
        return -EOPNOTSUPP;
    if (unlikely(sk->error))
        return sock_take_error(sk);
    msg = at_offset && peek ? unix_peek_find(u, &skip) : u->queue.first;
    if (!msg)
        return nothing_there(u, m->flags);
    if (peek)
        msg->refs++;
    else
        unix_queue_get(u);
    want = MIN((size_t)msg->len - skip, m->data->left);
    if (want < msg->len - skip)
        m->out_flags |= MSG_TRUNC;
    unix_msg_tell(u, msg, m);
    if (unlikely(msg->rights))
        unix_msg_give(u, msg, m);
    if (want)
        n = unix_msg_copy(u, msg, skip, m->data, want);
    result = (ssize_t)(m->flags & MSG_TRUNC ? msg->len - skip : want);
    if (at_offset && !peek)
        sock_peek_back(sk, msg->len);
    else if (at_offset && n == want)
        msg->peeked = true;
    if (at_offset && peek && n == want && sk->peek_off >= 0)
        sk->peek_off += (int32_t)want;
    unix_msg_put(sk->stack, msg);
    return n < want ? -EFAULT : result;
}

ssize_t unix_dgram_recv(struct sock *sk, struct sock_msg *m)
{
    return recv_at(sk, m, false);
}

ssize_t unix_dgram_recv_at_offset(struct sock *sk, struct sock_msg *m)
{
    return recv_at(sk, m, true);
}

/* --- the rest --- */

int unix_dgram_connect(struct unix_sock *u, const struct sock_addr *a)
{
    struct unix_sock *other;
    int err;

    if (a->len >= UNIX_NAME_AT && a->family == AF_UNSPEC) {
        if (u->peer)
            disconnect(u);
        return 0;
    }
    err = unix_check_addr(a);
    if (!err && u->pass_creds)
        err = unix_autobind(u);
    if (!err)
        err = unix_find(u, a, &other);
    if (err)
        return err;
    if (other->peer && other->peer != u)
        return -EPERM;
    if (u->peer && u->peer != other)
        disconnect(u);
    unix_set_peer(u, other);
    u->state = UNIX_CONNECTED;
    return 0;
}

/* Whether the next send would not wait. */
static bool may_send(struct unix_sock *u)
{
    struct unix_sock *peer = u->peer;

    if (!unix_writable(u))
        return false;
    if (!peer || peer->sk.closed || peer->peer == u || !is_full(peer))
        return true;
    return unix_wait_add(u, peer) != 0;
}

unsigned unix_dgram_poll(struct sock *sk)
{
    struct unix_sock *u = unix_of(sk);
    unsigned events = 0;

    if (sk->error)
        events |= POLLERR;
    if (sk->shut & 1 << SHUT_RD)
        events |= POLLRDHUP | POLLIN | POLLRDNORM;
    if (sk->shut == (1 << SHUT_RD | 1 << SHUT_WR))
        events |= POLLHUP;
    if (u->queue.first)
        events |= POLLIN | POLLRDNORM;
    if (!unix_is_dgram(u) && u->state == UNIX_CLOSED)
        events |= POLLHUP;
    if (may_send(u))
        events |= POLLOUT | POLLWRNORM | POLLWRBAND;
    return events;
}
