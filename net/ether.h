// SPDX-License-Identifier: MIT
/* ether: Ethernet frames (RFC 894). Their payloads' types and addresses. */
#pragma once

#include "net/bytes.h"
#include "net/netbuf.h"
#include "net/netdev.h"

#define ETHER_HEADER   14
#define ETHER_MTU      1500
#define ETHER_ADDR_LEN 6

enum {
    ETHER_IPV4 = 0x0800,
    ETHER_ARP = 0x0806,
    ETHER_IPV6 = 0x86dd,
};

struct ether_header {
    uint8_t destination[ETHER_ADDR_LEN], source[ETHER_ADDR_LEN];
    uint16_t type; /* network byte order */
} packed;
static_assert(sizeof(struct ether_header) == ETHER_HEADER, "RFC 894");

extern const uint8_t ether_broadcast[ETHER_ADDR_LEN];

/* Six bytes as one number, for comparisons. */
static inline uint64_t ether_mac_value(const uint8_t *p)
{
    return load32(p) | (uint64_t)load16(p + 4) << 32;
}

/* Is it a frame for this interface with an IPv4 header at least? */
static inline bool ether_is_our_ipv4(const struct netdev *dev,
                                     const struct netbuf *nb)
{
    const struct ether_header *h = (const struct ether_header *)nb->data;

    return nb->linear >= ETHER_HEADER + 20 && h->type == BE16(ETHER_IPV4) &&
           (load64(h) ^ load64(dev->mac)) << 16 == 0; /* six bytes */
}

/* Whom a frame to this address is for, as NETBUF_ flags; 0: this interface. */
uint16_t ether_classify(const struct netdev *dev,
                        const uint8_t to[ETHER_ADDR_LEN]);

/* Takes a frame that came in, data at the Ethernet header. */
void ether_input(struct netdev *dev, struct netbuf *nb);

/* Takes nb (data: the network header), puts a header on and sends it. */
void ether_output(struct netdev *dev, struct netbuf *nb,
                  const uint8_t destination[ETHER_ADDR_LEN], uint16_t type);

/* The address that an IPv4 group maps to (RFC 1112, 6.4). */
void ether_group_v4(uint32_t group, uint8_t mac[ETHER_ADDR_LEN]);
/* The same of IPv6 (RFC 2464, 7). */
void ether_group_v6(const struct netaddr *group, uint8_t mac[ETHER_ADDR_LEN]);
