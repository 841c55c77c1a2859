// SPDX-License-Identifier: MIT
/* inet: what TCP, UDP and raw sockets share: addresses, bind and the options of
 * ip(7). An AF_INET6 socket speaks IPv4 with mapped addresses. */
#include "abi/errno.h"
#include "net/ipv6.h"
#include "net/netdev.h"
#include "net/sock.h"
#include "net/stack.h"

static bool needs_scope(const struct netaddr *a)
{
    return ipv6_is_link_local(a) || (a->b[0] == 0xff && (a->b[1] & 15) <= 2);
}

int inet_dev(const struct sock *sk, const struct netaddr *destination)
{
    if (sk->bound_dev || !needs_scope(destination))
        return sk->bound_dev;
    return sk->scope_dev;
}

int inet_may_reach(const struct sock *sk, const struct netaddr *destination)
{
    if (netaddr_is_v4(destination))
        return sk->options & SOCK_OPT_V6ONLY ? -ENETUNREACH : 0;
    return ipv6_is_link_local(destination) && !inet_dev(sk, destination)
               ? -EINVAL
               : 0;
}

int inet_parse_addr(struct sock *sk, const struct sock_addr *a,
                    struct netaddr *addr, uint16_t *port)
{
    if (sk->family == AF_INET6) {
        if (a->len < 24) /* RFC 2133's, without a scope */
            return -EINVAL;
        if (a->family != AF_INET6)
            return -EAFNOSUPPORT;
        *addr = netaddr_v6(a->in6.sin6_addr);
        *port = a->in6.sin6_port;
        if (unlikely(needs_scope(addr)))
            sk->scope_dev =
                a->len >= sizeof(a->in6) ? (int)a->in6.sin6_scope_id : 0;
        return 0;
    }
    if (a->len < sizeof(a->in))
        return -EINVAL;
    if (sk->family != AF_INET || a->family != AF_INET)
        return -EAFNOSUPPORT;
    *addr = netaddr_v4(*(const uint32_t *)a->in.sin_addr);
    *port = a->in.sin_port;
    return 0;
}

void inet_format_addr(const struct sock *sk, const struct netaddr *addr,
                      uint16_t port, struct sock_addr *a)
{
    if (sk->family == AF_INET6) {
        a->len = sizeof(a->in6);
        a->in6 = (struct abi_sockaddr_in6){.sin6_family = AF_INET6,
                                           .sin6_port = port};
        memcpy(a->in6.sin6_addr, addr->b, sizeof(addr->b));
    } else {
        a->len = sizeof(a->in);
        a->in =
            (struct abi_sockaddr_in){.sin_family = AF_INET, .sin_port = port};
        memcpy(a->in.sin_addr, &addr->w[3], sizeof(a->in.sin_addr));
    }
}

/* May the socket have this local address? */
static bool may_bind(struct sock *sk, const struct netaddr *a)
{
    struct netstack *s = sk->stack;

    if (netaddr_is_any(a) || sk->options & SOCK_OPT_FREEBIND ||
        ip_is_local(s, a))
        return true;
    if (sk->type == SOCK_STREAM)
        return false;
    if (netaddr_is_multicast(a))
        return true;
    if (!netaddr_is_v4(a))
        return false;
    if (a->w[3] == UINT32_MAX)
        return true;
    for (struct netdev *dev = s->devs; dev; dev = dev->next)
        if (netdev_is_broadcast_v4(dev, a->w[3]))
            return true;
    return false;
}

