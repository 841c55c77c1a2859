// SPDX-License-Identifier: MIT
/* netdev_config: what of an interface can be changed: whether it is up, its
 * link, MTU and IPv4 addresses. Those of IPv6 are in ipv6_addr.c. */
#include "abi/errno.h"
#include "abi/netdevice.h"
#include "net/arp.h"
#include "net/ip.h"
#include "net/neigh.h"
#include "net/netdev.h"
#include "net/packet.h"
#include "net/rtnl.h"
#include "net/stack.h"

#define MTU_MIN 68 /* RFC 791 */

uint32_t netdev_flags(const struct netdev *dev)
{
    uint32_t flags = dev->up ? IFF_UP : 0;

    flags |= dev->up && dev->link ? IFF_RUNNING | ABI_IFF_LOWER_UP : 0;
    flags |= dev->promiscuous ? IFF_PROMISC : 0;
    flags |= dev->features & NETDEV_LOOPBACK ? IFF_LOOPBACK
                                             : IFF_BROADCAST | IFF_MULTICAST;
    return flags;
}

void netdev_set_link(struct netdev *dev, bool link)
{
    if (dev->link == link)
        return;
    dev->link = link;
    net_log(dev->stack, INFO, "%s: link %s", dev->name, link ? "up" : "down");
    route_changed(dev->stack);
    if (link && dev->v4.addr)
        arp_announce(dev, dev->v4.addr);
    rtnl_link_changed(dev);
}

void netdev_set_up(struct netdev *dev, bool up)
{
    if (dev->up == up)
        return;
    dev->up = up;
    if (!up) {
        neigh_forget_dev(dev->stack, dev);
        route_remove_chosen_v4(dev->stack, dev);
    }
    packet_devs_changed(dev->stack);
    route_changed(dev->stack);
    if (up && dev->v4.addr && !(dev->features & NETDEV_LOOPBACK))
        arp_announce(dev, dev->v4.addr);
    rtnl_link_changed(dev);
}

int netdev_set_mtu(struct netdev *dev, uint32_t mtu)
{
    if (mtu < MTU_MIN || mtu > dev->mtu_max)
        return -EINVAL;
    dev->mtu = mtu;
    route_changed(dev->stack);
    rtnl_link_changed(dev);
    return 0;
}

/* --- addresses --- */

bool netdev_has_v4(const struct netdev *dev, uint32_t addr)
{
    for (const struct netdev_v4 *a = &dev->v4; a && addr; a = a->next)
        if (a->addr == addr)
            return true;
    return false;
}

bool netdev_is_broadcast_v4(const struct netdev *dev, uint32_t addr)
{
    for (const struct netdev_v4 *a = &dev->v4; a && addr; a = a->next)
        if (a->broadcast == addr)
            return true;
    return false;
}

/* The link's route, by which addresses beside it are reached. */
static int add_link_route(struct netdev *dev, const struct netdev_v4 *a)
{
    struct route r = {
        .dev = dev,
        .destination = netaddr_v4(a->addr & a->mask),
        .prefix = 128,
        .gateway = netaddr_v4(0),
        .source = netaddr_v4(a->addr),
    };
    int err;

    if (a->mask == UINT32_MAX)
        return 0;
    r.prefix = (uint8_t)(a->mask ? 128 - __builtin_ctz(be32(a->mask)) : 96);
    err = route_add(dev->stack, &r);
    return err == -EEXIST ? 0 : err;
}

int netdev_add_v4(struct netdev *dev, uint32_t addr, unsigned prefix)
{
    uint32_t mask = netaddr_v4_mask(prefix);
    struct netdev_v4 *a = &dev->v4, *last = &dev->v4;
    int err;

    if (netdev_has_v4(dev, addr))
        return -EEXIST;
    if (dev->v4.addr) {
        a = net_env_alloc(dev->stack, sizeof(*a));
        if (!a)
            return -ENOBUFS;
        while (last->next)
            last = last->next;
        last->next = a;
    }
    *a = (struct netdev_v4){.addr = addr, .mask = mask};
    a->broadcast = prefix < 31 ? addr | ~mask : 0;
    err = add_link_route(dev, a);
    if (!(dev->features & NETDEV_LOOPBACK))
        arp_announce(dev, addr);
    route_changed(dev->stack);
    rtnl_v4_changed(dev, a, false);
    return err;
}

/* Takes one out; the first of the others takes the place of the first. */
static void unlink_v4(struct netdev *dev, struct netdev_v4 *a)
{
    struct netdev_v4 *before = &dev->v4, *rest = a;

    if (a == &dev->v4) {
        rest = a->next;
        if (rest)
            *a = *rest;
        else
            *a = (struct netdev_v4){0};
    } else {
        while (before->next != a)
            before = before->next;
        before->next = a->next;
    }
    net_env_free(dev->stack, rest);
}

int netdev_remove_v4(struct netdev *dev, uint32_t addr)
{
    struct netdev_v4 *a = &dev->v4, gone;

    while (a && (a->addr != addr || !addr))
        a = a->next;
    if (!a)
        return -EADDRNOTAVAIL;
    gone = *a;
    unlink_v4(dev, a);
    if (dev->v4.addr)
        route_remove_source(dev->stack, dev, netaddr_v4(addr));
    else
        route_remove_dev_v4(dev->stack, dev);
    for (a = &dev->v4; a && a->addr; a = a->next)
        add_link_route(dev, a); /* what it has in common with the others */
    route_changed(dev->stack);
    rtnl_v4_changed(dev, &gone, true);
    return 0;
}

int netdev_set_v4(struct netdev *dev, uint32_t addr, unsigned prefix)
{
    route_remove_dev_v4(dev->stack, dev);
    neigh_forget_dev(dev->stack, dev);
    while (dev->v4.addr)
        netdev_remove_v4(dev, dev->v4.addr);
    route_changed(dev->stack);
    return addr ? netdev_add_v4(dev, addr, prefix) : 0;
}
