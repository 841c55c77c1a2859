// SPDX-License-Identifier: MIT
/*
 * tcp_buf: the bytes that a connection has to send or to have acknowledged, a
 * list of chunks of shared memory. A chunk of a small write has room for the
 * next ones, so that a segment never needs many fragments.
 */
#include "net/tcp_priv.h"

#define CHUNK_MIN       256u
#define CHUNK_MAX       32752u
#define CHUNK_OVERHEAD  64u
#define FREE_CHUNKS_MAX 1024

struct tcp_chunk *tcp_chunk_alloc(struct netstack *s)
{
    struct tcp_stack *ts = tcp_of(s);
    struct tcp_chunk *c = ts->free_chunks;

    if (!c)
        return net_env_alloc(s, sizeof(*c));
    ts->free_chunks = c->next;
    ts->free_chunk_count--;
    return c;
}

void tcp_chunk_free(struct netstack *s, struct tcp_chunk *c)
{
    struct tcp_stack *ts = tcp_of(s);

    if (ts->free_chunk_count >= FREE_CHUNKS_MAX) {
        net_env_free(s, c);
        return;
    }
    c->next = ts->free_chunks;
    ts->free_chunks = c;
    ts->free_chunk_count++;
}

uint32_t tcp_buf_room(struct tcp_sock *tp, uint32_t want, uint8_t **at)
{
    struct netstack *s = tp->sk.stack;
    struct tcp_chunk *c = tp->last;
    size_t size;

    if (c && c->room) {
        *at = c->data + c->len;
        return MIN(c->room, want);
    }
    c = tcp_chunk_alloc(s);
    if (!c)
        return 0;
    size =
        netmem_carve(s, MIN(MAX(want, CHUNK_MIN), 1024u),
                     MIN(MAX(want, CHUNK_MIN), CHUNK_MAX), &c->mem, &c->data);
    if (!size) {
        tcp_chunk_free(s, c);
        return 0;
    }
    c->next = NULL;
    c->len = 0;
    c->room = (uint32_t)size;
    if (tp->last) {
        tp->last->next = c;
    } else {
        tp->first = c;
        tp->first_skip = 0;
    }
    tp->last = c;
    tp->chunks++;
    if (!tp->next_pos.chunk)
        tp->next_pos = (struct tcp_pos){c, 0};
    *at = c->data;
    return MIN((uint32_t)size, want);
}

void tcp_buf_commit(struct tcp_sock *tp, uint32_t n)
{
    tp->last->len += n;
    tp->last->room -= n;
    tp->write_seq += n;
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

static void free_first(struct tcp_sock *tp)
{
    struct netstack *s = tp->sk.stack;
    struct tcp_chunk *c = tp->first;

    tp->first = c->next;
    if (!tp->first)
        tp->last = NULL;
    tp->chunks--;
    if (tp->next_pos.chunk == c)
        tp->next_pos = (struct tcp_pos){tp->first, 0};
    netmem_put(s, c->mem);
    tcp_chunk_free(s, c);
}

/* A sender may be filling room of the last chunk, with the lock released. */
void tcp_buf_acked(struct tcp_sock *tp, uint32_t n)
{
    tp->first_skip += n;
    while (tp->first && tp->first_skip >= tp->first->len) {
        if (tp->first == tp->last && tp->filling)
            break;
        tp->first_skip -= tp->first->len;
        free_first(tp);
    }
}

void tcp_buf_purge(struct tcp_sock *tp)
{
    while (tp->first && !(tp->first == tp->last && tp->filling))
        free_first(tp);
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

static uint32_t queued(const struct tcp_sock *tp)
{
    return tp->write_seq - tp->snd_una + tp->chunks * CHUNK_OVERHEAD;
}

uint32_t tcp_sendbuf_space(const struct tcp_sock *tp)
{
    uint32_t used = queued(tp);

    return used < tp->sk.sndbuf ? tp->sk.sndbuf - used : 0;
}

bool tcp_sendbuf_full(const struct tcp_sock *tp)
{
    /* Writable again when a third is free, so that writers are not woken for
     * every segment. */
    uint32_t used = queued(tp);

    if (used >= tp->sk.sndbuf)
        return true;
    if (tp->notsent_lowat && tp->write_seq - tp->snd_nxt >= tp->notsent_lowat)
        return true;
    return tp->sk.sndbuf - used < used / 2;
}

/* Twice what is in flight, and what the program writes meanwhile. */
void tcp_sendbuf_grow(struct tcp_sock *tp)
{
    uint32_t want = MIN(tp->cwnd, TCP_SNDBUF_MAX / 3) * 3;

    if (!tp->sk.sndbuf_set && tp->sk.sndbuf < want)
        tp->sk.sndbuf = want;
}
