// SPDX-License-Identifier: MIT
/*
 * ipv6: input and output. Extension headers of packets that come in are walked
 * in the order in which they stand; what they ask of hosts is done, and what is
 * not known is answered as RFC 8200, 4 says.
 */
#include "net/ipv6.h"

#include "abi/errno.h"
#include "net/checksum.h"
#include "net/ether.h"
#include "net/icmpv6.h"
#include "net/ip_extra.h"
#include "net/ip_priv.h"
#include "net/ipv4.h"
#include "net/neigh.h"
#include "net/netdev.h"
#include "net/raw.h"
#include "net/sock.h"

#define HEADERS_MAX 8   /* extension headers of one packet */
#define HEADER_MAX  128 /* bytes of one that must be in one piece */

/* --- in --- */

enum destination { TO_US, TO_GROUP, TO_OTHERS };

static enum destination classify(const struct netbuf *nb,
                                 const struct netaddr *to)
{
    struct netstack *s = nb->dev->stack;
    bool looped = nb->dev->features & NETDEV_LOOPBACK;
    const struct ipv6_addr *ours = ipv6_find(nb->dev, to);

    if (likely(ours))
        return ours->state == IPV6_VALID ? TO_US : TO_OTHERS;
    if (netaddr_is_multicast(to))
        return netdev_in_group(nb->dev, to) || nb->flags & NETBUF_LOOPED
                   ? TO_GROUP
                   : TO_OTHERS;
    if (netaddr_is_loopback(to) || ipv6_is_link_local(to))
        return looped && ip_is_local(s, to) ? TO_US : TO_OTHERS;
    return ip_is_local(s, to) ? TO_US : TO_OTHERS;
}

/* What must not come over a wire: mapped addresses, which mean IPv4 to all who
 * look at a netaddr (RFC 4942, 2.2), the loopback's, and groups as sources. */
static bool bad_addresses(const struct netbuf *nb, const struct ip_info *info)
{
    if (netaddr_is_v4(&info->source) || netaddr_is_v4(&info->destination) ||
        netaddr_is_multicast(&info->source) ||
        netaddr_is_any(&info->destination))
        return true;
    return !(nb->dev->features & NETDEV_LOOPBACK) &&
           (netaddr_is_loopback(&info->source) ||
            netaddr_is_loopback(&info->destination));
}

static uint32_t offset_in(const struct netbuf *nb, const uint8_t *p)
{
    return be32((uint32_t)(p - (nb->head + nb->network)));
}

/* The options of a hop-by-hop or destination header (RFC 8200, 4.2). False: the
 * packet is to be dropped. */
static bool check_options(struct netstack *s, struct netbuf *nb, size_t len,
                          const struct ip_info *info)
{
    const uint8_t *p = nb->data + 2, *end = nb->data + len;

    while (p < end) {
        if (*p == 0) { /* Pad1 */
            p++;
            continue;
        }
        if (end - p < 2 || end - p < 2 + p[1])
            return false;
        if (*p != 1 && *p != 5 && *p >> 6) { /* PadN, router alert */
            if (*p >> 6 == 2 || (*p >> 6 == 3 && !info->to_group))
                icmpv6_send_error(s, nb, info, ICMPV6_PARAMETER,
                                  ICMPV6_BAD_OPTION, offset_in(nb, p), true);
            return false;
        }
        p += 2 + p[1];
    }
    return true;
}

/* Takes a fragment, data at its header. As ip_reassemble. */
static struct netbuf *take_fragment(struct netstack *s, struct netbuf *nb,
                                    const struct ip_info *info)
{
    struct ip_fragment f = {
        .source = info->source,
        .destination = info->destination,
        .version = 6,
        .protocol = nb->data[0],
        .id = load32(nb->data + 4),
    };
    uint16_t word;

    __builtin_memcpy(&word, nb->data + 2, sizeof(word));
    word = be16(word);
    f.offset = word & 0xfff8u;
    f.last = !(word & 1);
    netbuf_pull(nb, IPV6_FRAGMENT_HEADER);
    return ip_reassemble(s, nb, &f);
}

