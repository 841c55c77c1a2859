// SPDX-License-Identifier: MIT
/* ip_extra: see the header. The options' own part is in ipv4_options.c. */
#include "net/ip_extra.h"

#include "abi/errno.h"
#include "net/ipv6.h"
#include "net/sock.h"
#include "net/stack.h"

#define LINK_ROOM 48u /* headers of Ethernet and of the device */

static const uint8_t next_header[IP_EXTRA_KINDS] = {
    IPV6_HOP_BY_HOP, IPV6_DESTINATION, IPV6_DESTINATION};

static size_t total(const uint16_t len[IP_EXTRA_KINDS])
{
    size_t n = 0;

    for (unsigned i = 0; i < IP_EXTRA_KINDS; i++)
        n += len[i];
    return n;
}

void ip_extra_put(struct netstack *s, struct ip_extra *e)
{
    if (e && --e->refs == 0)
        net_env_free(s, e);
}

static struct ip_extra *create(struct netstack *s, size_t headers)
{
    struct ip_extra *e = net_env_alloc(s, sizeof(*e) + headers);

    if (e)
        *e = (struct ip_extra){.refs = 1};
    return e;
}

/* In the place of *e, unless there is nothing in it. */
static void replace(struct netstack *s, struct ip_extra **e,
                    struct ip_extra *by)
{
    ip_extra_put(s, *e);
    *e = by;
    if (by->v4.len || total(by->len))
        return;
    ip_extra_put(s, by);
    *e = NULL;
}

int ip_extra_set_v4(struct netstack *s, struct ip_extra **e, const void *bytes,
                    size_t len)
{
    size_t headers = *e ? total((*e)->len) : 0;
    struct ipv4_options v4 = {0};
    struct ip_extra *by;

    if (len > sizeof(v4.bytes))
        return -EINVAL;
    if (len)
        memcpy(v4.bytes, bytes, len);
    v4.len = (uint8_t)ALIGN_UP(len, 4);
    if (!ipv4_options_ok(s, v4.bytes, v4.len, true))
        return -EINVAL;
    if (ipv4_options_have_source_route(v4.bytes, v4.len))
        return -ENOPROTOOPT;
    by = create(s, headers);
    if (!by)
        return -ENOMEM;
    if (*e) {
        memcpy(by->len, (*e)->len, sizeof(by->len));
        memcpy(by->headers, (*e)->headers, headers);
    }
    by->v4 = v4;
    replace(s, e, by);
    return 0;
}

int ip_extra_set_v6(struct netstack *s, struct ip_extra **e,
                    enum ip_extra_kind kind, const void *header, size_t len)
{
    uint16_t lens[IP_EXTRA_KINDS] = {0};
    struct ip_extra *by;
    uint8_t *at;

    if (*e)
        memcpy(lens, (*e)->len, sizeof(lens));
    lens[kind] = 0;
    if (len) {
        lens[kind] = (uint16_t)((((const uint8_t *)header)[1] + 1u) * 8);
        if (lens[kind] > len || lens[kind] > IP_EXTRA_MAX)
            return -EINVAL;
    }
    by = create(s, total(lens));
    if (!by)
        return -ENOMEM;
    if (*e)
        by->v4 = (*e)->v4;
    at = by->headers;
    for (unsigned i = 0; i < IP_EXTRA_KINDS; i++) {
        if (lens[i])
            memcpy(at, i == kind ? header : ip_extra_header(*e, i), lens[i]);
        at += lens[i];
    }
    memcpy(by->len, lens, sizeof(lens));
    replace(s, e, by);
    return 0;
}

const uint8_t *ip_extra_header(const struct ip_extra *e,
                               enum ip_extra_kind kind)
{
    const uint8_t *at = e ? e->headers : NULL;

    if (!e || !e->len[kind])
        return NULL;
    for (unsigned i = 0; i < kind; i++)
        at += e->len[i];
    return at;
}

/* Those before a routing header are sent with one alone, and there is none. */
static bool is_sent(enum ip_extra_kind kind)
{
    return kind != IP_EXTRA_BEFORE_ROUTING;
}

uint32_t ip_extra_len(const struct ip_extra *e, const struct netaddr *to)
{
    uint32_t n = 0;

    if (!e)
        return 0;
    if (netaddr_is_v4(to))
        return e->v4.len;
    for (unsigned i = 0; i < IP_EXTRA_KINDS; i++)
        n += is_sent(i) ? e->len[i] : 0;
    return n;
}

struct netbuf *ip_extra_room(struct netstack *s, struct netbuf *nb, size_t n)
{
    struct netbuf *copy;

    if (netbuf_headroom(nb) >= n + LINK_ROOM)
        return nb;
    copy = netbuf_copy(s, nb, n + NETBUF_HEADROOM);
    if (copy && nb->sk)
        sock_charge_sent(nb->sk, copy);
    netbuf_free(s, nb);
    return copy;
}

void ip_extra_push(const struct ip_extra *e, struct netbuf *nb, bool fragments,
                   uint8_t *next)
{
    for (unsigned i = IP_EXTRA_KINDS; i-- > 0;) {
        uint8_t *h;

        if (!e->len[i] || !is_sent(i) ||
            fragments != (i == IP_EXTRA_DESTINATION))
            continue;
        h = netbuf_push(nb, e->len[i]);
        memcpy(h, ip_extra_header(e, i), e->len[i]);
        h[0] = *next;
        *next = next_header[i];
    }
}
