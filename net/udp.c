// SPDX-License-Identifier: MIT
/*
 * udp: see the header. Connected sockets are in the flow table, the others are
 * receivers of their port.
 */
#include "net/udp_priv.h"

#include "abi/errno.h"
#include "net/checksum.h"
#include "net/dgram_control.h"
#include "net/icmpv6.h"
#include "net/ipv4_head.h"
#include "net/ipv6.h"
#include "net/membership.h"
#include "net/netdev.h"
#include "net/sock_error.h"
#include "net/stack.h"
#include "net/trace.h"

#define UDP_HEAD_ROOM 48u /* all headers, in whole words */
#define SEGMENTS_MAX  128 /* of one UDP_SEGMENT send, as Linux */

/* --- in --- */

/* Takes nb (data: the UDP header) for sk. */
static void deliver(struct sock *sk, struct netbuf *nb,
                    const struct ip_info *info)
{
    const struct udp_header *h = (const struct udp_header *)nb->data;
    struct udp_sock *u = udp_of(sk);
    struct netstack *s = sk->stack;

    if (unlikely(h->checksum == 0 && info->version == 6) &&
        !(sk->inet_options & INET_OPT_NO_CHECK6_RX)) {
        s->count.udp_in_checksum_errors++;
        s->count.udp_in_errors++;
        netbuf_free(s, nb);
        return;
    }
    if (unlikely(sk->filter) && !dgram_filter(sk, nb, UDP_HEADER)) {
        netbuf_free(s, nb);
        return;
    }
    netbuf_pull(nb, UDP_HEADER);
    if (unlikely(u->input))
        u->input(u, nb, info);
    else if (!dgram_queue(&u->dgram, nb))
        s->count.udp_rcvbuf_errors++;
    else
        s->count.udp_in++;
}

struct group_delivery {
    struct netbuf *nb;
    const struct ip_info *info;
};

static void deliver_copy(struct sock *sk, void *arg)
{
    struct group_delivery *g = arg;
    const struct ip_info *info = g->info;
    struct netbuf *copy;

    if (netaddr_is_multicast(&info->destination) &&
        !membership_wants(sk, info->dev, &info->destination, &info->source))
        return;
    copy = netbuf_clone(sk->stack, g->nb);
    if (copy)
        deliver(sk, copy, g->info);
}

/* Length and checksum are right; what pads it goes. */
static bool check(struct netstack *s, struct netbuf *nb,
                  const struct ip_info *info)
{
    const struct udp_header *h = (const struct udp_header *)nb->data;
    unsigned len;

    if (!netbuf_need(s, nb, UDP_HEADER))
        return false;
    len = be16(h->len);
    if (len < UDP_HEADER || len > nb->len)
        return false;
    if (unlikely(len < nb->len))
        netbuf_trim(s, nb, len);
    /* Without a checksum: of IPv6 only who asks gets it (RFC 6935). */
    if (h->checksum == 0 || ip_checksum_ok(nb, info))
        return true;
    s->count.udp_in_checksum_errors++;
    return false;
}

static struct sock *find(struct netstack *s, const struct netaddr *local,
                         uint16_t local_port, const struct netaddr *remote,
                         uint16_t remote_port, const struct netdev *dev)
{
    struct flow *f = NULL;

    if (s->udp_flows)
        f = flow_find(s, IPPROTO_UDP, local, local_port, remote, remote_port);
    if (f)
        return container_of(f, struct sock, flow);
    return port_find(s, IPPROTO_UDP, local, local_port, remote, remote_port,
                     dev);
}

/* Takes nb, a datagram in one piece, for sk, if that is there. */
static force_inline void take_fast(struct netstack *s, struct netbuf *nb,
                                   const struct ipv4_header *ip, uint32_t len,
                                   struct sock *sk)
{
    uint8_t *at = (uint8_t *)(uintptr_t)ip;
    struct dgram_sock *d;
    uint32_t size = nb->base;

    if (unlikely(!sk || sk->filter)) {
        ipv4_input_slow(s, nb, ip, len);
        return;
    }
    nb->data = at + IPV4_HEADER + UDP_HEADER;
    nb->len = nb->linear = len - IPV4_HEADER - UDP_HEADER;
    nb->network = (uint16_t)(at - nb->head);
    nb->transport = (uint16_t)(nb->network + IPV4_HEADER);
    s->count.ip_in_delivers++;
    d = &udp_of(sk)->dgram;
    if (likely(dgram_has_room(d, size))) {
        s->count.udp_in++;
        dgram_put(d, nb, size);
    } else {
        s->count.udp_rcvbuf_errors++;
        dgram_drop(d, nb);
    }
}

/* As fast_v4, behind its checks, while there are connected sockets. */
static never_inline void fast_flow(struct netstack *s, struct netbuf *nb,
                                   const struct ipv4_header *ip, uint32_t len)
{
    const struct udp_header *h = (const struct udp_header *)(ip + 1);
    struct flow *f = flow_find_v4(s, IPPROTO_UDP, &ip->source, &h->source);

    take_fast(s, nb, ip, len,
              f ? container_of(f, struct sock, flow)
                : port_find_only(s, IPPROTO_UDP, h->destination));
}

