// SPDX-License-Identifier: MIT
/* rtnl_addr: addresses of interfaces. */
#include "abi/errno.h"
#include "net/ipv6.h"
#include "net/netdev.h"
#include "net/rtnl_priv.h"
#include "net/stack.h"

#define FOREVER UINT32_MAX

/* Seconds from now; NET_TIMER_NEVER is for ever. */
static uint32_t seconds(const struct netstack *s, uint64_t until)
{
    if (until == NET_TIMER_NEVER)
        return FOREVER;
    return until > s->now ? (uint32_t)((until - s->now) / NSEC_PER_SEC) : 0;
}

static void put_common(struct netlink_out *o, uint32_t flags,
                       uint32_t preferred, uint32_t valid)
{
    struct abi_ifa_cacheinfo info = {preferred, valid, 0, 0};

    netlink_put_u32(o, IFA_FLAGS, flags);
    netlink_put(o, IFA_CACHEINFO, &info, sizeof(info));
    netlink_end(o);
}

static void put_v4(struct netlink_out *o, const struct netdev *dev,
                   const struct netdev_v4 *a, uint16_t type)
{
    bool host = dev->features & NETDEV_LOOPBACK;
    uint32_t flags = IFA_F_PERMANENT;
    struct abi_ifaddrmsg body = {
        .ifa_family = AF_INET,
        .ifa_prefixlen =
            (uint8_t)(a->mask ? 32 - __builtin_ctz(be32(a->mask)) : 0),
        .ifa_scope = host ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE,
        .ifa_index = (uint32_t)dev->index,
    };

    if (a != &dev->v4 && !((a->addr ^ dev->v4.addr) & a->mask))
        flags |= IFA_F_SECONDARY;
    body.ifa_flags = (uint8_t)flags;
    netlink_begin(o, type, &body, sizeof(body));
    netlink_put_u32(o, IFA_ADDRESS, a->addr);
    netlink_put_u32(o, IFA_LOCAL, a->addr);
    if (a->broadcast && !host)
        netlink_put_u32(o, IFA_BROADCAST, a->broadcast);
    netlink_put_string(o, IFA_LABEL, dev->name);
    put_common(o, flags, FOREVER, FOREVER);
}

static uint8_t scope_of(const struct netaddr *a)
{
    if (netaddr_is_loopback(a))
        return RT_SCOPE_HOST;
    if (ipv6_is_link_local(a))
        return RT_SCOPE_LINK;
    return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0xc0 ? RT_SCOPE_SITE
                                                       : RT_SCOPE_UNIVERSE;
}

static void put_v6(struct netlink_out *o, const struct netdev *dev,
                   const struct ipv6_addr *a, uint16_t type)
{
    struct netstack *s = dev->stack;
    uint32_t flags = 0;
    struct abi_ifaddrmsg body = {
        .ifa_family = AF_INET6,
        .ifa_prefixlen = a->prefix,
        .ifa_scope = scope_of(&a->addr),
        .ifa_index = (uint32_t)dev->index,
    };

    if (a->valid_until == NET_TIMER_NEVER)
        flags |= IFA_F_PERMANENT;
    if (a->state != IPV6_VALID)
        flags |= IFA_F_TENTATIVE;
    if (a->state == IPV6_DUPLICATE)
        flags |= IFA_F_DADFAILED;
    if (s->now >= a->preferred_until)
        flags |= IFA_F_DEPRECATED;
    body.ifa_flags = (uint8_t)flags;
    netlink_begin(o, type, &body, sizeof(body));
    rtnl_put_addr(o, IFA_ADDRESS, &a->addr);
    put_common(o, flags, seconds(s, a->preferred_until),
               seconds(s, a->valid_until));
}

/* ::1, which no interface has to be given. */
static const struct ipv6_addr loopback6 = {
    .addr = {.b = {[15] = 1}},
    .prefix = 128,
    .state = IPV6_VALID,
    .preferred_until = NET_TIMER_NEVER,
    .valid_until = NET_TIMER_NEVER,
};

