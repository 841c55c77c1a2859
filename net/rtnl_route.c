// SPDX-License-Identifier: MIT
/* rtnl_route: routes. There is one table, main; the addresses of this host
 * are shown as routes of the table local. */
#include "abi/errno.h"
#include "net/ip.h"
#include "net/netdev.h"
#include "net/rtnl_priv.h"
#include "net/stack.h"

#define V6_METRIC 1024 /* what Linux gives routes that have none */

static unsigned prefix_of(const struct route *r)
{
    return netaddr_is_v4(&r->destination) ? r->prefix - 96u : r->prefix;
}

static uint32_t metric_of(const struct route *r)
{
    if (r->metric || netaddr_is_v4(&r->destination))
        return r->metric;
    return V6_METRIC;
}

static void put_route(struct netlink_out *o, const struct route *r,
                      uint16_t type)
{
    bool v4 = netaddr_is_v4(&r->destination);
    bool local = r->dev->features & NETDEV_LOOPBACK && v4;
    bool direct = netaddr_is_any(&r->gateway);
    struct abi_rtmsg body = {
        .rtm_family = v4 ? AF_INET : AF_INET6,
        .rtm_dst_len = (uint8_t)prefix_of(r),
        .rtm_table = local ? RT_TABLE_LOCAL : RT_TABLE_MAIN,
        .rtm_protocol = r->origin ? r->origin : RTPROT_KERNEL,
        .rtm_scope = local          ? RT_SCOPE_HOST
                     : direct && v4 ? RT_SCOPE_LINK
                                    : RT_SCOPE_UNIVERSE,
        .rtm_type = local ? RTN_LOCAL : RTN_UNICAST,
    };

    netlink_begin(o, type, &body, sizeof(body));
    netlink_put_u32(o, RTA_TABLE, body.rtm_table);
    if (body.rtm_dst_len)
        rtnl_put_addr(o, RTA_DST, &r->destination);
    if (metric_of(r))
        netlink_put_u32(o, RTA_PRIORITY, metric_of(r));
    if (!direct)
        rtnl_put_addr(o, RTA_GATEWAY, &r->gateway);
    if (!netaddr_is_any(&r->source))
        rtnl_put_addr(o, RTA_PREFSRC, &r->source);
    netlink_put_u32(o, RTA_OIF, (uint32_t)r->dev->index);
    netlink_end(o);
}

/* The host's own addresses. */
static void put_local_addrs(struct netlink_out *o, struct netdev *dev)
{
    if (!dev->v4.addr)
        return;
    for (const struct netdev_v4 *a = &dev->v4; a; a = a->next) {
        struct abi_rtmsg body = {.rtm_family = AF_INET,
                                 .rtm_dst_len = 32,
                                 .rtm_table = RT_TABLE_LOCAL,
                                 .rtm_protocol = RTPROT_KERNEL,
                                 .rtm_scope = RT_SCOPE_HOST,
                                 .rtm_type = RTN_LOCAL};

        netlink_begin(o, RTM_NEWROUTE, &body, sizeof(body));
        netlink_put_u32(o, RTA_TABLE, RT_TABLE_LOCAL);
        netlink_put_u32(o, RTA_DST, a->addr);
        netlink_put_u32(o, RTA_PREFSRC, a->addr);
        netlink_put_u32(o, RTA_OIF, (uint32_t)dev->index);
        netlink_end(o);
    }
}

void rtnl_dump_routes(const struct netlink_request *r, struct netlink_out *o)
{
    struct abi_rtmsg body = {0};
    uint32_t table = RT_TABLE_UNSPEC;

    /* Only who asks for strict checks means the table, as on Linux. */
    if (r->len >= sizeof(body) &&
        r->from->options & 1u << NETLINK_GET_STRICT_CHK) {
        memcpy(&body, r->body, sizeof(body));
        table = rtnl_get_u32(r, sizeof(body), RTA_TABLE, body.rtm_table);
    }
    if (table && table != RT_TABLE_MAIN && table != RT_TABLE_LOCAL)
        return;
    if (table != RT_TABLE_MAIN && rtnl_wants(r, AF_INET))
        for (struct netdev *dev = r->stack->devs; dev; dev = dev->next)
            put_local_addrs(o, dev);
    for (const struct route *t = r->stack->routes; t; t = t->next) {
        bool v4 = netaddr_is_v4(&t->destination);
        bool local = v4 && t->dev->features & NETDEV_LOOPBACK;

        if (t->dev->up && rtnl_wants(r, v4 ? AF_INET : AF_INET6) &&
            (!table || local == (table == RT_TABLE_LOCAL)))
            put_route(o, t, RTM_NEWROUTE);
    }
}

/* --- the way to one address --- */

