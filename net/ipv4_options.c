// SPDX-License-Identifier: MIT
/* ipv4_options: the options in a header (RFC 791, 3.1), as Linux reads them. */
#include "abi/capability.h"
#include "net/ip_extra.h"
#include "net/netdev.h"
#include "net/stack.h"

enum {
    OPT_END = 0,
    OPT_NOOP = 1,
    OPT_RECORD_ROUTE = 7,
    OPT_TIMESTAMP = 68,
    OPT_LOOSE_ROUTE = 131,
    OPT_CIPSO = 134,
    OPT_STRICT_ROUTE = 137,
    OPT_ROUTER_ALERT = 148,
    OPT_COPIED = 0x80, /* to all fragments */
};

/* What a time stamp option holds: the low bits of its fourth byte. */
enum { STAMP_ONLY, STAMP_AND_ADDRESS, STAMP_PRESCRIBED = 3 };

/* The next option at *at, which goes behind it: its length, 0 at the end. The
 * options are well formed, but for the lengths inside of them. */
static size_t next_option(uint8_t *p, size_t len, size_t *at, uint8_t **option)
{
    size_t n;

    while (*at < len && p[*at] == OPT_NOOP)
        ++*at;
    if (*at >= len || p[*at] == OPT_END)
        return 0;
    *option = p + *at;
    n = (*option)[1];
    *at += n;
    return n;
}

/* Bytes that one more entry of a time stamp takes; 0: not a known kind. */
static size_t stamp_size(const uint8_t *o)
{
    switch (o[3] & 15) {
    case STAMP_ONLY:
        return 4;
    case STAMP_AND_ADDRESS:
    case STAMP_PRESCRIBED:
        return 8;
    }
    return 0;
}

static bool stamp_ok(const uint8_t *o, size_t n, bool may_be_unknown)
{
    if (n < 4 || o[2] < 5)
        return false;
    if (o[2] > n)
        return (o[3] & 15) == STAMP_PRESCRIBED || o[3] >> 4 != 15;
    return stamp_size(o) ? o[2] + stamp_size(o) - 1u <= n
                         : o[2] + 3u <= n && may_be_unknown;
}

static bool route_ok(const uint8_t *o, size_t n)
{
    return n >= 3 && o[2] >= 4 && (o[2] > n || o[2] + 3u <= n);
}

bool ipv4_options_ok(struct netstack *s, const uint8_t *p, size_t len, bool out)
{
    bool may = !out || net_env_capable(s, CAP_NET_RAW);
    unsigned seen = 0; /* of those that may be there once */
    size_t n;

    for (const uint8_t *end = p + len; p < end && *p != OPT_END; p += n) {
        unsigned kind = 0;
        bool ok = true;

        n = 1;
        if (*p == OPT_NOOP)
            continue;
        if (end - p < 2 || p[1] < 2 || p[1] > end - p)
            return false;
        n = p[1];
        switch (*p) {
        case OPT_LOOSE_ROUTE:
        case OPT_STRICT_ROUTE:
            kind = 1;
            ok =
                route_ok(p, n) && (!out || (p[2] == 4 && n >= 7 && n % 4 == 3));
            break;
        case OPT_RECORD_ROUTE:
            kind = 2;
            ok = route_ok(p, n);
            break;
        case OPT_TIMESTAMP:
            kind = 4;
            ok = stamp_ok(p, n, may);
            break;
        case OPT_CIPSO:
            kind = 8;
            ok = may && n >= 6;
            break;
        case OPT_ROUTER_ALERT:
            ok = n >= 4;
            break;
        default:
            ok = may;
        }
        if (!ok || seen & kind)
            return false;
        seen |= kind;
    }
    return true;
}

bool ipv4_options_have_source_route(const uint8_t *p, size_t len)
{
    uint8_t *o;
    size_t at = 0;

    while (next_option((uint8_t *)(uintptr_t)p, len, &at, &o))
        if (*o == OPT_LOOSE_ROUTE || *o == OPT_STRICT_ROUTE)
            return true;
    return false;
}

/* Milliseconds since midnight, UTC. */
static uint32_t time_of_day(struct netstack *s)
{
    return be32((uint32_t)(net_env_realtime(s) / NSEC_PER_MSEC % 86400000u));
}

static void record_time(struct netstack *s, uint8_t *o, size_t n,
                        uint32_t address, bool in)
{
    uint8_t *at = o + o[2] - 1;
    uint32_t now = time_of_day(s);

    if (o[2] > n) {
        if (in && (o[3] & 15) != STAMP_PRESCRIBED)
            o[3] = (uint8_t)(o[3] + 16);
        return;
    }
    if ((o[3] & 15) == STAMP_PRESCRIBED) {
        struct netaddr whose = netaddr_v4(load32(at));

        if (!netaddr_is_loopback(&whose) && !ip_is_local(s, &whose))
            return;
    } else if ((o[3] & 15) == STAMP_AND_ADDRESS) {
        memcpy(at, &address, sizeof(address));
    }
    memcpy(at + stamp_size(o) - 4, &now, sizeof(now));
    o[2] = (uint8_t)(o[2] + stamp_size(o));
}

void ipv4_options_record(struct netstack *s, uint8_t *p, size_t len,
                         uint32_t address, bool in)
{
    size_t at = 0, n;
    uint8_t *o;

    while ((n = next_option(p, len, &at, &o))) {
        if (*o == OPT_RECORD_ROUTE && o[2] <= n) {
            memcpy(o + o[2] - 1, &address, sizeof(address));
            o[2] = (uint8_t)(o[2] + 4);
        } else if (*o == OPT_TIMESTAMP && (o[2] > n || stamp_size(o))) {
            record_time(s, o, n, address, in);
        }
    }
}

void ipv4_options_echo(const uint8_t *p, size_t len, struct ipv4_options *to)
{
    size_t at = 0, n;
    uint8_t *o;

    *to = (struct ipv4_options){0};
    while ((n = next_option((uint8_t *)(uintptr_t)p, len, &at, &o))) {
        if (*o != OPT_RECORD_ROUTE && *o != OPT_TIMESTAMP && *o != OPT_CIPSO)
            continue;
        memcpy(to->bytes + to->len, o, n);
        to->len = (uint8_t)(to->len + n);
    }
    to->len = (uint8_t)ALIGN_UP(to->len, 4);
}

void ipv4_options_of_fragment(uint8_t *p, size_t len)
{
    size_t at = 0, n;
    uint8_t *o;

    while ((n = next_option(p, len, &at, &o)))
        if (!(*o & OPT_COPIED))
            memset(o, OPT_NOOP, n);
}