/* Is it a fragment that is the whole packet (RFC 6946)? */
static bool is_atomic(const struct netbuf *nb)
{
    return !(nb->data[2] | (nb->data[3] & 0xf9));
}

static void deliver(struct netstack *s, struct netbuf *nb, struct ip_info *info)
{
    const struct ip_protocol *p = s->protocols[info->protocol];
    bool raw = s->raw_socks && raw_deliver(s, nb, info);

    nb->transport = (uint16_t)(nb->data - nb->head);
    if (likely(p) && info->protocol != IPPROTO_ICMP) {
        s->count.ip_in_delivers++;
        p->input(s, nb, info);
        return;
    }
    if (!raw) {
        s->count.ip_in_unknown_protocol++;
        icmpv6_send_error(s, nb, info, ICMPV6_PARAMETER, ICMPV6_BAD_NEXT,
                          BE32(offsetof(struct ipv6_header, next)), false);
    }
    netbuf_free(s, nb);
}

/* What an extension header is: its length, 0: it is none. */
static size_t extension(struct netstack *s, struct netbuf *nb, uint8_t next)
{
    size_t len;

    if (next != IPV6_HOP_BY_HOP && next != IPV6_DESTINATION &&
        next != IPV6_ROUTING)
        return 0;
    if (!netbuf_need(s, nb, 8))
        return SIZE_MAX;
    len = (nb->data[1] + 1u) * 8;
    if (nb->linear < len && (len > HEADER_MAX || !netbuf_need(s, nb, len)))
        return SIZE_MAX;
    return len;
}

/* One extension header goes. False: nb is to be dropped. */
static bool take_extension(struct netstack *s, struct netbuf *nb, size_t len,
                           struct ip_info *info)
{
    if (info->protocol != IPV6_ROUTING) {
        if (!check_options(s, nb, len, info))
            return false;
    } else if (nb->data[3]) { /* segments left: we are no router */
        icmpv6_send_error(s, nb, info, ICMPV6_PARAMETER, ICMPV6_BAD_FIELD,
                          offset_in(nb, nb->data + 2), false);
        return false;
    }
    info->protocol = nb->data[0];
    netbuf_pull(nb, len);
    return true;
}

/* Takes nb (data behind the header) through its extension headers. */
static void walk(struct netstack *s, struct netbuf *nb, struct ip_info *info)
{
    bool first = true;

    for (unsigned i = 0; i < HEADERS_MAX; i++, first = false) {
        size_t len = 0;

        if (info->protocol == IPV6_FRAGMENT) {
            if (!netbuf_need(s, nb, IPV6_FRAGMENT_HEADER))
                break;
            if (is_atomic(nb)) {
                info->protocol = nb->data[0];
                netbuf_pull(nb, IPV6_FRAGMENT_HEADER);
                continue;
            }
            nb = take_fragment(s, nb, info);
            if (!nb)
                return;
            nb->network = (uint16_t)(nb->data - nb->head);
            info->protocol = ((const struct ipv6_header *)nb->data)->next;
            netbuf_pull(nb, IPV6_HEADER);
            continue;
        }
        if (info->protocol == IPV6_NONE)
            break;
        /* Hop-by-hop options stand directly behind the header. */
        if (first || info->protocol != IPV6_HOP_BY_HOP)
            len = extension(s, nb, info->protocol);
        if (!len) {
            deliver(s, nb, info);
            return;
        }
        if (len == SIZE_MAX || !take_extension(s, nb, len, info))
            break;
    }
    s->count.ip_in_discards++;
    netbuf_free(s, nb);
}

