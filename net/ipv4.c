// SPDX-License-Identifier: MIT
/* ipv4: input and output. Options of packets that come in are looked at; those
 * that we send are a socket's (net/ip_extra.h). */
#include "net/ipv4.h"

#include "abi/errno.h"
#include "net/checksum.h"
#include "net/ether.h"
#include "net/icmp.h"
#include "net/ip_extra.h"
#include "net/ip_priv.h"
#include "net/ipv6.h"
#include "net/neigh.h"
#include "net/netdev.h"
#include "net/raw.h"
#include "net/sock.h"
#include "net/stack.h"

void ip_register(struct netstack *s, const struct ip_protocol *p)
{
    s->protocols[p->number] = p;
    if (p->fast_v4)
        s->fast_v4[p->number] = p->fast_v4;
}

void ipv4_init(struct netstack *s)
{
    for (size_t i = 0; i < ARRAY_SIZE(s->fast_v4); i++)
        s->fast_v4[i] = ipv4_input_slow;
}

/* --- in --- */

static void drop(struct netstack *s, struct netbuf *nb, uint64_t *counter)
{
    (*counter)++;
    netbuf_free(s, nb);
}

/* The header is whole and makes sense; the packet loses what pads it. */
static bool check_header(struct netstack *s, struct netbuf *nb)
{
    const struct ipv4_header *h = (const struct ipv4_header *)nb->data;
    unsigned header_len, len;

    if (!netbuf_need(s, nb, IPV4_HEADER))
        return false;
    header_len = (h->version_ihl & 15u) * 4;
    if (unlikely(h->version_ihl != 0x45)) {
        if (h->version_ihl >> 4 != 4 || header_len < IPV4_HEADER ||
            !netbuf_need(s, nb, header_len))
            return false;
        if (checksum_fold(checksum_partial(h, header_len, 0)))
            return false;
    } else if (checksum_ipv4_header(h)) {
        return false;
    }
    len = be16(h->len);
    if (len < header_len || len > nb->len)
        return false;
    if (len < nb->len)
        netbuf_trim(s, nb, len);
    return true;
}

enum destination { TO_US, TO_GROUP, TO_OTHERS };

static enum destination classify(struct netstack *s, const struct netbuf *nb,
                                 uint32_t to)
{
    const struct netdev *dev = nb->dev;
    struct netaddr a;

    if (likely(to == dev->v4.addr && to))
        return TO_US;
    if (to == UINT32_MAX || (to == dev->v4.broadcast && to))
        return TO_GROUP;
    a = netaddr_v4(to);
    if (netaddr_is_multicast(&a))
        return netdev_in_group(dev, &a) || nb->flags & NETBUF_LOOPED
                   ? TO_GROUP
                   : TO_OTHERS;
    if (netaddr_is_loopback(&a) && !(dev->features & NETDEV_LOOPBACK))
        return TO_OTHERS;
    if (ip_is_local(s, &a))
        return TO_US;
    return netdev_is_broadcast_v4(dev, to) ? TO_GROUP : TO_OTHERS;
}

/* Source addresses that no host sends from (RFC 1122, 3.2.1.3). */
static bool bad_source(const struct netbuf *nb, uint32_t from)
{
    struct netaddr a = netaddr_v4(from);

    if (nb->dev->features & NETDEV_LOOPBACK)
        return false;
    return netaddr_is_multicast(&a) || from == UINT32_MAX ||
           netaddr_is_loopback(&a) ||
           (from &&
            (from == nb->dev->v4.addr || from == nb->dev->v4.broadcast));
}

/* Takes a whole packet, data at its header. */
static void deliver(struct netstack *s, struct netbuf *nb, bool to_group)
{
    const struct ipv4_header *h = (const struct ipv4_header *)nb->data;
    const struct ip_protocol *p = s->protocols[h->protocol];
    struct ip_info info = {
        .source = netaddr_v4(h->source),
        .destination = netaddr_v4(h->destination),
        .dev = nb->dev,
        .version = 4,
        .protocol = h->protocol,
        .ttl = h->ttl,
        .tos = h->tos,
        .to_group = to_group,
    };
    bool raw = s->raw_socks && raw_deliver(s, nb, &info);

    nb->network = (uint16_t)(nb->data - nb->head);
    netbuf_pull(nb, (h->version_ihl & 15u) * 4);
    nb->transport = (uint16_t)(nb->data - nb->head);
    if (likely(p)) {
        s->count.ip_in_delivers++;
        p->input(s, nb, &info);
        return;
    }
    if (!raw) {
        s->count.ip_in_unknown_protocol++;
        icmp_send_error(s, nb, &info, ICMP_UNREACHABLE, ICMP_PROTOCOL, 0);
    }
    netbuf_free(s, nb);
}

