// SPDX-License-Identifier: MIT
/*
 * nd: see the header. Only hosts on the link can make these messages: a hop
 * limit of 255 proves it (RFC 4861, 6.1 and 7.1). What they claim is believed
 * within the limits of the tables in struct netdev_v6.
 */
#include "net/nd.h"

#include "net/dhcp6.h"
#include "net/ether.h"
#include "net/neigh.h"
#include "net/netdev.h"
#include "net/rtnl.h"
#include "net/stack.h"

#define HOPS       255
#define SOLICIT_NS (4 * NSEC_PER_SEC) /* RTR_SOLICITATION_INTERVAL */
#define TWO_HOURS  (7200 * NSEC_PER_SEC)

enum {
    SOLICITS = 3, /* MAX_RTR_SOLICITATIONS */
    NEIGHBOUR_LEN = 24,
    ADVERT_LEN = 16,
    OPTION_SOURCE = 1,
    OPTION_TARGET = 2,
    OPTION_PREFIX = 3,
    OPTION_MTU = 5,
    OPTION_DNS = 25, /* RFC 8106, 5.1 */
    PREFIX_ON_LINK = 0x80,
    PREFIX_AUTO = 0x40,
    ADVERT_MANAGED = 0x80,
    ADVERT_OTHER = 0x40,
    NA_SOLICITED = 0x40,
    NA_OVERRIDE = 0x20,
};

/* Neighbour solicitation and advertisement. */
struct neighbour_message {
    struct icmp_header icmp; /* rest: of adverts, flags in the first byte */
    uint8_t target[16];
} packed;
static_assert(sizeof(struct neighbour_message) == NEIGHBOUR_LEN, "RFC 4861");

struct router_advert {
    uint8_t type, code;
    uint16_t checksum;
    uint8_t hops, flags;
    uint16_t lifetime; /* s */
    uint32_t reachable, retransmit;
} packed;
static_assert(sizeof(struct router_advert) == ADVERT_LEN, "RFC 4861, 4.2");

struct prefix_option {
    uint8_t type, len, bits, flags;
    uint32_t valid, preferred; /* s */
    uint32_t reserved;
    uint8_t prefix[16];
} packed;
static_assert(sizeof(struct prefix_option) == 32, "RFC 4861, 4.6.2");

static const struct netaddr all_nodes = {.b = {0xff, 2, [15] = 1}};
static const struct netaddr all_routers = {.b = {0xff, 2, [15] = 2}};

/* --- out --- */

void nd_send(struct netdev *dev, struct netbuf *nb,
             const struct netaddr *source, const struct netaddr *destination,
             const uint8_t *mac)
{
    struct ip_options o = {.ttl = HOPS};
    uint8_t group[ETHER_ADDR_LEN];
    size_t len = nb->len;

    icmpv6_sum(nb, source, destination);
    ipv6_fill_header(netbuf_push(nb, IPV6_HEADER), source, destination,
                     IPPROTO_ICMPV6, &o, 0, len);
    dev->stack->count.icmp_out++;
    if (!mac) {
        ether_group_v6(destination, group);
        mac = group;
    }
    ether_output(dev, nb, mac, ETHER_IPV6);
}

static void put_link_option(struct netbuf *nb, uint8_t type,
                            const struct netdev *dev)
{
    uint8_t *p = netbuf_put(nb, 8);

    p[0] = type;
    p[1] = 1; /* times 8 bytes */
    memcpy(p + 2, dev->mac, ETHER_ADDR_LEN);
}

static struct netbuf *neighbour_message(struct netdev *dev, uint8_t type,
                                        const struct netaddr *target)
{
    struct netbuf *nb = netbuf_alloc(dev->stack, false);
    struct neighbour_message *m;

    if (!nb)
        return NULL;
    m = netbuf_put(nb, sizeof(*m));
    memset(m, 0, sizeof(*m));
    m->icmp.type = type;
    memcpy(m->target, target->b, sizeof(m->target));
    return nb;
}