int inet_bind(struct sock *sk, const struct sock_addr *a)
{
    struct netaddr addr;
    uint16_t port;
    int err;

    /* bind with AF_UNSPEC and the any address: as Linux, for old programs. */
    if (sk->family == AF_INET && a->family == AF_UNSPEC &&
        a->len >= sizeof(a->in) && *(const uint32_t *)a->in.sin_addr == 0) {
        addr = netaddr_v4(0);
        port = a->in.sin_port;
    } else {
        err = inet_parse_addr(sk, a, &addr, &port);
        if (err)
            return err;
    }
    if (netaddr_is_v4(&addr) && sk->options & SOCK_OPT_V6ONLY)
        return -EINVAL;
    if (ipv6_is_link_local(&addr)) {
        if (!inet_dev(sk, &addr))
            return -EINVAL;
        sk->bound_dev = inet_dev(sk, &addr);
    }
    if (!may_bind(sk, &addr))
        return -EADDRNOTAVAIL;
    if (sk->use.port || sk->flow.hashed)
        return -EINVAL;
    sk->use.addr = addr;
    sk->use.bound_dev = sk->bound_dev;
    sk->use.uid = sk->uid;
    if (sk->options & SOCK_OPT_V6ONLY)
        sk->use.flags |= PORT_ONLY_V6;
    if (sk->type == SOCK_DGRAM)
        sk->use.flags |= PORT_DATAGRAM;
    err = port_bind(sk->stack, &sk->use, sk->protocol, port);
    if (err)
        return err;
    sk->flow.local = addr;
    sk->flow.local_port = sk->use.port->number;
    return 0;
}

int inet_name(struct sock *sk, bool peer, struct sock_addr *a)
{
    const struct netaddr *addr = peer ? &sk->flow.remote : &sk->flow.local;

    if (peer && !sk->flow.remote_port)
        return -ENOTCONN;
    if (peer)
        inet_format_addr(sk, &sk->flow.remote, sk->flow.remote_port, a);
    else
        inet_format_addr(sk, &sk->flow.local, sk->flow.local_port, a);
    if (ipv6_is_link_local(addr))
        a->in6.sin6_scope_id =
            (uint32_t)(sk->path.dev ? sk->path.dev->index : sk->bound_dev);
    return 0;
}

void inet_release(struct sock *sk)
{
    flow_remove(sk->stack, &sk->flow);
    port_release(sk->stack, &sk->use);
    ip_path_release(sk->stack, &sk->path);
    while (sk->memberships) {
        struct sock_membership *m = sk->memberships;

        sk->memberships = m->next;
        netdev_leave_group(m->dev, &m->group);
        net_env_free(sk->stack, m);
    }
}

/* --- groups --- */

/* struct ip_mreqn of ip(7); the last field may be missing. */
struct group_request {
    uint32_t group, address;
    int32_t index;
};

static struct netdev *group_dev(struct sock *sk, const struct group_request *r)
{
    struct netstack *s = sk->stack;
    struct netdev *dev;

    if (r->index)
        return netdev_by_index(s, r->index);
    for (dev = s->devs; dev; dev = dev->next)
        if (r->address ? dev->v4.addr == r->address
                       : !(dev->features & NETDEV_LOOPBACK))
            return dev;
    return r->address ? NULL : s->loopback;
}

static int leave(struct sock *sk, struct sock_membership **link)
{
    struct sock_membership *m = *link;
    int err;

    if (!m)
        return -EADDRNOTAVAIL;
    *link = m->next;
    err = netdev_leave_group(m->dev, &m->group);
    net_env_free(sk->stack, m);
    return err;
}

static int change_group(struct sock *sk, bool join, struct netdev *dev,
                        const struct netaddr *group)
{
    struct sock_membership *m, **link = &sk->memberships;
    int err;

    if (!netaddr_is_multicast(group))
        return -EINVAL;
    if (!dev)
        return -ENODEV;
    while (*link &&
           (!netaddr_equal(&(*link)->group, group) || (*link)->dev != dev))
        link = &(*link)->next;
    if (!join)
        return leave(sk, link);
    if (*link)
        return -EADDRINUSE;
    m = net_env_alloc(sk->stack, sizeof(*m));
    if (!m)
        return -ENOBUFS;
    err = netdev_join_group(dev, group);
    if (err) {
        net_env_free(sk->stack, m);
        return err;
    }
    *m = (struct sock_membership){sk->memberships, dev, *group};
    sk->memberships = m;
    return 0;
}

static int change_membership(struct sock *sk, bool join, const void *value,
                             size_t len)
{
    struct group_request r = {0};
    struct netaddr group;

    if (len < 8)
        return -EINVAL;
    memcpy(&r, value, MIN(len, sizeof(r)));
    group = netaddr_v4(r.group);
    return change_group(sk, join, group_dev(sk, &r), &group);
}

/* --- options of ip(7) --- */