/* Takes a fragment, data at its header. As ip_reassemble. */
static struct netbuf *take_fragment(struct netstack *s, struct netbuf *nb)
{
    const struct ipv4_header *h = (const struct ipv4_header *)nb->data;
    uint16_t fragment = be16(h->fragment);
    struct ip_fragment f = {
        .source = netaddr_v4(h->source),
        .destination = netaddr_v4(h->destination),
        .version = 4,
        .protocol = h->protocol,
        .id = h->id,
        .offset = (fragment & IPV4_OFFSET) * 8u,
        .last = !(fragment & IPV4_MF),
    };

    nb->network = (uint16_t)(nb->data - nb->head);
    netbuf_pull(nb, (h->version_ihl & 15u) * 4);
    return ip_reassemble(s, nb, &f);
}

/* Takes a packet with options, data at its header, to this address of ours. The
 * same when they are well formed, with what they record of us; NULL: it was
 * dropped, as those are that would go on to somebody else (RFC 7126, 4.3). */
static struct netbuf *take_options(struct netstack *s, struct netbuf *nb,
                                   uint32_t address)
{
    const struct ipv4_header *old = (const struct ipv4_header *)nb->data;
    size_t len = (old->version_ihl & 15u) * 4 - IPV4_HEADER;
    const uint8_t *options = (const uint8_t *)(old + 1);
    struct netbuf *copy;
    struct ipv4_header *h;

    if (!ipv4_options_ok(s, options, len, false) ||
        ipv4_options_have_source_route(options, len)) {
        drop(s, nb, &s->count.ip_in_header_errors);
        return NULL;
    }
    copy = netbuf_copy(s, nb, 0); /* others may have the same bytes */
    netbuf_free(s, nb);
    if (!copy)
        return NULL;
    h = (struct ipv4_header *)copy->data;
    ipv4_options_record(s, (uint8_t *)(h + 1), len, address, true);
    h->checksum = 0;
    h->checksum = checksum_fold(checksum_partial(h, IPV4_HEADER + len, 0));
    return copy;
}

void ipv4_input_slow(struct netstack *s, struct netbuf *nb,
                     const struct ipv4_header *h, uint32_t len)
{
    enum destination to;

    (void)len;
    netbuf_pull(nb, (size_t)((const uint8_t *)h - nb->data));
    if (!check_header(s, nb)) {
        drop(s, nb, &s->count.ip_in_header_errors);
        return;
    }
    to = classify(s, nb, h->destination);
    /* A link-level broadcast of a packet to one host is an attack or an error
     * (RFC 1122, 3.3.6). */
    if (to == TO_OTHERS || unlikely(bad_source(nb, h->source)) ||
        (to == TO_US && nb->flags & (NETBUF_BROADCAST | NETBUF_MULTICAST))) {
        drop(s, nb, &s->count.ip_in_address_errors);
        return;
    }
    if (unlikely(h->version_ihl != 0x45)) {
        nb = take_options(s, nb,
                          to == TO_US ? h->destination : nb->dev->v4.addr);
        if (!nb)
            return;
        h = (const struct ipv4_header *)nb->data;
    }
    if (unlikely(h->fragment & BE16(IPV4_MF | IPV4_OFFSET))) {
        nb = take_fragment(s, nb);
        if (!nb)
            return;
    }
    deliver(s, nb, to == TO_GROUP);
}

bool ip_checksum_ok(const struct netbuf *nb, const struct ip_info *info)
{
    uint32_t sum;

    if (nb->flags & (NETBUF_CSUM_OK | NETBUF_CSUM_PARTIAL))
        return true;
    sum = checksum_pseudo(&info->source, &info->destination, info->protocol,
                          nb->len);
    return checksum_fold(checksum_netbuf(nb, 0, nb->len, sum)) == 0;
}

/* --- out --- */

