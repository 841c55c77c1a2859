// SPDX-License-Identifier: MIT
/* inet6_option: the options of ipv6(7). */
#include "abi/capability.h"
#include "abi/errno.h"
#include "net/inet_option.h"
#include "net/ip_extra.h"
#include "net/ipv6.h"
#include "net/membership.h"
#include "net/netdev.h"
#include "net/stack.h"

static const struct inet_switch switches[] = {
    {IPV6_RECVPKTINFO, SOCK_OPT_PKTINFO6, 0},
    {IPV6_RECVHOPLIMIT, SOCK_OPT_RECVHOPLIMIT, 0},
    {IPV6_RECVTCLASS, SOCK_OPT_RECVTCLASS, 0},
    {IPV6_RECVERR, SOCK_OPT_RECVERR, 0},
    {IPV6_FREEBIND, SOCK_OPT_FREEBIND, 0},
    {IPV6_TRANSPARENT, 0, INET_OPT_TRANSPARENT},
    {IPV6_RECVHOPOPTS, 0, INET_OPT_RECVHOPOPTS},
    {IPV6_RECVRTHDR, 0, INET_OPT_RECVRTHDR},
    {IPV6_RECVDSTOPTS, 0, INET_OPT_RECVDSTOPTS},
    {IPV6_2292PKTINFO, 0, INET_OPT_OLD_PKTINFO},
    {IPV6_2292HOPLIMIT, 0, INET_OPT_OLD_HOPLIMIT},
    {IPV6_2292HOPOPTS, 0, INET_OPT_OLD_HOPOPTS},
    {IPV6_2292RTHDR, 0, INET_OPT_OLD_RTHDR},
    {IPV6_2292DSTOPTS, 0, INET_OPT_OLD_DSTOPTS},
    {ABI_IPV6_FLOWINFO, 0, INET_OPT_FLOWINFO},
    {IPV6_DONTFRAG, 0, INET_OPT_DONTFRAG},
    {IPV6_ORIGDSTADDR, 0, INET_OPT_ORIGDSTADDR6},
};

static const struct inet_switch *find_switch(int name)
{
    return inet_switch_find(switches, ARRAY_SIZE(switches), name);
}

/* Hops and classes; -1 is the default. */
static int set_byte(uint8_t *at, int v, int at_minus_1)
{
    if (v < -1 || v > 255)
        return -EINVAL;
    *at = (uint8_t)(v == -1 ? at_minus_1 : v);
    return 0;
}

/* A socket that talks to an IPv4 host becomes one of AF_INET. */
static int become_v4(struct sock *sk, int family)
{
    if (family != AF_INET)
        return -EINVAL;
    if (!sk->flow.remote_port || sk->type == SOCK_RAW)
        return -ENOTCONN;
    if (!netaddr_is_v4(&sk->flow.remote) || sk->options & SOCK_OPT_V6ONLY)
        return -EADDRNOTAVAIL;
    sk->family = AF_INET;
    return 0;
}

static int set_number(struct sock *sk, int name, int v)
{
    const struct inet_switch *w = find_switch(name);

    if (w)
        return inet_switch_change(sk, w, v);
    switch (name) {
    case IPV6_ADDRFORM:
        return become_v4(sk, v);
    case IPV6_V6ONLY:
        if (sk->use.port)
            return -EINVAL;
        sk->options = v ? sk->options | SOCK_OPT_V6ONLY
                        : sk->options & ~(uint32_t)SOCK_OPT_V6ONLY;
        sk->use.flags = (uint8_t)(v ? sk->use.flags | PORT_ONLY_V6
                                    : sk->use.flags & ~PORT_ONLY_V6);
        return 0;
    case IPV6_UNICAST_HOPS:
        return set_byte(&sk->ttl, v, 0);
    case IPV6_MULTICAST_HOPS:
        if (sk->type == SOCK_STREAM)
            return -ENOPROTOOPT;
        return set_byte(&sk->multicast_ttl, v, 1);
    case IPV6_MULTICAST_LOOP:
        if (v & ~1)
            return -EINVAL;
        sk->multicast_loop = v;
        return 0;
    case IPV6_MULTICAST_IF:
        if (sk->type == SOCK_STREAM)
            return -ENOPROTOOPT;
        if (v && !netdev_by_index(sk->stack, v))
            return -ENODEV;
        sk->multicast_dev = v;
        return 0;
    case IPV6_MULTICAST_ALL:
        inet_switch_set(sk, &(struct inet_switch){0, 0, INET_OPT_ONLY_JOINED6},
                        !v);
        return 0;
    case IPV6_MTU_DISCOVER:
        return inet_set_pmtu(sk, v);
    case IPV6_MTU:
        if (v && v < IPV6_MTU_MIN)
            return -EINVAL;
        sk->mtu6 = (uint32_t)v;
        ip_path_release(sk->stack, &sk->path);
        return 0;
    case IPV6_TCLASS:
        return set_byte(&sk->tos, v, 0);
    case IPV6_UNICAST_IF:
        return inet_set_unicast_dev(sk, v);
    case IPV6_MINHOPCOUNT:
        return inet_set_min_ttl(sk, v);
    }
    return -ENOPROTOOPT;
}

