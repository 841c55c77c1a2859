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
 * protocol and options, if that can be. Whoever changes these clears
 * p->prepared. */
void ipv4_head_make(struct netstack *s, struct ip_path *p, uint8_t protocol,
                    const struct ip_options *o);

/* Whether they are there and still right; then the path is, too. */
static inline bool ipv4_head_ready(const struct netstack *s,
                                   const struct ip_path *p)
{
    return p->prepared && p->generation == s->route_generation &&
           s->now < *p->head.fresh_until;
}

/* What is to stand in the field of a transport checksum that is left to the
 * device: of the pseudo-header of nb, data at the transport header. */
static inline uint16_t ipv4_head_pseudo(const struct ip_path *p,
                                        const struct netbuf *nb)
{
    return (uint16_t)~checksum_fold(p->head.pseudo + be16((uint16_t)nb->len));
}

/* Sends nb (data: the transport header), which fits the path's MTU or has a
 * gso_size; takes it. */
static inline void ipv4_head_send(struct netstack *s, struct ip_path *p,
                                  struct netbuf *nb, uint16_t id)
{
    struct ipv4_header *h = (struct ipv4_header *)nb->data - 1;
    uint16_t len = be16((uint16_t)(nb->len + IPV4_HEADER));

    __builtin_memcpy(nb->data - IPV4_HEAD_ROOM, p->head.bytes, IPV4_HEAD_ROOM);
    h->len = len;
    h->id = id;
    h->checksum = checksum_fold(p->head.sum + len + id);
    netbuf_push(nb, p->head.len);
    s->count.ip_out++;
    netdev_transmit(p->dev, nb);
}