void nd_ask(struct netdev *dev, const struct netaddr *a, const uint8_t *mac)
{
    const struct netaddr *source = ipv6_source(dev, a);
    struct netaddr group = ipv6_solicited_node(a);
    struct netbuf *nb = neighbour_message(dev, ICMPV6_NEIGHBOUR_SOLICIT, a);

    if (!nb)
        return; /* the next attempt may fare better */
    if (!source) {
        netbuf_free(dev->stack, nb);
        return;
    }
    put_link_option(nb, OPTION_SOURCE, dev);
    nd_send(dev, nb, source, mac ? a : &group, mac);
}

void nd_detect(struct netdev *dev, const struct netaddr *a)
{
    struct netaddr none = {0}, group = ipv6_solicited_node(a);
    struct netbuf *nb = neighbour_message(dev, ICMPV6_NEIGHBOUR_SOLICIT, a);

    if (nb)
        nd_send(dev, nb, &none, &group, NULL);
    nd_schedule(dev->v6);
}

/* From no address: so routers need not be waited for until one is ours. */
static void solicit_router(struct netdev_v6 *v6)
{
    struct netbuf *nb = netbuf_alloc(v6->dev->stack, false);
    struct netaddr none = {0};

    v6->solicits--;
    v6->solicit_at = v6->dev->stack->now + SOLICIT_NS;
    if (!nb)
        return;
    *(struct icmp_header *)netbuf_put(nb, ICMP_HEADER) =
        (struct icmp_header){.type = ICMPV6_ROUTER_SOLICIT};
    nd_send(v6->dev, nb, &none, &all_routers, NULL);
}

void nd_solicit_routers(struct netdev *dev)
{
    dev->v6->solicits = SOLICITS;
    solicit_router(dev->v6);
    nd_schedule(dev->v6);
}

/* --- what is asked and answered --- */

/* The link address in an option; NULL: there is none. False in *good: the
 * options are malformed. */
static const uint8_t *find_link_option(const uint8_t *p, size_t left,
                                       uint8_t type, bool *good)
{
    const uint8_t *found = NULL;

    *good = true;
    while (left) {
        if (left < 8 || !p[1] || p[1] * 8u > left) {
            *good = false;
            return NULL;
        }
        if (p[0] == type && p[1] == 1)
            found = p + 2;
        left -= p[1] * 8u;
        p += p[1] * 8u;
    }
    return found && !(found[0] & 1) ? found : NULL;
}

static void conflict(struct netdev *dev, struct ipv6_addr *a)
{
    char text[NETADDR_TEXT];

    a->state = IPV6_DUPLICATE;
    rtnl_v6_changed(dev, a, false);
    net_log(dev->stack, WARN, "%s: %s is in use by another host", dev->name,
            netaddr_format(&a->addr, text));
    dhcp6_conflict(dev, a);
}

/* Says that target is ours: to who asked, or to all. */
static void advertise(struct netdev *dev, const struct netaddr *target,
                      const struct netaddr *to)
{
    struct netstack *s = dev->stack;
    struct netbuf *nb = neighbour_message(dev, ICMPV6_NEIGHBOUR_ADVERT, target);
    struct ip_path path = {.source = *target, .bound_dev = dev->index};
    struct ip_options o = {.ttl = HOPS};

    if (!nb)
        return;
    put_link_option(nb, OPTION_TARGET, dev);
    nb->data[4] = NA_OVERRIDE;
    if (netaddr_is_any(to)) {
        nd_send(dev, nb, target, &all_nodes, NULL);
        return;
    }
    nb->data[4] |= NA_SOLICITED;
    path.destination = *to;
    icmpv6_sum(nb, target, to);
    if (ip_path_lookup(s, &path) == 0)
        ip_output(s, &path, nb, IPPROTO_ICMPV6, &o);
    else
        netbuf_free(s, nb);
    ip_path_release(s, &path);
}

static void solicited(struct netdev *dev, const struct netbuf *nb,
                      const struct ip_info *info)
{
    const struct neighbour_message *m =
        (const struct neighbour_message *)nb->data;
    struct netaddr target = netaddr_v6(m->target);
    struct ipv6_addr *ours = ipv6_find(dev, &target);
    bool unknown = netaddr_is_any(&info->source), good;
    const uint8_t *mac = find_link_option(
        nb->data + sizeof(*m), nb->linear - sizeof(*m), OPTION_SOURCE, &good);

    if (!good || !ours || ours->state == IPV6_DUPLICATE)
        return;
    if (ours->state == IPV6_TENTATIVE) {
        if (unknown) /* somebody else wants it too */
            conflict(dev, ours);
        return;
    }
    if (!unknown && mac)
        neigh_learn(dev, &info->source, mac, true, false);
    advertise(dev, &target, &info->source);
}

