// SPDX-License-Identifier: MIT
/* arp: see the header. */
#include "net/arp.h"

#include "net/dhcp.h"
#include "net/ether.h"
#include "net/neigh.h"
#include "net/stack.h"

#define DEFEND_NS (10 * NSEC_PER_SEC) /* RFC 5227, 1.1: DEFEND_INTERVAL */

enum { ARP_REQUEST = 1, ARP_REPLY = 2, ARP_ETHERNET = 1 };

struct arp_packet {
    uint16_t hardware, protocol;
    uint8_t hardware_len, protocol_len;
    uint16_t operation;
    uint8_t sender_mac[ETHER_ADDR_LEN];
    uint32_t sender;
    uint8_t target_mac[ETHER_ADDR_LEN];
    uint32_t target;
} packed;
static_assert(sizeof(struct arp_packet) == 28, "RFC 826");

static void send(struct netdev *dev, uint16_t operation, uint32_t sender,
                 uint32_t target, const uint8_t *target_mac, const uint8_t *to)
{
    struct netbuf *nb = netbuf_alloc(dev->stack, false);
    struct arp_packet *p;

    if (!nb)
        return; /* the next attempt may fare better */
    p = netbuf_put(nb, sizeof(*p));
    *p = (struct arp_packet){
        .hardware = BE16(ARP_ETHERNET),
        .protocol = BE16(ETHER_IPV4),
        .hardware_len = ETHER_ADDR_LEN,
        .protocol_len = sizeof(uint32_t),
        .operation = be16(operation),
        .sender = sender,
        .target = target,
    };
    memcpy(p->sender_mac, dev->mac, ETHER_ADDR_LEN);
    if (target_mac)
        memcpy(p->target_mac, target_mac, ETHER_ADDR_LEN);
    ether_output(dev, nb, to ? to : ether_broadcast, ETHER_ARP);
}

void arp_request(struct netdev *dev, uint32_t target, const uint8_t *to)
{
    send(dev, ARP_REQUEST, dev->v4.addr, target, NULL, to);
}

void arp_announce(struct netdev *dev, uint32_t addr)
{
    send(dev, ARP_REQUEST, addr, addr, NULL, NULL);
}

void arp_probe(struct netdev *dev, uint32_t target)
{
    send(dev, ARP_REQUEST, 0, target, NULL, NULL);
}

/* Somebody else uses our address: we keep it, and say so now and then (RFC
 * 5227, 2.4 b). */
static void conflict(struct netdev *dev, const struct arp_packet *p)
{
    struct netstack *s = dev->stack;

    if (dev->defended_ns && s->now - dev->defended_ns < DEFEND_NS)
        return;
    dev->defended_ns = s->now;
    net_log(s, WARN,
            "%s: address conflict: %02x:%02x:%02x:%02x:%02x:%02x uses our "
            "address too",
            dev->name, p->sender_mac[0], p->sender_mac[1], p->sender_mac[2],
            p->sender_mac[3], p->sender_mac[4], p->sender_mac[5]);
    arp_announce(dev, p->sender);
}

static bool valid(const struct arp_packet *p)
{
    return p->hardware == BE16(ARP_ETHERNET) &&
           p->protocol == BE16(ETHER_IPV4) &&
           p->hardware_len == ETHER_ADDR_LEN &&
           p->protocol_len == sizeof(uint32_t) && !(p->sender_mac[0] & 1);
}

static void handle(struct netdev *dev, const struct arp_packet *p)
{
    struct netaddr sender = netaddr_v4(p->sender);
    bool for_us = netdev_has_v4(dev, p->target);

    if (dev->stack->dhcp)
        dhcp_arp_seen(dev->stack, dev, p->sender, p->target, p->sender_mac);
    if (memcmp(p->sender_mac, dev->mac, ETHER_ADDR_LEN) == 0)
        return; /* our own, come back */
    if (netdev_has_v4(dev, p->sender)) {
        conflict(dev, p);
        return;
    }
    if (p->sender && !netaddr_is_multicast(&sender))
        neigh_learn(dev, &sender, p->sender_mac, for_us,
                    p->operation == BE16(ARP_REPLY) && for_us);
    if (for_us && p->operation == BE16(ARP_REQUEST))
        send(dev, ARP_REPLY, p->target, p->sender, p->sender_mac,
             p->sender_mac);
}

void arp_input(struct netstack *s, struct netbuf *nb)
{
    if (netbuf_need(s, nb, sizeof(struct arp_packet))) {
        const struct arp_packet *p = (const struct arp_packet *)nb->data;

        if (valid(p))
            handle(nb->dev, p);
    } else {
        nb->dev->stats.rx_errors++;
    }
    netbuf_free(s, nb);
}
