// SPDX-License-Identifier: MIT
/* icmp: see the header. */
#include "net/icmp.h"

#include "abi/errno.h"
#include "net/checksum.h"
#include "net/ip_extra.h"
#include "net/ipv4.h"
#include "net/netdev.h"
#include "net/raw.h"
#include "net/stack.h"

#define TOKEN_NS NSEC_PER_MSEC /* one error a millisecond ... */
#define BURST    50            /* ... and so many at once */

/* RFC 1122, 3.2.2: what is quoted; we quote no more than 548 (RFC 1812). */
#define QUOTE_MAX (576 - IPV4_HEADER - ICMP_HEADER)

int icmp_errno(uint8_t type, uint8_t code, bool *hard)
{
    static const struct {
        uint8_t error;
        bool hard;
    } unreachable[] = {
        {ENETUNREACH, false},  {EHOSTUNREACH, false}, {ENOPROTOOPT, true},
        {ECONNREFUSED, true},  {EMSGSIZE, false},     {EOPNOTSUPP, false},
        {ENETUNREACH, true},   {EHOSTDOWN, true},     {ENONET, true},
        {ENETUNREACH, true},   {EHOSTUNREACH, true},  {ENETUNREACH, false},
        {EHOSTUNREACH, false}, {EHOSTUNREACH, true},  {EHOSTUNREACH, true},
        {EHOSTUNREACH, true},
    };

    *hard = false;
    switch (type) {
    case ICMP_UNREACHABLE:
        if (code >= ARRAY_SIZE(unreachable))
            return EHOSTUNREACH;
        *hard = unreachable[code].hard;
        return unreachable[code].error;
    case ICMP_TIME_EXCEEDED:
        return EHOSTUNREACH;
    case ICMP_PARAMETER:
        *hard = true;
        return EPROTO;
    }
    return 0;
}

/* --- out --- */

static bool is_error(uint8_t type)
{
    return type == ICMP_UNREACHABLE || type == ICMP_SOURCE_QUENCH ||
           type == 5 || type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETER;
}

/* A bucket of tokens, kept as the time at which it was empty. */
bool icmp_error_allowed(struct netstack *s)
{
    uint64_t full = BURST * TOKEN_NS;

    if (s->now > full && s->icmp_tokens_ns < s->now - full)
        s->icmp_tokens_ns = s->now - full;
    if (s->icmp_tokens_ns + TOKEN_NS > s->now && s->now > full) {
        s->count.icmp_out_limited++;
        return false;
    }
    s->icmp_tokens_ns += TOKEN_NS;
    return true;
}

/* Takes nb: an ICMP message without its checksum. extra: options, or NULL. */
static void send(struct netstack *s, struct netbuf *nb,
                 const struct netaddr *from, const struct netaddr *to,
                 uint8_t tos, const struct ip_extra *extra)
{
    struct icmp_header *h = (struct icmp_header *)nb->data;
    struct ip_path path = {.source = *from, .destination = *to};
    struct ip_options o = {.tos = tos, .extra = extra};

    h->checksum = 0;
    h->checksum = checksum_fold(checksum_netbuf(nb, 0, nb->len, 0));
    s->count.icmp_out++;
    if (ip_path_lookup(s, &path) == 0)
        ip_output(s, &path, nb, IPPROTO_ICMP, &o);
    else
        netbuf_free(s, nb);
    ip_path_release(s, &path);
}

void icmp_send_error(struct netstack *s, const struct netbuf *nb,
                     const struct ip_info *info, uint8_t type, uint8_t code,
                     uint32_t rest)
{
    const struct ipv4_header *ip =
        (const struct ipv4_header *)(nb->head + nb->network);
    size_t before = (size_t)(nb->data - (nb->head + nb->network));
    size_t header_len = (ip->version_ihl & 15u) * 4, quote;
    struct icmp_header *h;
    struct netbuf *e;

    if (info->version != 4 || info->to_group || netaddr_is_any(&info->source) ||
        nb->flags & (NETBUF_BROADCAST | NETBUF_MULTICAST))
        return;
    if (before < header_len || ip->fragment & BE16(IPV4_OFFSET))
        return;
    if (info->protocol == IPPROTO_ICMP &&
        (nb->linear == 0 || is_error(nb->data[0])))
        return;
    if (!icmp_error_allowed(s))
        return;
    quote = MIN(nb->len, QUOTE_MAX - header_len);
    e = netbuf_alloc_linear(s, NETBUF_HEADROOM,
                            ICMP_HEADER + header_len + quote);
    if (!e)
        return;
    h = netbuf_put(e, ICMP_HEADER);
    *h = (struct icmp_header){.type = type, .code = code, .rest = rest};
    memcpy(netbuf_put(e, header_len), ip, header_len);
    netbuf_copy_out(nb, 0, netbuf_put(e, quote), quote);
    send(s, e, &info->destination, &info->source, 0, NULL);
}

