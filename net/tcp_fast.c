// SPDX-License-Identifier: MIT
/*
 * tcp_fast: header prediction. Nearly every segment of an open connection is
 * the next one, brings data or acknowledges some, and nothing else. Such a
 * segment is recognised by a few comparisons, and goes from the IP header to
 * the socket here, in one piece. Whatever is not exactly as predicted (another
 * state, a gap, SACK blocks, loss being repaired, a window that closes) is
 * left untouched to tcp_in, which knows all the rules.
 */
#include "net/flow.h"
#include "net/ipv4.h"
#include "net/tcp_priv.h"

/* Nothing is being repaired or probed: an acknowledgement only moves on. */
static inline bool calm(const struct tcp_sock *tp)
{
    return !(tp->sacked | tp->lost | tp->retrans | tp->dupacks | tp->undo_ts |
             tp->ca | tp->tlp_out | tp->snd_urgent | tp->backoff) &&
           !tp->rack_wait_ns;
}

/* Takes what ack covers, all of it sent once, off the list of what is on its
 * way; when the last of it went. */
static inline uint64_t forget_sent(struct tcp_sock *tp, uint32_t ack)
{
    struct list_node *n = tp->sent.next;
    uint64_t sent_ns = 0;

    while (n != &tp->sent) {
        struct tcp_seg *seg = list_entry(n, struct tcp_seg, node);

        if (!seq_lt(seg->seq, ack))
            break;
        sent_ns = seg->sent_ns;
        if (seq_lt(ack, seg->end)) {
            seg->pos = tcp_pos_add(seg->pos, ack - seg->seq);
            seg->seq = ack;
            break;
        }
        n = n->next;
        tcp_seg_free(tp, seg);
    }
    return sent_ns;
}

/* acked bytes more have arrived. */
static inline void advance(struct tcp_sock *tp, uint32_t ack, uint32_t acked)
{
    uint64_t now = tp->sk.stack->now, sent_ns = forget_sent(tp, ack), rtt;
    uint32_t flight = tp->snd_nxt - tp->snd_una;

    rtt = MAX(now - sent_ns, 1ull);
    tp->rack_rtt = rtt;
    tp->rack_sent_ns = sent_ns;
    tp->rack_end = tp->high_delivered = ack;
    tcp_buf_acked(tp, acked);
    tp->bytes_acked += acked;
    tp->snd_una = ack;
    tp->retries = tp->probes = 0;
    tp->rto_base = now;
    tp->soft_error = 0;
    tcp_rtt_update(tp, rtt);
    tp->cwnd_limited = tp->cwnd < tp->ssthresh
                           ? flight > tp->cwnd / 2
                           : flight + 3 * tp->mss >= tp->cwnd;
    if (tp->cwnd_limited)
        tcp_cc_acked(tp, acked, rtt);
}

/* The timestamps option, alone and not from the past. */
static inline bool take_timestamp(struct tcp_sock *tp, const uint8_t *option)
{
    uint32_t tsval = be32(load32(option + 4));

    if (load32(option) != BE32(0x0101080a) || seq_lt(tsval, tp->ts_recent))
        return false;
    if (tp->ack_sent == tp->rcv_nxt) {
        tp->ts_recent = tsval;
        tp->ts_recent_ns = tp->sk.stack->now;
    }
    return true;
}

/* Takes nb, with len bytes behind the TCP header h, if it is as predicted. */
static inline bool predicted(struct tcp_sock *tp, struct netbuf *nb,
                             const struct tcp_header *h, uint32_t size,
                             uint32_t len)
{
    uint32_t ack = be32(h->ack), seq = be32(h->seq);
    uint32_t acked = ack - tp->snd_una;
    uint32_t window = (uint32_t)be16(h->window) << tp->snd_wscale;

    if ((load16(&h->offset) & BE16((uint16_t)~TCP_PSH)) != tp->predicted ||
        seq != tp->rcv_nxt || acked > tp->snd_nxt - tp->snd_una ||
        len > tp->rcv_adv - seq || tp->ooo.node || !window || !tp->snd_wnd)
        return false;
    if ((acked || !len) && (!calm(tp) || unlikely(!tp->srtt)))
        return false;
    if (!(acked | len) && window <= tp->snd_wnd)
        return false; /* a duplicate; otherwise the window has grown */
    if (len && tp->sk.rmem >= tp->sk.rcvbuf)
        return false;
    if (tp->ts_ok && !take_timestamp(tp, (const uint8_t *)(h + 1)))
        return false;
    tp->segs_in++;
    tp->last_seen_ns = tp->sk.stack->now;
    if (acked || seq_lt(tp->snd_wl1, seq) || window > tp->snd_wnd) {
        tp->snd_wl1 = seq;
        tp->snd_wl2 = ack;
        tp->snd_wnd = window;
        tp->max_wnd = MAX(tp->max_wnd, window);
    }
    if (acked)
        advance(tp, ack, acked);
    if (len) {
        uint32_t echo =
            tp->ts_ok ? be32(load32((const uint8_t *)(h + 1) + 8)) : 0;

        /* Where our own data is acknowledged srtt tells more. */
        if (echo != tp->rcv_echo && !acked)
            tcp_measure_echo(tp, echo);
        netbuf_pull(nb, size);
        tcp_data_next(tp, nb);
    } else {
        netbuf_free(tp->sk.stack, nb);
    }
    tcp_finish_input(tp);
    return true;
}

bool tcp_fast(struct tcp_sock *tp, struct netbuf *nb)
{
    const struct tcp_header *h = (const struct tcp_header *)nb->data;
    uint32_t size = (h->offset >> 4) * 4u;

    return size >= sizeof(*h) && nb->linear >= size &&
           predicted(tp, nb, h, size, nb->len - size);
}

bool tcp_fast_v4(struct netstack *s, struct netbuf *nb)
{
    const struct ipv4_header *ip = (const struct ipv4_header *)nb->data;
    const struct tcp_header *h = (const struct tcp_header *)(ip + 1);
    uint32_t size = sizeof(*ip) + TCP_TS_LEN + sizeof(*h);
    struct flow *f;
    struct tcp_sock *tp;

    /* Linear up to the end of the options; one checksum is left to others. */
    if (unlikely(nb->linear < size) ||
        !(nb->flags & (NETBUF_CSUM_OK | NETBUF_CSUM_PARTIAL)) ||
        unlikely(s->trace))
        return false;
    f = flow_find_v4(s, IPPROTO_TCP, &ip->source, &h->source);
    if (unlikely(!f))
        return false;
    tp = tcp_sk(container_of(f, struct sock, flow));
    /* Its addresses are good ones, if it came the way that ours go. */
    if (tp->sk.path.dev != nb->dev)
        return false;
    size = sizeof(*ip) + (h->offset >> 4) * 4u;
    if (!predicted(tp, nb, h, size, nb->len - size))
        return false;
    s->count.ip_in_delivers++;
    s->count.tcp_in++;
    return true;
}
