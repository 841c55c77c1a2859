// SPDX-License-Identifier: MIT
/*
 * route: where packets go. A handful of routes in a list, the most specific
 * first; sockets keep what they found until the generation moves.
 */
#include "abi/errno.h"
#include "net/ip.h"
#include "net/ipv4.h"
#include "net/ipv6.h"
#include "net/neigh.h"
#include "net/netdev.h"
#include "net/rtnl.h"
#include "net/stack.h"

#define PMTU_NS          (600 * NSEC_PER_SEC) /* RFC 1191, 6.3 */
#define PMTU_MIN         552                  /* as Linux's min_pmtu */
#define PMTU_MAX_ENTRIES 64

/* A path whose MTU a router told. */
struct ip_pmtu {
    struct ip_pmtu *next;
    struct netaddr destination;
    uint32_t mtu;
    uint64_t until;
};

void route_changed(struct netstack *s)
{
    if (++s->route_generation == 0)
        s->route_generation = 1;
}

/* Whether the first bits of two addresses agree. */
static bool prefix_matches(const struct netaddr *a, const struct netaddr *b,
                           unsigned bits)
{
    for (unsigned i = 0; bits; i++) {
        unsigned n = MIN(bits, 32u);

        if ((a->w[i] ^ b->w[i]) & netaddr_v4_mask(n))
            return false;
        bits -= n;
    }
    return true;
}

static bool same_route(const struct route *a, const struct route *b)
{
    return a->prefix == b->prefix && a->dev == b->dev &&
           netaddr_equal(&a->destination, &b->destination) &&
           netaddr_equal(&a->gateway, &b->gateway);
}

int route_add(struct netstack *s, const struct route *r)
{
    struct route **link = &s->routes, *copy;

    for (struct route *o = s->routes; o; o = o->next)
        if (same_route(o, r))
            return -EEXIST;
    copy = net_env_alloc(s, sizeof(*copy));
    if (!copy)
        return -ENOMEM;
    while (*link &&
           ((*link)->prefix > r->prefix ||
            ((*link)->prefix == r->prefix && (*link)->metric <= r->metric)))
        link = &(*link)->next;
    *copy = *r;
    copy->next = *link;
    *link = copy;
    route_changed(s);
    rtnl_route_changed(s, copy, false);
    return 0;
}

static void unlink_route(struct netstack *s, struct route **link)
{
    struct route *r = *link;

    *link = r->next;
    rtnl_route_changed(s, r, true);
    net_env_free(s, r);
    route_changed(s);
}

int route_remove(struct netstack *s, const struct route *r)
{
    for (struct route **link = &s->routes; *link; link = &(*link)->next) {
        if (same_route(*link, r)) {
            unlink_route(s, link);
            return 0;
        }
    }
    return -ESRCH;
}

static bool same_key(const struct route *a, const struct route *b)
{
    return a->prefix == b->prefix && a->metric == b->metric &&
           netaddr_equal(&a->destination, &b->destination);
}

int route_change(struct netstack *s, const struct route *r, bool replace,
                 bool create)
{
    struct route **link = &s->routes;
    int err;

    while (*link && !same_key(*link, r))
        link = &(*link)->next;
    if (*link && !replace)
        return -EEXIST;
    if (!*link && !create)
        return -ENOENT;
    if (*link && same_route(*link, r))
        return 0;
    err = route_add(s, r);
    if (err)
        return err;
    for (link = &s->routes; *link; link = &(*link)->next) {
        if (same_key(*link, r) && !same_route(*link, r)) {
            unlink_route(s, link);
            break;
        }
    }
    return 0;
}

/* The interface whose link the gateway is on. */
static struct netdev *dev_of_gateway(struct netstack *s,
                                     const struct netaddr *gateway, int dev)
{
    const struct route *t = route_lookup(s, gateway, dev);

    return t && netaddr_is_any(&t->gateway) ? t->dev : NULL;
}

int route_add_checked(struct netstack *s, struct route *r, bool replace,
                      bool create)
{
    bool direct = netaddr_is_any(&r->gateway);

    if (!r->dev && direct)
        return -ENODEV;
    if (!direct)
        r->dev = dev_of_gateway(s, &r->gateway, r->dev ? r->dev->index : 0);
    if (!r->dev)
        return -ENETUNREACH;
    if (!r->dev->up)
        return -ENETDOWN;
    if (!netaddr_is_any(&r->source) && !ip_is_local(s, &r->source))
        return -EINVAL;
    return route_change(s, r, replace, create);
}

