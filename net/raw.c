// SPDX-License-Identifier: MIT
/* raw: see the header. All these sockets are in one list of the stack. Those of
 * IPv6 get and send what is behind the IP header, those of IPv4 get it whole.
 */
#include "net/raw.h"

#include "abi/errno.h"
#include "net/checksum.h"
#include "net/dgram_control.h"
#include "net/icmpv6.h"
#include "net/ip_extra.h"
#include "net/membership.h"
#include "net/sock_error.h"
#include "net/stack.h"

struct raw_sock {
    struct dgram_sock dgram;
    struct raw_sock *next;
    bool ping;            /* SOCK_DGRAM: flow.local_port is the identifier */
    bool header_included; /* IP_HDRINCL */
    /* ICMP_FILTER, ICMP6_FILTER: types that are not wanted */
    uint32_t icmp_filter[8];
    int checksum_at; /* IPV6_CHECKSUM; -1: nowhere */
};

static struct raw_sock *raw_of(struct sock *sk)
{
    return container_of(sk, struct raw_sock, dgram.sk);
}

static struct raw_sock *first(struct netstack *s)
{
    return (struct raw_sock *)s->raw_socks;
}

/* --- in --- */

static bool fits(const struct raw_sock *r, const struct ip_info *info)
{
    const struct sock *sk = &r->dgram.sk;

    if (sk->family != (info->version == 4 ? AF_INET : AF_INET6))
        return false;
    if (sk->bound_dev && sk->bound_dev != info->dev->index)
        return false;
    if (!netaddr_is_any(&sk->flow.local) &&
        !netaddr_equal(&sk->flow.local, &info->destination))
        return false;
    if (netaddr_is_multicast(&info->destination) &&
        !membership_wants(sk, info->dev, &info->destination, &info->source))
        return false;
    return netaddr_is_any(&sk->flow.remote) ||
           netaddr_equal(&sk->flow.remote, &info->source);
}

/* ICMP_FILTER of raw(7), ICMP6_FILTER of RFC 3542, 3.2. */
static bool filtered(const struct raw_sock *r, const struct netbuf *nb,
                     const struct ip_info *info)
{
    unsigned at = info->version == 4 ? (nb->data[0] & 15u) * 4 : 0;

    if (info->protocol != IPPROTO_ICMP && info->protocol != IPPROTO_ICMPV6)
        return false;
    return nb->linear > at &&
           r->icmp_filter[nb->data[at] / 32] >> (nb->data[at] & 31) & 1;
}

/* IPV6_CHECKSUM: what comes is summed too (RFC 3542, 3.1). */
static bool sum_ok(const struct raw_sock *r, const struct netbuf *nb,
                   const struct ip_info *info)
{
    return r->checksum_at < 0 || info->version == 4 || ip_checksum_ok(nb, info);
}

bool raw_deliver(struct netstack *s, struct netbuf *nb,
                 const struct ip_info *info)
{
    bool any = false;

    for (struct raw_sock *r = first(s); r; r = r->next) {
        struct netbuf *copy;

        if (r->ping || r->dgram.sk.protocol != info->protocol || !fits(r, info))
            continue;
        any = true;
        if (filtered(r, nb, info) || !sum_ok(r, nb, info))
            continue;
        copy = netbuf_clone(s, nb);
        if (!copy)
            continue;
        copy->transport = (uint16_t)(copy->data - copy->head);
        if (info->version == 4)
            copy->network = copy->transport;
        if (r->dgram.sk.filter && !dgram_filter(&r->dgram.sk, copy, 0))
            netbuf_free(s, copy);
        else
            dgram_queue(&r->dgram, copy);
    }
    return any;
}

void raw_for_each(struct netstack *s, void (*fn)(struct sock *sk, void *arg),
                  void *arg)
{
    for (struct raw_sock *r = first(s); r; r = r->next)
        if (!r->ping)
            fn(&r->dgram.sk, arg);
}

void ping_input(struct netstack *s, struct netbuf *nb,
                const struct ip_info *info)
{
    const struct icmp_header *h = (const struct icmp_header *)nb->data;

    for (struct raw_sock *r = first(s); r; r = r->next) {
        struct netbuf *copy;

        if (!r->ping || r->dgram.sk.flow.local_port != h->echo.id ||
            !fits(r, info))
            continue;
        copy = netbuf_clone(s, nb);
        if (copy)
            dgram_queue(&r->dgram, copy);
    }
}