static void advertised(struct netdev *dev, const struct netbuf *nb)
{
    const struct neighbour_message *m =
        (const struct neighbour_message *)nb->data;
    struct netaddr target = netaddr_v6(m->target);
    struct ipv6_addr *ours = ipv6_find(dev, &target);
    uint8_t flags = nb->data[4];
    struct neigh *n;
    bool good;
    const uint8_t *mac = find_link_option(
        nb->data + sizeof(*m), nb->linear - sizeof(*m), OPTION_TARGET, &good);

    if (!good || netaddr_is_multicast(&target))
        return;
    if (ours) {
        if (ours->state == IPV6_TENTATIVE)
            conflict(dev, ours);
        return;
    }
    n = neigh_find(dev, &target);
    if (!n)
        return;
    if (!mac) {
        if (flags & NA_SOLICITED)
            neigh_confirm(dev->stack, n);
    } else if (flags & NA_OVERRIDE || n->state == NEIGH_INCOMPLETE ||
               memcmp(mac, n->mac, ETHER_ADDR_LEN) == 0) {
        neigh_learn(dev, &target, mac, false, flags & NA_SOLICITED);
    }
}

/* --- what routers say --- */

static uint64_t until(const struct netdev *dev, uint32_t seconds)
{
    return seconds == UINT32_MAX ? NET_TIMER_NEVER
                                 : dev->stack->now + seconds * NSEC_PER_SEC;
}

static void set_router(struct netdev_v6 *v6, const struct netaddr *a,
                       uint32_t lifetime)
{
    struct netstack *s = v6->dev->stack;
    struct route r = {.gateway = *a, .dev = v6->dev, .origin = RTPROT_RA};
    unsigned at = IPV6_ROUTERS;

    for (unsigned i = IPV6_ROUTERS; i-- > 0;)
        if (v6->routers[i].until && netaddr_equal(&v6->routers[i].addr, a)) {
            at = i;
            break;
        } else if (!v6->routers[i].until) {
            at = i;
        }
    if (at == IPV6_ROUTERS)
        return;
    if (!lifetime) {
        v6->routers[at].until = 0;
        route_remove(s, &r);
        return;
    }
    if (!v6->routers[at].until && route_add(s, &r))
        return; /* no memory: the next one may fare better */
    v6->routers[at].addr = *a;
    v6->routers[at].until = until(v6->dev, lifetime);
}

static void set_prefix(struct netdev_v6 *v6, const struct netaddr *prefix,
                       uint8_t bits, uint32_t lifetime)
{
    struct netstack *s = v6->dev->stack;
    struct route r = {.destination = *prefix,
                      .prefix = bits,
                      .dev = v6->dev,
                      .origin = RTPROT_RA};
    unsigned at = IPV6_PREFIXES;

    for (unsigned i = IPV6_PREFIXES; i-- > 0;)
        if (v6->prefixes[i].until && v6->prefixes[i].len == bits &&
            netaddr_equal(&v6->prefixes[i].prefix, prefix)) {
            at = i;
            break;
        } else if (!v6->prefixes[i].until) {
            at = i;
        }
    if (at == IPV6_PREFIXES)
        return;
    if (!lifetime) {
        if (v6->prefixes[at].until)
            route_remove(s, &r);
        v6->prefixes[at].until = 0;
        return;
    }
    if (!v6->prefixes[at].until && route_add(s, &r))
        return;
    v6->prefixes[at].prefix = *prefix;
    v6->prefixes[at].len = bits;
    v6->prefixes[at].until = until(v6->dev, lifetime);
}