static uint32_t ip_switch(int name)
{
    switch (name) {
    case IP_PKTINFO:
        return SOCK_OPT_PKTINFO;
    case IP_RECVTTL:
        return SOCK_OPT_RECVTTL;
    case IP_RECVTOS:
        return SOCK_OPT_RECVTOS;
    case IP_RECVERR:
        return SOCK_OPT_RECVERR;
    case IP_FREEBIND:
        return SOCK_OPT_FREEBIND;
    case IP_ORIGDSTADDR:
        return SOCK_OPT_ORIGDSTADDR;
    }
    return 0;
}

static int set_ip(struct sock *sk, int name, int v)
{
    uint32_t option = ip_switch(name);

    if (option) {
        sk->options = v ? sk->options | option : sk->options & ~option;
        return 0;
    }
    switch (name) {
    case IP_TOS:
        sk->tos = (uint8_t)v;
        return 0;
    case IP_TTL:
        if (v != -1 && (v < 1 || v > 255))
            return -EINVAL;
        sk->ttl = v == -1 ? 0 : (uint8_t)v;
        return 0;
    case IP_MTU_DISCOVER:
        if (v < SOCK_PMTU_DONT || v > SOCK_PMTU_PROBE)
            return -EINVAL;
        sk->pmtu = (uint8_t)v;
        return 0;
    case IP_MULTICAST_TTL:
        if (v < -1 || v > 255)
            return -EINVAL;
        sk->multicast_ttl = v == -1 ? 1 : (uint8_t)v;
        return 0;
    case IP_MULTICAST_LOOP:
        sk->multicast_loop = v;
        return 0;
    }
    return -ENOPROTOOPT;
}

static int set_multicast_if(struct sock *sk, const void *value, size_t len)
{
    struct group_request r = {0};
    struct netdev *dev;

    if (len < 4)
        return -EINVAL;
    if (len < 8)
        memcpy(&r.address, value, 4);
    else
        memcpy(&r, value, MIN(len, sizeof(r)));
    if (!r.address && !r.index) {
        sk->multicast_dev = 0;
        return 0;
    }
    dev = group_dev(sk, &r);
    if (!dev)
        return -EADDRNOTAVAIL;
    sk->multicast_dev = dev->index;
    return 0;
}

/* --- options of ipv6(7) --- */

static uint32_t ip6_switch(int name)
{
    switch (name) {
    case IPV6_RECVPKTINFO:
        return SOCK_OPT_PKTINFO6;
    case IPV6_RECVHOPLIMIT:
        return SOCK_OPT_RECVHOPLIMIT;
    case IPV6_RECVTCLASS:
        return SOCK_OPT_RECVTCLASS;
    case IPV6_RECVERR:
        return SOCK_OPT_RECVERR;
    case IPV6_FREEBIND:
        return SOCK_OPT_FREEBIND;
    }
    return 0;
}

static int set_ip6(struct sock *sk, int name, int v)
{
    uint32_t option = ip6_switch(name);

    if (option) {
        sk->options = v ? sk->options | option : sk->options & ~option;
        return 0;
    }
    switch (name) {
    case IPV6_V6ONLY:
        if (sk->use.port)
            return -EINVAL;
        sk->options = v ? sk->options | SOCK_OPT_V6ONLY
                        : sk->options & ~(uint32_t)SOCK_OPT_V6ONLY;
        return 0;
    case IPV6_UNICAST_HOPS:
        if (v < -1 || v > 255)
            return -EINVAL;
        sk->ttl = v == -1 ? 0 : (uint8_t)v;
        return 0;
    case IPV6_MULTICAST_HOPS:
        if (v < -1 || v > 255)
            return -EINVAL;
        sk->multicast_ttl = v == -1 ? 1 : (uint8_t)v;
        return 0;
    case IPV6_MULTICAST_LOOP:
        if (v & ~1)
            return -EINVAL;
        sk->multicast_loop = v;
        return 0;
    case IPV6_MULTICAST_IF:
        if (v && !netdev_by_index(sk->stack, v))
            return -ENODEV;
        sk->multicast_dev = v;
        return 0;
    case IPV6_MTU_DISCOVER:
        if (v < SOCK_PMTU_DONT || v > SOCK_PMTU_PROBE)
            return -EINVAL;
        sk->pmtu = (uint8_t)v;
        return 0;
    case IPV6_TCLASS:
        if (v < -1 || v > 255)
            return -EINVAL;
        sk->tos = v == -1 ? 0 : (uint8_t)v;
        return 0;
    }
    return -ENOPROTOOPT;
}

