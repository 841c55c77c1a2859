// SPDX-License-Identifier: MIT
/*
 * udp: see the header. Connected sockets are in the flow table, the others are
 * receivers of their port.
 */
#include "net/udp.h"

#include "abi/errno.h"
#include "net/checksum.h"
#include "net/dgram_control.h"
#include "net/icmpv6.h"
#include "net/ipv4_head.h"
#include "net/ipv6.h"
#include "net/netdev.h"
#include "net/stack.h"
#include "net/trace.h"

#define SEGMENTS_MAX 128 /* of one UDP_SEGMENT send, as Linux */

static struct udp_sock *udp_of(struct sock *sk)
{
    return container_of(sk, struct udp_sock, dgram.sk);
}

/* --- in --- */

/* Takes nb (data: the UDP header) for sk. */
static void deliver(struct sock *sk, struct netbuf *nb,
                    const struct ip_info *info)
{
    struct udp_sock *u = udp_of(sk);
    struct netstack *s = sk->stack;

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
    struct netbuf *copy = netbuf_clone(sk->stack, g->nb);

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
    /* Without a checksum: IPv4 only (RFC 8200, 8.1). */
    if (h->checksum == 0 ? info->version == 4 : ip_checksum_ok(nb, info))
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

/* As ip_protocol wants it: a datagram whose receiver is found at once. */
static bool fast_v4(struct netstack *s, struct netbuf *nb)
{
    const struct ipv4_header *ip = (const struct ipv4_header *)nb->data;
    const struct udp_header *h = (const struct udp_header *)(ip + 1);
    struct sock *sk = NULL;
    struct flow *f;

    if (unlikely(nb->linear < IPV4_HEADER + UDP_HEADER) ||
        h->len != be16((uint16_t)(nb->len - IPV4_HEADER)) ||
        !(nb->flags & (NETBUF_CSUM_OK | NETBUF_CSUM_PARTIAL)) ||
        unlikely(s->trace) || !ipv4_usual(nb, ip))
        return false;
    if (s->udp_flows) {
        f = flow_find_v4(s, IPPROTO_UDP, &ip->source, &h->source);
        if (f)
            sk = container_of(f, struct sock, flow);
    }
    if (!sk)
        sk = port_find_only(s, IPPROTO_UDP, h->destination);
    if (unlikely(!sk || udp_of(sk)->input || sk->filter))
        return false;
    nb->network = (uint16_t)(nb->data - nb->head);
    nb->transport = (uint16_t)(nb->network + IPV4_HEADER);
    netbuf_pull(nb, IPV4_HEADER + UDP_HEADER);
    s->count.ip_in_delivers++;
    if (likely(dgram_queue(&udp_of(sk)->dgram, nb)))
        s->count.udp_in++;
    else
        s->count.udp_rcvbuf_errors++;
    return true;
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

/* A connected socket is told of hard errors; another one asks for them
 * (IP_RECVERR), as udp(7) says. */
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
    if (too_big && e->info && sk->pmtu != SOCK_PMTU_DONT)
        ip_pmtu_update(s, &e->destination, e->info);
    if (!e->error || (too_big && sk->pmtu == SOCK_PMTU_WANT))
        return;
    if (sk->options & SOCK_OPT_RECVERR || (e->hard && sk->flow.hashed))
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
    if (likely(netaddr_is_v4(&path->source)))
        h->checksum = (uint16_t)~checksum_fold(checksum_pseudo_v4(
            path->source.w[3], path->destination.w[3], IPPROTO_UDP, nb->len));
    else
        h->checksum = (uint16_t)~checksum_fold(checksum_pseudo(
            &path->source, &path->destination, IPPROTO_UDP, nb->len));
    nb->flags |= NETBUF_CSUM_PARTIAL;
    nb->csum_start = (uint16_t)(nb->data - nb->head);
    nb->csum_offset = offsetof(struct udp_header, checksum);
    s->count.udp_out++;
    if (unlikely(s->trace))
        udp_trace(s, "out", nb, &path->source, &path->destination);
    return ip_output(s, path, nb, IPPROTO_UDP, o);
}

/* As udp_output, when the path's headers are ready and it fits. */
static inline void output_fast(struct sock *sk, struct netbuf *nb,
                               uint16_t destination)
{
    struct netstack *s = sk->stack;
    struct udp_header *h = netbuf_push(nb, UDP_HEADER);

    h->source = sk->flow.local_port;
    h->destination = destination;
    h->len = be16((uint16_t)nb->len);
    h->checksum = ipv4_head_pseudo(&sk->path, nb);
    nb->flags |= NETBUF_CSUM_PARTIAL;
    nb->csum_start = (uint16_t)(nb->data - nb->head);
    nb->csum_offset = offsetof(struct udp_header, checksum);
    s->count.udp_out++;
    ipv4_head_send(s, &sk->path, nb, 0);
}

/* A port for a socket that has none. */
static int autobind(struct sock *sk)
{
    int err;

    sk->use.addr = sk->flow.local;
    sk->use.flags |= PORT_DATAGRAM;
    sk->use.bound_dev = sk->bound_dev;
    err = port_bind(sk->stack, &sk->use, IPPROTO_UDP, 0);
    if (err)
        return err == -EADDRINUSE ? -EAGAIN : err;
    sk->flow.local_port = sk->use.port->number;
    port_receive(&sk->use, !sk->flow.hashed);
    return 0;
}

/* Where the message shall go. */
static int destination_of(struct sock *sk, const struct sock_msg *m,
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

/* One datagram of len bytes of the caller's along a path of its own. */
static int send_one(struct sock *sk, struct sock_msg *m, struct ip_path *p,
                    const struct dgram_control *c, uint16_t port, size_t len)
{
    struct netstack *s = sk->stack;
    struct netbuf *nb = netbuf_alloc(s, len > 3 * NETMEM_CARVE_MAX / 2);
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
    dgram_options(sk, p, len + UDP_HEADER, &o);
    if (c->ttl > 0)
        o.ttl = (uint8_t)c->ttl;
    if (c->tos >= 0)
        o.tos = (uint8_t)c->tos;
    if (p->multicast && sk->multicast_loop)
        nb->flags |= NETBUF_LOOPED;
    return udp_output(s, p, nb, sk->flow.local_port, port, &o);
}

/* With control messages, or cut into segments (UDP_SEGMENT): as many
 * datagrams of that length as it takes. */
static ssize_t send_controlled(struct sock *sk, struct sock_msg *m,
                               const struct netaddr *to, uint16_t port)
{
    size_t len = m->data->left, step, done = 0;
    struct ip_path p = {0};
    struct dgram_control c;
    int err = dgram_control_get(sk, m, &c);

    if (!err)
        err = sk->use.port ? 0 : autobind(sk);
    if (!err)
        err = dgram_control_path(sk, &c, to, &p);
    if (!err && p.broadcast && !(sk->options & SOCK_OPT_BROADCAST))
        err = -EACCES;
    if (!c.segment)
        c.segment = udp_of(sk)->segment;
    step = c.segment && c.segment < len ? c.segment : len;
    if (!err && c.segment &&
        (step + UDP_HEADER + IPV6_HEADER > p.mtu || len > step * SEGMENTS_MAX))
        err = step < len ? -EINVAL : 0;
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

static ssize_t udp_send(struct sock *sk, struct sock_msg *m)
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
        return -EOPNOTSUPP;
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
        err = autobind(sk);
    if (unlikely(err))
        return err;
    if (unlikely(sk->path.broadcast && !(sk->options & SOCK_OPT_BROADCAST)))
        return -EACCES;
    if (unlikely(sk->wmem > sk->sndbuf / 2) && !dgram_may_send(sk, len))
        return -EAGAIN;
    nb = netbuf_alloc(s, len > 3 * NETMEM_CARVE_MAX / 2);
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
    if (likely(ipv4_head_ready(s, &sk->path) && !s->trace &&
               len + UDP_HEADER + IPV4_HEADER <= sk->path.mtu)) {
        output_fast(sk, nb, port);
        return (ssize_t)len;
    }
    dgram_options(sk, &sk->path, len + UDP_HEADER, &o);
    if (sk->path.multicast && sk->multicast_loop)
        nb->flags |= NETBUF_LOOPED;
    err = udp_output(s, &sk->path, nb, sk->flow.local_port, port, &o);
    if (err)
        return err;
    ipv4_head_make(s, &sk->path, IPPROTO_UDP, &o);
    return (ssize_t)len;
}

/* --- bind and connect --- */

static int udp_bind(struct sock *sk, const struct sock_addr *a)
{
    int err = inet_bind(sk, a);

    if (!err)
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
        err = autobind(sk);
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

static void udp_close(struct sock *sk)
{
    if (sk->flow.hashed)
        sk->stack->udp_flows--;
    dgram_close(sk);
}

/* Options of udp(7). UDP_GRO is taken: what comes is never put together. */
static bool is_udp_option(int level, int name)
{
    return level == SOL_UDP && (name == UDP_SEGMENT || name == UDP_GRO);
}

static int udp_set_option(struct sock *sk, int level, int name,
                          const void *value, size_t len)
{
    struct udp_sock *u = udp_of(sk);
    int v;

    if (!is_udp_option(level, name))
        return inet_set_option(sk, level, name, value, len);
    if (len < sizeof(v))
        return -EINVAL;
    memcpy(&v, value, sizeof(v));
    if (name == UDP_GRO)
        u->gro = v;
    else if ((uint32_t)v > UINT16_MAX)
        return -EINVAL;
    else
        u->segment = (uint16_t)v;
    return 0;
}

static int udp_get_option(struct sock *sk, int level, int name, void *value,
                          size_t *len)
{
    int v = name == UDP_GRO ? udp_of(sk)->gro : udp_of(sk)->segment;

    if (!is_udp_option(level, name))
        return inet_get_option(sk, level, name, value, len);
    return sock_answer(value, len, &v, sizeof(v));
}

static const struct sock_ops udp_ops = {
    .bind = udp_bind,
    .connect = udp_connect,
    .send = udp_send,
    .recv = dgram_recv,
    .poll = dgram_poll,
    .shutdown = dgram_shutdown,
    .close = udp_close,
    .set_option = udp_set_option,
    .get_option = udp_get_option,
    .name = inet_name,
    .ioctl = dgram_ioctl,
    .destroy = dgram_destroy,
};

static int udp_create(struct netstack *s, int family, int type, int protocol,
                      struct sock **sk)
{
    struct udp_sock *u = net_env_alloc(s, sizeof(*u));

    if (!u)
        return -ENOMEM;
    memset(u, 0, sizeof(*u));
    sock_init(&u->dgram.sk, s, &udp_ops, family, type, protocol);
    *sk = &u->dgram.sk;
    return 0;
}

struct udp_sock *
udp_create_kernel(struct netstack *s, struct netdev *dev, uint16_t port,
                  void (*input_fn)(struct udp_sock *u, struct netbuf *nb,
                                   const struct ip_info *info))
{
    struct sock_addr a = {.len = sizeof(a.in),
                          .in = {.sin_family = AF_INET, .sin_port = port}};
    struct sock *sk;

    if (udp_create(s, AF_INET, SOCK_DGRAM, IPPROTO_UDP, &sk))
        return NULL;
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