/* RFC 4862, 5.5.3: an address of our own in the prefix. */
static void set_auto(struct netdev *dev, const struct netaddr *prefix,
                     uint32_t valid, uint32_t preferred)
{
    struct netaddr a = *prefix;
    struct ipv6_addr *ours;
    uint64_t end = until(dev, valid);

    memcpy(a.b + 8, dev->v6->addrs[0].addr.b + 8, 8);
    ours = ipv6_find(dev, &a);
    if (!ours) {
        if (valid)
            ipv6_add(dev, &a, 64, IPV6_BY_ROUTER, until(dev, preferred), end);
        return;
    }
    if (ours->origin != IPV6_BY_ROUTER)
        return;
    ours->preferred_until = until(dev, preferred);
    /* One forged message must not end an address: e) 1 to 3. */
    if (valid > 7200 || end > ours->valid_until)
        ours->valid_until = end;
    else if (ours->valid_until > dev->stack->now + TWO_HOURS)
        ours->valid_until = dev->stack->now + TWO_HOURS;
}

static void take_prefix(struct netdev *dev, const struct prefix_option *o)
{
    struct netaddr prefix = netaddr_v6(o->prefix);
    uint32_t valid = be32(o->valid), preferred = be32(o->preferred);

    if (o->bits > 128 || preferred > valid || ipv6_is_link_local(&prefix) ||
        netaddr_is_multicast(&prefix) || netaddr_is_v4(&prefix))
        return;
    for (unsigned i = 0; i < 16; i++) {
        unsigned bits = o->bits > 8 * i ? MIN(o->bits - 8 * i, 8u) : 0;

        prefix.b[i] &= (uint8_t)(0xff00u >> bits);
    }
    if (o->flags & PREFIX_ON_LINK)
        set_prefix(dev->v6, &prefix, o->bits, valid);
    if (o->flags & PREFIX_AUTO && o->bits == 64)
        set_auto(dev, &prefix, valid, preferred);
}

/* A name server: kept until then, 0: no longer. Whether that is news. */
static bool set_dns(struct netdev_v6 *v6, const struct netaddr *a, uint64_t end)
{
    unsigned at = IPV6_DNS;

    for (unsigned i = IPV6_DNS; i-- > 0;) {
        if (v6->dns[i].until && netaddr_equal(&v6->dns[i].addr, a)) {
            v6->dns[i].until = end;
            return !end;
        }
        if (v6->dns[i].until <= v6->dev->stack->now)
            at = i;
    }
    if (at == IPV6_DNS || !end)
        return false;
    v6->dns[at].addr = *a;
    v6->dns[at].until = end;
    return true;
}

/* The option: a lifetime, then addresses; units of 8 bytes. */
static void take_dns(struct netdev *dev, const uint8_t *p)
{
    uint32_t lifetime = be32(load32(p + 4));
    bool news = false;

    for (unsigned at = 8; at + 16 <= p[1] * 8u; at += 16) {
        struct netaddr a = netaddr_v6(p + at);

        if (!netaddr_is_any(&a) && !netaddr_is_multicast(&a) &&
            !netaddr_is_v4(&a))
            news |= set_dns(dev->v6, &a, lifetime ? until(dev, lifetime) : 0);
    }
    if (news)
        net_env_configured(dev->stack);
}

static void router_said(struct netdev *dev, const struct netbuf *nb,
                        const struct ip_info *info)
{
    const struct router_advert *r = (const struct router_advert *)nb->data;
    const uint8_t *p = nb->data + sizeof(*r);
    size_t left = nb->linear - sizeof(*r);
    bool good;
    const uint8_t *mac = find_link_option(p, left, OPTION_SOURCE, &good);

    if (!good || !ipv6_is_link_local(&info->source))
        return;
    dev->v6->solicits = 0;
    if (r->hops)
        dev->v6->hops = r->hops;
    if (mac)
        neigh_learn(dev, &info->source, mac, true, false);
    set_router(dev->v6, &info->source, be16(r->lifetime));
    for (; left; left -= p[1] * 8u, p += p[1] * 8u) {
        if (p[0] == OPTION_PREFIX && p[1] == 4)
            take_prefix(dev, (const struct prefix_option *)p);
        if (p[0] == OPTION_DNS)
            take_dns(dev, p);
        if (p[0] == OPTION_MTU && p[1] == 1) {
            uint32_t mtu = be32(load32(p + 4));

            if (mtu >= IPV6_MTU_MIN && mtu <= dev->mtu && mtu != dev->v6->mtu) {
                dev->v6->mtu = mtu;
                route_changed(dev->stack);
            }
        }
    }
    dhcp6_router_said(dev, r->flags & ADVERT_MANAGED, r->flags & ADVERT_OTHER);
    nd_schedule(dev->v6);
}

