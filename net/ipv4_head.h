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

/* What is to stand in the field of a transport checksum that is left to the
 * device, of n bytes: the sum of the pseudo-header. */
static inline uint16_t ipv4_head_pseudo(const struct ip_path *p, size_t n)
{
    return (uint16_t)~checksum_fold(p->head.pseudo + be16((uint16_t)n));
}

/* Puts the headers in front of nb's payload, the transport's being len bytes
 * long; room: a constant, what is copied. Where the transport header lies, in
 * which the caller fills in what the device (csum_offset) does not. */
static force_inline void *ipv4_head_put(const struct ip_path *p,
                                        struct netbuf *nb, size_t room,
                                        size_t len, uint16_t id)
{
    uint8_t *payload = nb->data, *at = payload - len;
    struct ipv4_header *h = (struct ipv4_header *)at - 1;
    uint16_t total = be16((uint16_t)(nb->len + len + IPV4_HEADER));

    __builtin_memcpy(payload - room, p->head.bytes + IPV4_HEAD_ROOM - room,
                     room);
    h->len = total;
    h->id = id;
    h->checksum = checksum_fold(p->head.sum + total + id);
    nb->flags |= NETBUF_CSUM_PARTIAL;
    nb->csum_start = (uint16_t)(at - nb->head);
    netbuf_push(nb, p->head.len);
    return at;
}

/* Sends nb, which fits the path's MTU or has a gso_size; takes it. */
static inline void ipv4_head_send(struct netstack *s, struct ip_path *p,
                                  struct netbuf *nb)
{
    s->count.ip_out++;
    netdev_transmit(p->dev, nb);
}
