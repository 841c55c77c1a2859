// SPDX-License-Identifier: MIT
/*
 * tcp_buf: the bytes that a connection has to send or to have acknowledged, a
 * list of chunks of shared memory. A chunk of a small write has room for the
 * next ones, so that a segment never needs many fragments.
 */
#include "net/tcp_priv.h"

#define FREE_CHUNKS_MAX 1024

/* Nobody has the chunk's own bytes any more, nor the chunk. */
static void release_own(struct netstack *s, struct netmem *m)
{
    tcp_chunk_free(s, container_of(m, struct tcp_chunk, own));
}

static struct tcp_chunk *chunk_alloc(struct netstack *s)
{
    struct tcp_stack *ts = tcp_of(s);
    struct tcp_chunk *c = ts->free_chunks;

    if (unlikely(!c)) {
        c = net_env_alloc(s, sizeof(*c));
        if (c)
            c->own = (struct netmem){.release = release_own};
        return c;
    }
    ts->free_chunks = c->next;
    ts->free_chunk_count--;
    return c;
}

/* A chunk with room for up to want bytes. */
static struct tcp_chunk *chunk_make(struct netstack *s, uint32_t want)
{
    struct tcp_chunk *c = chunk_alloc(s);

    if (!c)
        return NULL;
    c->next = NULL;
    c->len = 0;
    if (want <= TCP_CHUNK_SMALL) {
        c->own.refs = 1;
        c->mem = &c->own;
        c->data = c->bytes;
        c->room = TCP_CHUNK_SMALL;
        return c;
    }
    c->room = (uint32_t)netmem_carve(
        s, MIN(want, 1024u), MIN(want, NETMEM_CARVE_MAX), &c->mem, &c->data);
    if (c->room)
        return c;
    tcp_chunk_free(s, c);
    return NULL;
}

void tcp_chunk_free(struct netstack *s, struct tcp_chunk *c)
{
    struct tcp_stack *ts = tcp_of(s);

    if (!ts || !net_keeps(ts->free_chunk_count, FREE_CHUNKS_MAX)) {
        net_env_free(s, c);
        return;
    }
    c->next = ts->free_chunks;
    ts->free_chunks = c;
    ts->free_chunk_count++;
}

/* A new last chunk with room for up to want bytes. */
static never_inline struct tcp_chunk *append(struct tcp_sock *tp, uint32_t want)
{
    struct tcp_chunk *c = chunk_make(tp->sk.stack, want);

    if (!c)
        return NULL;
    if (tp->last) {
        tp->last->next = c;
    } else {
        tp->first = c;
        tp->first_skip = 0;
        tp->next_pos = (struct tcp_pos){c, 0};
    }
    tp->last = c;
    tp->chunks++;
    return c;
}

struct tcp_chunk *tcp_buf_room(struct tcp_sock *tp, uint32_t want)
{
    struct tcp_chunk *c = tp->last;

    if (!c)
        return append(tp, want);
    if (c->room)
        return c;
    /* Where the block that it lies in goes on, it grows; by twice what it has:
     * who writes on need not come here each time. */
    if (want > TCP_CHUNK_SMALL)
        c->room = netmem_extend(tp->sk.stack, c->data + c->len,
                                MAX(want, 2 * c->len));
    return likely(c->room) ? c : append(tp, want);
}

struct tcp_pos tcp_pos_add(struct tcp_pos pos, uint32_t n)
{
    pos.skip += n;
    while (pos.chunk && pos.skip >= pos.chunk->len && pos.chunk->next) {
        pos.skip -= pos.chunk->len;
        pos.chunk = pos.chunk->next;
    }
    return pos;
}

/* Gives back a chunk that is not part of the stream any more. */
static inline void release(struct netstack *s, struct tcp_chunk *c)
{
    struct netmem *mem = c->mem;

    if (mem != &c->own)
        tcp_chunk_free(s, c); /* else when the last one gives its bytes back */
    netmem_put(s, mem);
}

static void drop_first(struct tcp_sock *tp)
{
    struct tcp_chunk *c = tp->first;

    tp->first = c->next;
    tp->first_skip -= c->len;
    tp->chunks--;
    if (tp->next_pos.chunk == c)
        tp->next_pos = (struct tcp_pos){tp->first, 0};
    release(tp->sk.stack, c);
}

/* The only chunk goes, unless a sender is filling it, with the lock released.
 */
static inline void drop_last(struct tcp_sock *tp)
{
    struct tcp_chunk *c = tp->last;

    if (tp->filling)
        return;
    tp->first = tp->last = NULL;
    tp->next_pos = (struct tcp_pos){0};
    tp->chunks = tp->first_skip = 0;
    release(tp->sk.stack, c);
}

void tcp_buf_acked_slow(struct tcp_sock *tp)
{
    while (tp->first != tp->last) {
        drop_first(tp);
        if (tp->first_skip < tp->first->len)
            return;
    }
    drop_last(tp);
}

void tcp_buf_purge(struct tcp_sock *tp)
{
    while (tp->first != tp->last)
        drop_first(tp);
    if (tp->last)
        drop_last(tp);
    tp->first_skip = 0;
}

uint32_t tcp_buf_attach(struct netbuf *nb, struct tcp_pos pos, uint32_t len)
{
    uint32_t done = 0;

    while (done < len && pos.chunk) {
        uint32_t n = MIN(pos.chunk->len - pos.skip, len - done);

        if (n &&
            !netbuf_add_frag(nb, pos.chunk->mem, pos.chunk->data + pos.skip, n))
            break;
        done += n;
        pos.chunk = pos.chunk->next;
        pos.skip = 0;
    }
    return done;
}

/* Twice what is in flight, and what the program writes meanwhile. */
void tcp_sendbuf_grow(struct tcp_sock *tp)
{
    uint32_t want = MIN(tp->cwnd, TCP_SNDBUF_MAX / 3) * 3;

    if (!tp->sk.sndbuf_set && tp->sk.sndbuf < want)
        tp->sk.sndbuf = want;
}
