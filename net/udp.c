// SPDX-License-Identifier: MIT
/*
 * udp: see the header. Connected sockets are in the flow table, the others are
 * receivers of their port.
 */
#include "net/udp_priv.h"

#include "abi/errno.h"
#include "net/checksum.h"
#include "net/icmpv6.h"
#include "net/ipv6.h"
#include "net/membership.h"
#include "net/netdev.h"
#include "net/sock_error.h"
#include "net/stack.h"
#include "net/trace.h"

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
    [SEND_STAMPED] = UDP_OPS(udp_send_stamped),
    [SEND_MORE] = UDP_OPS(udp_send_more),
};

void udp_choose_ops(struct udp_sock *u)
{
    const struct sock *sk = &u->dgram.sk;
    unsigned in = sk->peek_off >= 0 ? RECV_AT_OFFSET
                  : u->gro          ? RECV_JOINED
                                    : RECV_EACH;
    unsigned out = u->cork || u->more ? SEND_MORE
                   : sk->timestamping ? SEND_STAMPED
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
