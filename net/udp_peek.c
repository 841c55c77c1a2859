// SPDX-License-Identifier: MIT
/* udp_peek: SO_PEEK_OFF of socket(7): MSG_PEEK goes on where the last one
 * ended, also in the next datagram. */
#include "abi/errno.h"
#include "net/stack.h"
#include "net/udp_priv.h"

/* The datagram at the offset, and how far into it that is. One that is empty
 * is shown once. */
static struct netbuf *find(const struct sock *sk, size_t *skip)
{
    struct netbuf *nb = udp_of((struct sock *)sk)->dgram.queue.first;

    *skip = (size_t)MAX(sk->peek_off, 0);
    for (; nb; nb = nb->next) {
        if (*skip < nb->len ||
            (!nb->len && !*skip && !(nb->flags & NETBUF_PEEKED)))
            break;
        *skip -= nb->len;
    }
    return nb;
}

bool udp_peekable(struct sock *sk)
{
    size_t skip;

    return sk->error || sk->shut & 1 << SHUT_RD || find(sk, &skip);
}

static ssize_t peek(struct sock *sk, struct sock_msg *m)
{
    struct netbuf *nb;
    size_t skip;
    ssize_t n;

    if (sk->error)
        return sock_take_error(sk);
    nb = find(sk, &skip);
    if (!nb)
        return sk->shut & 1 << SHUT_RD ? 0 : -EAGAIN;
    nb->flags |= NETBUF_PEEKED;
    if (m->addr)
        dgram_put_addr(sk, m, nb);
    if (m->control)
        dgram_put_controls(sk, m, nb);
    if (m->data->left < nb->len - skip)
        m->out_flags |= MSG_TRUNC;
    n = dgram_copy(sk, nb, skip, m->data);
    if (n >= 0 && m->flags & MSG_TRUNC)
        n = nb->len;
    if (n > 0 && sk->peek_off >= 0)
        sk->peek_off += (int32_t)n;
    return n;
}

ssize_t udp_recv_at_offset(struct sock *sk, struct sock_msg *m)
{
    bool special = m->flags & (MSG_OOB | MSG_ERRQUEUE);
    ssize_t n;

    if (m->flags & MSG_PEEK && !special)
        return peek(sk, m);
    n = udp_of(sk)->gro ? udp_recv_joined(sk, m) : dgram_recv(sk, m);
    if (n > 0 && !special)
        sock_peek_back(sk, (size_t)n);
    return n;
}
