// SPDX-License-Identifier: MIT
/*
 * ipv4_head: the Ethernet and IPv4 headers of a path's packets, made once. They
 * differ only in length, identification and checksum, so that a packet gets a
 * copy with these filled in, and goes straight to its device. What cannot be so
 * (fragments, groups, a link address that is not known for sure) goes through
 * ip_output.
 */
#pragma once

#include "net/checksum.h"
#include "net/ether.h"
#include "net/ipv4.h"
#include "net/neigh.h"
#include "net/netdev.h"
#include "net/stack.h"

/* After ip_output: makes the headers of p for the next packets with the same
 * protocol and options, if that can be; transport: how these begin, of len
 * bytes. Whoever changes any of it clears p->head.generation. */
void ipv4_head_make(struct netstack *s, struct ip_path *p, uint8_t protocol,
                    const struct ip_options *o, const void *transport,
                    size_t len);

/* Whether they are there and still right; then the path is, too. */
static inline bool ipv4_head_ready(const struct netstack *s,
                                   const struct ip_path *p)
{
    return p->head.generation == s->route_generation &&
           s->now < *p->head.fresh_until;
}

/* Makes them those of a packet with n bytes of payload: lengths, checksums. */
void ipv4_head_refit(struct ip_path *p, uint32_t n);

static inline void ipv4_head_fit(struct ip_path *p, uint32_t n)
{
    if (unlikely(p->head.payload != n)) /* most are as long as the last one */
        ipv4_head_refit(p, n);
}

/* Copies the headers to where payload follows; room: a constant. */
static force_inline void ipv4_head_copy(const struct ip_path *p,
                                        uint8_t *payload, size_t room)
{
    __builtin_memcpy(payload - room, p->head.bytes + IPV4_HEAD_ROOM - room,
                     room);
}

/* Makes nb, as it comes from netbuf_pop, a packet that has these headers, the
 * transport's beginning at csum_start of its room, and n bytes of payload
 * inline. */
static force_inline void ipv4_head_describe(const struct ip_path *p,
                                            struct netbuf *nb,
                                            size_t csum_start,
                                            size_t csum_offset, uint32_t n)
{
    struct netdev *dev = p->dev;
    uint32_t len = p->head.len;

    netbuf_reset(nb, false);
    netbuf_use_inline(nb, false);
    nb->data -= len;
    nb->len = nb->linear = n + len;
    nb->flags = NETBUF_CSUM_PARTIAL;
    nb->csum_start = (uint16_t)csum_start;
    nb->csum_offset = (uint16_t)csum_offset;
    nb->dev = dev;
}

/* Puts the headers, which fit, in front of nb's payload, the transport's being
 * len bytes long, its checksum (for the device to complete) at csum_offset;
 * room: a constant, what is copied. Where the transport header lies. */
static force_inline void *ipv4_head_put(const struct ip_path *p,
                                        struct netbuf *nb, size_t room,
                                        size_t len, size_t csum_offset)
{
    uint8_t *payload = nb->data, *at = payload - len;

    ipv4_head_copy(p, payload, room);
    nb->flags |= NETBUF_CSUM_PARTIAL;
    nb->csum_start = (uint16_t)(at - nb->head);
    nb->csum_offset = (uint16_t)csum_offset;
    netbuf_push(nb, p->head.len);
    return at;
}

/* Gives a packet, of which at is the transport header, an identification. */
static inline void ipv4_head_identify(const struct ip_path *p, void *at,
                                      uint16_t id)
{
    struct ipv4_header *h = (struct ipv4_header *)at - 1;

    h->id = id;
    h->checksum = checksum_fold(p->head.sum + h->len + id);
}

/* Sends nb, which fits the path's MTU or has a gso_size, to the path's device;
 * takes it. */
static force_inline void ipv4_head_send(struct netstack *s, struct netdev *dev,
                                        struct netbuf *nb)
{
    s->count.ip_out++;
    /* It is also tapped when it is down. */
    if (unlikely(dev->tapped || !(dev->features & NETDEV_TX_CSUM)))
        netdev_transmit(dev, nb);
    else
        netdev_hand_over(s, dev, nb);
}
