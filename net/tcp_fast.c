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
static bool calm(const struct tcp_sock *tp)
{
    return !(tp->sacked | tp->lost | tp->retrans | tp->dupacks | tp->undo_ts |
             tp->ca | tp->tlp_out | tp->snd_urgent | tp->backoff | tp->retries |
             tp->probes) &&
           !tp->rack_wait_ns && !tp->soft_error;
}

void tcp_predict(struct tcp_sock *tp)
{
    bool usual = tp->state == ABI_TCP_ESTABLISHED && !tp->ecn_ok && calm(tp) &&
                 !tp->ooo.node && tp->snd_wnd && !tp->sk.error;

    if (unlikely(tp->marks))
        usual = !tcp_stamps_wait(tp) && usual;
    tp->predicted =
        usual ? be16((uint16_t)((tp->ts_ok ? 8 : 5) << 12 | TCP_ACK | TCP_PSH))
              : 0;
}

/* Takes what ack covers, all of it sent once, off the list of what is on its
 * way; when the last of it went. */
static never_inline uint64_t forget_some(struct tcp_sock *tp, uint32_t ack)
{
    struct list_node *n = tp->sent.next;
    uint64_t sent_ns = 0;

    while (n != &tp->sent) {
        struct tcp_seg *seg = list_entry(n, struct tcp_seg, node);

        if (!seq_lt(seg->seq, ack))
            break;
        sent_ns = seg->sent_ns;
        if (seq_lt(ack, seg->end)) {
            seg->pos.skip += ack - seg->seq;
            seg->pos = tcp_pos_normal(seg->pos);
            seg->seq = ack;
            break;
        }
        n = n->next;
        tcp_seg_free(tp, seg);
    }
    return sent_ns;
}

/* The same, quickly if it is the first one or a part of that; there is one. */
static force_inline uint64_t forget_sent(struct tcp_sock *tp, uint32_t ack,
                                         uint32_t acked)
{
    struct tcp_seg *seg = list_entry(tp->sent.next, struct tcp_seg, node);
    uint64_t sent_ns = seg->sent_ns;

    if (seg->end == ack) {
        tcp_seg_free(tp, seg);
        return sent_ns;
    }
    if (unlikely(seq_lt(seg->end, ack) ||
                 seg->pos.chunk->len - seg->pos.skip <= acked))
        return forget_some(tp, ack);
    seg->seq = ack;
    seg->pos.skip += acked;
    return sent_ns;
}

/* acked bytes more have arrived. */
static force_inline void advance(struct tcp_sock *tp, uint32_t ack,
                                 uint32_t acked)
{
    uint64_t now = tp->sk.stack->now, rtt;
    uint64_t sent_ns = forget_sent(tp, ack, acked);
    uint32_t flight = tp->snd_nxt - tp->snd_una;

    rtt = MAX(now - sent_ns, 1ull);
    tp->rack_rtt = rtt;
    tp->rack_sent_ns = sent_ns;
    tp->rack_end = tp->high_delivered = ack;
    tcp_buf_acked(tp, acked);
    tp->bytes_acked += acked;
    tp->snd_una = ack;
    tp->rto_base = now;
    /* Once a round trip is enough, and what RFC 6298's weights are made for;
     * the shortest may be any. */
    if (seq_lt(tp->rtt_end, ack)) {
        tcp_rtt_update(tp, rtt);
    } else if (unlikely(rtt < tp->min_rtt)) {
        tp->min_rtt = rtt;
        tp->min_rtt_ns = now;
    }
    if (tcp_cwnd_limits(tp, flight))
        tcp_cc_acked(tp, acked, rtt, true);
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

/* Takes nb, whose TCP header h is `offset` bytes behind data and whole up to
 * the options, if it is as predicted. */
static force_inline bool predicted(struct tcp_sock *tp, struct netbuf *nb,
                                   const struct tcp_header *h, size_t offset)
{
    uint32_t ack = be32(h->ack), seq = be32(h->seq);
    uint32_t acked = ack - tp->snd_una, size, len;
    uint32_t window = (uint32_t)be16(h->window) << tp->snd_wscale;
    bool ts = tp->ts_ok;

    if (unlikely((load16(&h->offset) | BE16(TCP_PSH)) != tp->predicted))
        return false;
    size = (uint32_t)(offset + sizeof(*h) + (likely(ts) ? TCP_TS_LEN : 0));
    len = nb->len - size;
    if (unlikely(seq != tp->rcv_nxt || acked > tp->snd_nxt - tp->snd_una ||
                 len > tp->rcv_adv - seq || !window))
        return false;
    if (unlikely(len ? tp->sk.rmem >= tp->sk.rcvbuf
                     : !acked && window <= tp->snd_wnd)) /* else it has grown */
        return false;
    if (unlikely(acked && !tp->srtt))
        return false;
    if (likely(ts) && unlikely(!take_timestamp(tp, (const uint8_t *)(h + 1))))
        return false;
    tp->segs_in++;
    tp->last_seen_ns = tp->sk.stack->now;
    tp->snd_wl1 = seq;
    tp->snd_wnd = window;
    if (unlikely(window > tp->max_wnd))
        tp->max_wnd = window;
    if (acked)
        advance(tp, ack, acked);
    if (len) {
        uint32_t echo = ts ? be32(load32((const uint8_t *)(h + 1) + 8)) : 0;

        /* Where our own data is acknowledged srtt tells more. */
        if (!acked && unlikely(echo != tp->rcv_echo))
            tcp_measure_echo(tp, echo);
        netbuf_pull(nb, size);
        tp->data_segs_in++;
        tp->last_recv_ns = tp->sk.stack->now;
        tcp_append(tp, nb);
        tcp_ack_policy(tp, len);
        sock_ready(&tp->sk, POLLIN | POLLRDNORM);
    } else {
        netbuf_free_quick(tp->sk.stack, nb);
    }
    tcp_finish_input(tp, true);
    return true;
}

bool tcp_fast(struct tcp_sock *tp, struct netbuf *nb)
{
    const struct tcp_header *h = (const struct tcp_header *)nb->data;

    return nb->linear >= sizeof(*h) + TCP_TS_LEN && predicted(tp, nb, h, 0);
}

void tcp_fast_v4(struct netstack *s, struct netbuf *nb,
                 const struct ipv4_header *ip, uint32_t len)
{
    const struct tcp_header *h = (const struct tcp_header *)(ip + 1);
    size_t offset = (size_t)((const uint8_t *)h - nb->data);
    struct flow *f;
    struct tcp_sock *tp;

    /* Linear up to the end of the options; one checksum is left to others. */
    if (unlikely(nb->linear < offset + sizeof(*h) + TCP_TS_LEN ||
                 !(nb->flags & (NETBUF_CSUM_OK | NETBUF_CSUM_PARTIAL)) ||
                 s->trace))
        goto slow;
    f = flow_find_v4(s, IPPROTO_TCP, &ip->source, &h->source);
    if (unlikely(!f))
        goto slow;
    tp = tcp_sk(container_of(f, struct sock, flow));
    /* Its addresses are good ones, if it came the way that ours go. */
    if (unlikely(tp->sk.path.dev != nb->dev || !predicted(tp, nb, h, offset)))
        goto slow;
    s->count.ip_in_delivers++;
    s->count.tcp_in++;
    return;

slow:
    ipv4_input_slow(s, nb, ip, len);
}
