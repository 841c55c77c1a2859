// SPDX-License-Identifier: MIT
/* udp_out: sending, the quick way and all others. */
#include "net/udp_priv.h"

#include "abi/errno.h"
#include "net/checksum.h"
#include "net/dgram_control.h"
#include "net/ip_extra.h"
#include "net/ipv4_head.h"
#include "net/ipv6.h"
#include "net/netdev.h"
#include "net/sock_error.h"
#include "net/stack.h"
#include "net/trace.h"

#define UDP_HEAD_ROOM 48u /* all headers, in whole words */
#define SEGMENTS_MAX  128 /* of one UDP_SEGMENT send, as Linux */

int udp_output(struct netstack *s, struct ip_path *path, struct netbuf *nb,
               uint16_t source, uint16_t destination,
               const struct ip_options *o)
{
    struct udp_header *h = netbuf_push(nb, UDP_HEADER);

    h->source = source;
    h->destination = destination;
    h->len = be16((uint16_t)nb->len);
    s->count.udp_out++;
    if (unlikely(o->no_checksum)) {
        h->checksum = 0;
        return ip_output(s, path, nb, IPPROTO_UDP, o);
    }
    if (likely(netaddr_is_v4(&path->source)))
        h->checksum = (uint16_t)~checksum_fold(checksum_pseudo_v4(
            path->source.w[3], path->destination.w[3], IPPROTO_UDP, nb->len));
    else
        h->checksum = (uint16_t)~checksum_fold(checksum_pseudo(
            &path->source, &path->destination, IPPROTO_UDP, nb->len));
    nb->flags |= NETBUF_CSUM_PARTIAL;
    nb->csum_start = (uint16_t)(nb->data - nb->head);
    nb->csum_offset = offsetof(struct udp_header, checksum);
    if (unlikely(s->trace))
        udp_trace(s, "out", nb, &path->source, &path->destination);
    return ip_output(s, path, nb, IPPROTO_UDP, o);
}

int udp_autobind(struct sock *sk)
{
    int err;

    sk->use.addr = sk->flow.local;
    sk->use.flags |= PORT_DATAGRAM;
    sk->use.bound_dev = sk->bound_dev;
    err = port_bind(sk->stack, &sk->use, IPPROTO_UDP, 0);
    if (err)
        return err == -EADDRINUSE ? -EAGAIN : err;
    sk->flow.local_port = port_number(sk->use.port);
    port_receive(&sk->use, !sk->flow.hashed);
    return 0;
}

/* As udp_destination, which is for the slower ways. */
static force_inline int destination_of(struct sock *sk,
                                       const struct sock_msg *m,
                                       struct netaddr *to, uint16_t *port)
{
    struct sock_addr a;
    int err;

    if (!m->addr) {
        *to = sk->flow.remote;
        *port = sk->flow.remote_port;
        return *port ? 0 : -EDESTADDRREQ;
    }
    if (m->addr->family == AF_UNSPEC && sk->family == AF_INET) {
        a = *m->addr;
        a.family = AF_INET;
        err = inet_parse_addr(sk, &a, to, port);
    } else {
        err = inet_parse_addr(sk, m->addr, to, port);
    }
    if (!err && !*port)
        err = -EINVAL;
    return err;
}

int udp_destination(struct sock *sk, const struct sock_msg *m,
                    struct netaddr *to, uint16_t *port)
{
    return destination_of(sk, m, to, port);
}

/* Does sk->path lead there, as routes are now? */
static inline bool path_leads_to(const struct sock *sk,
                                 const struct netaddr *to)
{
    return sk->path.generation == sk->stack->route_generation &&
           netaddr_equal(&sk->path.destination, to);
}

/* nb gets the caller's bytes. -ENOBUFS, -EFAULT. */
static inline int take_data(struct sock *sk, struct netbuf *nb,
                            struct sock_data *d, size_t len)
{
    if (likely(len <= netbuf_tailroom(nb)))
        return sock_copy(sk, d, netbuf_put(nb, len), len) < len ? -EFAULT : 0;
    if (!netbuf_add_room(sk->stack, nb, len))
        return -ENOBUFS;
    return dgram_fill(sk, nb, 0, d, len);
}

/* A datagram could not go: who asks (IP_RECVERR) learns how long it may be. */
static int failed(struct sock *sk, const struct ip_path *p, uint16_t port,
                  int err)
{
    if (err == -EMSGSIZE && sk->options & SOCK_OPT_RECVERR)
        sock_error_queue_local(sk, EMSGSIZE, &p->destination, port, p->mtu);
    return err;
}