void ping_error(struct netstack *s, const struct ip_error *e)
{
    const struct icmp_header *h = (const struct icmp_header *)e->header;
    int family = e->version == 4 ? AF_INET : AF_INET6;

    for (struct raw_sock *r = first(s); r; r = r->next) {
        struct sock *sk = &r->dgram.sk;

        if (!r->ping || sk->family != family ||
            h->type != (e->version == 4 ? ICMP_ECHO : ICMPV6_ECHO) ||
            h->echo.id != sk->flow.local_port || !e->error)
            continue;
        if (sk->options & SOCK_OPT_RECVERR)
            sock_error_queue(sk, e, 0, 0);
        if (sk->options & SOCK_OPT_RECVERR || e->hard)
            sock_set_error(sk, e->error);
    }
}

void raw_error(struct netstack *s, const struct ip_error *e)
{
    for (struct raw_sock *r = first(s); r; r = r->next) {
        struct sock *sk = &r->dgram.sk;

        if (r->ping || sk->protocol != e->protocol ||
            sk->family != (e->version == 4 ? AF_INET : AF_INET6) || !e->error ||
            (!netaddr_is_any(&sk->flow.remote) &&
             !netaddr_equal(&sk->flow.remote, &e->destination)))
            continue;
        if (sk->options & SOCK_OPT_RECVERR)
            sock_error_queue(sk, e, 0, 0);
        else if (!e->hard || netaddr_is_any(&sk->flow.remote))
            continue;
        sock_set_error(sk, e->error);
    }
}

/* --- out --- */

static int destination_of(struct sock *sk, const struct sock_msg *m,
                          struct netaddr *to)
{
    uint16_t port;
    int err;

    if (!m->addr) {
        *to = sk->flow.remote;
        return netaddr_is_any(to) ? -EDESTADDRREQ : 0;
    }
    err = inet_parse_addr(sk, m->addr, to, &port);
    /* Mapped addresses are UDP's and TCP's. */
    if (!err && netaddr_is_v4(to) != (sk->family == AF_INET))
        err = -EINVAL;
    return err;
}

/* A ping socket sends echo requests with its own identifier only. */
static int finish_ping(struct sock *sk, struct netbuf *nb)
{
    struct icmp_header *h = (struct icmp_header *)nb->data;
    bool v4 = sk->family == AF_INET;

    if (!netbuf_need(sk->stack, nb, ICMP_HEADER) ||
        h->type != (v4 ? ICMP_ECHO : ICMPV6_ECHO) || h->code != 0)
        return -EINVAL;
    h->echo.id = sk->flow.local_port;
    if (!v4)
        return 0;
    h->checksum = 0;
    h->checksum = checksum_fold(checksum_netbuf(nb, 0, nb->len, 0));
    return 0;
}

/* The sum with the pseudo-header, which only the stack knows: ICMPv6's, and
 * where IPV6_CHECKSUM says. */
static int store_sum(const struct raw_sock *r, struct netbuf *nb,
                     const struct ip_path *p)
{
    size_t at = (size_t)r->checksum_at;
    uint16_t sum = 0;

    if (r->checksum_at < 0)
        return 0;
    if (nb->len < at + sizeof(sum))
        return -EINVAL;
    netbuf_copy_in(nb, at, &sum, sizeof(sum));
    sum = checksum_fold(
        checksum_netbuf(nb, 0, nb->len,
                        checksum_pseudo(&p->source, &p->destination,
                                        r->dgram.sk.protocol, nb->len)));
    netbuf_copy_in(nb, at, &sum, sizeof(sum));
    return 0;
}

static int ping_autobind(struct sock *sk);

/* Sends nb, whose bytes are the caller's. Takes it. */
static int finish(struct sock *sk, struct netbuf *nb, struct ip_path *p,
                  const struct dgram_control *c)
{
    struct raw_sock *r = raw_of(sk);
    struct ip_options o;
    int err = r->ping ? finish_ping(sk, nb) : 0;

    if (!err)
        err = ip_path_refresh(sk->stack, p);
    if (!err)
        err = store_sum(r, nb, p);
    if (err) {
        netbuf_free(sk->stack, nb);
        return err;
    }
    sock_charge_sent(sk, nb);
    dgram_control_options(sk, c, p, nb->len, &o);
    o.header_included = r->header_included && sk->family == AF_INET;
    if (p->multicast && sk->multicast_loop && !o.header_included)
        nb->flags |= NETBUF_LOOPED;
    err = ip_output(sk->stack, p, nb, sk->protocol, &o);
    if (err == -EMSGSIZE && sk->options & SOCK_OPT_RECVERR)
        sock_error_queue_local(sk, EMSGSIZE, &p->destination, 0, p->mtu);
    return err;
}