void nd_input(struct netstack *s, struct netbuf *nb, const struct ip_info *info)
{
    struct netdev *dev = info->dev;
    const struct icmp_header *h = (const struct icmp_header *)nb->data;
    uint8_t type = h->type;

    if (!dev->v6 || h->code)
        return;
    if (type == ICMPV6_MLD_QUERY) {
        if (info->ttl == 1 && ipv6_is_link_local(&info->source))
            mld_query(dev, nb);
        return;
    }
    if (info->ttl != HOPS)
        return;
    /* Messages are small; a long one in pieces is nobody's honest work. */
    if (nb->linear < nb->len && !netbuf_need(s, nb, MIN(nb->len, 128u)))
        return;
    if (type == ICMPV6_NEIGHBOUR_SOLICIT && nb->linear >= NEIGHBOUR_LEN)
        solicited(dev, nb, info);
    else if (type == ICMPV6_NEIGHBOUR_ADVERT && nb->linear >= NEIGHBOUR_LEN)
        advertised(dev, nb);
    else if (type == ICMPV6_ROUTER_ADVERT && nb->linear >= ADVERT_LEN)
        router_said(dev, nb, info);
}

/* --- time --- */

static void earlier(uint64_t *next, uint64_t t)
{
    if (t && t < *next)
        *next = t;
}

void nd_schedule(struct netdev_v6 *v6)
{
    uint64_t next = v6->report_at;

    if (v6->solicits)
        earlier(&next, v6->solicit_at);
    for (unsigned i = 0; i < v6->addr_count; i++) {
        if (v6->addrs[i].state == IPV6_TENTATIVE)
            earlier(&next, v6->addrs[i].dad_until);
        earlier(&next, v6->addrs[i].valid_until);
    }
    for (unsigned i = 0; i < IPV6_ROUTERS; i++)
        earlier(&next, v6->routers[i].until);
    for (unsigned i = 0; i < IPV6_PREFIXES; i++)
        earlier(&next, v6->prefixes[i].until);
    if (next == NET_TIMER_NEVER)
        net_timer_cancel(&v6->timer);
    else
        net_timer_arm(v6->dev->stack, &v6->timer, next);
}

static void age_addrs(struct netdev_v6 *v6, uint64_t now)
{
    for (unsigned i = v6->addr_count; i-- > 0;) {
        struct ipv6_addr *a = &v6->addrs[i];

        if (now >= a->valid_until) {
            ipv6_remove(v6->dev, a);
        } else if (a->state == IPV6_TENTATIVE && now >= a->dad_until) {
            a->state = IPV6_VALID;
            route_changed(v6->dev->stack);
            rtnl_v6_changed(v6->dev, a, false);
            if (i == 0) /* until now, groups were reported from :: */
                mld_report_all(v6->dev);
        }
    }
}

static void timer_expired(struct netstack *s, struct net_timer *t)
{
    struct netdev_v6 *v6 = container_of(t, struct netdev_v6, timer);

    age_addrs(v6, s->now);
    for (unsigned i = 0; i < IPV6_ROUTERS; i++)
        if (v6->routers[i].until && s->now >= v6->routers[i].until) {
            struct netaddr a = v6->routers[i].addr;

            set_router(v6, &a, 0);
        }
    for (unsigned i = 0; i < IPV6_PREFIXES; i++)
        if (v6->prefixes[i].until && s->now >= v6->prefixes[i].until) {
            struct netaddr a = v6->prefixes[i].prefix;

            set_prefix(v6, &a, v6->prefixes[i].len, 0);
        }
    if (v6->solicits && s->now >= v6->solicit_at)
        solicit_router(v6);
    if (s->now >= v6->report_at) {
        v6->report_at = NET_TIMER_NEVER;
        mld_report_all(v6->dev);
    }
    nd_schedule(v6);
}

void nd_init(struct netdev_v6 *v6)
{
    net_timer_init(&v6->timer, timer_expired);
}
