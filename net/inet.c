// SPDX-License-Identifier: MIT
/* inet: what TCP, UDP and raw sockets share: addresses, bind and the options of
 * ip(7). An AF_INET6 socket speaks IPv4 with mapped addresses. */
#include "abi/errno.h"
#include "net/netdev.h"
#include "net/sock.h"
#include "net/stack.h"

int inet_parse_addr(const struct sock *sk, const struct sock_addr *a,
                    struct netaddr *addr, uint16_t *port)
{
    if (sk->family == AF_INET6 && a->family == AF_INET6) {
        if (a->len < 24) /* RFC 2133's, without a scope */
            return -EINVAL;
        *addr = netaddr_v6(a->in6.sin6_addr);
        *port = a->in6.sin6_port;
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
    if (sk->type == SOCK_STREAM || !netaddr_is_v4(a))
        return false;
    if (netaddr_is_multicast(a) || a->w[3] == UINT32_MAX)
        return true;
    for (struct netdev *dev = s->devs; dev; dev = dev->next)
        if (dev->v4.broadcast && dev->v4.broadcast == a->w[3])
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
    if (peer && !sk->flow.remote_port)
        return -ENOTCONN;
    if (peer)
        inet_format_addr(sk, &sk->flow.remote, sk->flow.remote_port, a);
    else
        inet_format_addr(sk, &sk->flow.local, sk->flow.local_port, a);
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
        netdev_leave_group(m->dev, m->group);
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

static int change_membership(struct sock *sk, bool join, const void *value,
                             size_t len)
{
    struct group_request r = {0};
    struct sock_membership *m, **link = &sk->memberships;
    struct netaddr group;
    struct netdev *dev;
    int err;

    if (len < 8)
        return -EINVAL;
    memcpy(&r, value, MIN(len, sizeof(r)));
    group = netaddr_v4(r.group);
    if (!netaddr_is_multicast(&group))
        return -EINVAL;
    dev = group_dev(sk, &r);
    if (!dev)
        return -ENODEV;
    while (*link && ((*link)->group != r.group || (*link)->dev != dev))
        link = &(*link)->next;
    if (!join) {
        m = *link;
        if (!m)
            return -EADDRNOTAVAIL;
        *link = m->next;
        net_env_free(sk->stack, m);
        return netdev_leave_group(dev, r.group);
    }
    if (*link)
        return -EADDRINUSE;
    m = net_env_alloc(sk->stack, sizeof(*m));
    if (!m)
        return -ENOBUFS;
    err = netdev_join_group(dev, r.group);
    if (err) {
        net_env_free(sk->stack, m);
        return err;
    }
    *m = (struct sock_membership){sk->memberships, dev, r.group};
    sk->memberships = m;
    return 0;
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

int inet_set_option(struct sock *sk, int level, int name, const void *value,
                    size_t len)
{
    int v;

    if (level != SOL_IP)
        return -ENOPROTOOPT;
    if (name == IP_ADD_MEMBERSHIP || name == IP_DROP_MEMBERSHIP)
        return change_membership(sk, name == IP_ADD_MEMBERSHIP, value, len);
    if (name == IP_MULTICAST_IF)
        return set_multicast_if(sk, value, len);
    if (len >= sizeof(v)) { /* a byte will do for these, ip(7) */
        memcpy(&v, value, sizeof(v));
    } else if (len >= 1) {
        v = *(const uint8_t *)value;
    } else {
        return -EINVAL;
    }
    return set_ip(sk, name, v);
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

    if (level != SOL_IP)
        return -ENOPROTOOPT;
    err = get_ip(sk, name, &v);
    if (err)
        return err;
    *len = MIN(*len, sizeof(v));
    memcpy(value, &v, *len);
    return 0;
}
