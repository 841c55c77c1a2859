// SPDX-License-Identifier: MIT
/* raw: see the header. All these sockets are in one list of the stack. */
#include "net/raw.h"

#include "abi/errno.h"
#include "net/checksum.h"
#include "net/dgram.h"
#include "net/icmp.h"
#include "net/ipv4.h"
#include "net/netdev.h"
#include "net/stack.h"

struct raw_sock {
    struct dgram_sock dgram;
    struct raw_sock *next;
    bool ping;            /* SOCK_DGRAM: flow.local_port is the identifier */
    bool header_included; /* IP_HDRINCL */
    uint32_t icmp_filter; /* ICMP_FILTER: types that are not wanted */
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

    if (sk->bound_dev && sk->bound_dev != info->dev->index)
        return false;
    if (!netaddr_is_any(&sk->flow.local) &&
        !netaddr_equal(&sk->flow.local, &info->destination))
        return false;
    return netaddr_is_any(&sk->flow.remote) ||
           netaddr_equal(&sk->flow.remote, &info->source);
}

/* ICMP_FILTER, raw(7). */
static bool filtered(const struct raw_sock *r, const struct netbuf *nb,
                     const struct ip_info *info)
{
    unsigned at = (nb->data[0] & 15u) * 4;

    return info->protocol == IPPROTO_ICMP && nb->linear > at &&
           nb->data[at] < 32 && r->icmp_filter >> nb->data[at] & 1;
}

bool raw_deliver(struct netstack *s, struct netbuf *nb,
                 const struct ip_info *info)
{
    bool any = false;

    for (struct raw_sock *r = first(s); r; r = r->next) {
        struct netbuf *copy;

        if (r->ping || info->version != 4 ||
            r->dgram.sk.protocol != info->protocol || !fits(r, info))
            continue;
        any = true;
        if (filtered(r, nb, info))
            continue;
        copy = netbuf_clone(s, nb);
        if (!copy)
            continue;
        copy->network = copy->transport = (uint16_t)(copy->data - copy->head);
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

    for (struct raw_sock *r = first(s); r; r = r->next) {
        struct sock *sk = &r->dgram.sk;

        if (r->ping && h->type == ICMP_ECHO &&
            h->echo.id == sk->flow.local_port && e->error &&
            (sk->options & SOCK_OPT_RECVERR || e->hard))
            sock_set_error(sk, e->error);
    }
}

/* --- out --- */

static int destination_of(struct sock *sk, const struct sock_msg *m,
                          struct netaddr *to)
{
    uint16_t port;

    if (m->addr)
        return inet_parse_addr(sk, m->addr, to, &port);
    *to = sk->flow.remote;
    return netaddr_is_any(to) ? -EDESTADDRREQ : 0;
}

/* A ping socket sends echo requests with its own identifier only. */
static int finish_ping(struct sock *sk, struct netbuf *nb)
{
    struct icmp_header *h = (struct icmp_header *)nb->data;

    if (!netbuf_need(sk->stack, nb, ICMP_HEADER) || h->type != ICMP_ECHO ||
        h->code != 0)
        return -EINVAL;
    h->echo.id = sk->flow.local_port;
    h->checksum = 0;
    h->checksum = checksum_fold(checksum_netbuf(nb, 0, nb->len, 0));
    return 0;
}

static int ping_autobind(struct sock *sk);

static ssize_t raw_send(struct sock *sk, struct sock_msg *m)
{
    struct raw_sock *r = raw_of(sk);
    struct netstack *s = sk->stack;
    size_t len = m->data->left;
    struct ip_options o;
    struct netaddr to;
    struct netbuf *nb;
    int err;

    if (len > IPV4_LEN_MAX - (r->header_included ? 0 : IPV4_HEADER))
        return -EMSGSIZE;
    if (m->flags & (MSG_OOB | MSG_MORE))
        return -EOPNOTSUPP;
    err = destination_of(sk, m, &to);
    if (!err && r->ping)
        err = ping_autobind(sk);
    if (err)
        return err;
    if (sk->error)
        return sock_take_error(sk);
    netstack_update_now(s);
    err = dgram_path(sk, &to);
    if (err)
        return err;
    if (sk->path.broadcast && !(sk->options & SOCK_OPT_BROADCAST))
        return -EACCES;
    if (!dgram_may_send(sk, len))
        return -EAGAIN;
    nb = netbuf_alloc_linear(s, NETBUF_HEADROOM, len);
    if (!nb)
        return -ENOBUFS;
    netbuf_put(nb, len);
    err = dgram_fill(sk, nb, 0, m->data, len);
    if (!err && r->ping)
        err = finish_ping(sk, nb);
    if (!err)
        err = dgram_path(sk, &to);
    if (err) {
        netbuf_free(s, nb);
        return err;
    }
    sock_charge_sent(sk, nb);
    dgram_options(sk, &sk->path, len, &o);
    o.header_included = r->header_included;
    err = ip_output(s, &sk->path, nb, sk->protocol, &o);
    return err ? err : (ssize_t)len;
}

/* --- the rest --- */

static bool identifier_taken(struct netstack *s, uint16_t id)
{
    for (struct raw_sock *r = first(s); r; r = r->next)
        if (r->ping && r->dgram.sk.flow.local_port == id)
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
        if (id && !identifier_taken(sk->stack, id)) {
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
        if (port && identifier_taken(sk->stack, port))
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
        sk->flow.remote = netaddr_v4(0);
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

static int raw_set_option(struct sock *sk, int level, int name,
                          const void *value, size_t len)
{
    struct raw_sock *r = raw_of(sk);
    int v = 0;

    memcpy(&v, value, MIN(len, sizeof(v)));
    if (level == SOL_IP && name == IP_HDRINCL && !r->ping) {
        r->header_included = v;
        return 0;
    }
    if (level == SOL_RAW && name == ICMP_FILTER &&
        sk->protocol == IPPROTO_ICMP && !r->ping) {
        r->icmp_filter = (uint32_t)v;
        return 0;
    }
    return inet_set_option(sk, level, name, value, len);
}

static int raw_get_option(struct sock *sk, int level, int name, void *value,
                          size_t *len)
{
    struct raw_sock *r = raw_of(sk);
    int v = r->header_included;

    if (level != SOL_IP || name != IP_HDRINCL || r->ping)
        return inet_get_option(sk, level, name, value, len);
    *len = MIN(*len, sizeof(v));
    memcpy(value, &v, *len);
    return 0;
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
    r->header_included = protocol == IPPROTO_RAW;
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
    static const struct net_family ping = {.family = AF_INET,
                                           .type = SOCK_DGRAM,
                                           .protocol = IPPROTO_ICMP,
                                           .no_default = true,
                                           .create = raw_create};

    net_family_register(s, &raw);
    net_family_register(s, &ping);
}
