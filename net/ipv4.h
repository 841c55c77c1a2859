// SPDX-License-Identifier: MIT
/* ipv4: the packets of RFC 791, their fragments and those that go astray. */
#pragma once

#include "net/checksum.h"
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
    uint32_t source = h->source, first = source & 0xff;

    return h->destination == v4->addr && first - 1 < 223 &&
           source != v4->broadcast && first != 127 && source != v4->addr;
}

/* Makes the tables. */
void ipv4_init(struct netstack *s);

/* Takes a packet that came in, which its header at h begins, `h` being in or
 * right behind nb's linear part. len is not looked at. */
ipv4_fast_fn ipv4_input_slow;

/* The same, quickly if it is a usual one; link: a constant, how far behind
 * data the header lies, which is all in the linear part unless that is 0. */
static force_inline void ipv4_input(struct netstack *s, struct netbuf *nb,
                                    size_t link)
{
    const struct ipv4_header *h = (const struct ipv4_header *)(nb->data + link);
    uint32_t len = nb->len - (uint32_t)link;

    s->count.ip_in++;
    if (likely((link || nb->linear >= IPV4_HEADER) && h->version_ihl == 0x45 &&
               h->len == be16((uint16_t)len) &&
               !(h->fragment & BE16(IPV4_MF | IPV4_OFFSET)) && !s->raw_socks &&
               checksum_ipv4_whole_ok(h)))
        s->fast_v4[h->protocol](s, nb, h, len);
    else
        ipv4_input_slow(s, nb, h, len);
}

/* The identification of the next packet of this path, as on the wire. */
uint16_t ipv4_next_id(struct netstack *s, const struct ip_path *p);

/* Takes a whole IPv4 packet of ours (data: the IP header) that no host could be
 * found for: tells its sender, who is here. */
void ipv4_unreachable_host(struct netstack *s, struct netbuf *nb);
