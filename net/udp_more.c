// SPDX-License-Identifier: MIT
/* udp_more: a datagram that is put together from several sends (MSG_MORE and
 * UDP_CORK of udp(7)). The first says where it goes and how. */
#include "abi/errno.h"
#include "net/ip_priv.h"
#include "net/stack.h"
#include "net/udp_priv.h"

#define ROOM_MIN 2048u

struct udp_more {
    struct netbuf *nb; /* what there is; its tailroom grows */
    struct ip_path path;
    struct dgram_control control;
    uint16_t port;
};

void udp_drop_more(struct sock *sk)
{
    struct udp_sock *u = udp_of(sk);
    struct udp_more *more = u->more;

    if (!more)
        return;
    u->more = NULL;
    udp_choose_ops(u);
    netbuf_free(sk->stack, more->nb);
    ip_path_release(sk->stack, &more->path);
    dgram_control_done(sk, &more->control);
    net_env_free(sk->stack, more);
}

static int begin(struct sock *sk, const struct sock_msg *m)
{
    struct udp_more *more = net_env_alloc(sk->stack, sizeof(*more));
    struct udp_sock *u = udp_of(sk);
    struct netaddr to;
    int err;

    if (!more)
        return -ENOBUFS;
    memset(more, 0, sizeof(*more));
    u->more = more;
    err = udp_destination(sk, m, &to, &more->port);
    if (!err)
        err = sock_take_error(sk);
    if (!err)
        err = dgram_control_get(sk, m, &more->control);
    if (!err && !sk->use.port)
        err = udp_autobind(sk);
    if (!err)
        err = dgram_control_path(sk, &more->control, &to, &more->path);
    if (!err && more->path.broadcast && !(sk->options & SOCK_OPT_BROADCAST))
        err = -EACCES;
    if (err)
        udp_drop_more(sk);
    else
        udp_choose_ops(u);
    return err;
}

/* Room for so many bytes more. */
static int make_room(struct netstack *s, struct udp_more *more, size_t n)
{
    struct netbuf *nb = more->nb, *larger;
    size_t have = nb ? nb->len : 0;

    if (nb && netbuf_tailroom(nb) >= n)
        return 0;
    larger = netbuf_alloc_linear(s, NETBUF_HEADROOM,
                                 MAX(ROOM_MIN, have + MAX(have, n)));
    if (!larger)
        return -ENOBUFS;
    if (nb)
        netbuf_copy_out(nb, 0, netbuf_put(larger, have), have);
    netbuf_free(s, nb);
    more->nb = larger;
    return 0;
}

static int append(struct sock *sk, struct sock_msg *m)
{
    struct udp_more *more = udp_of(sk)->more;
    size_t n = m->data->left, have = more->nb ? more->nb->len : 0;
    int err;

    if (n > UDP_DATA_MAX - have)
        return -EMSGSIZE;
    err = make_room(sk->stack, more, n);
    if (err)
        return err;
    /* Nobody else sends or ends the cork meanwhile: sk->sending. */
    if (sock_copy(sk, m->data, more->nb->data + have, n) < n)
        return -EFAULT;
    netbuf_put(more->nb, n);
    return 0;
}

static int send_piece(struct sock *sk, struct udp_more *more, size_t at,
                      size_t len)
{
    struct netbuf *nb = ip_make_fragment(sk->stack, more->nb, at, len);
    struct ip_options o;

    if (!nb)
        return -ENOBUFS;
    sock_charge_sent(sk, nb);
    dgram_control_options(sk, &more->control, &more->path, len + UDP_HEADER,
                          &o);
    if (more->path.multicast && sk->multicast_loop)
        nb->flags |= NETBUF_LOOPED;
    return udp_output(sk->stack, &more->path, nb, sk->flow.local_port,
                      more->port, &o);
}

int udp_push_more(struct sock *sk)
{
    struct udp_more *more = udp_of(sk)->more;
    size_t len, step = 0, at = 0;
    int err;

    if (!more)
        return 0;
    err = make_room(sk->stack, more, 0);
    if (!err)
        err = ip_path_refresh(sk->stack, &more->path);
    len = more->nb ? more->nb->len : 0;
    if (!err)
        err = udp_step(sk, &more->control, &more->path, len, &step);
    do {
        if (err)
            break;
        err = send_piece(sk, more, at, MIN(step, len - at));
        at += step;
    } while (at < len);
    udp_drop_more(sk);
    return err;
}

ssize_t udp_send_more(struct sock *sk, struct sock_msg *m)
{
    struct udp_sock *u = udp_of(sk);
    size_t len = m->data->left;
    int err = 0;

    if (m->flags & MSG_OOB)
        return -EOPNOTSUPP;
    if (sk->shut & 1 << SHUT_WR)
        return -EPIPE;
    netstack_update_now(sk->stack);
    if (!u->more && !dgram_may_send(sk, len))
        return -EAGAIN;
    if (!u->more)
        err = begin(sk, m);
    if (err)
        return err;
    err = append(sk, m);
    if (err)
        udp_drop_more(sk);
    else if (!(m->flags & MSG_MORE) && !u->cork)
        err = udp_push_more(sk);
    return err ? err : (ssize_t)len;
}