void ip_output_link(struct netstack *s, struct ip_path *p, struct netbuf *nb,
                    uint16_t type)
{
    struct neigh *n = p->neigh;

    if (likely(n)) {
        if (likely(s->now < n->fresh_until))
            ether_output(n->dev, nb, n->mac, type);
        else
            neigh_output_slow(s, n, nb, type);
    } else if (p->dev->features & NETDEV_LOOPBACK) {
        netdev_transmit(p->dev, nb);
    } else if (p->broadcast) {
        ether_output(p->dev, nb, ether_broadcast, type);
    } else {
        uint8_t mac[ETHER_ADDR_LEN];

        if (type == ETHER_IPV4)
            ether_group_v4(p->destination.w[3], mac);
        else
            ether_group_v6(&p->destination, mac);
        ether_output(p->dev, nb, mac, type);
    }
}

/* The identification: apart for destinations, so that one cannot learn from it
 * how much is sent to others (RFC 7739). */
uint16_t ipv4_next_id(struct netstack *s, const struct ip_path *p)
{
    uint32_t h = netstack_hash(s, p->destination.q[1], p->source.q[1]);

    return be16((uint16_t)s->ip_ids[h % ARRAY_SIZE(s->ip_ids)]++);
}

/* The options behind a header that is otherwise whole. */
static void put_options(struct netstack *s, struct ipv4_header *h,
                        const struct ipv4_options *v4)
{
    uint8_t *p = (uint8_t *)(h + 1);

    memcpy(p, v4->bytes, v4->len);
    if (h->fragment & BE16(IPV4_OFFSET))
        ipv4_options_of_fragment(p, v4->len);
    else
        ipv4_options_record(s, p, v4->len, h->source, false);
    h->version_ihl = (uint8_t)(h->version_ihl + v4->len / 4);
    h->checksum = 0;
    h->checksum = checksum_fold(checksum_partial(h, IPV4_HEADER + v4->len, 0));
}

static size_t header_len(const struct ip_options *o)
{
    return IPV4_HEADER + (unlikely(o->extra) ? o->extra->v4.len : 0);
}

static void fill_header(struct netstack *s, struct ipv4_header *h,
                        const struct ip_path *p, uint8_t protocol,
                        const struct ip_options *o, size_t len, uint16_t id,
                        uint16_t fragment)
{
    h->version_ihl = 0x45;
    h->tos = o->tos;
    h->len = be16((uint16_t)len);
    h->id = id;
    h->fragment = be16(fragment);
    h->ttl = o->ttl ? o->ttl : p->multicast ? 1 : IPV4_TTL;
    h->protocol = protocol;
    h->checksum = 0;
    h->source = p->source.w[3];
    h->destination = p->destination.w[3];
    h->checksum = checksum_ipv4_header(h);
    if (unlikely(o->extra) && o->extra->v4.len)
        put_options(s, h, &o->extra->v4);
}

struct netbuf *ip_make_fragment(struct netstack *s, struct netbuf *nb,
                                size_t offset, size_t len)
{
    struct netbuf *f = netbuf_alloc(s, true);
    size_t linear = offset < nb->linear ? nb->linear - offset : 0;

    if (!f)
        return NULL;
    /* Bytes in nb itself are copied: one of few fragments has any. */
    if (!nb->mem && MIN(linear, len) > netbuf_tailroom(f))
        goto copy;
    if (netbuf_add_range(s, f, nb, offset, len))
        return f;
copy:
    netbuf_free(s, f);
    f = netbuf_alloc_linear(s, NETBUF_HEADROOM, len);
    if (f)
        netbuf_copy_out(nb, offset, netbuf_put(f, len), len);
    return f;
}

/* Takes nb: sends it in pieces that fit. */
static int output_fragments(struct netstack *s, struct ip_path *p,
                            struct netbuf *nb, uint8_t protocol,
                            const struct ip_options *o)
{
    size_t header = header_len(o);
    size_t room = (p->mtu - header) & ~(size_t)7;
    uint16_t id = ipv4_next_id(s, p);
    size_t total = nb->len;

    if (nb->flags & NETBUF_CSUM_PARTIAL)
        checksum_complete(nb);
    for (size_t at = 0; at < total; at += room) {
        size_t len = MIN(room, total - at);
        struct netbuf *f = ip_make_fragment(s, nb, at, len);
        struct ipv4_header *h;

        if (!f) {
            s->count.ip_frag_fails++;
            netbuf_free(s, nb);
            return -ENOBUFS;
        }
        if (nb->sk)
            sock_charge_sent(nb->sk, f);
        h = netbuf_push(f, header);
        fill_header(s, h, p, protocol, o, len + header, id,
                    (uint16_t)(at / 8 | (at + len < total ? IPV4_MF : 0)));
        s->count.ip_frag_creates++;
        ip_output_link(s, p, f, ETHER_IPV4);
    }
    s->count.ip_frag_ok++;
    netbuf_free(s, nb);
    return 0;
}

