// SPDX-License-Identifier: MIT
/*
 * ip_reassembly: datagrams whose fragments come one by one (RFC 791, 3.2; RFC
 * 8200, 4.5; RFC 815 has the idea of holes, here a sorted list does). A
 * datagram is given up after 30 seconds, when its fragments overlap in any way
 * but exact duplicates (as RFC 5722 has it for IPv6), or when it is the oldest
 * and there is too much of all of them.
 */
#include "abi/errno.h"
#include "net/checksum.h"
#include "net/icmpv6.h"
#include "net/ip_priv.h"
#include "net/ipv4.h"
#include "net/ipv6.h"
#include "net/stack.h"

#define TIMEOUT_NS    (30 * NSEC_PER_SEC)
#define MEMORY_MAX    (4u << 20) /* bytes of fragments held, of a stack */
#define DATAGRAMS_MAX 128u

struct datagram {
    struct datagram *next; /* the newest first */
    struct netaddr source, destination;
    uint32_t id;
    uint8_t protocol, version;
    bool have_last;
    uint32_t length;   /* of the payload, when have_last */
    uint32_t received; /* bytes of it */
    uint32_t memory;
    uint64_t deadline;
    struct netbuf *first; /* by offset, cb[0]; data at the payload */
};

struct ip_reassembly {
    struct datagram *datagrams;
    unsigned count;
    uint32_t memory;
    struct net_timer timer;
};

static uint32_t offset_of(const struct netbuf *nb)
{
    return (uint32_t)nb->cb[0];
}

static void free_datagram(struct netstack *s, struct datagram *d)
{
    struct datagram **link = &s->reassembly->datagrams;

    while (*link != d)
        link = &(*link)->next;
    *link = d->next;
    s->reassembly->count--;
    s->reassembly->memory -= d->memory;
    while (d->first) {
        struct netbuf *nb = d->first;

        d->first = nb->next;
        netbuf_free(s, nb);
    }
    net_env_free(s, d);
}

/* Tells the sender when at least the first fragment came (RFC 792). */
static void time_out(struct netstack *s, struct datagram *d)
{
    struct netbuf *nb = d->first;

    s->count.ip_reasm_timeout++;
    s->count.ip_reasm_fails++;
    if (nb && offset_of(nb) == 0) {
        struct ip_info info = {
            .source = d->source,
            .destination = d->destination,
            .dev = nb->dev,
            .version = d->version,
            .protocol = d->protocol,
            .to_group = nb->flags & (NETBUF_BROADCAST | NETBUF_MULTICAST),
        };

        if (d->version == 4)
            icmp_send_error(s, nb, &info, ICMP_TIME_EXCEEDED, 1, 0);
        else
            icmpv6_send_error(s, nb, &info, ICMPV6_TIME_EXCEEDED, 1, 0, false);
    }
    free_datagram(s, d);
}

static struct datagram *oldest(const struct ip_reassembly *r)
{
    struct datagram *d = r->datagrams;

    while (d && d->next)
        d = d->next;
    return d;
}

static void timer_expired(struct netstack *s, struct net_timer *t)
{
    struct datagram *d;

    while ((d = oldest(s->reassembly)) && d->deadline <= s->now)
        time_out(s, d);
    if (d)
        net_timer_arm(s, t, d->deadline);
}

static struct ip_reassembly *reassembly_of(struct netstack *s)
{
    struct ip_reassembly *r = s->reassembly;

    if (r)
        return r;
    r = net_env_alloc(s, sizeof(*r));
    if (!r)
        return NULL;
    *r = (struct ip_reassembly){0};
    net_timer_init(&r->timer, timer_expired);
    s->reassembly = r;
    return r;
}

void ip_reassembly_fini(struct netstack *s)
{
    struct ip_reassembly *r = s->reassembly;

    if (!r)
        return;
    while (r->datagrams)
        free_datagram(s, r->datagrams);
    net_timer_remove(s, &r->timer);
    net_env_free(s, r);
    s->reassembly = NULL;
}

static struct datagram *find(struct netstack *s, const struct ip_fragment *f)
{
    struct ip_reassembly *r = reassembly_of(s);
    struct datagram *d;

    if (!r)
        return NULL;
    for (d = r->datagrams; d; d = d->next)
        if (d->id == f->id && d->protocol == f->protocol &&
            netaddr_equal(&d->source, &f->source) &&
            netaddr_equal(&d->destination, &f->destination))
            return d;
    while (r->count >= DATAGRAMS_MAX || r->memory > MEMORY_MAX) {
        s->count.ip_reasm_fails++;
        free_datagram(s, oldest(r));
    }
    d = net_env_alloc(s, sizeof(*d));
    if (!d)
        return NULL;
    *d = (struct datagram){.next = r->datagrams,
                           .source = f->source,
                           .destination = f->destination,
                           .id = f->id,
                           .protocol = f->protocol,
                           .version = f->version,
                           .deadline = s->now + TIMEOUT_NS};
    r->datagrams = d;
    r->count++;
    if (!net_timer_armed(&r->timer))
        net_timer_arm(s, &r->timer, d->deadline);
    return d;
}

