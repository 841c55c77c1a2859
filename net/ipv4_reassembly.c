// SPDX-License-Identifier: MIT
/*
 * ipv4_reassembly: datagrams whose fragments come one by one (RFC 791, 3.2;
 * RFC 815 has the idea of holes, here a sorted list does). A datagram is given
 * up after 30 seconds, when its fragments overlap in any way but exact
 * duplicates (as RFC 5722 has it for IPv6), or when it is the oldest and there
 * is too much of all of them.
 */
#include "abi/errno.h"
#include "net/checksum.h"
#include "net/icmp.h"
#include "net/ipv4.h"
#include "net/stack.h"

#define TIMEOUT_NS    (30 * NSEC_PER_SEC)
#define MEMORY_MAX    (4u << 20) /* bytes of fragments held, of a stack */
#define DATAGRAMS_MAX 128u

struct datagram {
    struct datagram *next; /* the newest first */
    uint32_t source, destination;
    uint16_t id;
    uint8_t protocol;
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
            .source = netaddr_v4(d->source),
            .destination = netaddr_v4(d->destination),
            .dev = nb->dev,
            .version = 4,
            .protocol = d->protocol,
            .to_group = nb->flags & (NETBUF_BROADCAST | NETBUF_MULTICAST),
        };

        icmp_send_error(s, nb, &info, ICMP_TIME_EXCEEDED, 1, 0);
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

void ipv4_reassembly_fini(struct netstack *s)
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

static struct datagram *find(struct netstack *s, const struct ipv4_header *h)
{
    struct ip_reassembly *r = reassembly_of(s);
    struct datagram *d;

    if (!r)
        return NULL;
    for (d = r->datagrams; d; d = d->next)
        if (d->id == h->id && d->source == h->source &&
            d->destination == h->destination && d->protocol == h->protocol)
            return d;
    while (r->count >= DATAGRAMS_MAX || r->memory > MEMORY_MAX) {
        s->count.ip_reasm_fails++;
        free_datagram(s, oldest(r));
    }
    d = net_env_alloc(s, sizeof(*d));
    if (!d)
        return NULL;
    *d = (struct datagram){.next = r->datagrams,
                           .source = h->source,
                           .destination = h->destination,
                           .id = h->id,
                           .protocol = h->protocol,
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

/* All is there: one packet with a header in front, the payload copied. The
 * fragments' buffers are given back at once, and what goes to a socket is no
 * larger than it must be. */
static struct netbuf *join(struct netstack *s, struct datagram *d)
{
    struct netbuf *nb = netbuf_alloc(s, true);
    const struct netbuf *f = d->first;
    struct ipv4_header *h;
    size_t at = IPV4_HEADER;

    if (!nb)
        return NULL;
    h = netbuf_put(nb, IPV4_HEADER);
    memcpy(h, f->head + f->network, IPV4_HEADER);
    h->version_ihl = 0x45;
    h->len = be16((uint16_t)MIN(d->length + IPV4_HEADER, IPV4_LEN_MAX));
    h->fragment = 0;
    if (!netbuf_add_room(s, nb, d->length)) {
        netbuf_free(s, nb);
        return NULL;
    }
    nb->flags |=
        f->flags & (NETBUF_BROADCAST | NETBUF_MULTICAST | NETBUF_LOOPED);
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

/* Offset, length and flags of a fragment; false: it is nonsense. */
static bool parse(struct netstack *s, struct netbuf *nb, uint32_t *offset,
                  bool *last)
{
    const struct ipv4_header *h = (const struct ipv4_header *)nb->data;
    uint16_t fragment = be16(h->fragment);
    unsigned header_len = (h->version_ihl & 15u) * 4;

    (void)s;
    *offset = (fragment & IPV4_OFFSET) * 8u;
    *last = !(fragment & IPV4_MF);
    nb->network = (uint16_t)(nb->data - nb->head);
    netbuf_pull(nb, header_len);
    if (nb->len == 0 || (!*last && nb->len % 8))
        return false;
    return *offset + nb->len <= IPV4_LEN_MAX - IPV4_HEADER;
}

struct netbuf *ipv4_reassemble(struct netstack *s, struct netbuf *nb)
{
    const struct ipv4_header *h = (const struct ipv4_header *)nb->data;
    struct netbuf *whole = NULL;
    struct datagram *d;
    enum added added;
    uint32_t offset;
    bool last;

    s->count.ip_reasm_required++;
    d = find(s, h);
    if (!d || !parse(s, nb, &offset, &last)) {
        s->count.ip_reasm_fails++;
        netbuf_free(s, nb);
        if (d && !d->first)
            free_datagram(s, d);
        return NULL;
    }
    added = add(d, nb, offset, last);
    if (added != TAKEN)
        netbuf_free(s, nb);
    if (added == CONFLICT) {
        s->count.ip_reasm_fails++;
        free_datagram(s, d);
    }
    if (added != TAKEN)
        return NULL;
    d->memory += (uint32_t)netbuf_truesize(nb);
    s->reassembly->memory += (uint32_t)netbuf_truesize(nb);
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