void ipv6_input(struct netstack *s, struct netbuf *nb)
{
    const struct ipv6_header *h = (const struct ipv6_header *)nb->data;
    struct ip_info info;
    enum destination to;
    uint32_t len;

    s->count.ip_in++;
    if (!netbuf_need(s, nb, IPV6_HEADER) || (nb->data[0] & 0xf0) != 0x60) {
        s->count.ip_in_header_errors++;
        netbuf_free(s, nb);
        return;
    }
    len = IPV6_HEADER + be16(h->len);
    info = (struct ip_info){
        .source = netaddr_v6(h->source),
        .destination = netaddr_v6(h->destination),
        .dev = nb->dev,
        .version = 6,
        .protocol = h->next,
        .ttl = h->hops,
        .tos = (uint8_t)(be32(h->version_class_flow) >> 20),
    };
    if (len > nb->len) {
        s->count.ip_in_header_errors++;
        netbuf_free(s, nb);
        return;
    }
    if (len < nb->len)
        netbuf_trim(s, nb, len);
    to = classify(nb, &info.destination);
    if (to == TO_OTHERS || bad_addresses(nb, &info) ||
        (to == TO_US && nb->flags & (NETBUF_BROADCAST | NETBUF_MULTICAST))) {
        s->count.ip_in_address_errors++;
        netbuf_free(s, nb);
        return;
    }
    info.to_group = to == TO_GROUP;
    nb->network = (uint16_t)(nb->data - nb->head);
    netbuf_pull(nb, IPV6_HEADER);
    walk(s, nb, &info);
}

/* --- out --- */

void ipv6_fill_header(struct ipv6_header *h, const struct netaddr *source,
                      const struct netaddr *destination, uint8_t next,
                      const struct ip_options *o, uint8_t hops, size_t len)
{
    h->version_class_flow = be32(6u << 28 | (uint32_t)o->tos << 20);
    h->len = be16((uint16_t)len);
    h->next = next;
    h->hops = o->ttl ? o->ttl : hops ? hops : IPV6_HOPS;
    __builtin_memcpy(h->source, source->b, sizeof(h->source));
    __builtin_memcpy(h->destination, destination->b, sizeof(h->destination));
}

static uint8_t default_hops(const struct ip_path *p)
{
    if (p->multicast)
        return 1;
    return p->dev->v6 ? p->dev->v6->hops : 0;
}

/* Puts the IP header, and before of the bytes of o->extra behind it, in front
 * of nb, whose first is of type next, and sends it; takes it. -ENOBUFS. */
static int output_whole(struct netstack *s, struct ip_path *p,
                        struct netbuf *nb, uint8_t next, size_t before,
                        const struct ip_options *o)
{
    size_t len;

    if (unlikely(before)) {
        nb = ip_extra_room(s, nb, before + IPV6_HEADER);
        if (!nb)
            return -ENOBUFS;
        ip_extra_push(o->extra, nb, false, &next);
    }
    len = nb->len;
    ipv6_fill_header(netbuf_push(nb, IPV6_HEADER), &p->source, &p->destination,
                     next, o, default_hops(p), len);
    ip_loop_group(s, p, nb);
    ip_output_link(s, p, nb, ETHER_IPV6);
    return 0;
}

static int output_fragments(struct netstack *s, struct ip_path *p,
                            struct netbuf *nb, uint8_t protocol, size_t before,
                            const struct ip_options *o)
{
    size_t room =
        (p->mtu - IPV6_HEADER - before - IPV6_FRAGMENT_HEADER) & ~(size_t)7;
    size_t total = nb->len;
    uint32_t id;

    net_env_random(s, &id, sizeof(id)); /* RFC 7739 */
    if (nb->flags & NETBUF_CSUM_PARTIAL)
        checksum_complete(nb);
    for (size_t at = 0; at < total; at += room) {
        size_t len = MIN(room, total - at);
        struct netbuf *f = ip_make_fragment(s, nb, at, len);
        uint16_t word = be16((uint16_t)(at | (at + len < total)));
        uint8_t *h;

        if (!f) {
            s->count.ip_frag_fails++;
            netbuf_free(s, nb);
            return -ENOBUFS;
        }
        if (nb->sk)
            sock_charge_sent(nb->sk, f);
        h = netbuf_push(f, IPV6_FRAGMENT_HEADER);
        h[0] = protocol;
        h[1] = 0;
        __builtin_memcpy(h + 2, &word, sizeof(word));
        __builtin_memcpy(h + 4, &id, sizeof(id));
        s->count.ip_frag_creates++;
        if (output_whole(s, p, f, IPV6_FRAGMENT, before, o)) {
            s->count.ip_frag_fails++;
            netbuf_free(s, nb);
            return -ENOBUFS;
        }
    }
    s->count.ip_frag_ok++;
    netbuf_free(s, nb);
    return 0;
}