/* What became of a fragment: taken, a duplicate, or in conflict. */
enum added { TAKEN, DUPLICATE, CONFLICT };

static enum added add(struct datagram *d, struct netbuf *nb, uint32_t offset,
                      bool last)
{
    uint32_t end = offset + nb->len;
    struct netbuf **link = &d->first, *before = NULL;

    while (*link && offset_of(*link) < offset) {
        before = *link;
        link = &before->next;
    }
    if (*link && offset_of(*link) == offset && (*link)->len == nb->len)
        return DUPLICATE;
    if (before && offset_of(before) + before->len > offset)
        return CONFLICT;
    if (*link && offset_of(*link) < end)
        return CONFLICT;
    if (d->have_last && (end > d->length || (last && end != d->length)))
        return CONFLICT;
    if (last) {
        if (before && offset_of(before) + before->len > end)
            return CONFLICT;
        if (*link)
            return CONFLICT;
        d->have_last = true;
        d->length = end;
    }
    nb->cb[0] = offset;
    nb->next = *link;
    *link = nb;
    d->received += nb->len;
    return TAKEN;
}

/* The first fragment's header as it was before it was one; its length. */
static size_t put_header(struct netbuf *nb, const struct datagram *d)
{
    const uint8_t *from = d->first->head + d->first->network;

    if (d->version == 4) {
        struct ipv4_header *h = netbuf_put(nb, IPV4_HEADER);

        memcpy(h, from, IPV4_HEADER);
        h->version_ihl = 0x45;
        h->len = be16((uint16_t)MIN(d->length + IPV4_HEADER, IPV4_LEN_MAX));
        h->fragment = 0;
        return sizeof(*h);
    } else {
        struct ipv6_header *h = netbuf_put(nb, IPV6_HEADER);

        memcpy(h, from, IPV6_HEADER);
        h->len = be16((uint16_t)d->length);
        h->next = d->protocol;
        return sizeof(*h);
    }
}

/* All is there: one packet with a header in front, the payload copied. The
 * fragments' buffers are given back at once, and what goes to a socket is no
 * larger than it must be. */
static struct netbuf *join(struct netstack *s, struct datagram *d)
{
    struct netbuf *nb = netbuf_alloc(s, true);
    const struct netbuf *f = d->first;
    size_t at;

    if (!nb)
        return NULL;
    at = put_header(nb, d);
    if (!netbuf_add_room(s, nb, d->length)) {
        netbuf_free(s, nb);
        return NULL;
    }
    nb->flags |=
        NETBUF_JOINED |
        (f->flags & (NETBUF_BROADCAST | NETBUF_MULTICAST | NETBUF_LOOPED));
    if (f->flags & NETBUF_LOOPED)
        nb->flags |= NETBUF_CSUM_OK;
    nb->dev = f->dev;
    nb->time_ns = s->now;
    for (; f; f = f->next) {
        size_t done = 0;

        while (done < f->len) {
            uint8_t *piece;
            size_t n = netbuf_piece(f, done, &piece);

            netbuf_copy_in(nb, at, piece, n);
            at += n;
            done += n;
        }
    }
    return nb;
}

/* Its length fits its place in the datagram. */
static bool sensible(const struct netbuf *nb, const struct ip_fragment *f)
{
    uint32_t max = f->version == 4 ? IPV4_LEN_MAX - IPV4_HEADER : IPV6_LEN_MAX;

    if (nb->len == 0 || (!f->last && nb->len % 8))
        return false;
    return f->offset + nb->len <= max;
}

struct netbuf *ip_reassemble(struct netstack *s, struct netbuf *nb,
                             const struct ip_fragment *f)
{
    struct netbuf *whole = NULL;
    struct datagram *d;
    enum added added;

    s->count.ip_reasm_required++;
    d = sensible(nb, f) ? find(s, f) : NULL;
    if (!d) {
        s->count.ip_reasm_fails++;
        netbuf_free(s, nb);
        return NULL;
    }
    added = add(d, nb, f->offset, f->last);
    if (added != TAKEN)
        netbuf_free(s, nb);
    if (added == CONFLICT) {
        s->count.ip_reasm_fails++;
        free_datagram(s, d);
    }
    if (added != TAKEN)
        return NULL;
    d->memory += netbuf_truesize(nb);
    s->reassembly->memory += netbuf_truesize(nb);
    if (!d->have_last || d->received != d->length)
        return NULL;
    whole = join(s, d);
    if (whole)
        s->count.ip_reasm_ok++;
    else
        s->count.ip_reasm_fails++;
    free_datagram(s, d);
    return whole;
}