static void dump_dev(const struct netlink_request *r, struct netlink_out *o,
                     struct netdev *dev)
{
    if (rtnl_wants(r, AF_INET) && dev->v4.addr)
        for (const struct netdev_v4 *a = &dev->v4; a; a = a->next)
            put_v4(o, dev, a, RTM_NEWADDR);
    if (!rtnl_wants(r, AF_INET6))
        return;
    if (dev->features & NETDEV_LOOPBACK)
        put_v6(o, dev, &loopback6, RTM_NEWADDR);
    for (unsigned i = 0; dev->v6 && i < dev->v6->addr_count; i++)
        put_v6(o, dev, &dev->v6->addrs[i], RTM_NEWADDR);
}

void rtnl_dump_addrs(const struct netlink_request *r, struct netlink_out *o)
{
    struct abi_ifaddrmsg body = {0};

    /* Only who asks for strict checks means the index, as on Linux. */
    if (r->len >= sizeof(body) &&
        r->from->options & 1u << NETLINK_GET_STRICT_CHK)
        memcpy(&body, r->body, sizeof(body));
    for (struct netdev *dev = r->stack->devs; dev; dev = dev->next)
        if (!body.ifa_index || body.ifa_index == (uint32_t)dev->index)
            dump_dev(r, o, dev);
}

/* --- changes --- */

static int change_v4(struct netdev *dev, const struct netaddr *a,
                     unsigned prefix, bool add)
{
    if (prefix > 32)
        return -EINVAL;
    if (add)
        return netdev_add_v4(dev, a->w[3], prefix);
    return netdev_remove_v4(dev, a->w[3]);
}

static int change_v6(struct netdev *dev, const struct netaddr *a,
                     unsigned prefix, bool add)
{
    struct ipv6_addr *old = ipv6_find(dev, a);

    if (prefix > 128)
        return -EINVAL;
    if (!add) {
        if (!old)
            return -EADDRNOTAVAIL;
        ipv6_remove(dev, old);
        return 0;
    }
    if (netaddr_is_multicast(a) || netaddr_is_any(a))
        return -EADDRNOTAVAIL;
    if (!dev->v6)
        return -EOPNOTSUPP;
    return ipv6_add(dev, a, prefix, IPV6_BY_HAND, NET_TIMER_NEVER,
                    NET_TIMER_NEVER);
}

int rtnl_change_addr(const struct netlink_request *r, bool add)
{
    struct abi_ifaddrmsg body;
    struct netaddr a, local;
    struct netdev *dev;
    int err;

    if (r->len < sizeof(body))
        return -EINVAL;
    memcpy(&body, r->body, sizeof(body));
    err = rtnl_get_addr(r, sizeof(body), IFA_ADDRESS, body.ifa_family, &a);
    if (!err)
        err =
            rtnl_get_addr(r, sizeof(body), IFA_LOCAL, body.ifa_family, &local);
    if (err)
        return err;
    if (!netaddr_is_any(&local))
        a = local;
    dev = netdev_by_index(r->stack, (int)body.ifa_index);
    if (!dev)
        return -ENODEV;
    if (netaddr_is_any(&a))
        return add ? -EINVAL : -EADDRNOTAVAIL;
    if (body.ifa_family == AF_INET)
        return change_v4(dev, &a, body.ifa_prefixlen, add);
    return change_v6(dev, &a, body.ifa_prefixlen, add);
}

void rtnl_v4_changed(struct netdev *dev, const struct netdev_v4 *a, bool gone)
{
    struct netlink_out o = {.stack = dev->stack};

    if (!netlink_has_listeners(dev->stack, RTNLGRP_IPV4_IFADDR))
        return;
    put_v4(&o, dev, a, gone ? RTM_DELADDR : RTM_NEWADDR);
    netlink_publish(&o, RTNLGRP_IPV4_IFADDR);
}

void rtnl_v6_changed(struct netdev *dev, const struct ipv6_addr *a, bool gone)
{
    struct netlink_out o = {.stack = dev->stack};

    if (!netlink_has_listeners(dev->stack, RTNLGRP_IPV6_IFADDR))
        return;
    put_v6(&o, dev, a, gone ? RTM_DELADDR : RTM_NEWADDR);
    netlink_publish(&o, RTNLGRP_IPV6_IFADDR);
}
