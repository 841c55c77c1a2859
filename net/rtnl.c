// SPDX-License-Identifier: MIT
/* rtnl: which request goes where, and interfaces. */
#include "net/rtnl_priv.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/netdevice.h"
#include "net/ether.h"
#include "net/netdev.h"
#include "net/stack.h"

#define NO_LIMIT 0xffffffffu

/* --- requests --- */

/* Those of a kind follow each other: NEW, DEL, GET, SET. */
static const struct kind {
    int (*get)(const struct netlink_request *r);
    void (*dump)(const struct netlink_request *r, struct netlink_out *o);
    int (*change)(const struct netlink_request *r, bool add);
} kinds[] = {
    {rtnl_get_link, rtnl_dump_links, NULL},
    {NULL, rtnl_dump_addrs, rtnl_change_addr},
    {rtnl_get_route, rtnl_dump_routes, rtnl_change_route},
    {rtnl_get_neigh, rtnl_dump_neighs, rtnl_change_neigh},
};

enum { NEW, DEL, GET, SET };

static int dump(const struct kind *k, const struct netlink_request *r)
{
    struct netlink_out o;

    if (!k->dump)
        return -EOPNOTSUPP;
    netlink_answer(&o, r, NLM_F_MULTI);
    k->dump(r, &o);
    return netlink_done(&o, 0);
}

#define TYPE_MAX 123 /* RTM_MAX of Linux 6.1 */

int rtnl_request(const struct netlink_request *r)
{
    unsigned type = r->h->nlmsg_type - RTM_NEWLINK, verb = type % 4;
    const struct kind *k =
        type / 4 < ARRAY_SIZE(kinds) ? &kinds[type / 4] : NULL;

    if (r->h->nlmsg_type > TYPE_MAX)
        return -EOPNOTSUPP;
    if (!r->len)
        return 0; /* as Linux: there must be a family at least */
    if (verb != GET && !net_env_capable(r->stack, CAP_NET_ADMIN))
        return -EPERM;
    if (!k)
        return -EOPNOTSUPP;
    if (verb == GET && r->h->nlmsg_flags & NLM_F_DUMP)
        return dump(k, r);
    if (verb == GET)
        return k->get ? k->get(r) : -EOPNOTSUPP;
    if (verb == DEL && r->h->nlmsg_flags & NLM_F_BULK)
        return -EOPNOTSUPP;
    if (k == &kinds[0])
        return verb == DEL ? -EOPNOTSUPP : rtnl_set_link(r);
    return verb == SET ? -EOPNOTSUPP : k->change(r, verb == NEW);
}

bool rtnl_wants(const struct netlink_request *r, int family)
{
    return r->body[0] == AF_UNSPEC || r->body[0] == family;
}

void rtnl_put_addr(struct netlink_out *o, uint16_t type,
                   const struct netaddr *a)
{
    if (netaddr_is_v4(a))
        netlink_put(o, type, &a->w[3], 4);
    else
        netlink_put(o, type, a->b, 16);
}

int rtnl_get_addr(const struct netlink_request *r, size_t fixed, uint16_t type,
                  int family, struct netaddr *a)
{
    size_t len, least = family == AF_INET ? 4 : 16;
    const void *p = netlink_attr(r, fixed, type, 0, &len);

    if (family != AF_INET && family != AF_INET6)
        return -EAFNOSUPPORT;
    *a = family == AF_INET ? netaddr_v4(0) : (struct netaddr){0};
    if (!p)
        return 0;
    if (len < least)
        return -EINVAL;
    *a = family == AF_INET ? netaddr_v4(load32(p)) : netaddr_v6(p);
    return 0;
}

uint32_t rtnl_get_u32(const struct netlink_request *r, size_t fixed,
                      uint16_t type, uint32_t otherwise)
{
    size_t len;
    const void *p = netlink_attr(r, fixed, type, 4, &len);

    return p ? load32(p) : otherwise;
}

/* --- interfaces --- */

static void put_stats(struct netlink_out *o, const struct netdev *dev)
{
    const struct netdev_stats *st = &dev->stats;
    struct abi_rtnl_link_stats64 s = {
        .rx_packets = st->rx_packets,
        .tx_packets = st->tx_packets,
        .rx_bytes = st->rx_bytes,
        .tx_bytes = st->tx_bytes,
        .rx_errors = st->rx_errors,
        .tx_errors = st->tx_errors,
        .rx_dropped = st->rx_dropped,
        .tx_dropped = st->tx_dropped,
        .multicast = st->multicast,
    };

    netlink_put(o, IFLA_STATS64, &s, sizeof(s));
}

