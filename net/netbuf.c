// SPDX-License-Identifier: MIT
/* netbuf: see the header. Freed netbufs are kept in two lists of the stack. */
#include "net/netbuf.h"

#include "net/sock.h"
#include "net/stack.h"

static_assert(sizeof(struct netbuf) + NETBUF_FRAGS * sizeof(struct netfrag) +
                      NETBUF_INLINE <=
                  512,
              "a small netbuf fits a slab of 512 bytes");

/* --- counted memory --- */

static void netmem_release(struct netstack *s, struct netmem *m)
{
    net_env_free(s, m);
}

struct netmem *netmem_create(struct netstack *s, size_t size)
{
    struct netmem *m = net_env_alloc(s, sizeof(*m) + size);

    if (m)
        *m = (struct netmem){1, (uint32_t)size, netmem_release};
    return m;
}

bool netmem_refill(struct netstack *s, size_t min)
{
    struct netmem *fresh = NULL;

    /* The largest piece that memory still has. */
    for (size_t size = NETMEM_CARVE_MAX; !fresh && size > min;
         size = (size - sizeof(*fresh)) / 2)
        fresh = netmem_create(s, size);
    if (!fresh)
        fresh = netmem_create(s, min);
    if (!fresh)
        return false;
    if (s->carve)
        netmem_put(s, s->carve);
    s->carve = fresh;
    s->carve_at = netmem_bytes(fresh);
    s->carve_end = s->carve_at + fresh->size;
    return true;
}

/* --- making and freeing --- */

struct netbuf *netbuf_make(struct netstack *s, bool large)
{
    struct netbuf *nb = s->free_large;

    if (large && nb) {
        s->free_large = nb->next;
        s->free_large_count--;
        return nb;
    }
    return net_env_alloc(s, netbuf_inline_offset(large) + NETBUF_INLINE);
}

struct netbuf *netbuf_alloc_over(struct netstack *s, struct netmem *mem,
                                 uint8_t *bytes, size_t room, bool large)
{
    struct netbuf *nb = netbuf_take(s, large);

    if (!nb)
        return NULL;
    nb->head = nb->data = bytes;
    nb->end = bytes + room;
    nb->mem = mem;
    nb->base += (uint32_t)room;
    return nb;
}

struct netbuf *netbuf_alloc_linear(struct netstack *s, size_t headroom,
                                   size_t size)
{
    struct netmem *mem;
    struct netbuf *nb;

    if (headroom + size <= NETBUF_INLINE) {
        nb = netbuf_alloc(s, false);
        if (nb)
            nb->data = nb->head + headroom;
        return nb;
    }
    mem = netmem_create(s, headroom + size);
    if (!mem)
        return NULL;
    nb = netbuf_alloc_over(s, mem, netmem_bytes(mem), headroom + size, false);
    if (nb)
        nb->data += headroom;
    else
        netmem_put(s, mem);
    return nb;
}

static void give_back(struct netstack *s, struct netbuf *nb)
{
    bool large = nb->flags & NETBUF_LARGE;
    unsigned *count = large ? &s->free_large_count : &s->free_small_count;
    struct netbuf **list = large ? &s->free_large : &s->free_small;

    if (!net_keeps(*count, NETBUF_FREE_MAX)) {
        net_env_free(s, nb);
        return;
    }
    nb->next = *list;
    *list = nb;
    (*count)++;
}

void netbuf_free(struct netstack *s, struct netbuf *nb)
{
    if (!nb)
        return;
    if (nb->sk)
        sock_sent(nb->sk, nb);
    if (nb->mem)
        netmem_put(s, nb->mem);
    for (unsigned i = 0; i < nb->nfrags; i++)
        netmem_put(s, nb->frags[i].mem);
    give_back(s, nb);
}

void netbuf_queue_free(struct netstack *s, struct netbuf_queue *q)
{
    struct netbuf *nb;

    while ((nb = netbuf_queue_get(q)))
        netbuf_free(s, nb);
}

/* --- contents --- */

