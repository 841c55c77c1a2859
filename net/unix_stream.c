// SPDX-License-Identifier: MIT
/* unix_stream: sending and receiving on AF_UNIX streams. */
#include "abi/errno.h"
#include "abi/poll.h"
#include "net/unix_priv.h"

#define MSG_MAX 32768 /* bytes in one message; more are sent as several */

static bool may_send(const struct unix_sock *u)
{
    const struct unix_sock *peer = u->peer;

    return !(u->sk.shut & 1 << SHUT_WR) && peer && !peer->sk.closed &&
           !(peer->sk.shut & 1 << SHUT_RD);
}

/* One message; how many bytes are in it, or an error. */
static ssize_t send_one(struct unix_sock *u, struct sock_msg *m)
{
    size_t len = MIN(m->data->left, (size_t)MSG_MAX);
    struct unix_msg *msg;
    int err;

    if (!may_send(u))
        return -EPIPE;
    if (u->sk.wmem >= u->sk.sndbuf)
        return -EAGAIN;
    len = MIN(len, (size_t)u->sk.sndbuf / 2 - 64);
    err = unix_msg_make(u, m, len, &msg);
    if (err)
        return err;
    if (unlikely(!may_send(u))) { /* since then */
        unix_msg_put(u->sk.stack, msg);
        return -EPIPE;
    }
    unix_queue_put(u->peer, msg, m);
    return (ssize_t)len;
}

ssize_t unix_stream_send(struct sock *sk, struct sock_msg *m)
{
    struct unix_sock *u = unix_of(sk);
    ssize_t total = 0, n;

    if (unlikely(m->flags & MSG_OOB))
        return -EOPNOTSUPP;
    if (unlikely(m->addr))
        return u->state == UNIX_CONNECTED ? -EISCONN : -EOPNOTSUPP;
    if (sk->shut & 1 << SHUT_WR)
        return -EPIPE;
    if (u->state != UNIX_CONNECTED)
        return -ENOTCONN;
    while (m->data->left) {
        n = send_one(u, m);
        if (n < 0)
            return total ? total : n;
        total += n;
    }
    return total;
}

static bool same_sender(const struct sock_creds *a, const struct sock_creds *b)
{
    return a->pid == b->pid && a->uid == b->uid && a->gid == b->gid;
}

static ssize_t nothing_there(struct unix_sock *u)
{
    if (u->sk.error)
        return sock_take_error(&u->sk);
    return u->sk.shut & 1 << SHUT_RD ? 0 : -EAGAIN;
}

/* Takes what was read of the first message off. */
static void consume(struct unix_sock *u, struct unix_msg *msg, size_t n)
{
    unix_msg_consume(msg, n);
    if (!msg->len)
        unix_msg_put(u->sk.stack, unix_queue_get(u));
}

/*
 * Messages are joined, but not those of different senders when the receiver
 * wants to know who it was, and nothing is joined to what came with files.
 */
static force_inline ssize_t recv_at(struct sock *sk, struct sock_msg *m,
                                    bool at_offset)
{
    struct unix_sock *u = unix_of(sk);
    bool peek = m->flags & MSG_PEEK;
    struct unix_msg *msg, *next;
    struct sock_creds creds;
    size_t total = 0, skip = 0, want, n;

    if (u->state != UNIX_CONNECTED)
        return -EINVAL;
    if (unlikely(m->flags & MSG_OOB))
        return -EINVAL;
    msg = at_offset && peek ? unix_peek_find(u, &skip) : u->queue.first;
    if (!msg)
        return nothing_there(u);
    for (; msg; msg = next) {
        if (unlikely(total && u->pass_creds &&
                     !same_sender(&creds, &msg->creds)))
            break;
        creds = msg->creds;
        want = MIN((size_t)msg->len - skip, m->data->left);
        n = want ? unix_msg_copy(u, msg, skip, m->data, want) : 0;
        skip = 0;
        if (n < want && !n && !total)
            return -EFAULT;
        if (!total)
            unix_msg_tell(u, msg, m);
        if (unlikely(msg->rights))
            unix_msg_give(u, msg, m);
        total += n;
        next = msg->next;
        if (!peek)
            consume(u, msg, n);
        if (n < want || !m->data->left || m->rights)
            break;
    }
    return (ssize_t)total;
}

ssize_t unix_stream_recv(struct sock *sk, struct sock_msg *m)
{
    return recv_at(sk, m, false);
}

ssize_t unix_stream_recv_at_offset(struct sock *sk, struct sock_msg *m)
{
    ssize_t n = recv_at(sk, m, true);

    if (n > 0 && !(m->flags & MSG_PEEK))
        sock_peek_back(sk, (size_t)n);
    else if (n > 0 && sk->peek_off >= 0)
        sk->peek_off += (int32_t)n;
    return n;
}
