// SPDX-License-Identifier: MIT
/*
 * tcp_sack: the scoreboard (RFC 2018, 6675): what is on its way, segment by
 * segment, and what the peer says that it has. A segment is SACKED, LOST, or
 * outstanding; the outstanding ones are also in the order in which they were
 * sent, for RACK.
 */
#include "net/tcp_priv.h"

struct tcp_seg *tcp_seg_split(struct tcp_sock *tp, struct tcp_seg *seg,
                              uint32_t at)
{
    struct tcp_seg *rest = tcp_seg_alloc(tp->sk.stack);

    if (!rest)
        return NULL;
    *rest = *seg;
    rest->seq = at;
    rest->pos = tcp_pos_add(seg->pos, at - seg->seq);
    seg->end = at;
    list_add(&seg->node, &rest->node);
    if (seg->flags & (TCP_SEG_SACKED | TCP_SEG_LOST))
        list_init(&rest->by_time);
    else
        list_add(&seg->by_time, &rest->by_time);
    return rest;
}

void tcp_segs_purge(struct tcp_sock *tp)
{
    while (!list_empty(&tp->sent))
        tcp_seg_free(tp, list_first_entry(&tp->sent, struct tcp_seg, node));
    tp->sacked = tp->lost = tp->retrans = 0;
}

/* n bytes of seg leave the scoreboard, or change what they are. */
static void discount(struct tcp_sock *tp, const struct tcp_seg *seg, uint32_t n)
{
    if (seg->flags & TCP_SEG_SACKED)
        tp->sacked -= n;
    if (seg->flags & TCP_SEG_LOST)
        tp->lost -= n;
    if (seg->flags & TCP_SEG_RETRANS)
        tp->retrans -= n;
}

void tcp_seg_mark_lost(struct tcp_sock *tp, struct tcp_seg *seg)
{
    uint32_t n = seg->end - seg->seq;

    if (seg->flags & (TCP_SEG_LOST | TCP_SEG_SACKED))
        return;
    discount(tp, seg, n);
    seg->flags = (seg->flags & TCP_SEG_EVER) | TCP_SEG_LOST;
    tp->lost += n;
    list_del(&seg->by_time);
}

void tcp_seg_set_retrans(struct tcp_sock *tp, struct tcp_seg *seg)
{
    uint32_t n = seg->end - seg->seq;

    discount(tp, seg, n);
    seg->flags = TCP_SEG_RETRANS | TCP_SEG_EVER;
    seg->sent_ns = tp->sk.stack->now;
    tp->retrans += n;
    list_del(&seg->by_time);
    list_add_tail(&tp->sent_by_time, &seg->by_time);
}

/* seg has arrived up to end, for the first time that we hear of it. */
static void delivered(struct tcp_sock *tp, const struct tcp_seg *seg,
                      uint32_t end, struct tcp_ack_result *r)
{
    if (!(seg->flags & TCP_SEG_EVER)) {
        r->rtt = MAX(tp->sk.stack->now - seg->sent_ns, 1ull);
        /* Below something that was delivered before, and only sent once. */
        if (seq_lt(end, tp->high_delivered)) {
            tp->reordering = true;
            tp->reorder_seen++;
        }
    } else {
        r->advanced_retrans = true;
    }
    tp->high_delivered = seq_max(tp->high_delivered, end);
    if (tp->sack_ok)
        tcp_rack_saw(tp, seg, end);
}

/*
 * Without SACK the first duplicate of each hole is answered by the jump (RFC
 * 6582, 3.2). What is left never exceeds what is still under way, and nothing
 * is left when there was no loss.
 */
static void acked_emulated(struct tcp_sock *tp, uint32_t ack, uint32_t acked)
{
    uint32_t jump = acked > tp->mss ? acked - tp->mss : 0;
    uint32_t rest = tp->snd_nxt - ack - tp->lost;

    if (tp->ca == TCP_CA_OPEN || rest <= tp->mss)
        tp->sacked = 0;
    else
        tp->sacked = MIN(tp->sacked - MIN(tp->sacked, jump), rest - tp->mss);
}