static void put_link(struct netlink_out *o, struct netdev *dev, uint16_t type)
{
    bool loopback = dev->features & NETDEV_LOOPBACK;
    uint8_t state = loopback    ? ABI_IF_OPER_UNKNOWN
                    : dev->link ? ABI_IF_OPER_UP
                                : ABI_IF_OPER_DOWN;
    uint8_t mode = 0, carrier = dev->link;
    static const uint8_t nobody[ETHER_ADDR_LEN];
    struct abi_ifinfomsg body = {
        .ifi_type = loopback ? ARPHRD_LOOPBACK : ARPHRD_ETHER,
        .ifi_index = dev->index,
        .ifi_flags = netdev_flags(dev),
    };

    netlink_begin(o, type, &body, sizeof(body));
    netlink_put_string(o, IFLA_IFNAME, dev->name);
    netlink_put_u32(o, IFLA_TXQLEN, 1000);
    netlink_put(o, IFLA_OPERSTATE, &state, 1);
    netlink_put(o, IFLA_LINKMODE, &mode, 1);
    netlink_put_u32(o, IFLA_MTU, dev->mtu);
    netlink_put_u32(o, IFLA_GROUP, 0);
    netlink_put_u32(o, IFLA_PROMISCUITY, dev->promiscuous);
    netlink_put_u32(o, IFLA_NUM_TX_QUEUES, 1);
    netlink_put_u32(o, IFLA_NUM_RX_QUEUES, 1);
    netlink_put(o, IFLA_CARRIER, &carrier, 1);
    netlink_put_string(o, IFLA_QDISC, "noqueue");
    netlink_put(o, IFLA_ADDRESS, dev->mac, ETHER_ADDR_LEN);
    netlink_put(o, IFLA_BROADCAST, loopback ? nobody : ether_broadcast,
                ETHER_ADDR_LEN);
    put_stats(o, dev);
    netlink_end(o);
}

void rtnl_dump_links(const struct netlink_request *r, struct netlink_out *o)
{
    if (r->body[0] == AF_BRIDGE)
        return;
    for (struct netdev *dev = r->stack->devs; dev; dev = dev->next)
        put_link(o, dev, RTM_NEWLINK);
}

/* The interface that a request names by index or name: -ENODEV. */
static int find_link(const struct netlink_request *r,
                     struct abi_ifinfomsg *body, struct netdev **dev)
{
    char name[IFNAMSIZ] = "";
    const char *p;
    size_t len;

    if (r->len < sizeof(*body))
        return -EINVAL;
    memcpy(body, r->body, sizeof(*body));
    p = netlink_attr(r, sizeof(*body), IFLA_IFNAME, 1, &len);
    if (body->ifi_index) {
        *dev = netdev_by_index(r->stack, body->ifi_index);
    } else if (p) {
        memcpy(name, p, MIN(len, sizeof(name) - 1));
        *dev = netdev_find(r->stack, name);
    } else {
        return -EINVAL;
    }
    return *dev ? 0 : -ENODEV;
}

int rtnl_get_link(const struct netlink_request *r)
{
    struct abi_ifinfomsg body;
    struct netlink_out o;
    struct netdev *dev;
    int err = find_link(r, &body, &dev);

    if (err)
        return err;
    netlink_answer(&o, r, 0);
    put_link(&o, dev, RTM_NEWLINK);
    netlink_flush(&o);
    return o.failed ? -ENOBUFS : 0;
}

/* Up, down, and the MTU; there are no other interfaces than the machine's. */
int rtnl_set_link(const struct netlink_request *r)
{
    struct abi_ifinfomsg body;
    struct netdev *dev;
    uint32_t mtu;
    int err = find_link(r, &body, &dev);

    if (err == -ENODEV && r->h->nlmsg_flags & NLM_F_CREATE)
        return -EOPNOTSUPP;
    if (err)
        return err;
    if (r->h->nlmsg_flags & NLM_F_EXCL && r->h->nlmsg_type == RTM_NEWLINK)
        return -EEXIST;
    mtu = rtnl_get_u32(r, sizeof(body), IFLA_MTU, dev->mtu);
    if (mtu != dev->mtu)
        err = netdev_set_mtu(dev, mtu);
    if (!err && (body.ifi_change ? body.ifi_change : body.ifi_flags) & IFF_UP)
        netdev_set_up(dev, body.ifi_flags & IFF_UP);
    return err;
}

void rtnl_link_changed(struct netdev *dev)
{
    struct netlink_out o = {.stack = dev->stack};

    if (!netlink_has_listeners(dev->stack, RTNLGRP_LINK))
        return;
    put_link(&o, dev, RTM_NEWLINK);
    netlink_publish(&o, RTNLGRP_LINK);
}
