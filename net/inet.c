// SPDX-License-Identifier: MIT
/* inet: what TCP, UDP and raw sockets share: addresses and bind; the options
 * are in inet_option.c and inet6_option.c. An AF_INET6 socket speaks IPv4 with
 * mapped addresses. */
#include "abi/errno.h"
#include "net/ipv6.h"
#include "net/membership.h"
#include "net/netdev.h"
#include "net/stack.h"

static bool needs_scope(const struct netaddr *a)
{
    return ipv6_is_link_local(a) || (a->b[0] == 0xff && (a->b[1] & 15) <= 2);
}

int inet_dev(const struct sock *sk, const struct netaddr *destination)
{
    if (sk->bound_dev)
        return sk->bound_dev;
    if (needs_scope(destination) && sk->scope_dev)
        return sk->scope_dev;
    return netaddr_is_multicast(destination) ? 0 : sk->unicast_dev;
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
        inet_format_v4(a, addr->w[3], port);
    }
}

/* May the socket have this local address? */
static bool may_bind(struct sock *sk, const struct netaddr *a)
{
    struct netstack *s = sk->stack;

    if (netaddr_is_any(a) || inet_may_be_foreign(sk) || ip_is_local(s, a))
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
    if (!port && sk->inet_options & INET_OPT_BIND_NO_PORT) {
        sk->flow.local = addr; /* connect chooses the port */
        sk->inet_options |= INET_OPT_BOUND;
        return 0;
    }
    if (sk->type == SOCK_DGRAM)
        sk->use.flags |= PORT_DATAGRAM;
    err = port_bind(sk->stack, &sk->use, sk->protocol, port);
    if (err)
        return err;
    sk->flow.local = addr;
    sk->flow.local_port = port_number(sk->use.port);
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
    membership_leave_all(sk);
}