/* As ip_protocol wants it: a datagram whose receiver is found at once. The
 * kernel's own are not: they are bound to their device. */
static void fast_v4(struct netstack *s, struct netbuf *nb,
                    const struct ipv4_header *ip, uint32_t len)
{
    const struct udp_header *h = (const struct udp_header *)(ip + 1);

    if (unlikely(nb->linear != nb->len || len < IPV4_HEADER + UDP_HEADER ||
                 h->len != be16((uint16_t)(len - IPV4_HEADER)) ||
                 !(nb->flags & (NETBUF_CSUM_OK | NETBUF_CSUM_PARTIAL)) ||
                 s->trace || !ipv4_usual(nb, ip)))
        ipv4_input_slow(s, nb, ip, len);
    else if (s->udp_flows)
        fast_flow(s, nb, ip, len);
    else
        take_fast(s, nb, ip, len,
                  port_find_only(s, IPPROTO_UDP, h->destination));
}

/* Takes nb. */
static void input(struct netstack *s, struct netbuf *nb,
                  const struct ip_info *info)
{
    const struct udp_header *h = (const struct udp_header *)nb->data;
    struct sock *sk;

    if (unlikely(!check(s, nb, info))) {
        s->count.udp_in_errors++;
        netbuf_free(s, nb);
        return;
    }
    if (unlikely(s->trace))
        udp_trace(s, "in", nb, &info->source, &info->destination);
    if (unlikely(info->to_group)) {
        struct group_delivery g = {nb, info};

        port_for_each(s, IPPROTO_UDP, &info->destination, h->destination,
                      info->dev, deliver_copy, &g);
        netbuf_free(s, nb);
        return;
    }
    sk = find(s, &info->destination, h->destination, &info->source, h->source,
              info->dev);
    if (likely(sk)) {
        deliver(sk, nb, info);
        return;
    }
    s->count.udp_no_port++;
    if (info->version == 4)
        icmp_send_error(s, nb, info, ICMP_UNREACHABLE, ICMP_PORT, 0);
    else
        icmpv6_send_error(s, nb, info, ICMPV6_UNREACHABLE, ICMPV6_PORT, 0,
                          false);
    netbuf_free(s, nb);
}

/* A connected socket is told of hard errors; another one asks for all of them
 * (IP_RECVERR), as udp(7) says, and finds each in its error queue. */
static void error(struct netstack *s, const struct ip_error *e)
{
    const struct udp_header *h = (const struct udp_header *)e->header;
    struct sock *sk;
    bool too_big = e->error == EMSGSIZE;

    if (e->header_len < UDP_HEADER)
        return;
    sk = find(s, &e->source, h->source, &e->destination, h->destination, NULL);
    if (!sk)
        return;
    if (too_big && e->info && sk->pmtu != SOCK_PMTU_DONT &&
        sk->pmtu < SOCK_PMTU_INTERFACE)
        ip_pmtu_update(s, &e->destination, e->info);
    if (!e->error || (too_big && sk->pmtu == SOCK_PMTU_DONT))
        return;
    if (sk->options & SOCK_OPT_RECVERR)
        sock_error_queue(sk, e, UDP_HEADER, h->destination);
    else if (!sk->flow.hashed || !(e->hard || too_big))
        return;
    sock_set_error(sk, e->error);
}

/* --- out --- */

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

    *step = segment && segment < len ? segment : len;
    if (*step < len && (segment + UDP_HEADER + IPV6_HEADER > p->mtu ||
                        len > segment * SEGMENTS_MAX))
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
    dgram_options(sk, &sk->path, len + UDP_HEADER, &o);
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