/* The kind of the extension headers that an option is about; -1: of none. */
static int header_kind(int name)
{
    switch (name) {
    case IPV6_HOPOPTS:
        return IP_EXTRA_HOP_BY_HOP;
    case IPV6_RTHDRDSTOPTS:
        return IP_EXTRA_BEFORE_ROUTING;
    case IPV6_DSTOPTS:
        return IP_EXTRA_DESTINATION;
    }
    return -1;
}

/* One that goes with all packets; of no length: none. */
static int set_header(struct sock *sk, int kind, const void *value, size_t len)
{
    if (!net_env_capable(sk->stack, CAP_NET_RAW))
        return -EPERM;
    if (len && (len < 2 || len % 8 || len > IP_EXTRA_MAX))
        return -EINVAL;
    return ip_extra_set_v6(sk->stack, &sk->extra, (enum ip_extra_kind)kind,
                           value, len);
}

/* Routing headers, of which Linux knows two types: neither is sent. */
static int set_routing(const uint8_t *value, size_t len)
{
    if (!len)
        return 0;
    if (len < 4 || len % 8 || len > IP_EXTRA_MAX || (value[1] + 1u) * 8 > len)
        return -EINVAL;
    return value[2] == 2 || value[2] == 4 ? -ENOPROTOOPT : -EINVAL;
}

int inet6_set_option(struct sock *sk, int name, const void *value, size_t len)
{
    int v;

    if (header_kind(name) >= 0)
        return set_header(sk, header_kind(name), value, len);
    if (name == IPV6_RTHDR)
        return set_routing(value, len);
    if (len < sizeof(v))
        return -EINVAL;
    memcpy(&v, value, sizeof(v));
    return set_number(sk, name, v);
}

static int get_mtu(const struct sock *sk, int *v)
{
    if (!sk->path.dev || !sk->flow.remote_port)
        return -ENOTCONN;
    *v = (int)sk->path.mtu;
    return 0;
}

static int get_number(struct sock *sk, int name, int *v)
{
    const struct inet_switch *w = find_switch(name);

    *v = w && inet_switch_get(sk, w);
    if (w)
        return 0;
    switch (name) {
    case IPV6_ADDRFORM:
        *v = sk->family;
        return sk->flow.remote_port ? 0 : -ENOTCONN;
    case IPV6_V6ONLY:
        *v = (sk->options & SOCK_OPT_V6ONLY) != 0;
        return 0;
    case IPV6_UNICAST_HOPS:
        *v = sk->ttl ? sk->ttl : IPV6_HOPS;
        return 0;
    case IPV6_MULTICAST_HOPS:
        *v = sk->multicast_ttl;
        return 0;
    case IPV6_MULTICAST_LOOP:
        *v = sk->multicast_loop;
        return 0;
    case IPV6_MULTICAST_IF:
        *v = sk->multicast_dev;
        return 0;
    case IPV6_MULTICAST_ALL:
        *v = !(sk->inet_options & INET_OPT_ONLY_JOINED6);
        return 0;
    case IPV6_MTU_DISCOVER:
        *v = sk->pmtu;
        return 0;
    case IPV6_TCLASS:
        *v = sk->tos;
        return 0;
    case IPV6_UNICAST_IF:
        *v = (int)be32((uint32_t)sk->unicast_dev);
        return 0;
    case IPV6_MINHOPCOUNT:
        *v = sk->min_ttl;
        return 0;
    case IPV6_MTU:
        return get_mtu(sk, v);
    }
    return -ENOPROTOOPT;
}

/* struct ip6_mtuinfo: where to, and the MTU on the way. */
static int get_path_mtu(struct sock *sk, void *value, size_t *len)
{
    struct {
        struct abi_sockaddr_in6 to;
        uint32_t mtu;
    } info;
    struct sock_addr a;
    int mtu, err = get_mtu(sk, &mtu);

    if (err)
        return err;
    if (*len < sizeof(info))
        return -EINVAL;
    inet_format_addr(sk, &sk->flow.remote, 0, &a);
    info.to = a.in6;
    info.mtu = (uint32_t)mtu;
    return sock_answer(value, len, &info, sizeof(info));
}

static int get_header(const struct sock *sk, int kind, void *value, size_t *len)
{
    const uint8_t *h =
        kind < 0 ? NULL : ip_extra_header(sk->extra, (enum ip_extra_kind)kind);

    if (!h)
        return sock_answer(value, len, "", 0);
    return sock_answer(value, len, h, sk->extra->len[kind]);
}

int inet6_get_option(struct sock *sk, int name, void *value, size_t *len)
{
    int v, err;

    if (header_kind(name) >= 0 || name == IPV6_RTHDR)
        return get_header(sk, header_kind(name), value, len);
    if (name == IPV6_PATHMTU)
        return get_path_mtu(sk, value, len);
    err = get_number(sk, name, &v);
    return err ? err : sock_answer(value, len, &v, sizeof(v));
}