/* Takes a packet whose header the program has made (IP_HDRINCL, raw(7)): what
 * it left at 0 is filled in. */
static int output_own_header(struct netstack *s, struct ip_path *p,
                             struct netbuf *nb)
{
    struct ipv4_header *h = (struct ipv4_header *)nb->data;

    if (!netbuf_need(s, nb, IPV4_HEADER) || nb->len > p->mtu) {
        int err = nb->len > p->mtu ? -EMSGSIZE : -EINVAL;

        netbuf_free(s, nb);
        return err;
    }
    h->len = be16((uint16_t)nb->len);
    if (!h->source)
        h->source = p->source.w[3];
    if (!h->id)
        h->id = ipv4_next_id(s, p);
    h->checksum = 0;
    h->checksum = checksum_fold(
        checksum_partial(h, MIN((h->version_ihl & 15u) * 4, nb->linear), 0));
    ip_output_link(s, p, nb, ETHER_IPV4);
    return 0;
}

void ip_loop_group(struct netstack *s, const struct ip_path *p,
                   struct netbuf *nb)
{
    struct netbuf *copy;

    if (likely(!p->multicast || !(nb->flags & NETBUF_LOOPED)))
        return;
    nb->flags &= (uint16_t)~NETBUF_LOOPED;
    if (p->dev->features & NETDEV_LOOPBACK)
        return; /* comes back without our doing */
    copy = netbuf_copy(s, nb, NETBUF_HEADROOM);
    if (copy)
        netdev_transmit(s->loopback, copy);
}

int ip_output(struct netstack *s, struct ip_path *p, struct netbuf *nb,
              uint8_t protocol, const struct ip_options *o)
{
    size_t header = header_len(o), len = nb->len + header;
    struct ipv4_header *h;

    s->count.ip_out++;
    if (!netaddr_is_v4(&p->destination))
        return ipv6_output(s, p, nb, protocol, o);
    if (unlikely(o->header_included))
        return output_own_header(s, p, nb);
    if (unlikely(len > IPV4_LEN_MAX ||
                 (len > p->mtu && o->dont_fragment && !nb->gso_size))) {
        s->count.ip_frag_fails++;
        netbuf_free(s, nb);
        return -EMSGSIZE;
    }
    if (unlikely(len > p->mtu && !nb->gso_size))
        return output_fragments(s, p, nb, protocol, o);
    if (unlikely(header > IPV4_HEADER)) {
        nb = ip_extra_room(s, nb, header);
        if (!nb)
            return -ENOBUFS;
    }
    h = netbuf_push(nb, header);
    fill_header(s, h, p, protocol, o, len,
                /* RFC 6864, 4.1: it means nothing where nobody fragments. */
                o->dont_fragment && !nb->gso_size ? 0 : ipv4_next_id(s, p),
                o->dont_fragment ? IPV4_DF : 0);
    ip_loop_group(s, p, nb);
    ip_output_link(s, p, nb, ETHER_IPV4);
    return 0;
}

void ipv4_unreachable_host(struct netstack *s, struct netbuf *nb)
{
    const struct ipv4_header *h = (const struct ipv4_header *)nb->data;
    unsigned header_len = (h->version_ihl & 15u) * 4;
    struct ip_error e = {
        .source = netaddr_v4(h->source),
        .destination = netaddr_v4(h->destination),
        .reporter = netaddr_v4(h->source),
        .version = 4,
        .protocol = h->protocol,
        .type = ICMP_UNREACHABLE,
        .code = ICMP_HOST,
        .error = EHOSTUNREACH,
    };
    const struct ip_protocol *p = s->protocols[e.protocol];

    s->count.ip_out_discards++;
    if (p && p->error && !(h->fragment & BE16(IPV4_OFFSET)) &&
        nb->linear >= header_len + 8) {
        netbuf_pull(nb, header_len);
        e.header = nb->data;
        e.header_len = nb->linear;
        e.packet = nb;
        p->error(s, &e);
    }
    netbuf_free(s, nb);
}
