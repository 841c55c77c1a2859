// SPDX-License-Identifier: MIT
/* membership_option: groups as programs name them: ip(7), ipv6(7), RFC 3678. */
#include "net/membership_priv.h"

#include "abi/errno.h"
#include "net/stack.h"

/* struct ip_mreqn; the last field may be missing. */
struct request {
    uint32_t group, address;
    int32_t index;
};

/* struct group_req and group_source_req */
struct any_request {
    uint32_t index, pad;
    struct {
        union {
            uint16_t family;
            struct abi_sockaddr_in in;
            struct abi_sockaddr_in6 in6;
            uint8_t room[128];
        };
    } group, source;
};
#define GROUP_REQUEST  MEMBERSHIP_GROUP_REQUEST
#define SOURCE_REQUEST 264u
static_assert(sizeof(struct any_request) == SOURCE_REQUEST, "RFC 3678");

static struct netdev *dev_of(struct sock *sk, const struct request *r)
{
    struct netstack *s = sk->stack;
    struct netdev *dev;

    if (r->index)
        return netdev_by_index(s, r->index);
    for (dev = s->devs; dev; dev = dev->next)
        if (r->address ? netdev_has_v4(dev, r->address)
                       : !(dev->features & NETDEV_LOOPBACK))
            return dev;
    return r->address ? NULL : s->loopback;
}

struct netdev *membership_dev(struct sock *sk, uint32_t address, int index)
{
    return dev_of(sk, &(struct request){.address = address, .index = index});
}

static int change(struct sock *sk, bool join, struct netdev *dev,
                  const struct netaddr *group)
{
    return join ? membership_join(sk, dev, group)
                : membership_leave(sk, dev, group);
}

/* IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP */
static int change_v4(struct sock *sk, bool join, const void *value, size_t len)
{
    struct request r = {0};
    struct netaddr group;

    if (len < 8)
        return -EINVAL;
    memcpy(&r, value, MIN(len, sizeof(r)));
    group = netaddr_v4(r.group);
    return change(sk, join, dev_of(sk, &r), &group);
}

/* IPV6_JOIN_GROUP, IPV6_LEAVE_GROUP: struct ipv6_mreq */
static int change_v6(struct sock *sk, bool join, const void *value, size_t len)
{
    struct netaddr group;
    int32_t index;

    if (len < sizeof(group) + sizeof(index))
        return -EINVAL;
    memcpy(&group, value, sizeof(group));
    memcpy(&index, (const uint8_t *)value + sizeof(group), sizeof(index));
    if (netaddr_is_v4(&group))
        return -EINVAL;
    return change(sk, join, membership_dev(sk, 0, index), &group);
}

static int set_multicast_if(struct sock *sk, const void *value, size_t len)
{
    struct request r = {0};
    struct netdev *dev;

    if (sk->type == SOCK_STREAM || len < 4)
        return -EINVAL;
    if (len < 8)
        memcpy(&r.address, value, 4);
    else
        memcpy(&r, value, MIN(len, sizeof(r)));
    if (!r.address && !r.index) {
        sk->multicast_dev = 0;
        return 0;
    }
    dev = dev_of(sk, &r);
    if (!dev)
        return -EADDRNOTAVAIL;
    sk->multicast_dev = dev->index;
    return 0;
}

/* --- sources --- */

/* What the options about a source want. */
static bool is_include(int name)
{
    return name == IP_ADD_SOURCE_MEMBERSHIP ||
           name == IP_DROP_SOURCE_MEMBERSHIP ||
           name == MCAST_JOIN_SOURCE_GROUP || name == MCAST_LEAVE_SOURCE_GROUP;
}

static bool is_addition(int name)
{
    return name == IP_ADD_SOURCE_MEMBERSHIP || name == IP_BLOCK_SOURCE ||
           name == MCAST_JOIN_SOURCE_GROUP || name == MCAST_BLOCK_SOURCE;
}

static int change_source(struct sock *sk, int name, struct netdev *dev,
                         const struct netaddr *group,
                         const struct netaddr *source)
{
    int err = 0;

    if (is_include(name) && is_addition(name))
        err = membership_join(sk, dev, group);
    if (err && err != -EADDRINUSE)
        return err;
    return membership_source(sk, dev, group, source, is_include(name),
                             is_addition(name));
}