void tcp_sack_acked(struct tcp_sock *tp, uint32_t ack, struct tcp_ack_result *r)
{
    while (!list_empty(&tp->sent)) {
        struct tcp_seg *seg = list_first_entry(&tp->sent, struct tcp_seg, node);

        if (!seq_lt(seg->seq, ack))
            break;
        if (seq_lt(ack, seg->end)) {
            if (!(seg->flags & TCP_SEG_SACKED))
                delivered(tp, seg, ack, r);
            discount(tp, seg, ack - seg->seq);
            seg->pos = tcp_pos_add(seg->pos, ack - seg->seq);
            seg->seq = ack;
            break;
        }
        if (!(seg->flags & TCP_SEG_SACKED))
            delivered(tp, seg, seg->end, r);
        if (tp->sack_ok || !(seg->flags & TCP_SEG_SACKED))
            discount(tp, seg, seg->end - seg->seq);
        tcp_seg_free(tp, seg);
    }
    if (unlikely(!tp->sack_ok && tp->sacked))
        acked_emulated(tp, ack, r->acked);
}

/* Splits so that [start, end) is whole segments; false: no memory. */
static bool isolate(struct tcp_sock *tp, struct tcp_seg **seg, uint32_t start,
                    uint32_t end)
{
    if (seq_lt((*seg)->seq, start)) {
        *seg = tcp_seg_split(tp, *seg, start);
        if (!*seg)
            return false;
    }
    return !seq_lt(end, (*seg)->end) || tcp_seg_split(tp, *seg, end);
}

static void mark_block(struct tcp_sock *tp, uint32_t start, uint32_t end,
                       struct tcp_ack_result *r)
{
    struct list_node *n = tp->sent.prev;

    /* News are near the end: look from there for where it begins. */
    while (n != &tp->sent &&
           seq_lt(start, list_entry(n, struct tcp_seg, node)->seq))
        n = n->prev;
    if (n == &tp->sent)
        n = n->next;
    while (n != &tp->sent) {
        struct tcp_seg *seg = list_entry(n, struct tcp_seg, node);
        uint32_t from = seq_max(seg->seq, start);
        uint32_t to = seq_min(seg->end, end);

        if (!seq_lt(seg->seq, end))
            break;
        n = n->next;
        if ((seg->flags & TCP_SEG_SACKED) || !seq_lt(from, to))
            continue;
        if (!isolate(tp, &seg, from, to))
            return;
        n = seg->node.next;
        delivered(tp, seg, seg->end, r);
        discount(tp, seg, seg->end - seg->seq);
        seg->flags = (seg->flags & TCP_SEG_EVER) | TCP_SEG_SACKED;
        list_del(&seg->by_time);
        tp->sacked += seg->end - seg->seq;
        r->sacked += seg->end - seg->seq;
    }
}

/* RFC 2883: the first block is of what had come before, if it lies below the
 * acknowledgement or within the second block. */
static bool is_dsack(const struct tcp_options *o, uint32_t ack)
{
    const struct tcp_range *a = &o->sack[0], *b = &o->sack[1];

    if (seq_lt(a->start, ack))
        return true;
    return o->nsack > 1 && seq_le(b->start, a->start) && seq_le(a->end, b->end);
}

void tcp_sack_blocks(struct tcp_sock *tp, const struct tcp_options *o,
                     uint32_t ack, struct tcp_ack_result *r)
{
    unsigned i = 0;

    if (is_dsack(o, ack)) {
        uint32_t len = o->sack[0].end - o->sack[0].start;

        /* Only of what could have been sent twice. */
        if (seq_lt(o->sack[0].start, o->sack[0].end) && len <= tp->max_wnd &&
            seq_le(o->sack[0].end, tp->snd_nxt)) {
            r->dsack = true;
            tp->dsack_dups++;
            if (tp->undo_cwnd && !seq_lt(o->sack[0].start, tp->undo_marker))
                tp->undo_retrans -= MIN(tp->undo_retrans, len);
        }
        i = 1;
    }
    for (; i < o->nsack; i++) {
        uint32_t start = o->sack[i].start, end = o->sack[i].end;

        /* Neither old nor about what was never sent. */
        if (seq_lt(start, end) && !seq_lt(start, ack) &&
            seq_le(end, tp->snd_nxt))
            mark_block(tp, start, end, r);
    }
}

void tcp_sack_emulate(struct tcp_sock *tp)
{
    uint32_t flight = tp->snd_nxt - tp->snd_una;
    uint32_t rest = flight - tp->lost;

    tp->dupacks++;
    if (rest > tp->mss)
        tp->sacked = MIN(tp->sacked + tp->mss, rest - tp->mss);
}
