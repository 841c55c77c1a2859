// SPDX-License-Identifier: MIT
/* udp_option: the options of udp(7), and what UDP_GRO is for: datagrams of one
 * length from one sender are given to recv as one piece. */
#include "abi/errno.h"
#include "net/stack.h"
#include "net/udp_priv.h"

static int set_number(struct sock *sk, int name, int v)
{
    struct udp_sock *u = udp_of(sk);
    uint32_t option = name == UDP_NO_CHECK6_TX ? INET_OPT_NO_CHECK6_TX
                                               : INET_OPT_NO_CHECK6_RX;

    switch (name) {
    case UDP_CORK:
        u->cork = v;
        udp_choose_ops(u);
        if (!v) /* as on Linux nobody is told how that went */
            udp_push_more(sk);
        return 0;
    case UDP_NO_CHECK6_TX:
    case UDP_NO_CHECK6_RX:
        sk->inet_options =
            v ? sk->inet_options | option : sk->inet_options & ~option;
        return 0;
    case UDP_SEGMENT:
        if ((uint32_t)v > UINT16_MAX)
            return -EINVAL;
        u->segment = (uint16_t)v;
        u->dgram.sk.path.head.generation = 0; /* so that send looks */
        return 0;
    case UDP_GRO:
        u->gro = v;
        udp_choose_ops(u);
        return 0;
    }
    return -ENOPROTOOPT; /* UDP_ENCAP too */
}

int udp_set_option(struct sock *sk, int level, int name, const void *value,
                   size_t len)
{
    int v;

    if (level != SOL_UDP)
        return inet_set_option(sk, level, name, value, len);
    if (len < sizeof(v))
        return -EINVAL;
    memcpy(&v, value, sizeof(v));
    netstack_update_now(sk->stack);
    return set_number(sk, name, v);
}

static int get_number(struct sock *sk, int name, int *v)
{
    const struct udp_sock *u = udp_of(sk);

    switch (name) {
    case UDP_CORK:
        *v = u->cork;
        return 0;
    case UDP_NO_CHECK6_TX:
        *v = (sk->inet_options & INET_OPT_NO_CHECK6_TX) != 0;
        return 0;
    case UDP_NO_CHECK6_RX:
        *v = (sk->inet_options & INET_OPT_NO_CHECK6_RX) != 0;
        return 0;
    case UDP_SEGMENT:
        *v = u->segment;
        return 0;
    case UDP_GRO:
        *v = u->gro;
        return 0;
    }
    return -ENOPROTOOPT;
}

int udp_get_option(struct sock *sk, int level, int name, void *value,
                   size_t *len)
{
    int v, err;

    if (level != SOL_UDP)
        return inet_get_option(sk, level, name, value, len);
    err = get_number(sk, name, &v);
    return err ? err : sock_answer(value, len, &v, sizeof(v));
}

/* --- joined datagrams --- */

/* Did they take the same way: addresses and ports? */
static bool same_flow(const struct netbuf *a, const struct netbuf *b)
{
    bool v4 = dgram_is_v4(a);

    if (v4 != dgram_is_v4(b) || a->dev != b->dev ||
        memcmp(a->head + a->transport, b->head + b->transport, 4))
        return false;
    return v4 ? !memcmp(&dgram_ip(a)->source, &dgram_ip(b)->source, 8)
              : !memcmp(dgram_ip6(a)->source, dgram_ip6(b)->source, 32);
}

/* The next datagram in the queue, if it belongs to those that are given: as
 * long as they, or shorter, which makes it the last. */
static struct netbuf *next_of(struct dgram_sock *d, struct netbuf *first,
                              size_t given, size_t room)
{
    struct netbuf *nb = d->queue.first;

    if (!nb || !nb->len || nb->len > first->len || nb->len > room ||
        given + nb->len > UDP_DATA_MAX || !same_flow(first, nb))
        return NULL;
    return nb;
}

ssize_t udp_recv_joined(struct sock *sk, struct sock_msg *m)
{
    struct dgram_sock *d = &udp_of(sk)->dgram;
    struct netbuf *first, *nb;
    int err = dgram_next(sk, m, &first), size;
    ssize_t n, given;

    if (!first)
        return err;
    if (m->addr)
        dgram_put_addr(sk, m, first);
    if (m->control)
        dgram_put_controls(sk, m, first);
    size = (int)first->len;
    if (m->flags & MSG_PEEK || !size || first->len > m->data->left)
        return dgram_give(sk, m, first);
    /* first stays until the others have been compared with it. */
    given = dgram_copy(sk, first, 0, m->data);
    while (given > 0 &&
           (nb = next_of(d, first, (size_t)given, m->data->left))) {
        bool last = nb->len < first->len;

        dgram_dequeue(d);
        n = dgram_copy(sk, nb, 0, m->data);
        netbuf_free(sk->stack, nb);
        given = n < 0 ? n : given + n;
        if (last)
            break;
    }
    if (given > size && m->control)
        sock_put_control(m, SOL_UDP, UDP_GRO, &size, sizeof(size));
    netbuf_free(sk->stack, first);
    return given;
}
