// SPDX-License-Identifier: MIT
/* ether: see the header. */
#include "net/ether.h"

#include "net/arp.h"
#include "net/ipv4.h"
#include "net/ipv6.h"
#include "net/stack.h"

const uint8_t ether_broadcast[ETHER_ADDR_LEN] = {0xff, 0xff, 0xff,
                                                 0xff, 0xff, 0xff};

uint16_t ether_classify(const struct netdev *dev,
                        const uint8_t to[ETHER_ADDR_LEN])
{
    if (likely(ether_mac_value(to) == ether_mac_value(dev->mac)))
        return 0;
    if (ether_mac_value(to) == 0xffffffffffffull)
        return NETBUF_BROADCAST;
    return to[0] & 1 ? NETBUF_MULTICAST : NETBUF_OTHERHOST;
}

/* What is not a usual one to this interface alone, see netdev_receive. */
static void ipv4_input_odd(struct netstack *s, struct netbuf *nb)
{
    s->count.ip_in++;
    ipv4_input_slow(s, nb, (const struct ipv4_header *)nb->data, nb->len);
}

void ether_input(struct netdev *dev, struct netbuf *nb)
{
    struct netstack *s = dev->stack;
    const struct ether_header *h = (const struct ether_header *)nb->data;
    uint16_t type;

    if (!netbuf_need(s, nb, ETHER_HEADER)) {
        dev->stats.rx_errors++;
        netbuf_free(s, nb);
        return;
    }
    nb->flags |= ether_classify(dev, h->destination);
    if (nb->flags & NETBUF_MULTICAST)
        dev->stats.multicast++;
    type = h->type;
    netbuf_pull(nb, ETHER_HEADER);
    if (nb->flags & NETBUF_OTHERHOST)
        netbuf_free(s, nb);
    else if (likely(type == BE16(ETHER_IPV4)))
        ipv4_input_odd(s, nb);
    else if (type == BE16(ETHER_IPV6) && dev->v6)
        ipv6_input(s, nb);
    else if (type == BE16(ETHER_ARP))
        arp_input(s, nb);
    else
        netbuf_free(s, nb);
}

void ether_output(struct netdev *dev, struct netbuf *nb,
                  const uint8_t destination[ETHER_ADDR_LEN], uint16_t type)
{
    struct ether_header *h = netbuf_push(nb, ETHER_HEADER);

    __builtin_memcpy(h->destination, destination, ETHER_ADDR_LEN);
    __builtin_memcpy(h->source, dev->mac, ETHER_ADDR_LEN);
    h->type = be16(type);
    netdev_transmit(dev, nb);
}

void ether_group_v4(uint32_t group, uint8_t mac[ETHER_ADDR_LEN])
{
    uint32_t low = be32(group) & 0x7fffff;

    mac[0] = 0x01;
    mac[1] = 0x00;
    mac[2] = 0x5e;
    mac[3] = (uint8_t)(low >> 16);
    mac[4] = (uint8_t)(low >> 8);
    mac[5] = (uint8_t)low;
}

void ether_group_v6(const struct netaddr *group, uint8_t mac[ETHER_ADDR_LEN])
{
    mac[0] = mac[1] = 0x33;
    __builtin_memcpy(mac + 2, group->b + 12, 4);
}