/* struct ip_mreq_source */
static int change_source_v4(struct sock *sk, int name, const void *value,
                            size_t len)
{
    struct netaddr group, source;
    struct request r = {0};
    uint32_t from;

    if (len != 12)
        return -EINVAL;
    memcpy(&r, value, 8);
    memcpy(&from, (const uint8_t *)value + 8, sizeof(from));
    group = netaddr_v4(r.group);
    source = netaddr_v4(from);
    return change_source(sk, name, dev_of(sk, &r), &group, &source);
}

bool membership_parse(int level, const void *from, struct netaddr *a)
{
    const struct abi_sockaddr_in *in = from;
    const struct abi_sockaddr_in6 *in6 = from;

    if (in->sin_family != (level == SOL_IP ? AF_INET : AF_INET6))
        return false;
    *a = level == SOL_IP ? netaddr_v4(*(const uint32_t *)in->sin_addr)
                         : netaddr_v6(in6->sin6_addr);
    return true;
}

/* MCAST_JOIN_GROUP to MCAST_LEAVE_SOURCE_GROUP, of either version */
static int change_any(struct sock *sk, int level, int name, const void *value,
                      size_t len)
{
    bool whole = name == MCAST_JOIN_GROUP || name == MCAST_LEAVE_GROUP;
    size_t size = whole ? GROUP_REQUEST : SOURCE_REQUEST;
    struct netaddr group, source;
    struct any_request r;
    struct netdev *dev;

    if (len < size)
        return -EINVAL;
    memcpy(&r, value, size);
    if (!membership_parse(level, &r.group, &group))
        return whole ? -EINVAL : -EADDRNOTAVAIL;
    dev = membership_dev(sk, 0, (int)r.index);
    if (whole)
        return change(sk, name == MCAST_JOIN_GROUP, dev, &group);
    if (!membership_parse(level, &r.source, &source))
        return -EADDRNOTAVAIL;
    return change_source(sk, name, dev, &group, &source);
}

/* --- both --- */

/* What streams are told that they cannot have. */
static bool is_whole_group(int level, int name)
{
    return level == SOL_IP
               ? name == IP_ADD_MEMBERSHIP || name == IP_DROP_MEMBERSHIP
               : name == IPV6_JOIN_GROUP || name == IPV6_LEAVE_GROUP;
}

int membership_set_option(struct sock *sk, int level, int name,
                          const void *value, size_t len)
{
    if (level == SOL_IPV6 ? sk->family != AF_INET6 : level != SOL_IP)
        return -ENOPROTOOPT;
    if (sk->type == SOCK_STREAM && is_whole_group(level, name))
        return -EPROTO;
    if (name >= MCAST_JOIN_GROUP && name <= MCAST_LEAVE_SOURCE_GROUP)
        return change_any(sk, level, name, value, len);
    if (membership_is_filter(level, name))
        return membership_write_filter(sk, level, name, value, len);
    if (level == SOL_IPV6)
        return name == IPV6_JOIN_GROUP || name == IPV6_LEAVE_GROUP
                   ? change_v6(sk, name == IPV6_JOIN_GROUP, value, len)
                   : -ENOPROTOOPT;
    switch (name) {
    case IP_MULTICAST_IF:
        return set_multicast_if(sk, value, len);
    case IP_ADD_MEMBERSHIP:
    case IP_DROP_MEMBERSHIP:
        return change_v4(sk, name == IP_ADD_MEMBERSHIP, value, len);
    case IP_UNBLOCK_SOURCE:
    case IP_BLOCK_SOURCE:
    case IP_ADD_SOURCE_MEMBERSHIP:
    case IP_DROP_SOURCE_MEMBERSHIP:
        return change_source_v4(sk, name, value, len);
    }
    return -ENOPROTOOPT;
}

/* The address is all that is told of the interface. */
static int get_multicast_if(struct sock *sk, void *value, size_t *len)
{
    struct netdev *dev = netdev_by_index(sk->stack, sk->multicast_dev);
    uint32_t a = dev ? dev->v4.addr : 0;

    return sock_answer(value, len, &a, sizeof(a));
}

int membership_get_option(struct sock *sk, int level, int name, void *value,
                          size_t *len)
{
    if (level == SOL_IPV6 ? sk->family != AF_INET6 : level != SOL_IP)
        return -ENOPROTOOPT;
    if (membership_is_filter(level, name))
        return membership_read_filter(sk, level, name, value, len);
    if (level == SOL_IP && name == IP_MULTICAST_IF)
        return get_multicast_if(sk, value, len);
    return -ENOPROTOOPT;
}