static int send_along(struct sock *sk, struct sock_msg *m, struct ip_path *p,
                      const struct dgram_control *c)
{
    size_t len = m->data->left;
    struct netbuf *nb;
    int err;

    if (p->broadcast && !(sk->options & SOCK_OPT_BROADCAST))
        return -EACCES;
    if (!dgram_may_send(sk, len))
        return -EAGAIN;
    nb = netbuf_alloc_linear(sk->stack, NETBUF_HEADROOM, len);
    if (!nb)
        return -ENOBUFS;
    netbuf_put(nb, len);
    err = dgram_fill(sk, nb, 0, m->data, len);
    if (!err)
        return finish(sk, nb, p, c);
    netbuf_free(sk->stack, nb);
    return err;
}

static ssize_t raw_send(struct sock *sk, struct sock_msg *m)
{
    struct raw_sock *r = raw_of(sk);
    size_t len = m->data->left;
    struct ip_path p = {0};
    struct dgram_control c;
    struct netaddr to;
    uint32_t wishes;
    int err;

    if (len > IPV4_LEN_MAX - (r->header_included ? 0 : IPV4_HEADER))
        return -EMSGSIZE;
    if (m->flags & (MSG_OOB | MSG_MORE))
        return -EOPNOTSUPP;
    err = destination_of(sk, m, &to);
    if (!err)
        err = sock_stamp_wishes(sk, m, &wishes);
    if (err)
        return err;
    err = dgram_control_get(sk, m, &c);
    if (!err && r->header_included &&
        (c.extra || (sk->extra && sk->extra->v4.len)))
        err = -EINVAL; /* whose header has its own */
    if (!err && r->ping)
        err = ping_autobind(sk);
    if (!err && sk->error)
        err = sock_take_error(sk);
    netstack_update_now(sk->stack);
    if (!err)
        err = dgram_control_path(sk, &c, &to, &p);
    if (!err)
        err = send_along(sk, m, &p, &c);
    ip_path_release(sk->stack, &p);
    dgram_control_done(sk, &c);
    if (err)
        return err;
    sock_error_queue_datagram(sk, wishes);
    return (ssize_t)len;
}

/* --- the rest --- */

static bool identifier_taken(const struct sock *sk, uint16_t id)
{
    for (struct raw_sock *r = first(sk->stack); r; r = r->next)
        if (r->ping && r->dgram.sk.flow.local_port == id &&
            r->dgram.sk.family == sk->family)
            return true;
    return false;
}

static int ping_autobind(struct sock *sk)
{
    uint16_t id;

    if (sk->flow.local_port)
        return 0;
    for (unsigned i = 0; i < 1000; i++) {
        net_env_random(sk->stack, &id, sizeof(id));
        if (id && !identifier_taken(sk, id)) {
            sk->flow.local_port = id;
            return 0;
        }
    }
    return -EAGAIN;
}

static int raw_bind(struct sock *sk, const struct sock_addr *a)
{
    struct netaddr addr;
    uint16_t port;
    int err = inet_parse_addr(sk, a, &addr, &port);

    if (err)
        return err;
    if (!netaddr_is_any(&addr) && !ip_is_local(sk->stack, &addr) &&
        !netaddr_is_multicast(&addr))
        return -EADDRNOTAVAIL;
    if (raw_of(sk)->ping) {
        if (sk->flow.local_port)
            return -EINVAL;
        if (port && identifier_taken(sk, port))
            return -EADDRINUSE;
        sk->flow.local_port = port;
        err = port ? 0 : ping_autobind(sk);
    }
    sk->flow.local = addr;
    ip_path_release(sk->stack, &sk->path);
    return err;
}

static int raw_connect(struct sock *sk, const struct sock_addr *a)
{
    struct netaddr to;
    uint16_t port;
    int err;

    if (a->len >= sizeof(a->family) && a->family == AF_UNSPEC) {
        sk->flow.remote = inet_any(sk);
        sk->flow.remote_port = 0;
        return 0;
    }
    err = inet_parse_addr(sk, a, &to, &port);
    if (!err)
        err = dgram_path(sk, &to);
    if (err)
        return err;
    sk->flow.remote = sk->path.destination;
    /* What tells that it is connected; on the wire there are no ports. */
    sk->flow.remote_port = port ? port : 1;
    return 0;
}

/* Whether an option is this socket's, about types of ICMP; *size: its value's.
 */
static bool is_icmp_filter(const struct sock *sk, int level, int name,
                           size_t *size)
{
    *size = level == SOL_RAW ? 4 : 32;
    if (raw_of((struct sock *)(uintptr_t)sk)->ping)
        return false;
    return level == SOL_RAW ? name == ICMP_FILTER && sk->family == AF_INET &&
                                  sk->protocol == IPPROTO_ICMP
                            : level == SOL_ICMPV6 && name == ABI_ICMP6_FILTER &&
                                  sk->protocol == IPPROTO_ICMPV6;
}