/* Takes nb; the same with the headers that are part of what is cut, of n bytes
 * in front. NULL: no memory. */
static struct netbuf *push_last_headers(struct netstack *s, struct netbuf *nb,
                                        size_t n, uint8_t *protocol,
                                        const struct ip_options *o)
{
    nb = ip_extra_room(s, nb, n + IPV6_HEADER);
    if (nb)
        ip_extra_push(o->extra, nb, true, protocol);
    return nb;
}

int ipv6_output(struct netstack *s, struct ip_path *p, struct netbuf *nb,
                uint8_t protocol, const struct ip_options *o)
{
    size_t len, before = 0, last;

    if (unlikely(o->extra)) {
        last = o->extra->len[IP_EXTRA_DESTINATION];
        before = ip_extra_len(o->extra, &p->destination) - last;
        nb = last ? push_last_headers(s, nb, last, &protocol, o) : nb;
        if (!nb)
            return -ENOBUFS;
    }
    len = before + nb->len;
    if (unlikely(
            len > IPV6_LEN_MAX ||
            (len + IPV6_HEADER > p->mtu && o->dont_fragment && !nb->gso_size) ||
            before + IPV6_HEADER + IPV6_FRAGMENT_HEADER + 8 > p->mtu)) {
        s->count.ip_frag_fails++;
        netbuf_free(s, nb);
        return -EMSGSIZE;
    }
    if (unlikely(len + IPV6_HEADER > p->mtu && !nb->gso_size))
        return output_fragments(s, p, nb, protocol, before, o);
    return output_whole(s, p, nb, protocol, before, o);
}

int ipv6_skip_headers(struct netstack *s, struct netbuf *nb, uint8_t next)
{
    for (unsigned i = 0; i < 8; i++) {
        size_t len = 8;

        if (next != IPV6_HOP_BY_HOP && next != IPV6_ROUTING &&
            next != IPV6_DESTINATION && next != IPV6_FRAGMENT)
            return next;
        if (!netbuf_need(s, nb, 8))
            return -1;
        if (next != IPV6_FRAGMENT)
            len = (nb->data[1] + 1u) * 8;
        else if (nb->data[2] | (nb->data[3] & 0xf8))
            return -1; /* not the first: no transport header */
        next = nb->data[0];
        if (!netbuf_need(s, nb, MIN(len, (size_t)128)) || nb->linear < len)
            return -1;
        netbuf_pull(nb, len);
    }
    return -1;
}

void ipv6_unreachable_host(struct netstack *s, struct netbuf *nb)
{
    const struct ipv6_header *h = (const struct ipv6_header *)nb->data;
    struct ip_error e = {
        .source = netaddr_v6(h->source),
        .destination = netaddr_v6(h->destination),
        .reporter = netaddr_v6(h->source),
        .version = 6,
        .type = ICMPV6_UNREACHABLE,
        .code = ICMPV6_ADDRESS,
        .error = EHOSTUNREACH,
    };
    int protocol;
    const struct ip_protocol *p;

    s->count.ip_out_discards++;
    netbuf_pull(nb, IPV6_HEADER);
    protocol = ipv6_skip_headers(s, nb, h->next);
    e.protocol = (uint8_t)protocol;
    p = protocol < 0 ? NULL : s->protocols[protocol];
    if (p && p->error && nb->linear >= 8) {
        e.header = nb->data;
        e.header_len = nb->linear;
        e.packet = nb;
        p->error(s, &e);
    }
    netbuf_free(s, nb);
}
