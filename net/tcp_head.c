// SPDX-License-Identifier: MIT
/*
 * tcp_head: the headers of a connection's segments, made once. From Ethernet's
 * to TCP's they differ only in lengths, sequence numbers, the window, time and
 * checksums, so that a segment is a copy of the rest with these filled in. It
 * is made again when routes or the link address may have changed. What needs
 * more (options, IPv6, ECN, urgent data) goes the ordinary way, in tcp_out.
 */
#include "net/ether.h"
#include "net/ipv4.h"
#include "net/neigh.h"
#include "net/tcp_priv.h"

const uint64_t tcp_head_forever = UINT64_MAX;

/* What stands in front of the IP header; false: not known now. */
static bool link_header(struct tcp_sock *tp, struct ether_header *eth,
                        unsigned *len)
{
    const struct ip_path *p = &tp->sk.path;
    const struct neigh *n = p->neigh;

    *len = 0;
    if (!n) {
        tp->head.fresh_until = &tcp_head_forever;
        return p->dev && (p->dev->features & NETDEV_LOOPBACK);
    }
    tp->head.fresh_until = &n->fresh_until;
    if (tp->sk.stack->now >= n->fresh_until)
        return false;
    memcpy(eth->destination, n->mac, ETHER_ADDR_LEN);
    memcpy(eth->source, p->dev->mac, ETHER_ADDR_LEN);
    eth->type = BE16(ETHER_IPV4);
    *len = ETHER_HEADER;
    return true;
}

bool tcp_head_make(struct tcp_sock *tp)
{
    struct tcp_head *head = &tp->head;
    struct ip_path *p = &tp->sk.path;
    unsigned tcp_len = sizeof(struct tcp_header), link;
    struct ether_header eth;
    uint8_t *at = head->bytes + TCP_HEAD_ROOM;

    p->prepared = false;
    if (!netaddr_is_v4(&p->destination) || !netaddr_is_v4(&p->source) ||
        tp->ecn_ok || !tp->predicted || !link_header(tp, &eth, &link))
        return false;
    if (tp->ts_ok) {
        at -= TCP_TS_LEN;
        tcp_len += TCP_TS_LEN;
        tcp_option_write_ts(at, 0, 0);
    }
    at -= sizeof(struct tcp_header);
    *(struct tcp_header *)at = (struct tcp_header){
        .source = tp->sk.flow.local_port,
        .destination = tp->sk.flow.remote_port,
        .offset = (uint8_t)(tcp_len << 2),
    };
    at -= IPV4_HEADER;
    *(struct ipv4_header *)at = (struct ipv4_header){
        .version_ihl = 0x45,
        .tos = tp->sk.tos & 0xfc,
        .fragment = BE16(IPV4_DF),
        .ttl = tp->sk.ttl ? tp->sk.ttl : IPV4_TTL,
        .protocol = IPPROTO_TCP,
        .source = p->source.w[3],
        .destination = p->destination.w[3],
    };
    head->ip_sum = checksum_partial(at, IPV4_HEADER, 0);
    head->tcp_sum =
        checksum_pseudo_v4(p->source.w[3], p->destination.w[3], IPPROTO_TCP, 0);
    memcpy(at - link, &eth, link);
    head->tcp_len = (uint8_t)tcp_len;
    head->ip_len = (uint16_t)(tcp_len + IPV4_HEADER);
    head->len = (uint8_t)(head->ip_len + link);
    p->prepared = true;
    return true;
}

void tcp_head_send(struct tcp_sock *tp, struct netbuf *nb, uint32_t seq,
                   uint8_t flags)
{
    const struct tcp_head *head = &tp->head;
    struct netstack *s = tp->sk.stack;
    uint8_t *end = nb->data;
    struct tcp_header *h = (struct tcp_header *)(end - head->tcp_len);
    struct ipv4_header *ip = (struct ipv4_header *)h - 1;
    uint32_t payload = nb->len, window = tcp_window(tp) >> tp->rcv_wscale;
    uint32_t ip_sum = head->ip_sum;
    uint16_t len;

    __builtin_memcpy(end - TCP_HEAD_ROOM, head->bytes, TCP_HEAD_ROOM);
    h->seq = be32(seq);
    h->ack = be32(tp->rcv_nxt);
    h->flags = flags;
    h->window = be16((uint16_t)MIN(window, 65535u));
    if (likely(tp->ts_ok))
        tcp_option_write_ts((uint8_t *)(h + 1), tcp_ts_now(s) + tp->ts_offset,
                            tp->ts_recent);
    netbuf_push(nb, head->len);
    nb->flags |= NETBUF_CSUM_PARTIAL;
    nb->csum_start = (uint16_t)((uint8_t *)h - nb->head);
    nb->csum_offset = TCP_CSUM_OFFSET;
    len = be16((uint16_t)(payload + head->tcp_len));
    h->checksum = (uint16_t)~checksum_fold(head->tcp_sum + len);
    if (payload > tp->mss) {
        nb->gso_size = (uint16_t)tp->mss;
        nb->gso_type = NETBUF_GSO_TCPV4;
        ip->id = ipv4_next_id(s, &tp->sk.path);
        ip_sum += ip->id;
    }
    len = be16((uint16_t)(payload + head->ip_len));
    ip->len = len;
    ip->checksum = checksum_fold(ip_sum + len);
    s->count.ip_out++;
    netdev_transmit(tp->sk.path.dev, nb);
}