int route_forget(struct netstack *s, const struct route *r)
{
    for (struct route **link = &s->routes; *link; link = &(*link)->next) {
        const struct route *o = *link;

        if (o->prefix == r->prefix &&
            netaddr_equal(&o->destination, &r->destination) &&
            (!r->dev || o->dev == r->dev) &&
            (!r->metric || o->metric == r->metric) &&
            (netaddr_is_any(&r->gateway) ||
             netaddr_equal(&o->gateway, &r->gateway))) {
            unlink_route(s, link);
            return 0;
        }
    }
    return -ESRCH;
}

/* Removes those of IPv4 on dev; chosen: if no address made them; source: if
 * they have this one. */
static void remove_v4(struct netstack *s, const struct netdev *dev, bool chosen,
                      const struct netaddr *source)
{
    struct route **link = &s->routes;

    while (*link) {
        const struct route *r = *link;

        if (r->dev == dev && netaddr_is_v4(&r->destination) &&
            (!chosen || r->origin) &&
            (!source || netaddr_equal(&r->source, source)))
            unlink_route(s, link);
        else
            link = &(*link)->next;
    }
}

void route_remove_dev_v4(struct netstack *s, const struct netdev *dev)
{
    remove_v4(s, dev, false, NULL);
}

void route_remove_chosen_v4(struct netstack *s, const struct netdev *dev)
{
    remove_v4(s, dev, true, NULL);
}

void route_remove_source(struct netstack *s, const struct netdev *dev,
                         struct netaddr source)
{
    remove_v4(s, dev, false, &source);
}

const struct route *route_lookup(struct netstack *s, const struct netaddr *to,
                                 int bound_dev)
{
    bool v4 = netaddr_is_v4(to);

    for (const struct route *r = s->routes; r; r = r->next) {
        if (r->dev->up && (!bound_dev || bound_dev == r->dev->index) &&
            netaddr_is_v4(&r->destination) == v4 &&
            prefix_matches(&r->destination, to, r->prefix))
            return r;
    }
    return NULL;
}

void route_fini(struct netstack *s)
{
    while (s->routes)
        unlink_route(s, &s->routes);
    while (s->pmtu) {
        struct ip_pmtu *p = s->pmtu;

        s->pmtu = p->next;
        net_env_free(s, p);
    }
}

/* --- path MTU --- */

static struct ip_pmtu **find_pmtu(struct netstack *s, const struct netaddr *a)
{
    struct ip_pmtu **link = &s->pmtu;

    while (*link && !netaddr_equal(&(*link)->destination, a))
        link = &(*link)->next;
    return link;
}

void ip_pmtu_update(struct netstack *s, const struct netaddr *destination,
                    uint32_t mtu)
{
    struct ip_pmtu *p = *find_pmtu(s, destination);
    unsigned count = 0;

    /* RFC 8200, 5: every link of IPv6 carries so much. */
    mtu = MAX(mtu,
              (uint32_t)(netaddr_is_v4(destination) ? PMTU_MIN : IPV6_MTU_MIN));
    if (!p) {
        for (p = s->pmtu; p; p = p->next)
            count++;
        if (count >= PMTU_MAX_ENTRIES)
            return;
        p = net_env_alloc(s, sizeof(*p));
        if (!p)
            return;
        *p = (struct ip_pmtu){s->pmtu, *destination, mtu, 0};
        s->pmtu = p;
    }
    /* Larger is believed only after the old one has expired. */
    if (mtu < p->mtu || s->now >= p->until)
        p->mtu = mtu;
    p->until = s->now + PMTU_NS;
    route_changed(s);
}

static uint32_t path_mtu(struct netstack *s, const struct netaddr *to,
                         uint32_t mtu)
{
    struct ip_pmtu **link = find_pmtu(s, to), *p = *link;

    if (!p)
        return mtu;
    if (s->now >= p->until) {
        *link = p->next;
        net_env_free(s, p);
        return mtu;
    }
    return MIN(mtu, p->mtu);
}

/* --- paths --- */

void ip_path_release(struct netstack *s, struct ip_path *p)
{
    if (p->neigh)
        neigh_put(s, p->neigh);
    p->neigh = NULL;
    p->dev = NULL;
    p->generation = 0;
    p->head.generation = 0;
}

/* The interface for broadcasts and groups without a route of their own. */
static struct netdev *default_dev(struct netstack *s, int bound_dev)
{
    struct netdev *dev;

