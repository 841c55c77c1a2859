// SPDX-License-Identifier: MIT
/* icmpv6: see the header. Neighbour Discovery's messages are in nd.c. */
#include "net/icmpv6.h"

#include "abi/errno.h"
#include "net/checksum.h"
#include "net/ipv6.h"
#include "net/nd.h"
#include "net/netdev.h"
#include "net/raw.h"
#include "net/stack.h"

int icmpv6_errno(uint8_t type, uint8_t code, bool *hard)
{
    static const struct {
        uint8_t error;
        bool hard;
    } unreachable[] = {
        {ENETUNREACH, false},  {EACCES, true},       {EHOSTUNREACH, false},
        {EHOSTUNREACH, false}, {ECONNREFUSED, true}, {EACCES, true},
        {EACCES, true},
    };

    *hard = false;
    switch (type) {
    case ICMPV6_UNREACHABLE:
        if (code >= ARRAY_SIZE(unreachable))
            return EPROTO;
        *hard = unreachable[code].hard;
        return unreachable[code].error;
    case ICMPV6_TOO_BIG:
        return EMSGSIZE;
    case ICMPV6_TIME_EXCEEDED:
        return EHOSTUNREACH;
    case ICMPV6_PARAMETER:
        *hard = true;
        return EPROTO;
    }
    return 0;
}

void icmpv6_sum(struct netbuf *nb, const struct netaddr *source,
                const struct netaddr *destination)
{
    struct icmp_header *h = (struct icmp_header *)nb->data;
    uint32_t sum =
        checksum_pseudo(source, destination, IPPROTO_ICMPV6, nb->len);

    h->checksum = 0;
    h->checksum = checksum_fold(checksum_netbuf(nb, 0, nb->len, sum));
}

/* Takes nb: a message without its checksum; to somewhere by way of dev. */
static void send(struct netstack *s, struct netbuf *nb,
                 const struct netaddr *from, const struct netaddr *to,
                 const struct netdev *dev, uint8_t tos)
{
    struct ip_path path = {.destination = *to};
    struct ip_options o = {.tos = tos};

    if (ipv6_is_link_local(to))
        path.bound_dev = dev->index;
    if (from)
        path.source = *from;
    s->count.icmp_out++;
    if (ip_path_lookup(s, &path) == 0) {
        icmpv6_sum(nb, &path.source, &path.destination);
        ip_output(s, &path, nb, IPPROTO_ICMPV6, &o);
    } else {
        netbuf_free(s, nb);
    }
    ip_path_release(s, &path);
}

void icmpv6_send_error(struct netstack *s, const struct netbuf *nb,
                       const struct ip_info *info, uint8_t type, uint8_t code,
                       uint32_t rest, bool to_group)
{
    const uint8_t *packet = nb->head + nb->network;
    size_t before = (size_t)(nb->data - packet), quote;
    bool from_us =
        !info->to_group && netaddr_equal(&info->destination, &info->source);
    struct icmp_header *h;
    struct netbuf *e;

    if (netaddr_is_any(&info->source) || netaddr_is_multicast(&info->source) ||
        (!to_group &&
         (info->to_group || nb->flags & (NETBUF_BROADCAST | NETBUF_MULTICAST))))
        return;
    if (info->protocol == IPPROTO_ICMPV6 &&
        (nb->linear == 0 || nb->data[0] < 128))
        return;
    if (!icmp_error_allowed(s))
        return;
    quote =
        MIN(before + nb->len, (size_t)IPV6_MTU_MIN - IPV6_HEADER - ICMP_HEADER);
    e = netbuf_alloc_linear(s, NETBUF_HEADROOM, ICMP_HEADER + quote);
    if (!e)
        return;
    h = netbuf_put(e, ICMP_HEADER);
    *h = (struct icmp_header){.type = type, .code = code, .rest = rest};
    before = MIN(before, quote);
    memcpy(netbuf_put(e, before), packet, before);
    netbuf_copy_out(nb, 0, netbuf_put(e, quote - before), quote - before);
    send(s, e, info->to_group || from_us ? NULL : &info->destination,
         &info->source, info->dev, 0);
}

/* --- in --- */

static void echo(struct netstack *s, struct netbuf *nb,
                 const struct ip_info *info)
{
    struct netbuf *reply;

    s->count.icmp_in_echo++;
    if (info->to_group) /* as for IPv4 */
        return;
    reply = netbuf_alloc_linear(s, NETBUF_HEADROOM, nb->len);
    if (!reply)
        return;
    netbuf_copy_out(nb, 0, netbuf_put(reply, nb->len), nb->len);
    reply->data[0] = ICMPV6_ECHO_REPLY;
    s->count.icmp_out_echo++;
    send(s, reply, &info->destination, &info->source, info->dev, info->tos);
}

/* An error about a packet of ours, which follows. */
static void error(struct netstack *s, struct netbuf *nb,
                  const struct ip_info *info)
{
    struct icmp_header icmp = *(struct icmp_header *)nb->data;
    struct ip_error e = {.version = 6, .reporter = info->source};
    const struct ipv6_header *ip;
    const struct ip_protocol *p;
    int protocol;

    netbuf_pull(nb, ICMP_HEADER);
    if (!netbuf_need(s, nb, IPV6_HEADER))
        return;
    ip = (const struct ipv6_header *)nb->data;
    e.source = netaddr_v6(ip->source);
    e.destination = netaddr_v6(ip->destination);
    if (!ip_is_local(s, &e.source) || netaddr_is_v4(&e.destination))
        return;
    netbuf_pull(nb, IPV6_HEADER);
    protocol = ipv6_skip_headers(s, nb, ip->next);
    if (protocol < 0 || !netbuf_need(s, nb, 8))
        return;
    e.protocol = (uint8_t)protocol;
    e.type = icmp.type;
    e.code = icmp.code;
    e.error = icmpv6_errno(icmp.type, icmp.code, &e.hard);
    if (icmp.type == ICMPV6_TOO_BIG)
        e.info = be32(icmp.rest);
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
    if (info->version != 6 || !netbuf_need(s, nb, ICMP_HEADER) ||
        !ip_checksum_ok(nb, info)) {
        s->count.icmp_in_errors++;
        netbuf_free(s, nb);
        return;
    }
    type = nb->data[0];
    if (type == ICMPV6_ECHO)
        echo(s, nb, info);
    else if (type == ICMPV6_ECHO_REPLY)
        ping_input(s, nb, info);
    else if (type == ICMPV6_MLD_QUERY ||
             (type >= ICMPV6_ROUTER_SOLICIT && type <= ICMPV6_NEIGHBOUR_ADVERT))
        nd_input(s, nb, info);
    else if (type < 128 && !info->to_group)
        error(s, nb, info);
    netbuf_free(s, nb);
}

void icmpv6_init(struct netstack *s)
{
    static const struct ip_protocol protocol = {
        .number = IPPROTO_ICMPV6,
        .input = input,
        .error = ping_error,
    };

    ip_register(s, &protocol);
}
