// SPDX-License-Identifier: MIT
/*
 * ip_extra: what a socket wants between the IP header and the transport's:
 * options of IPv4 (RFC 791, 3.1) and extension headers of IPv6 (RFC 8200, 4).
 * A block is never changed while it has users, who count; who has none, which
 * is nearly everybody, has NULL.
 */
#pragma once

#include "net/ip.h"

#define IPV4_OPTIONS_MAX 40

struct ipv4_options {
    uint8_t len; /* a multiple of 4 */
    uint8_t bytes[IPV4_OPTIONS_MAX];
};

/* In the order in which they stand in a packet. Behind the routing header comes
 * that of fragments, which do not repeat what follows. */
enum ip_extra_kind {
    IP_EXTRA_HOP_BY_HOP,
    IP_EXTRA_BEFORE_ROUTING, /* destination options */
    IP_EXTRA_DESTINATION,
    IP_EXTRA_KINDS
};
#define IP_EXTRA_MAX 2040u /* bytes of one header, as Linux */

struct ip_extra {
    uint32_t refs;
    struct ipv4_options v4;
    uint16_t len[IP_EXTRA_KINDS]; /* 0: there is none */
    uint8_t headers[];            /* one behind the other */
};

/* Puts the options in the place of those in *e, in a new block. len 0: none.
 * -EINVAL, -ENOPROTOOPT (source routes), -ENOMEM. */
int ip_extra_set_v4(struct netstack *s, struct ip_extra **e, const void *bytes,
                    size_t len);
/* The same of a header of IPv6, which is len bytes at least. */
int ip_extra_set_v6(struct netstack *s, struct ip_extra **e,
                    enum ip_extra_kind kind, const void *header, size_t len);
/* The header of a kind; NULL: there is none. */
const uint8_t *ip_extra_header(const struct ip_extra *e,
                               enum ip_extra_kind kind);

static inline struct ip_extra *ip_extra_get(struct ip_extra *e)
{
    if (e)
        e->refs++;
    return e;
}
void ip_extra_put(struct netstack *s, struct ip_extra *e);

/* Bytes of it in a packet to there. */
uint32_t ip_extra_len(const struct ip_extra *e, const struct netaddr *to);

/* Takes nb; it, or a copy, with n bytes of headroom and those of the link.
 * NULL: no memory. */
struct netbuf *ip_extra_room(struct netstack *s, struct netbuf *nb, size_t n);

/* --- options in a packet --- */

/* Are len bytes of options well formed? out: as a program wants them sent, who
 * may send unknown ones only as CAP_NET_RAW. */
bool ipv4_options_ok(struct netstack *s, const uint8_t *p, size_t len,
                     bool out);
bool ipv4_options_have_source_route(const uint8_t *p, size_t len);
/* Writes into those that record addresses and times (RFC 791, 3.1). in: where
 * there is no room, that is counted. */
void ipv4_options_record(struct netstack *s, uint8_t *p, size_t len,
                         uint32_t address, bool in);
/* What an answer repeats of the options of a packet that came. */
void ipv4_options_echo(const uint8_t *p, size_t len, struct ipv4_options *to);
/* Options that only the first fragment has become padding. */
void ipv4_options_of_fragment(uint8_t *p, size_t len);

/* Puts the headers of the kinds before (or behind) fragments in front of nb,
 * which has the room, and changes what is next. */
void ip_extra_push(const struct ip_extra *e, struct netbuf *nb, bool fragments,
                   uint8_t *next);
