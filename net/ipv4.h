// SPDX-License-Identifier: MIT
/* ipv4: the packets of RFC 791, their fragments and those that go astray. */
#pragma once

#include "net/ip.h"

#define IPV4_HEADER  20
#define IPV4_TTL     64
#define IPV4_DF      0x4000
#define IPV4_MF      0x2000
#define IPV4_OFFSET  0x1fff
#define IPV4_LEN_MAX 65535

struct ipv4_header {
    uint8_t version_ihl;
    uint8_t tos;
    uint16_t len, id, fragment; /* network byte order, as all that follows */
    uint8_t ttl, protocol;
    uint16_t checksum;
    uint32_t source, destination;
} packed;
static_assert(sizeof(struct ipv4_header) == IPV4_HEADER, "RFC 791");

/* The usual packet: from a host on an Ethernet to the interface's address. */
static inline bool ipv4_usual(const struct netbuf *nb,
                              const struct ipv4_header *h)
{
    const struct netdev_v4 *v4 = &nb->dev->v4;
    unsigned first = h->source & 0xff;

    return h->destination == v4->addr && first - 1 < 223 && first != 127 &&
           h->source != v4->addr && h->source != v4->broadcast;
}

/* Takes a packet that came in, whose IP header begins `link` bytes behind data.
 * Slow: also if it is unusual. */
void ipv4_input(struct netstack *s, struct netbuf *nb, size_t link);
void ipv4_input_slow(struct netstack *s, struct netbuf *nb, size_t link);

/* The identification of the next packet of this path, as on the wire. */
uint16_t ipv4_next_id(struct netstack *s, const struct ip_path *p);

/* Takes a whole IPv4 packet of ours (data: the IP header) that no host could be
 * found for: tells its sender, who is here. */
void ipv4_unreachable_host(struct netstack *s, struct netbuf *nb);
