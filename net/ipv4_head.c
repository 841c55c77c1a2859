// SPDX-License-Identifier: MIT
/* ipv4_head: see ipv4_head.h. */
#include "net/ipv4_head.h"

#include "abi/socket.h"
#include "net/tcp_wire.h"
#include "net/udp.h"

/* So that what fits into a netbuf fits the path. */
#define HEAD_MTU_MIN 512u

static const uint64_t forever = UINT64_MAX;

/* What stands in front of the IP header; how long it is, -1: not known now. */
static int link_header(struct netstack *s, struct ip_path *p,
                       struct ether_header *eth)
{
    const struct neigh *n = p->neigh;

    if (!n) {
        p->head.fresh_until = &forever;
        return p->dev->features & NETDEV_LOOPBACK ? 0 : -1;
    }
    p->head.fresh_until = &n->fresh_until;
    if (s->now >= n->fresh_until)
        return -1;
    memcpy(eth->destination, n->mac, ETHER_ADDR_LEN);
    memcpy(eth->source, p->dev->mac, ETHER_ADDR_LEN);
    eth->type = BE16(ETHER_IPV4);
    return ETHER_HEADER;
}

void ipv4_head_refit(struct ip_path *p, uint32_t n)
{
    uint32_t len = n + p->head.transport;
    uint8_t *at = p->head.bytes + IPV4_HEAD_ROOM - p->head.transport;
    struct ipv4_header *h = (struct ipv4_header *)at - 1;
    uint16_t pseudo =
        (uint16_t)~checksum_fold(p->head.pseudo + be16((uint16_t)len));

    h->len = be16((uint16_t)(len + IPV4_HEADER));
    h->checksum = checksum_fold(p->head.sum + h->len);
    if (h->protocol == IPPROTO_UDP) {
        ((struct udp_header *)at)->len = be16((uint16_t)len);
        ((struct udp_header *)at)->checksum = pseudo;
    } else {
        ((struct tcp_header *)at)->checksum = pseudo;
    }
    p->head.payload = n;
}

void ipv4_head_make(struct netstack *s, struct ip_path *p, uint8_t protocol,
                    const struct ip_options *o, const void *transport,
                    size_t len)
{
    uint8_t *at = p->head.bytes + IPV4_HEAD_ROOM - len - IPV4_HEADER;
    struct ipv4_header *h = (struct ipv4_header *)at;
    struct ether_header eth;
    int link;

    p->head.generation = 0;
    if (!netaddr_is_v4(&p->destination) || !netaddr_is_v4(&p->source) ||
        p->generation != s->route_generation || p->multicast || p->broadcast ||
        p->mtu < HEAD_MTU_MIN || !o->dont_fragment || o->header_included ||
        o->extra || s->trace)
        return;
    link = link_header(s, p, &eth);
    if (link < 0)
        return;
    *h = (struct ipv4_header){
        .version_ihl = 0x45,
        .tos = o->tos,
        .fragment = BE16(IPV4_DF),
        .ttl = o->ttl ? o->ttl : IPV4_TTL,
        .protocol = protocol,
        .source = p->source.w[3],
        .destination = p->destination.w[3],
    };
    p->head.sum = checksum_partial(h, IPV4_HEADER, 0);
    p->head.pseudo =
        checksum_pseudo_v4(p->source.w[3], p->destination.w[3], protocol, 0);
    memcpy(at - link, &eth, (size_t)link);
    memcpy(at + IPV4_HEADER, transport, len);
    p->head.transport = (uint8_t)len;
    p->head.csum_start = (uint16_t)(NETBUF_HEADROOM - len);
    p->head.len = (uint8_t)((size_t)link + IPV4_HEADER + len);
    p->head.id = ipv4_next_id(s, p);
    ipv4_head_refit(p, 0);
    p->head.generation = p->generation;
}