/* --- in --- */

/* Takes an echo request: the same packet goes back, with the route and the
 * times that its options record (RFC 1122, 3.2.2.6). */
static void echo(struct netstack *s, struct netbuf *nb,
                 const struct ip_info *info)
{
    const struct ipv4_header *ip =
        (const struct ipv4_header *)(nb->head + nb->network);
    size_t options = (ip->version_ihl & 15u) * 4 - IPV4_HEADER;
    struct ip_extra extra;
    struct netbuf *reply;
    struct icmp_header *h;

    s->count.icmp_in_echo++;
    /* To a group they are ignored, as icmp_echo_ignore_broadcasts has it. */
    if (info->to_group) {
        netbuf_free(s, nb);
        return;
    }
    /* Its own headroom need not do, and the memory may be shared. */
    reply = netbuf_alloc_linear(s, NETBUF_HEADROOM, nb->len);
    if (reply) {
        netbuf_copy_out(nb, 0, netbuf_put(reply, nb->len), nb->len);
        h = (struct icmp_header *)reply->data;
        h->type = ICMP_ECHO_REPLY;
        s->count.icmp_out_echo++;
        if (unlikely(options))
            ipv4_options_echo((const uint8_t *)(ip + 1), options, &extra.v4);
        send(s, reply, &info->destination, &info->source, info->tos,
             options ? &extra : NULL);
    }
    netbuf_free(s, nb);
}

/* An error about a packet of ours: its header follows, and at least 8 bytes. */
static void error(struct netstack *s, struct netbuf *nb,
                  const struct ip_info *info)
{
    struct icmp_header icmp = *(struct icmp_header *)nb->data;
    const struct ipv4_header *ip;
    const struct ip_protocol *p;
    struct ip_error e = {.version = 4, .reporter = info->source};
    size_t header_len;

    netbuf_pull(nb, ICMP_HEADER);
    if (!netbuf_need(s, nb, IPV4_HEADER))
        return;
    ip = (const struct ipv4_header *)nb->data;
    header_len = (ip->version_ihl & 15u) * 4;
    if (ip->version_ihl >> 4 != 4 || header_len < IPV4_HEADER ||
        !netbuf_need(s, nb, header_len + 8) || ip->fragment & BE16(IPV4_OFFSET))
        return;
    e.source = netaddr_v4(ip->source);
    e.destination = netaddr_v4(ip->destination);
    if (!ip_is_local(s, &e.source))
        return;
    e.protocol = ip->protocol;
    e.type = icmp.type;
    e.code = icmp.code;
    e.error = icmp_errno(icmp.type, icmp.code, &e.hard);
    if (icmp.type == ICMP_UNREACHABLE && icmp.code == ICMP_TOO_BIG)
        e.info = be16(icmp.too_big.mtu);
    netbuf_pull(nb, header_len);
    e.header = nb->data;
    e.header_len = nb->linear;
    e.packet = nb;
    if (s->raw_socks)
        raw_error(s, &e);
    p = s->protocols[e.protocol];
    if (p && p->error)
        p->error(s, &e);
}

/* Takes nb. */
static void input(struct netstack *s, struct netbuf *nb,
                  const struct ip_info *info)
{
    uint8_t type;

    s->count.icmp_in++;
    if (!netbuf_need(s, nb, ICMP_HEADER) ||
        (!(nb->flags & NETBUF_LOOPED) &&
         checksum_fold(checksum_netbuf(nb, 0, nb->len, 0)))) {
        s->count.icmp_in_errors++;
        netbuf_free(s, nb);
        return;
    }
    type = nb->data[0];
    if (type == ICMP_ECHO) {
        echo(s, nb, info);
        return;
    }
    if (type == ICMP_ECHO_REPLY)
        ping_input(s, nb, info);
    else if (is_error(type) && !info->to_group)
        error(s, nb, info);
    netbuf_free(s, nb);
}

void icmp_init(struct netstack *s)
{
    static const struct ip_protocol protocol = {
        .number = IPPROTO_ICMP,
        .input = input,
        .error = ping_error,
    };

    ip_register(s, &protocol);
}
