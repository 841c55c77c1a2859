// SPDX-License-Identifier: MIT
/*
 * mld: tells routers and switches which groups the host is in: version 2's
 * reports (RFC 9777, 5.2). A report that is lost is made good by the next
 * query.
 */
#include "net/nd.h"
#include "net/ether.h"
#include "net/netdev.h"
#include "net/stack.h"

enum {
    RECORD = 20,
    ROOM = RECORD + 16 * NETDEV_SOURCES_MAX, /* for records of a report */
};

static const struct netaddr mld2_routers = {.b = {0xff, 2, [15] = 0x16}};

/* Groups that every host is in are not reported (RFC 9777, 6). */
static bool reported(const struct netaddr *group)
{
    static const struct netaddr all_nodes = {.b = {0xff, 2, [15] = 1}};

    return !netaddr_is_v4(group) && (group->b[1] & 15) > 1 &&
           !netaddr_equal(group, &all_nodes);
}

static struct netbuf *begin(struct netdev *dev)
{
    struct netbuf *nb =
        netbuf_alloc_linear(dev->stack, NETBUF_HEADROOM, ICMP_HEADER + ROOM);

    if (nb)
        *(struct icmp_header *)netbuf_put(nb, ICMP_HEADER) =
            (struct icmp_header){.type = ICMPV6_MLD2_REPORT};
    return nb;
}

/* Adds what is wanted of g to a message; false: it has no room for it. */
static bool add(struct netbuf *nb, const struct netdev_group *g, bool change,
                bool joined)
{
    struct netdev_group_record r;
    uint8_t *p;

    netdev_group_record(g, change, joined, &r);
    if (netbuf_tailroom(nb) < RECORD + 16 * r.count)
        return false;
    p = netbuf_put(nb, RECORD);
    memset(p, 0, 4);
    p[0] = r.kind;
    p[3] = (uint8_t)r.count;
    memcpy(p + 4, g->addr.b, sizeof(g->addr.b));
    memcpy(netbuf_put(nb, 16 * r.count), r.sources, 16 * r.count);
    nb->data[7]++; /* how many records; fewer than 256 */
    return true;
}

/* Takes nb: with a router alert (RFC 2711) in front, to all such routers. */
static void send(struct netdev *dev, struct netbuf *nb)
{
    static const uint8_t alert[8] = {IPPROTO_ICMPV6, 0, 5, 2, 0, 0, 1, 0};
    const struct ipv6_addr *ours = &dev->v6->addrs[0];
    struct netaddr source = {0};
    struct ip_options o = {.ttl = 1};
    uint8_t mac[ETHER_ADDR_LEN];

    if (ours->state == IPV6_VALID)
        source = ours->addr;
    icmpv6_sum(nb, &source, &mld2_routers);
    memcpy(netbuf_push(nb, sizeof(alert)), alert, sizeof(alert));
    ipv6_fill_header(netbuf_push(nb, IPV6_HEADER), &source, &mld2_routers,
                     IPV6_HOP_BY_HOP, &o, 0, nb->len);
    ether_group_v6(&mld2_routers, mac);
    ether_output(dev, nb, mac, ETHER_IPV6);
}

void mld_changed(struct netdev *dev, const struct netdev_group *g, bool joined)
{
    struct netbuf *nb;

    if (!dev->v6 || !reported(&g->addr))
        return;
    nb = begin(dev);
    if (!nb)
        return;
    add(nb, g, true, joined);
    send(dev, nb);
}

struct report {
    struct netdev *dev;
    struct netbuf *nb;
};

static void report_group(const struct netdev_group *g, void *arg)
{
    struct report *r = arg;

    if (!reported(&g->addr) || (r->nb && add(r->nb, g, false, true)))
        return;
    if (r->nb)
        send(r->dev, r->nb);
    r->nb = begin(r->dev);
    if (r->nb)
        add(r->nb, g, false, true);
}

void mld_report_all(struct netdev *dev)
{
    struct report r = {dev, NULL};

    netdev_for_each_group(dev, report_group, &r);
    if (r.nb)
        send(dev, r.nb);
}

void mld_query(struct netdev *dev, const struct netbuf *nb)
{
    struct netdev_v6 *v6 = dev->v6;
    uint16_t code;
    uint64_t max_ms, at;
    uint32_t r;

    if (nb->linear < 24)
        return;
    __builtin_memcpy(&code, nb->data + 4, sizeof(code));
    max_ms = be16(code);
    if (max_ms >= 32768) /* RFC 9777, 5.1.3: a small float */
        max_ms = ((max_ms & 0xfff) | 0x1000) << ((max_ms >> 12 & 7) + 3);
    net_env_random(dev->stack, &r, sizeof(r));
    at = dev->stack->now + (max_ms * NSEC_PER_MSEC >> 10) * (r & 1023);
    v6->report_at = MIN(v6->report_at, at);
    nd_schedule(v6);
}
