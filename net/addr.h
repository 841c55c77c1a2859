// SPDX-License-Identifier: MIT
/*
 * addr: an Internet address of either version. An IPv4 address is kept in its
 * IPv4-mapped form, ::ffff:a.b.c.d (RFC 4291, 2.5.5.2), so that sockets of both
 * families share tables and comparisons. There are two "any" addresses: :: and
 * ::ffff:0.0.0.0; the latter stands for IPv4 alone.
 */
#pragma once

#include "lib/base.h"
#include "lib/string.h"
#include "net/bytes.h"

struct netaddr {
    union {
        uint8_t b[16];
        uint32_t w[4]; /* as on the wire; w[3] is the IPv4 address */
        uint64_t q[2];
    };
};
static_assert(sizeof(struct netaddr) == 16, "an IPv6 address");

/* From and to the four bytes as they are on the wire. */
static inline struct netaddr netaddr_v4(uint32_t wire)
{
    return (struct netaddr){.w = {0, 0, BE32(0xffff), wire}};
}

static inline uint32_t netaddr_to_v4(const struct netaddr *a)
{
    return a->w[3];
}

static inline struct netaddr netaddr_v6(const void *wire)
{
    struct netaddr a;

    memcpy(a.b, wire, sizeof(a.b));
    return a;
}

static inline bool netaddr_is_v4(const struct netaddr *a)
{
    return a->q[0] == 0 && a->w[2] == BE32(0xffff);
}

static inline bool netaddr_equal(const struct netaddr *a,
                                 const struct netaddr *b)
{
    return ((a->q[0] ^ b->q[0]) | (a->q[1] ^ b->q[1])) == 0;
}

/* Either of the two unspecified addresses. */
static inline bool netaddr_is_any(const struct netaddr *a)
{
    return a->q[0] == 0 && a->w[3] == 0 &&
           (a->w[2] == 0 || a->w[2] == BE32(0xffff));
}

/* 224.0.0.0/4, ff00::/8 */
static inline bool netaddr_is_multicast(const struct netaddr *a)
{
    return netaddr_is_v4(a) ? (a->b[12] & 0xf0) == 0xe0 : a->b[0] == 0xff;
}

/* 127.0.0.0/8, ::1 */
static inline bool netaddr_is_loopback(const struct netaddr *a)
{
    if (netaddr_is_v4(a))
        return a->b[12] == 127;
    return a->q[0] == 0 && a->w[2] == 0 && a->w[3] == BE32(1);
}

/* The IPv4 network mask of a prefix length 0..32, as on the wire. */
static inline uint32_t netaddr_v4_mask(unsigned bits)
{
    return bits ? be32(UINT32_MAX << (32 - bits)) : 0;
}

#define NETADDR_TEXT                                        \
    46 /* bytes that netaddr_format needs at most, with NUL \
        */

/* As inet_ntop(3): dotted decimal, or RFC 5952. Returns buf. */
const char *netaddr_format(const struct netaddr *a, char buf[NETADDR_TEXT]);

/* Dotted decimal with exactly four parts, from text[0..len); false: it is none.
 */
bool netaddr_parse_v4(const char *text, size_t len, uint32_t *wire);
/* The text forms of RFC 4291, 2.2. */
bool netaddr_parse_v6(const char *text, size_t len, struct netaddr *a);