/* One datagram of len bytes of the caller's along a path of its own. */
static int send_one(struct sock *sk, struct sock_msg *m, struct ip_path *p,
                    const struct dgram_control *c, uint16_t port, size_t len)
{
    struct netstack *s = sk->stack;
    struct netbuf *nb = netbuf_alloc(s, false);
    struct ip_options o;
    int err;

    if (!nb)
        return -ENOBUFS;
    err = take_data(sk, nb, m->data, len);
    if (!err)
        err = ip_path_refresh(s, p);
    if (err) {
        netbuf_free(s, nb);
        return err;
    }
    sock_charge_sent(sk, nb);
    dgram_control_options(sk, c, p, len + UDP_HEADER, &o);
    if (p->multicast && sk->multicast_loop)
        nb->flags |= NETBUF_LOOPED;
    err = udp_output(s, p, nb, sk->flow.local_port, port, &o);
    return err ? failed(sk, p, port, err) : 0;
}

int udp_step(struct sock *sk, const struct dgram_control *c,
             const struct ip_path *p, size_t len, size_t *step)
{
    size_t segment = c->segment ? c->segment : udp_of(sk)->segment;

    size_t headers =
        UDP_HEADER + IPV6_HEADER +
        ip_extra_len(c->extra ? c->extra : sk->extra, &p->destination);

    *step = segment && segment < len ? segment : len;
    if (*step < len &&
        (segment + headers > p->mtu || len > segment * SEGMENTS_MAX))
        return -EINVAL;
    return 0;
}

/* With control messages, or cut into segments (UDP_SEGMENT): as many
 * datagrams of that length as it takes. */
static ssize_t send_controlled(struct sock *sk, struct sock_msg *m,
                               const struct netaddr *to, uint16_t port)
{
    size_t len = m->data->left, step = 0, done = 0;
    struct ip_path p = {0};
    struct dgram_control c;
    int err = dgram_control_get(sk, m, &c);

    if (!err)
        err = sk->use.port ? 0 : udp_autobind(sk);
    if (!err)
        err = dgram_control_path(sk, &c, to, &p);
    if (!err && p.broadcast && !(sk->options & SOCK_OPT_BROADCAST))
        err = -EACCES;
    if (!err)
        err = udp_step(sk, &c, &p, len, &step);
    if (!err && !dgram_may_send(sk, len))
        err = -EAGAIN;
    do {
        if (err)
            break;
        err = send_one(sk, m, &p, &c, port, MIN(step, len - done));
        done += err ? 0 : MIN(step, len - done);
    } while (done < len);
    ip_path_release(sk->stack, &p);
    dgram_control_done(sk, &c);
    return err && !done ? err : (ssize_t)done;
}

/* Does sk->path, an IPv4 one, lead to where the message shall go? *port: there.
 */
static force_inline bool path_fits(const struct sock *sk,
                                   const struct sock_msg *m, uint16_t *port)
{
    const struct sock_addr *a = m->addr;

    if (!a) {
        *port = sk->flow.remote_port;
        return *port && netaddr_equal(&sk->path.destination, &sk->flow.remote);
    }
    *port = a->in.sin_port;
    return likely(a->len >= sizeof(a->in)) && likely(a->family == AF_INET) &&
           likely(sk->family == AF_INET) && likely(*port) &&
           load32(a->in.sin_addr) == sk->path.destination.w[3];
}

/* What udp_send does not look at when headers are ready. */
static bool is_usual(struct sock *sk)
{
    return !sk->error && !(sk->shut & 1 << SHUT_WR) && !udp_of(sk)->segment;
}

