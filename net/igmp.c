// SPDX-License-Identifier: MIT
/* igmp: see the header. */
#include "net/igmp.h"

#include "abi/socket.h"
#include "net/checksum.h"
#include "net/ether.h"
#include "net/ipv4.h"
#include "net/stack.h"

enum { /* messages */
       QUERY = 0x11,
       REPORT_V1 = 0x12,
       REPORT_V2 = 0x16,
       LEAVE_V2 = 0x17,
       REPORT_V3 = 0x22,
       HEADER = 8, /* of any of them */
       QUERY_V3 = 12,
       RECORD = 8, /* of version 3 */
};

#define ALL_HOSTS    BE32(0xe0000001)
#define ALL_ROUTERS  BE32(0xe0000002)
#define V3_ROUTERS   BE32(0xe0000016)
#define OLD_QUERIER  (400 * NSEC_PER_SEC) /* RFC 9776, 8.13 */
#define MESSAGE_ROOM 1000                 /* records in one message, in bytes */
#define IPV4_ALERTED 24 /* header with a router alert (RFC 2113) */

/* Every host is in 224.0.0.1 without saying so. */
static bool reported(const struct netdev_group *g)
{
    return netaddr_is_v4(&g->addr) && g->addr.w[3] != ALL_HOSTS;
}

static bool heard(const struct netdev *dev, uint64_t until)
{
    return until && dev->stack->now < until;
}

/* --- out --- */

static struct netbuf *begin(struct netdev *dev, uint8_t type)
{
    struct netbuf *nb =
        netbuf_alloc_linear(dev->stack, NETBUF_HEADROOM, HEADER + MESSAGE_ROOM);

    if (!nb)
        return NULL;
    memset(netbuf_put(nb, HEADER), 0, HEADER);
    nb->data[0] = type;
    return nb;
}

/* Takes nb, a message without its checksum. */
static void send(struct netdev *dev, struct netbuf *nb, uint32_t to)
{
    uint16_t sum = checksum_fold(checksum_netbuf(nb, 0, nb->len, 0));
    struct ipv4_header *h;
    uint8_t *alert, mac[ETHER_ADDR_LEN];

    memcpy(nb->data + 2, &sum, sizeof(sum));
    alert = netbuf_push(nb, IPV4_ALERTED - IPV4_HEADER);
    memcpy(alert, (uint8_t[]){0x94, 4, 0, 0}, IPV4_ALERTED - IPV4_HEADER);
    h = netbuf_push(nb, IPV4_HEADER);
    *h = (struct ipv4_header){
        .version_ihl = 0x46,
        .tos = 0xc0,
        .len = be16((uint16_t)nb->len),
        .fragment = BE16(IPV4_DF),
        .ttl = 1,
        .protocol = IPPROTO_IGMP,
        .source = dev->v4.addr,
        .destination = to,
    };
    h->checksum = checksum_fold(checksum_partial(h, IPV4_ALERTED, 0));
    ether_group_v4(to, mac);
    ether_output(dev, nb, mac, ETHER_IPV4);
}

/* A message of the old versions, about one group. */
static void send_old(struct netdev *dev, uint8_t type, uint32_t group,
                     uint32_t to)
{
    struct netbuf *nb = begin(dev, type);

    if (!nb)
        return;
    memcpy(nb->data + 4, &group, sizeof(group));
    send(dev, nb, to);
}

/* Adds what is wanted of g to a message; false: it has no room for it. */
static bool add(struct netbuf *nb, const struct netdev_group *g, bool change,
                bool joined)
{
    struct netdev_group_record r;
    uint16_t count;
    uint8_t *p;

    netdev_group_record(g, change, joined, &r);
    if (netbuf_tailroom(nb) < RECORD + 4 * r.count)
        return false;
    p = netbuf_put(nb, RECORD);
    p[0] = r.kind;
    p[1] = 0;
    count = be16((uint16_t)r.count);
    memcpy(p + 2, &count, sizeof(count));
    memcpy(p + 4, &g->addr.w[3], 4);
    for (unsigned i = 0; i < r.count; i++)
        memcpy(netbuf_put(nb, 4), &r.sources[i].w[3], 4);
    memcpy(&count, nb->data + 6, sizeof(count));
    count = be16((uint16_t)(be16(count) + 1));
    memcpy(nb->data + 6, &count, sizeof(count));
    return true;
}