static void put_path(struct netlink_out *o, const struct ip_path *p,
                     const struct netaddr *gateway)
{
    bool v4 = netaddr_is_v4(&p->destination);
    struct abi_rtmsg body = {.rtm_family = v4 ? AF_INET : AF_INET6,
                             .rtm_dst_len = v4 ? 32 : 128,
                             .rtm_table = RT_TABLE_MAIN, /* whichever it is */
                             .rtm_type = p->local ? RTN_LOCAL : RTN_UNICAST,
                             .rtm_flags = RTM_F_CLONED};

    netlink_begin(o, RTM_NEWROUTE, &body, sizeof(body));
    netlink_put_u32(o, RTA_TABLE, body.rtm_table);
    rtnl_put_addr(o, RTA_DST, &p->destination);
    if (!netaddr_is_any(gateway))
        rtnl_put_addr(o, RTA_GATEWAY, gateway);
    netlink_put_u32(o, RTA_OIF, (uint32_t)p->dev->index);
    rtnl_put_addr(o, RTA_PREFSRC, &p->source);
    netlink_end(o);
}

int rtnl_get_route(const struct netlink_request *r)
{
    struct netaddr gateway = {0};
    struct abi_rtmsg body;
    struct netlink_out o;
    struct ip_path p = {0};
    int err;

    if (r->len < sizeof(body))
        return -EINVAL;
    memcpy(&body, r->body, sizeof(body));
    p.bound_dev = (int)rtnl_get_u32(r, sizeof(body), RTA_OIF, 0);
    err = rtnl_get_addr(r, sizeof(body), RTA_DST, body.rtm_family,
                        &p.destination);
    if (err)
        return err;
    p.source = body.rtm_family == AF_INET ? netaddr_v4(0) : (struct netaddr){0};
    err = ip_path_lookup(r->stack, &p);
    if (err)
        return err;
    if (!p.local && !p.broadcast && !p.multicast) {
        const struct route *t =
            route_lookup(r->stack, &p.destination, p.bound_dev);

        gateway = t ? t->gateway : gateway;
    }
    netlink_answer(&o, r, 0);
    put_path(&o, &p, &gateway);
    netlink_flush(&o);
    ip_path_release(r->stack, &p);
    return o.failed ? -ENOBUFS : 0;
}

/* --- changes --- */

/* The bits behind the prefix must be 0, as Linux asks. */
static bool has_host_bits(const struct netaddr *a, unsigned bits)
{
    for (unsigned i = bits; i < 128; i++)
        if (a->b[i / 8] >> (7 - i % 8) & 1)
            return true;
    return false;
}

static int parse(const struct netlink_request *r, struct route *t,
                 uint32_t *table)
{
    uint32_t index;
    struct abi_rtmsg body;
    int err;

    if (r->len < sizeof(body))
        return -EINVAL;
    memcpy(&body, r->body, sizeof(body));
    *table = rtnl_get_u32(r, sizeof(body), RTA_TABLE, body.rtm_table);
    *t = (struct route){.origin = body.rtm_protocol};
    t->prefix = body.rtm_dst_len;
    if (t->prefix > (body.rtm_family == AF_INET ? 32 : 128))
        return -EINVAL;
    t->prefix += body.rtm_family == AF_INET ? 96 : 0;
    t->metric = rtnl_get_u32(r, sizeof(body), RTA_PRIORITY, 0);
    err = rtnl_get_addr(r, sizeof(body), RTA_DST, body.rtm_family,
                        &t->destination);
    if (!err)
        err = rtnl_get_addr(r, sizeof(body), RTA_GATEWAY, body.rtm_family,
                            &t->gateway);
    if (!err)
        err = rtnl_get_addr(r, sizeof(body), RTA_PREFSRC, body.rtm_family,
                            &t->source);
    if (err)
        return err;
    if (has_host_bits(&t->destination, t->prefix))
        return -EINVAL;
    if (body.rtm_type > RTN_UNICAST)
        return -EOPNOTSUPP;
    index = rtnl_get_u32(r, sizeof(body), RTA_OIF, 0);
    if (index) {
        t->dev = netdev_by_index(r->stack, (int)index);
        return t->dev ? 0 : -ENODEV;
    }
    return 0;
}

int rtnl_change_route(const struct netlink_request *r, bool add)
{
    struct route t;
    uint32_t table;
    int err = parse(r, &t, &table);

    if (err)
        return err;
    if (table && table != RT_TABLE_MAIN)
        return add ? -EOPNOTSUPP : -ESRCH;
    if (!add)
        return route_forget(r->stack, &t);
    return route_add_checked(r->stack, &t, r->h->nlmsg_flags & NLM_F_REPLACE,
                             r->h->nlmsg_flags & NLM_F_CREATE);
}

void rtnl_route_changed(struct netstack *s, const struct route *r, bool gone)
{
    unsigned group = netaddr_is_v4(&r->destination) ? RTNLGRP_IPV4_ROUTE
                                                    : RTNLGRP_IPV6_ROUTE;
    struct netlink_out o = {.stack = s};

    if (!netlink_has_listeners(s, group))
        return;
    put_route(&o, r, gone ? RTM_DELROUTE : RTM_NEWROUTE);
    netlink_publish(&o, group);
}