/* As udp_send, whatever it is. */
static never_inline ssize_t send_any(struct sock *sk, struct sock_msg *m)
{
    struct netstack *s = sk->stack;
    size_t len = m->data->left;
    struct ip_options o;
    struct netaddr to;
    struct netbuf *nb;
    uint16_t port;
    int err;

    if (unlikely(len > IPV6_LEN_MAX - UDP_HEADER))
        return -EMSGSIZE;
    if (unlikely(m->flags & (MSG_OOB | MSG_MORE)))
        return m->flags & MSG_OOB ? -EOPNOTSUPP : udp_send_more(sk, m);
    err = destination_of(sk, m, &to, &port);
    if (err)
        return err;
    if (unlikely(sk->error))
        return sock_take_error(sk);
    if (sk->shut & 1 << SHUT_WR)
        return -EPIPE;
    netstack_update_now(s);
    if (unlikely(len > UDP_DATA_MAX && netaddr_is_v4(&to)))
        return -EMSGSIZE;
    if (unlikely(m->control || udp_of(sk)->segment))
        return send_controlled(sk, m, &to, port);
    if (unlikely(!path_leads_to(sk, &to)))
        err = dgram_path(sk, &to);
    if (!err && unlikely(!sk->use.port))
        err = udp_autobind(sk);
    if (unlikely(err))
        return err;
    if (unlikely(sk->path.broadcast && !(sk->options & SOCK_OPT_BROADCAST)))
        return -EACCES;
    if (unlikely(sk->wmem > sk->sndbuf / 2) && !dgram_may_send(sk, len))
        return -EAGAIN;
    nb = netbuf_alloc(s, false);
    if (!nb)
        return -ENOBUFS;
    err = take_data(sk, nb, m->data, len);
    if (!err && unlikely(!path_leads_to(sk, &to))) /* changed meanwhile */
        err = dgram_path(sk, &to);
    if (unlikely(err)) {
        netbuf_free(s, nb);
        return err;
    }
    sock_charge_sent(sk, nb);
    if (likely(ipv4_head_ready(s, &sk->path) &&
               len + UDP_HEADER + IPV4_HEADER <= sk->path.mtu)) {
        struct udp_header *h;

        ipv4_head_fit(&sk->path, (uint32_t)len);
        h = ipv4_head_put(&sk->path, nb, UDP_HEAD_ROOM, UDP_HEADER,
                          offsetof(struct udp_header, checksum));
        h->destination = port;
        s->count.udp_out++;
        ipv4_head_send(s, sk->path.dev, nb);
        return (ssize_t)len;
    }
    dgram_options(sk, &sk->path, sk->extra, len + UDP_HEADER, &o);
    if (sk->path.multicast && sk->multicast_loop)
        nb->flags |= NETBUF_LOOPED;
    err = udp_output(s, &sk->path, nb, sk->flow.local_port, port, &o);
    if (err)
        return failed(sk, &sk->path, port, err);
    if (!o.no_checksum && is_usual(sk))
        ipv4_head_make(s, &sk->path, IPPROTO_UDP, &o,
                       &(struct udp_header){.source = sk->flow.local_port},
                       UDP_HEADER);
    return (ssize_t)len;
}

/* As udp_send, when headers are ready, but for one of another length, or no
 * netbuf is there yet. */
static never_inline ssize_t send_prepared(struct sock *sk, struct sock_msg *m)
{
    struct netbuf *nb = netbuf_pop(sk->stack, false);

    if (!nb)
        return -ENOBUFS;
    netbuf_push_free(sk->stack, nb);
    ipv4_head_refit(&sk->path, (uint32_t)m->data->left);
    return udp_send(sk, m);
}

/* The next small datagram of those that go one way: its headers are ready,
 * which says that nothing is unusual, and the bytes come behind them when all
 * is decided. Without a look at the clock: when the neighbour ceases to be
 * fresh, a timer goes off. Nothing is called up to the copy but for good. */
ssize_t udp_send(struct sock *sk, struct sock_msg *m)
{
    struct netstack *s = sk->stack;
    struct sock_data *d = m->data;
    struct netbuf *nb = s->free_small;
    size_t len = d->left, got;
    uint8_t *payload;
    uint16_t port;

    if (unlikely(!ipv4_head_ready(s, &sk->path) || !path_fits(sk, m, &port) ||
                 len > NETBUF_INLINE - NETBUF_HEADROOM || m->control ||
                 m->flags & (MSG_OOB | MSG_MORE) || sk->wmem > sk->sndbuf / 2))
        return send_any(sk, m);
    if (unlikely(sk->path.head.payload != len || !nb))
        return send_prepared(sk, m);
    nb = netbuf_pop(s, false);
    payload = netbuf_inline(nb) + NETBUF_HEADROOM;
    ipv4_head_copy(&sk->path, payload, UDP_HEAD_ROOM);
    ((struct udp_header *)payload - 1)->destination = port;
    ipv4_head_describe(&sk->path, nb, NETBUF_HEADROOM - UDP_HEADER,
                       offsetof(struct udp_header, checksum), (uint32_t)len);
    sock_charge(sk, nb, NETBUF_SMALL);
    netstack_unlock(s);
    got = d->move(d, payload, len);
    netstack_lock(s);
    if (unlikely(got < len)) {
        netbuf_free(s, nb);
        return -EFAULT;
    }
    s->count.udp_out++;
    ipv4_head_send(s, nb->dev, nb);
    return (ssize_t)len;
}

/* Datagrams put together of several sends have no stamps. */
ssize_t udp_send_stamped(struct sock *sk, struct sock_msg *m)
{
    uint32_t wishes;
    ssize_t n = sock_stamp_wishes(sk, m, &wishes);

    if (n)
        return n;
    n = udp_send(sk, m);
    if (n >= 0 && !(m->flags & MSG_MORE))
        sock_error_queue_datagram(sk, wishes);
    return n;
}