/* IPV6_CHECKSUM, of the levels of IPv6 and of raw sockets. */
static bool is_checksum(const struct sock *sk, int level, int name)
{
    return sk->family == AF_INET6 && sk->type == SOCK_RAW &&
           (level == SOL_IPV6 || level == SOL_RAW) && name == IPV6_CHECKSUM;
}

static int raw_set_option(struct sock *sk, int level, int name,
                          const void *value, size_t len)
{
    struct raw_sock *r = raw_of(sk);
    size_t size;
    int v = 0;

    memcpy(&v, value, MIN(len, sizeof(v)));
    if (level == SOL_IP && name == IP_HDRINCL && !r->ping) {
        r->header_included = v;
        return 0;
    }
    if (is_icmp_filter(sk, level, name, &size)) {
        memcpy(r->icmp_filter, value, MIN(len, size));
        return 0;
    }
    if (is_checksum(sk, level, name)) {
        /* ICMPv6's is where it is; others are at even places. */
        if (len < sizeof(v) || sk->protocol == IPPROTO_ICMPV6 ||
            (v > 0 && v & 1))
            return -EINVAL;
        r->checksum_at = v < 0 ? -1 : v;
        return 0;
    }
    return inet_set_option(sk, level, name, value, len);
}

static int raw_get_option(struct sock *sk, int level, int name, void *value,
                          size_t *len)
{
    struct raw_sock *r = raw_of(sk);
    int v = r->header_included;
    size_t size;

    if (is_icmp_filter(sk, level, name, &size))
        return sock_answer(value, len, r->icmp_filter, size);
    if (is_checksum(sk, level, name))
        return sock_answer(value, len, &r->checksum_at, sizeof(r->checksum_at));
    if (level != SOL_IP || name != IP_HDRINCL || r->ping)
        return inet_get_option(sk, level, name, value, len);
    return sock_answer(value, len, &v, sizeof(v));
}

static void raw_close(struct sock *sk)
{
    struct raw_sock **link = (struct raw_sock **)&sk->stack->raw_socks;

    while (*link != raw_of(sk))
        link = &(*link)->next;
    *link = raw_of(sk)->next;
    dgram_close(sk);
}

static const struct sock_ops raw_ops = {
    .bind = raw_bind,
    .connect = raw_connect,
    .send = raw_send,
    .recv = dgram_recv,
    .poll = dgram_poll,
    .shutdown = dgram_shutdown,
    .close = raw_close,
    .set_option = raw_set_option,
    .get_option = raw_get_option,
    .name = inet_name,
    .ioctl = dgram_ioctl,
    .destroy = dgram_destroy,
};

static int raw_create(struct netstack *s, int family, int type, int protocol,
                      struct sock **sk)
{
    struct raw_sock *r = net_env_alloc(s, sizeof(*r));

    if (!r)
        return -ENOMEM;
    memset(r, 0, sizeof(*r));
    sock_init(&r->dgram.sk, s, &raw_ops, family, type, protocol);
    r->ping = type == SOCK_DGRAM;
    r->header_included = protocol == IPPROTO_RAW && family == AF_INET;
    r->checksum_at = protocol == IPPROTO_ICMPV6 && family == AF_INET6 ? 2 : -1;
    r->dgram.sk.options = r->ping ? 0 : SOCK_OPT_REUSEADDR; /* as on Linux */
    r->next = first(s);
    s->raw_socks = (struct sock *)r;
    *sk = &r->dgram.sk;
    return 0;
}

void raw_init(struct netstack *s)
{
    static const struct net_family raw = {.family = AF_INET,
                                          .type = SOCK_RAW,
                                          .any_protocol = true,
                                          .no_default = true,
                                          .create = raw_create};
    static const struct net_family raw6 = {.family = AF_INET6,
                                           .type = SOCK_RAW,
                                           .any_protocol = true,
                                           .no_default = true,
                                           .create = raw_create};
    static const struct net_family ping = {.family = AF_INET,
                                           .type = SOCK_DGRAM,
                                           .protocol = IPPROTO_ICMP,
                                           .no_default = true,
                                           .create = raw_create};
    static const struct net_family ping6 = {.family = AF_INET6,
                                            .type = SOCK_DGRAM,
                                            .protocol = IPPROTO_ICMPV6,
                                            .no_default = true,
                                            .create = raw_create};

    net_family_register(s, &raw);
    net_family_register(s, &raw6);
    net_family_register(s, &ping);
    net_family_register(s, &ping6);
}