bool netbuf_add_frag(struct netbuf *nb, struct netmem *mem, uint8_t *data,
                     size_t len)
{
    struct netfrag *f = &nb->frags[nb->nfrags];

    if (nb->nfrags && f[-1].mem == mem && f[-1].data + f[-1].len == data) {
        f[-1].len += (uint32_t)len;
    } else {
        if (nb->nfrags == netbuf_frags_max(nb))
            return false;
        netmem_get(mem);
        *f = (struct netfrag){mem, data, (uint32_t)len};
        nb->nfrags++;
    }
    nb->len += (uint32_t)len;
    return true;
}

bool netbuf_add_room(struct netstack *s, struct netbuf *nb, size_t len)
{
    if (len <= netbuf_tailroom(nb)) {
        netbuf_put(nb, len);
        return true;
    }
    while (len) {
        struct netmem *mem;
        uint8_t *bytes;
        /* A small rest of a block is not worth a fragment. */
        size_t min = MIN(len, 4096u);
        size_t n = netmem_carve(s, min, len, &mem, &bytes);
        bool added = n && netbuf_add_frag(nb, mem, bytes, n);

        if (n)
            netmem_put(s, mem); /* the fragment has its own */
        if (!added)
            return false;
        len -= n;
    }
    return true;
}

/* The fragment that offset, counted from behind the linear part, lies in. */
static const struct netfrag *frag_at(const struct netbuf *nb, size_t *offset)
{
    const struct netfrag *f = nb->frags;

    while (*offset >= f->len)
        *offset -= f++->len;
    return f;
}

bool netbuf_add_range(struct netstack *s, struct netbuf *to,
                      const struct netbuf *from, size_t offset, size_t len)
{
    (void)s;
    while (len) {
        uint8_t *at;
        size_t n = MIN(netbuf_piece(from, offset, &at), len), in = offset;
        struct netmem *mem = from->mem;

        if (offset >= from->linear) {
            in = offset - from->linear;
            mem = frag_at(from, &in)->mem;
        }
        if (mem) {
            if (!netbuf_add_frag(to, mem, at, n))
                return false;
        } else {
            if (netbuf_tailroom(to) < n)
                return false;
            memcpy(netbuf_put(to, n), at, n);
        }
        offset += n;
        len -= n;
    }
    return true;
}

static void drop_first_frag(struct netstack *s, struct netbuf *nb)
{
    netmem_put(s, nb->frags[0].mem);
    nb->nfrags--;
    for (unsigned i = 0; i < nb->nfrags; i++)
        nb->frags[i] = nb->frags[i + 1];
}

/* Takes n bytes off the front of the fragments. */
static void consume_frags(struct netstack *s, struct netbuf *nb, size_t n)
{
    while (n) {
        struct netfrag *f = &nb->frags[0];
        size_t part = MIN(n, f->len);

        f->data += part;
        f->len -= (uint32_t)part;
        n -= part;
        if (!f->len)
            drop_first_frag(s, nb);
    }
}

bool netbuf_linearize_slow(struct netstack *s, struct netbuf *nb, size_t n)
{
    size_t missing = n - nb->linear;
    uint8_t *tail = nb->data + nb->linear;

    if (nb->len < n || (size_t)(nb->end - tail) < missing)
        return false;
    netbuf_copy_out(nb, nb->linear, tail, missing);
    consume_frags(s, nb, missing);
    nb->linear += (uint32_t)missing;
    return true;
}

void netbuf_consume(struct netstack *s, struct netbuf *nb, size_t n)
{
    size_t part = MIN(n, nb->linear);

    nb->data += part;
    nb->linear -= (uint32_t)part;
    nb->len -= (uint32_t)n;
    consume_frags(s, nb, n - part);
}