void igmp_changed(struct netdev *dev, const struct netdev_group *g, bool joined)
{
    uint32_t group = g->addr.w[3];
    struct netbuf *nb;

    if (dev->features & NETDEV_LOOPBACK || !dev->up || !reported(g))
        return;
    if (heard(dev, dev->igmp.v1_until)) {
        if (joined)
            send_old(dev, REPORT_V1, group, group);
    } else if (heard(dev, dev->igmp.v2_until)) {
        send_old(dev, joined ? REPORT_V2 : LEAVE_V2, group,
                 joined ? group : ALL_ROUTERS);
    } else {
        nb = begin(dev, REPORT_V3);
        if (!nb)
            return;
        add(nb, g, true, joined);
        send(dev, nb, V3_ROUTERS);
    }
}

struct report {
    struct netdev *dev;
    struct netbuf *nb;
};

static void report_group(const struct netdev_group *g, void *arg)
{
    struct report *r = arg;

    if (!reported(g))
        return;
    if (heard(r->dev, r->dev->igmp.v1_until) ||
        heard(r->dev, r->dev->igmp.v2_until)) {
        igmp_changed(r->dev, g, true);
        return;
    }
    if (r->nb && add(r->nb, g, false, true))
        return;
    if (r->nb)
        send(r->dev, r->nb, V3_ROUTERS);
    r->nb = begin(r->dev, REPORT_V3);
    if (r->nb)
        add(r->nb, g, false, true);
}

static void report_all(struct netstack *s, struct net_timer *t)
{
    struct netdev *dev = container_of(t, struct netdev, igmp.timer);
    struct report r = {dev, NULL};

    (void)s;
    netdev_for_each_group(dev, report_group, &r);
    if (r.nb)
        send(dev, r.nb, V3_ROUTERS);
}

void igmp_start(struct netdev *dev)
{
    net_timer_init(&dev->igmp.timer, report_all);
}

void igmp_stop(struct netdev *dev)
{
    net_timer_remove(dev->stack, &dev->igmp.timer);
}

/* --- in --- */

/* The longest delay of the answer, in tenths of a second: a small float above
 * 127 (RFC 9776, 4.1.1). */
static unsigned longest(uint8_t code, bool v3)
{
    if (!v3 || code < 128)
        return code;
    return ((code & 15u) | 16u) << ((code >> 4 & 7) + 3);
}

/* The answer tells of all groups, also when it asks for one. */
static void query(struct netdev *dev, const struct netbuf *nb)
{
    uint64_t now = dev->stack->now, at;
    bool v3 = nb->len >= QUERY_V3;
    unsigned tenths = longest(nb->data[1], v3);
    uint32_t r;

    if (!v3 && !tenths)
        dev->igmp.v1_until = now + OLD_QUERIER;
    else if (!v3)
        dev->igmp.v2_until = now + OLD_QUERIER;
    tenths = tenths ? tenths : 100;
    net_env_random(dev->stack, &r, sizeof(r));
    at = now + (tenths * 100 * NSEC_PER_MSEC >> 10) * (r & 1023);
    if (!net_timer_armed(&dev->igmp.timer) || at < dev->igmp.timer.deadline)
        net_timer_arm(dev->stack, &dev->igmp.timer, at);
}

/* Takes nb. */
static void input(struct netstack *s, struct netbuf *nb,
                  const struct ip_info *info)
{
    if (info->version == 4 && !(info->dev->features & NETDEV_LOOPBACK) &&
        netbuf_need(s, nb, HEADER) && nb->data[0] == QUERY &&
        checksum_fold(checksum_netbuf(nb, 0, nb->len, 0)) == 0)
        query(info->dev, nb);
    netbuf_free(s, nb);
}

void igmp_init(struct netstack *s)
{
    static const struct ip_protocol protocol = {
        .number = IPPROTO_IGMP,
        .input = input,
    };

    ip_register(s, &protocol);
}