static ssize_t udp_send(struct sock *sk, struct sock_msg *m);

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
static ssize_t udp_send(struct sock *sk, struct sock_msg *m)
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
    ipv4_head_describe(&sk->path, nb, UDP_HEADER,
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

/* --- bind and connect --- */

static int udp_bind(struct sock *sk, const struct sock_addr *a)
{
    int err = inet_bind(sk, a);

    if (!err && sk->use.port)
        port_receive(&sk->use, true);
    return err;
}

/* The far end goes; the port stays if the program chose it. */
static void disconnect(struct sock *sk)
{
    if (sk->flow.hashed)
        sk->stack->udp_flows--;
    flow_remove(sk->stack, &sk->flow);
    sk->flow.remote = inet_any(sk);
    sk->flow.remote_port = 0;
    if (sk->use.port) {
        sk->flow.local = sk->use.addr;
        port_receive(&sk->use, true);
    }
    ip_path_release(sk->stack, &sk->path);
}

static int udp_connect(struct sock *sk, const struct sock_addr *a)
{
    struct netaddr to;
    uint16_t port;
    int err;

    if (a->len < sizeof(a->family))
        return -EINVAL;
    if (a->family == AF_UNSPEC) {
        disconnect(sk);
        return 0;
    }
    err = inet_parse_addr(sk, a, &to, &port);
    if (err)
        return err;
    disconnect(sk);
    err = dgram_path(sk, &to);
    if (!err && sk->path.broadcast && !(sk->options & SOCK_OPT_BROADCAST))
        err = -EACCES;
    if (!err && !sk->use.port)
        err = udp_autobind(sk);
    if (err)
        return err;
    sk->flow.local = sk->path.source;
    sk->flow.remote = sk->path.destination;
    sk->flow.remote_port = port;
    err = flow_insert(sk->stack, &sk->flow);
    if (err) {
        disconnect(sk);
        return err;
    }
    sk->stack->udp_flows++;
    port_receive(&sk->use, false);
    return 0;
}

/* Datagrams put together of several sends have no stamps. */
static ssize_t send_stamped(struct sock *sk, struct sock_msg *m)
{
    ssize_t n = udp_send(sk, m);

    if (n >= 0 && !(m->flags & MSG_MORE))
        sock_error_queue_stamps(sk);
    return n;
}

static void udp_close(struct sock *sk)
{
    udp_drop_more(sk);
    if (sk->flow.hashed)
        sk->stack->udp_flows--;
    dgram_close(sk);
}

#define COMMON_OPS                                                     \
    .bind = udp_bind, .connect = udp_connect, .poll = dgram_poll,      \
    .shutdown = dgram_shutdown, .close = udp_close,                    \
    .set_option = udp_set_option, .get_option = udp_get_option,        \
    .name = inet_name, .ioctl = dgram_ioctl, .destroy = dgram_destroy, \
    .tuned = tuned, .peekable = udp_peekable

static void tuned(struct sock *sk)
{
    udp_choose_ops(udp_of(sk));
}

enum { RECV_EACH, RECV_JOINED, RECV_AT_OFFSET };
enum { SEND_EACH, SEND_STAMPED, SEND_MORE };

#define UDP_OPS(s)                                            \
    {                                                         \
        {COMMON_OPS, .send = s, .recv = dgram_recv},          \
            {COMMON_OPS, .send = s, .recv = udp_recv_joined}, \
        {                                                     \
            COMMON_OPS, .send = s, .recv = udp_recv_at_offset \
        }                                                     \
    }

static const struct sock_ops udp_ops[3][3] = {
    [SEND_EACH] = UDP_OPS(udp_send),
    [SEND_STAMPED] = UDP_OPS(send_stamped),
    [SEND_MORE] = UDP_OPS(udp_send_more),
};

void udp_choose_ops(struct udp_sock *u)
{
    const struct sock *sk = &u->dgram.sk;
    unsigned in = sk->peek_off >= 0 ? RECV_AT_OFFSET
                  : u->gro          ? RECV_JOINED
                                    : RECV_EACH;
    unsigned out = u->cork || u->more                 ? SEND_MORE
                   : sk->timestamping & SOCK_TX_TIMES ? SEND_STAMPED
                                                      : SEND_EACH;

    u->dgram.sk.ops = &udp_ops[out][in];
}

static int udp_create(struct netstack *s, int family, int type, int protocol,
                      struct sock **sk)
{
    struct udp_sock *u = net_env_alloc(s, sizeof(*u));

    if (!u)
        return -ENOMEM;
    memset(u, 0, sizeof(*u));
    sock_init(&u->dgram.sk, s, &udp_ops[0][0], family, type, protocol);
    *sk = &u->dgram.sk;
    return 0;
}

struct udp_sock *udp_create_kernel(struct netstack *s, int family,
                                   struct netdev *dev, uint16_t port,
                                   void (*input_fn)(struct udp_sock *u,
                                                    struct netbuf *nb,
                                                    const struct ip_info *info))
{
    struct sock_addr a = {.len = sizeof(a.in6)};
    struct sock *sk;

    if (udp_create(s, family, SOCK_DGRAM, IPPROTO_UDP, &sk))
        return NULL;
    a.in6 = (struct abi_sockaddr_in6){.sin6_family = (uint16_t)family,
                                      .sin6_port = port};
    if (family == AF_INET6) {
        sk->options |= SOCK_OPT_V6ONLY;
        sk->use.flags |= PORT_ONLY_V6;
    }
    sk->bound_dev = dev->index;
    udp_of(sk)->input = input_fn;
    if (udp_bind(sk, &a) == 0)
        return udp_of(sk);
    udp_close(sk);
    return NULL;
}

void udp_init(struct netstack *s)
{
    static const struct ip_protocol protocol = {
        .number = IPPROTO_UDP,
        .input = input,
        .error = error,
        .fast_v4 = fast_v4,
    };
    static const struct net_family family = {.family = AF_INET,
                                             .type = SOCK_DGRAM,
                                             .protocol = IPPROTO_UDP,
                                             .create = udp_create};
    static const struct net_family family6 = {.family = AF_INET6,
                                              .type = SOCK_DGRAM,
                                              .protocol = IPPROTO_UDP,
                                              .create = udp_create};

    net_family_register(s, &family);
    net_family_register(s, &family6);
    ip_register(s, &protocol);
}
