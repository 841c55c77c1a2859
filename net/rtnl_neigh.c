// SPDX-License-Identifier: MIT
/* rtnl_neigh: the link addresses of neighbours. */
#include "abi/errno.h"
#include "net/neigh.h"
#include "net/netdev.h"
#include "net/rtnl_priv.h"
#include "net/stack.h"

#define TICKS_PER_SEC 100 /* USER_HZ */

static uint32_t ticks_since(const struct netstack *s, uint64_t ns)
{
    return (uint32_t)((s->now - MIN(ns, s->now)) /
                      (NSEC_PER_SEC / TICKS_PER_SEC));
}

uint16_t rtnl_neigh_state(const struct neigh *n, uint64_t now)
{
    switch (n->state) {
    case NEIGH_INCOMPLETE:
        return NUD_INCOMPLETE;
    case NEIGH_PROBE:
        return NUD_PROBE;
    case NEIGH_REACHABLE:
        if (n->fresh_until == NET_TIMER_NEVER)
            return NUD_PERMANENT;
        return now < n->fresh_until ? NUD_REACHABLE : NUD_STALE;
    }
    return NUD_FAILED;
}

static void put_neigh(struct netlink_out *o, const struct neigh *n,
                      uint16_t type)
{
    struct netstack *s = n->dev->stack;
    uint32_t used = ticks_since(s, n->used_ns);
    struct abi_nda_cacheinfo info = {used, used, used, n->refs};
    struct abi_ndmsg body = {
        .ndm_family = netaddr_is_v4(&n->addr) ? AF_INET : AF_INET6,
        .ndm_ifindex = n->dev->index,
        .ndm_state = rtnl_neigh_state(n, s->now),
        .ndm_type = RTN_UNICAST,
    };

    netlink_begin(o, type, &body, sizeof(body));
    rtnl_put_addr(o, NDA_DST, &n->addr);
    if (!(body.ndm_state & (NUD_INCOMPLETE | NUD_FAILED)))
        netlink_put(o, NDA_LLADDR, n->mac, ETHER_ADDR_LEN);
    netlink_put_u32(o, NDA_PROBES, n->probes);
    netlink_put(o, NDA_CACHEINFO, &info, sizeof(info));
    netlink_end(o);
}

struct dump {
    const struct netlink_request *r;
    struct netlink_out *o;
    int index; /* of the interface; 0: all */
};

static void dump_one(const struct neigh *n, void *arg)
{
    struct dump *d = arg;

    if (rtnl_wants(d->r, netaddr_is_v4(&n->addr) ? AF_INET : AF_INET6) &&
        (!d->index || d->index == n->dev->index))
        put_neigh(d->o, n, RTM_NEWNEIGH);
}

void rtnl_dump_neighs(const struct netlink_request *r, struct netlink_out *o)
{
    struct dump d = {r, o, 0};
    struct abi_ndmsg body;

    if (r->len >= sizeof(body)) {
        memcpy(&body, r->body, sizeof(body));
        d.index = body.ndm_ifindex;
    }
    neigh_for_each(r->stack, dump_one, &d);
}

/* What a request is about. */
static int parse(const struct netlink_request *r, struct abi_ndmsg *body,
                 struct netaddr *a, struct netdev **dev)
{
    int err;

    if (r->len < sizeof(*body))
        return -EINVAL;
    memcpy(body, r->body, sizeof(*body));
    err = rtnl_get_addr(r, sizeof(*body), NDA_DST, body->ndm_family, a);
    if (err)
        return err;
    if (netaddr_is_any(a))
        return -EINVAL;
    *dev = netdev_by_index(r->stack, body->ndm_ifindex);
    if (!*dev)
        return body->ndm_ifindex ? -ENODEV : -EINVAL;
    return 0;
}

int rtnl_get_neigh(const struct netlink_request *r)
{
    struct netlink_out o;
    struct abi_ndmsg body;
    struct netdev *dev;
    struct netaddr a;
    struct neigh *n;
    int err = parse(r, &body, &a, &dev);

    if (err)
        return err;
    n = neigh_find(dev, &a);
    if (!n)
        return -ENOENT;
    netlink_answer(&o, r, 0);
    put_neigh(&o, n, RTM_NEWNEIGH);
    netlink_flush(&o);
    return o.failed ? -ENOBUFS : 0;
}

int rtnl_change_neigh(const struct netlink_request *r, bool add)
{
    struct abi_ndmsg body;
    const uint8_t *mac;
    struct netdev *dev;
    struct netaddr a;
    size_t len;
    int err = parse(r, &body, &a, &dev);

    if (err)
        return err;
    if (!add)
        return neigh_forget(dev, &a) ? 0 : -ENOENT;
    mac = netlink_attr(r, sizeof(body), NDA_LLADDR, ETHER_ADDR_LEN, &len);
    if (!mac || dev->features & NETDEV_LOOPBACK)
        return -EINVAL;
    if (neigh_find(dev, &a) && r->h->nlmsg_flags & NLM_F_EXCL)
        return -EEXIST;
    if (!neigh_find(dev, &a) && !(r->h->nlmsg_flags & NLM_F_CREATE))
        return -ENOENT;
    return neigh_set(dev, &a, mac, body.ndm_state & NUD_PERMANENT);
}