static int inet6_set_option(struct sock *sk, int name, const void *value,
                            size_t len)
{
    struct netaddr group;
    struct netdev *dev;
    int32_t index;
    int v;

    if (name == IPV6_JOIN_GROUP || name == IPV6_LEAVE_GROUP) {
        /* struct ipv6_mreq */
        if (len < sizeof(group) + sizeof(index))
            return -EINVAL;
        memcpy(&group, value, sizeof(group));
        memcpy(&index, (const uint8_t *)value + sizeof(group), sizeof(index));
        if (netaddr_is_v4(&group))
            return -EINVAL;
        dev = index ? netdev_by_index(sk->stack, index)
                    : group_dev(sk, &(struct group_request){0});
        return change_group(sk, name == IPV6_JOIN_GROUP, dev, &group);
    }
    if (len < sizeof(v))
        return -EINVAL;
    memcpy(&v, value, sizeof(v));
    return set_ip6(sk, name, v);
}

static int get_ip6(struct sock *sk, int name, int *v)
{
    uint32_t option = ip6_switch(name);

    if (option) {
        *v = (sk->options & option) != 0;
        return 0;
    }
    switch (name) {
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
    case IPV6_MTU_DISCOVER:
        *v = sk->pmtu;
        return 0;
    case IPV6_TCLASS:
        *v = sk->tos;
        return 0;
    case IPV6_MTU:
        if (!sk->path.dev || !sk->flow.remote_port)
            return -ENOTCONN;
        *v = (int)sk->path.mtu;
        return 0;
    }
    return -ENOPROTOOPT;
}

/* Options whose value is a number; a byte will do too, ip(7). */
static int number(const void *value, size_t len, int *v)
{
    if (len >= sizeof(*v))
        memcpy(v, value, sizeof(*v));
    else if (len >= 1)
        *v = *(const uint8_t *)value;
    else
        return -EINVAL;
    return 0;
}

int inet_set_option(struct sock *sk, int level, int name, const void *value,
                    size_t len)
{
    int v, err;

    sk->path.prepared = false; /* headers may look different now */
    if (level == SOL_IPV6 && sk->family == AF_INET6)
        return inet6_set_option(sk, name, value, len);
    if (level != SOL_IP)
        return -ENOPROTOOPT;
    if (name == IP_ADD_MEMBERSHIP || name == IP_DROP_MEMBERSHIP)
        return change_membership(sk, name == IP_ADD_MEMBERSHIP, value, len);
    if (name == IP_MULTICAST_IF)
        return set_multicast_if(sk, value, len);
    err = number(value, len, &v);
    return err ? err : set_ip(sk, name, v);
}

static int get_ip(struct sock *sk, int name, int *v)
{
    uint32_t option = ip_switch(name);

    if (option) {
        *v = (sk->options & option) != 0;
        return 0;
    }
    switch (name) {
    case IP_TOS:
        *v = sk->tos;
        return 0;
    case IP_TTL:
        *v = sk->ttl ? sk->ttl : 64;
        return 0;
    case IP_MTU_DISCOVER:
        *v = sk->pmtu;
        return 0;
    case IP_MULTICAST_TTL:
        *v = sk->multicast_ttl;
        return 0;
    case IP_MULTICAST_LOOP:
        *v = sk->multicast_loop;
        return 0;
    case IP_MTU:
        if (!sk->path.dev || !sk->flow.remote_port)
            return -ENOTCONN;
        *v = (int)sk->path.mtu;
        return 0;
    }
    return -ENOPROTOOPT;
}

int inet_get_option(struct sock *sk, int level, int name, void *value,
                    size_t *len)
{
    int v, err;

    if (level == SOL_IPV6 && sk->family == AF_INET6)
        err = get_ip6(sk, name, &v);
    else
        err = level == SOL_IP ? get_ip(sk, name, &v) : -ENOPROTOOPT;
    if (err)
        return err;
    *len = MIN(*len, sizeof(v));
    memcpy(value, &v, *len);
    return 0;
}