    if (bound_dev)
        return netdev_by_index(s, bound_dev);
    for (dev = s->devs; dev; dev = dev->next)
        if (dev->up && !(dev->features & NETDEV_LOOPBACK))
            return dev;
    return NULL;
}

/* The address of dev to send from; 0: filled in, or it was. */
static int fill_source(struct ip_path *p, const struct netdev *dev,
                       const struct netaddr *wanted)
{
    const struct netaddr *a = wanted;

    if (!netaddr_is_any(&p->source))
        return 0;
    if (netaddr_is_v4(&p->destination)) {
        p->source = a && !netaddr_is_any(a) ? *a : netaddr_v4(dev->v4.addr);
        return 0;
    }
    a = ipv6_source(dev, &p->destination);
    if (!a)
        return -EADDRNOTAVAIL;
    p->source = *a;
    return 0;
}

/* To all hosts, or to a group. */
static int lookup_group(struct netstack *s, struct ip_path *p)
{
    const struct route *r = NULL;

    p->broadcast = !p->multicast;
    if (p->multicast)
        r = route_lookup(s, &p->destination, p->bound_dev);
    p->dev = r ? r->dev : default_dev(s, p->bound_dev);
    if (!p->dev)
        return -ENETUNREACH;
    return fill_source(p, p->dev, NULL);
}

static int lookup_unicast(struct netstack *s, struct ip_path *p)
{
    const struct route *r = route_lookup(s, &p->destination, p->bound_dev);
    const struct netaddr *hop;
    int err;

    if (!r)
        return -ENETUNREACH;
    p->dev = r->dev;
    err = fill_source(p, r->dev, &r->source);
    if (err)
        return err;
    if (netaddr_is_v4(&p->destination) &&
        netdev_is_broadcast_v4(p->dev, p->destination.w[3])) {
        p->broadcast = true;
        return 0;
    }
    hop = netaddr_is_any(&r->gateway) ? &p->destination : &r->gateway;
    p->neigh = neigh_get(p->dev, hop);
    return p->neigh ? 0 : -ENOMEM;
}

int ip_path_lookup(struct netstack *s, struct ip_path *p)
{
    int err = 0;
    bool v4;

    if (p->bound_dev && !netdev_by_index(s, p->bound_dev))
        return -ENODEV;
    ip_path_release(s, p);
    p->broadcast = p->local = false;
    v4 = netaddr_is_v4(&p->destination);
    if (!netaddr_is_any(&p->source) && netaddr_is_v4(&p->source) != v4)
        return -ENETUNREACH;
    if (netaddr_is_any(&p->destination)) /* as Linux: this host */
        p->destination = v4 ? netaddr_v4(BE32(0x7f000001))
                            : (struct netaddr){.b = {[15] = 1}};
    p->multicast = netaddr_is_multicast(&p->destination);
    if (p->multicast || (v4 && p->destination.w[3] == UINT32_MAX)) {
        err = lookup_group(s, p);
    } else if (ip_is_local(s, &p->destination)) {
        p->local = true;
        p->dev = s->loopback;
        if (netaddr_is_any(&p->source))
            p->source = p->destination;
    } else {
        err = lookup_unicast(s, p);
    }
    if (err)
        return err;
    p->mtu = MIN(p->dev->mtu, 65535u);
    if (!v4 && p->dev->v6 && p->dev->v6->mtu)
        p->mtu = MIN(p->mtu, p->dev->v6->mtu);
    if (s->pmtu)
        p->mtu = path_mtu(s, &p->destination, p->mtu);
    p->generation = s->route_generation;
    return 0;
}

uint32_t ip_path_gso_max(const struct ip_path *p)
{
    /* The whole packet must fit, with IPv6's header too. */
    if (netaddr_is_v4(&p->destination))
        return p->dev->features & NETDEV_TSO4 ? p->dev->gso_max - IPV4_HEADER
                                              : 0;
    return p->dev->features & NETDEV_TSO6 ? p->dev->gso_max - IPV6_HEADER : 0;
}

bool ip_is_local(struct netstack *s, const struct netaddr *a)
{
    if (netaddr_is_loopback(a))
        return true;
    for (struct netdev *dev = s->devs; dev; dev = dev->next) {
        if (netaddr_is_v4(a)) {
            if (netdev_has_v4(dev, a->w[3]))
                return true;
        } else if (dev->v6) {
            const struct ipv6_addr *ours = ipv6_find(dev, a);

            if (ours && ours->state == IPV6_VALID)
                return true;
        }
    }
    return false;
}