void netbuf_trim(struct netstack *s, struct netbuf *nb, size_t len)
{
    size_t excess;

    if (len >= nb->len)
        return;
    excess = nb->len - len;
    nb->len = (uint32_t)len;
    while (excess && nb->nfrags) {
        struct netfrag *f = &nb->frags[nb->nfrags - 1];
        size_t part = MIN(excess, f->len);

        f->len -= (uint32_t)part;
        excess -= part;
        if (!f->len) {
            netmem_put(s, f->mem);
            nb->nfrags--;
        }
    }
    nb->linear -= (uint32_t)excess;
}

size_t netbuf_piece(const struct netbuf *nb, size_t offset, uint8_t **at)
{
    const struct netfrag *f;

    if (offset < nb->linear) {
        *at = nb->data + offset;
        return nb->linear - offset;
    }
    offset -= nb->linear;
    f = frag_at(nb, &offset);
    *at = f->data + offset;
    return f->len - offset;
}

size_t netbuf_copy_out(const struct netbuf *nb, size_t offset, void *to,
                       size_t len)
{
    size_t done = 0;

    if (offset >= nb->len)
        return 0;
    len = MIN(len, nb->len - offset);
    while (done < len) {
        uint8_t *at;
        size_t n = MIN(netbuf_piece(nb, offset + done, &at), len - done);

        memcpy((uint8_t *)to + done, at, n);
        done += n;
    }
    return done;
}

size_t netbuf_copy_in(struct netbuf *nb, size_t offset, const void *from,
                      size_t len)
{
    size_t done = 0;

    if (offset >= nb->len)
        return 0;
    len = MIN(len, nb->len - offset);
    while (done < len) {
        uint8_t *at;
        size_t n = MIN(netbuf_piece(nb, offset + done, &at), len - done);

        memcpy(at, (const uint8_t *)from + done, n);
        done += n;
    }
    return done;
}

/* --- copies --- */

static void copy_fields(struct netbuf *to, const struct netbuf *from)
{
    to->flags |= from->flags & (uint16_t)~NETBUF_LARGE;
    to->gso_type = from->gso_type;
    to->gso_size = from->gso_size;
    to->dev = from->dev;
    to->time_ns = from->time_ns;
}

/* Offsets from head, for a copy whose headroom is another. */
static void move_offsets(struct netbuf *to, const struct netbuf *from)
{
    ptrdiff_t shift = (to->data - to->head) - (from->data - from->head);

    to->csum_start = (uint16_t)(from->csum_start + shift);
    to->csum_offset = from->csum_offset;
    to->network = (uint16_t)(from->network + shift);
    to->transport = (uint16_t)(from->transport + shift);
}

struct netbuf *netbuf_clone(struct netstack *s, const struct netbuf *nb)
{
    struct netbuf *c = netbuf_take(s, nb->flags & NETBUF_LARGE);

    if (!c)
        return NULL;
    if (nb->mem) {
        netmem_get(nb->mem);
        c->mem = nb->mem;
        c->base = nb->base;
        c->head = nb->head;
        c->end = nb->end;
        c->data = nb->data;
    } else {
        c->head = (uint8_t *)c + netbuf_inline_offset(nb->flags & NETBUF_LARGE);
        c->end = c->head + NETBUF_INLINE;
        c->data = c->head + (nb->data - nb->head);
        /* With the headers in front, which network and transport name. */
        memcpy(c->head, nb->head, (size_t)(nb->data - nb->head) + nb->linear);
    }
    c->len = nb->len;
    c->linear = nb->linear;
    c->nfrags = nb->nfrags;
    for (unsigned i = 0; i < nb->nfrags; i++) {
        c->frags[i] = nb->frags[i];
        netmem_get(c->frags[i].mem);
    }
    copy_fields(c, nb);
    move_offsets(c, nb);
    return c;
}

struct netbuf *netbuf_copy(struct netstack *s, const struct netbuf *nb,
                           size_t headroom)
{
    struct netbuf *c = netbuf_alloc_linear(s, headroom, nb->len);

    if (!c)
        return NULL;
    netbuf_copy_out(nb, 0, netbuf_put(c, nb->len), nb->len);
    copy_fields(c, nb);
    move_offsets(c, nb);
    return c;
}
