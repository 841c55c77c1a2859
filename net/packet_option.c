// SPDX-License-Identifier: MIT
/* packet_option: the options of packet(7). */
#include "abi/errno.h"
#include "net/netdev.h"
#include "net/packet_priv.h"
#include "net/stack.h"

/* --- memberships --- */

static void count_promiscuous(struct netstack *s, const struct packet_member *m,
                              int change)
{
    struct netdev *dev = netdev_by_index(s, m->what.mr_ifindex);

    if (dev && m->what.mr_type == PACKET_MR_PROMISC)
        dev->promiscuous += (uint32_t)change;
}

static struct packet_member **find(struct packet_sock *p,
                                   const struct abi_packet_mreq *r)
{
    struct packet_member **link = &p->members;

    while (*link && memcmp(&(*link)->what, r, sizeof(*r)) != 0)
        link = &(*link)->next;
    return link;
}

static int add_member(struct packet_sock *p, const struct abi_packet_mreq *r)
{
    struct netstack *s = p->dgram.sk.stack;
    struct packet_member *m = *find(p, r);

    if (!netdev_by_index(s, r->mr_ifindex))
        return -ENODEV;
    if (r->mr_type > PACKET_MR_UNICAST || r->mr_alen > ETHER_ADDR_LEN)
        return -EINVAL;
    if (m) {
        m->count++;
        return 0;
    }
    m = net_env_alloc(s, sizeof(*m));
    if (!m)
        return -ENOBUFS;
    *m = (struct packet_member){p->members, *r, 1};
    p->members = m;
    count_promiscuous(s, m, 1);
    return 0;
}

static void drop(struct packet_sock *p, struct packet_member **link)
{
    struct packet_member *m = *link;

    *link = m->next;
    count_promiscuous(p->dgram.sk.stack, m, -1);
    net_env_free(p->dgram.sk.stack, m);
}

void packet_drop_members(struct packet_sock *p)
{
    while (p->members)
        drop(p, &p->members);
}

/* What was never joined may be left, as on Linux. */
static int change_member(struct packet_sock *p, int name, const void *value,
                         size_t len)
{
    struct abi_packet_mreq r;
    struct packet_member **link;

    if (len < sizeof(r))
        return -EINVAL;
    memcpy(&r, value, sizeof(r));
    if (name == PACKET_ADD_MEMBERSHIP)
        return add_member(p, &r);
    link = find(p, &r);
    if (*link && --(*link)->count == 0)
        drop(p, link);
    return 0;
}

/* --- options --- */

static bool *switch_of(struct packet_sock *p, int name)
{
    switch (name) {
    case PACKET_AUXDATA:
        return &p->auxdata;
    case PACKET_ORIGDEV: /* there are no bonds and bridges: it is the same */
        return &p->original_dev;
    case PACKET_QDISC_BYPASS: /* there is no queueing discipline */
        return &p->bypass;
    case PACKET_IGNORE_OUTGOING:
        return &p->ignore_outgoing;
    case PACKET_LOSS:
        return &p->loss;
    case PACKET_TX_HAS_OFF:
        return &p->tx_has_off;
    }
    return NULL;
}

int packet_set_option(struct sock *sk, int level, int name, const void *value,
                      size_t len)
{
    struct packet_sock *p = packet_of(sk);
    bool *on = switch_of(p, name);
    int v;

    if (level != SOL_PACKET)
        return -ENOPROTOOPT;
    if (name == PACKET_ADD_MEMBERSHIP || name == PACKET_DROP_MEMBERSHIP)
        return change_member(p, name, value, len);
    if (name == PACKET_RX_RING)
        return packet_ring_set(p, &p->ring, value, len);
    if (name == PACKET_TX_RING)
        return packet_ring_set(p, &p->tx_ring, value, len);
    if (name == PACKET_FANOUT)
        return packet_fanout_join(p, value, len);
    if (!on && name != PACKET_VERSION && name != PACKET_RESERVE)
        return -ENOPROTOOPT;
    if (len < sizeof(v))
        return -EINVAL;
    memcpy(&v, value, sizeof(v));
    if (name == PACKET_VERSION)
        return packet_ring_set_version(p, v);
    if (name == PACKET_RESERVE)
        return packet_ring_set_reserve(p, (uint32_t)v);
    if (name == PACKET_IGNORE_OUTGOING && (v < 0 || v > 1))
        return -EINVAL;
    if (name == PACKET_LOSS && (p->ring || p->tx_ring))
        return -EBUSY;
    if (name == PACKET_TX_HAS_OFF && (p->ring || p->tx_ring))
        return 0; /* as on Linux without effect */
    *on = v;
    return 0;
}

/* Counts since the last time. */
static struct abi_tpacket_stats take_statistics(struct packet_sock *p)
{
    struct abi_tpacket_stats st = {p->packets,
                                   (uint32_t)(p->dgram.dropped - p->drops_seen),
                                   p->ring ? p->ring->v3.freezes : 0};

    if (p->ring)
        p->ring->v3.freezes = 0;
    p->packets = 0;
    p->drops_seen = p->dgram.dropped;
    return st;
}

int packet_get_option(struct sock *sk, int level, int name, void *value,
                      size_t *len)
{
    struct packet_sock *p = packet_of(sk);
    const bool *on = switch_of(p, name);
    struct abi_tpacket_stats st;
    int v;

    if (level == SOL_SOCKET && name == SO_PROTOCOL) {
        v = p->protocol;
        return sock_answer(value, len, &v, sizeof(v));
    }
    if (level != SOL_PACKET)
        return -ENOPROTOOPT;
    if (name == PACKET_STATISTICS) {
        st = take_statistics(p);
        return sock_answer(
            value, len, &st,
            p->version == PACKET_V3
                ? sizeof(st)
                : offsetof(struct abi_tpacket_stats, tp_freeze_q_cnt));
    }
    switch (name) {
    case PACKET_FANOUT:
        v = packet_fanout_value(p);
        break;
    case PACKET_VERSION:
        v = p->version;
        break;
    case PACKET_RESERVE:
        v = (int)p->reserve;
        break;
    case PACKET_HDRLEN: /* of the version that the program has put there */
        if (*len < sizeof(v))
            return -EINVAL;
        memcpy(&v, value, sizeof(v));
        if (v < 0 || v >= PACKET_VERSIONS)
            return -EINVAL;
        v = (int)packet_ring_header(v);
        break;
    default:
        if (!on)
            return -ENOPROTOOPT;
        v = *on;
    }
    return sock_answer(value, len, &v, sizeof(v));
}
