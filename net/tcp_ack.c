// SPDX-License-Identifier: MIT
/*
 * tcp_ack: what an acknowledgement does (RFC 9293, 3.10.7.4, fifth): it frees
 * bytes, opens the window, measures the round trip (RFC 6298), and tells what
 * was lost. Recovery is that of RFC 6675 with RACK's marking (RFC 8985) and
 * proportional rate reduction (RFC 6937), NewReno's (RFC 6582) for peers
 * without SACK; a reduction that turns out to have been for nothing is undone
 * (RFC 4015, by timestamps or D-SACK).
 */
#include "net/tcp_priv.h"

#define DUP_THRESHOLD 3
#define REO_MULT_KEEP 16 /* recoveries, RFC 8985, 6.2 */

void tcp_rtt_sample(struct tcp_sock *tp, uint64_t rtt)
{
    if (tp->srtt) {
        tcp_rtt_update(tp, rtt);
        return;
    }
    tp->srtt = tp->min_rtt = rtt;
    tp->min_rtt_ns = tp->sk.stack->now;
    tp->rttvar = rtt / 2;
    tp->rtt_end = tp->snd_nxt;
}

void tcp_cut_window(struct tcp_sock *tp)
{
    tp->undo_cwnd = tp->cwnd;
    tp->undo_ssthresh = tp->ssthresh;
    tp->undo_marker = tp->snd_una;
    tp->undo_retrans = 0;
    tp->undo_ts = 0;
    tp->ssthresh = tp->cc->ssthresh(tp);
}

void tcp_enter_recovery(struct tcp_sock *tp)
{
    tcp_cut_window(tp);
    tp->ca = TCP_CA_RECOVERY;
    tp->recovery_point = tp->snd_nxt;
    tp->prr_delivered = tp->prr_out = 0;
    tp->prr_flight = tp->snd_nxt - tp->snd_una;
    tp->ecn_cwr = tp->ecn_ok;
}

/* RFC 5681, 3.1: everything that is not known to have arrived is lost. */
void tcp_enter_loss(struct tcp_sock *tp)
{
    struct tcp_seg *seg, *first;

    if (list_empty(&tp->sent))
        return;
    first = list_first_entry(&tp->sent, struct tcp_seg, node);
    if (tp->ca == TCP_CA_OPEN)
        tcp_cut_window(tp);
    tp->ca = TCP_CA_LOSS;
    tp->recovery_point = tp->snd_nxt;
    if (!tp->sack_ok) {
        tp->sacked = 0;
    } else if (first->flags & TCP_SEG_SACKED) {
        /* The peer has thrown away what it had (RFC 2018, 8). */
        list_for_each_entry (seg, &tp->sent, node)
            seg->flags &= (uint8_t)~TCP_SEG_SACKED;
        tp->sacked = 0;
    }
    list_for_each_entry (seg, &tp->sent, node)
        tcp_seg_mark_lost(tp, seg);
    tp->cwnd = tp->mss;
    tp->dupacks = 0;
    tp->tlp_out = false;
    tp->rack_wait_ns = 0;
}

static void leave_recovery(struct tcp_sock *tp)
{
    if (tp->ca == TCP_CA_RECOVERY)
        tp->cwnd = MAX(MIN(tp->ssthresh, tp->cwnd + tp->mss), tp->mss);
    tp->ca = TCP_CA_OPEN;
    tp->dupacks = 0;
    if (!tp->sack_ok)
        tp->sacked = 0;
    tp->undo_end = tp->snd_nxt;
    if (tp->rack_reo_persist && --tp->rack_reo_persist == 0)
        tp->rack_reo_mult = 1;
}

/* What was marked lost is on its way after all. */
static void unmark_lost(struct tcp_sock *tp)
{
    for (struct list_node *n = tp->sent.prev; n != &tp->sent; n = n->prev) {
        struct tcp_seg *seg = list_entry(n, struct tcp_seg, node);

        if (!(seg->flags & TCP_SEG_LOST))
            continue;
        seg->flags &= (uint8_t)~TCP_SEG_LOST;
        tp->lost -= seg->end - seg->seq;
        list_add(&tp->sent_by_time, &seg->by_time);
    }
}

static void maybe_undo(struct tcp_sock *tp, const struct tcp_rx *rx,
                       const struct tcp_ack_result *r)
{
    bool original = r->acked && tp->undo_ts && tp->ts_ok && rx->o.has_ts &&
                    seq_lt(rx->o.tsecr, tp->undo_ts);
    bool needless = r->dsack && tp->undo_ts && !tp->undo_retrans;

    if (!tp->undo_cwnd)
        return;
    if (original || needless) {
        tp->cwnd = MAX(tp->cwnd, tp->undo_cwnd);
        tp->ssthresh = MAX(tp->ssthresh, tp->undo_ssthresh);
        tp->undo_cwnd = 0;
        tp->cubic.epoch_ns = 0;
        unmark_lost(tp);
        tp->ca = TCP_CA_OPEN;
        tp->dupacks = 0;
    }
}

/* RFC 8985, 6.2, step 4: reordering is wider than was thought. */
static void note_dsack(struct tcp_sock *tp)
{
    if (tp->rack_dsack && seq_lt(tp->snd_una, tp->rack_dsack_end))
        return; /* once a round trip */
    tp->rack_dsack = true;
    tp->rack_dsack_end = tp->snd_nxt;
    tp->rack_reo_mult = MIN(tp->rack_reo_mult + 1, 64u);
    tp->rack_reo_persist = REO_MULT_KEEP;
}

/* RFC 6582: the first segment that is not acknowledged is lost. */
static void mark_first_lost(struct tcp_sock *tp)
{
    struct tcp_seg *seg;

    if (list_empty(&tp->sent))
        return;
    seg = list_first_entry(&tp->sent, struct tcp_seg, node);
    if (seg->flags & (TCP_SEG_LOST | TCP_SEG_RETRANS))
        return;
    if (seg->end - seg->seq > tp->mss)
        tcp_seg_split(tp, seg, seg->seq + tp->mss);
    tcp_seg_mark_lost(tp, seg);
}

/* RFC 6937: as much goes out as has arrived, in proportion. */
static void prr(struct tcp_sock *tp, uint32_t delivered, bool advanced)
{
    uint32_t pipe = tcp_pipe(tp), send;

    tp->prr_delivered += delivered;
    if (pipe > tp->ssthresh) {
        uint64_t due = (uint64_t)tp->prr_delivered * tp->ssthresh;

        due = (due + tp->prr_flight - 1) / MAX(tp->prr_flight, 1u);
        send = due > tp->prr_out ? (uint32_t)due - tp->prr_out : 0;
    } else {
        uint32_t limit = tp->prr_delivered > tp->prr_out
                             ? tp->prr_delivered - tp->prr_out
                             : 0;

        limit = MAX(limit, delivered);
        if (advanced)
            limit += tp->mss;
        send = MIN(tp->ssthresh - pipe, limit);
    }
    /* The first retransmission goes out at once. */
    if (!tp->prr_out)
        send = MAX(send, tp->mss);
    tp->cwnd = pipe + send;
}

static void recover(struct tcp_sock *tp, const struct tcp_rx *rx,
                    struct tcp_ack_result *r, bool duplicate,
                    uint32_t sacked_before)
{
    uint32_t delivered = r->acked;

    if (tp->sacked >= sacked_before)
        delivered += tp->sacked - sacked_before;
    else
        delivered -= MIN(delivered, sacked_before - tp->sacked);
    if (!tp->sack_ok && r->acked) /* one filled the hole, at least */
        delivered = MAX(delivered, tp->mss);
    if (r->dsack)
        note_dsack(tp);
    if (tp->undo_cwnd)
        maybe_undo(tp, rx, r);
    if (tp->undo_ts && tp->ca == TCP_CA_OPEN &&
        seq_lt(tp->undo_end, tp->snd_una))
        tp->undo_cwnd = tp->undo_ts = 0; /* a round trip without objection */
    if (tp->ca != TCP_CA_OPEN && !seq_lt(tp->snd_una, tp->recovery_point))
        leave_recovery(tp);
    if (tp->sack_ok)
        tcp_rack_detect(tp);
    else if (tp->ca == TCP_CA_OPEN ? tp->dupacks >= DUP_THRESHOLD && duplicate
                                   : r->acked != 0)
        mark_first_lost(tp);
    if (tp->lost && tp->ca == TCP_CA_OPEN)
        tcp_enter_recovery(tp);
    if (tp->ca == TCP_CA_RECOVERY)
        prr(tp, delivered, r->acked && !tp->lost);
}

/* RFC 8985, 7.4: did the probe repair a loss that nothing else showed? */
static void probe_answered(struct tcp_sock *tp, const struct tcp_rx *rx,
                           const struct tcp_ack_result *r)
{
    if (seq_lt(rx->ack, tp->tlp_end))
        return;
    if (!tp->tlp_retrans || r->dsack) {
        tp->tlp_out = false;
    } else if (seq_lt(tp->tlp_end, rx->ack)) {
        tp->tlp_out = false;
        if (tp->ca != TCP_CA_OPEN)
            return;
        tcp_cut_window(tp);
        tp->undo_cwnd = 0;
        tp->cwnd = tp->ssthresh;
    } else if (!r->acked && !rx->o.nsack && !rx->len) {
        tp->tlp_out = false; /* both copies have arrived */
    }
}

/* RFC 3168, 6.1.2: congestion, once a round trip. */
static void ecn_echoed(struct tcp_sock *tp)
{
    if (tp->ca != TCP_CA_OPEN || seq_lt(tp->snd_una, tp->ecn_point))
        return;
    tcp_cut_window(tp);
    tp->undo_cwnd = 0;
    tp->cwnd = tp->ssthresh;
    tp->ecn_cwr = true;
    tp->ecn_point = tp->snd_nxt;
}

static void update_window(struct tcp_sock *tp, const struct tcp_rx *rx)
{
    uint32_t wnd = (uint32_t)rx->window << tp->snd_wscale;

    if (seq_lt(tp->snd_una, rx->ack) || seq_lt(tp->snd_wl1, rx->seq) ||
        (tp->snd_wl1 == rx->seq && (wnd > tp->snd_wnd || !wnd))) {
        tp->snd_wl1 = rx->seq;
        if (wnd && !tp->snd_wnd && tp->timer_for == TCP_TIMER_PERSIST) {
            tp->timer_for = TCP_TIMER_NONE;
            net_timer_cancel(&tp->xmit_timer);
            tp->backoff = tp->retries = 0;
        }
        tp->snd_wnd = wnd;
        tp->max_wnd = MAX(tp->max_wnd, wnd);
    }
}

/* n bytes more are acknowledged; of them the FIN is in no chunk. */
static void advance(struct tcp_sock *tp, uint32_t ack, uint32_t n)
{
    tcp_buf_acked(tp, seq_lt(tp->write_seq, ack) ? n - 1 : n);
    tp->bytes_acked += n;
    tp->snd_una = ack;
    tp->retries = tp->backoff = tp->probes = 0;
    tp->rto_base = tp->sk.stack->now;
    tp->soft_error = 0;
    if (tp->snd_urgent && !seq_lt(ack, tp->snd_up))
        tp->snd_urgent = false;
}

bool tcp_ack(struct tcp_sock *tp, struct tcp_rx *rx)
{
    uint32_t flight = tp->snd_nxt - tp->snd_una, sacked = tp->sacked;
    struct tcp_ack_result r = {0};
    bool duplicate = false, window_same;

    if (seq_lt(tp->snd_nxt, rx->ack) ||
        seq_lt(rx->ack, tp->snd_una - tp->max_wnd)) {
        /* RFC 5961, 5.2 */
        if (tcp_challenge_allowed(rx->s, tp))
            tcp_send_ack(tp);
        return false;
    }
    if (seq_lt(rx->ack, tp->snd_una))
        return true; /* an old one, overtaken */
    window_same = (uint32_t)rx->window << tp->snd_wscale == tp->snd_wnd;
    update_window(tp, rx);
    tp->probes = 0;
    if (!flight)
        return true;
    r.acked = rx->ack - tp->snd_una;
    if (r.acked) {
        tcp_sack_acked(tp, rx->ack, &r);
        advance(tp, rx->ack, r.acked);
        if (!tp->sack_ok)
            tp->dupacks = 0;
    } else {
        duplicate = !rx->len && window_same && !(rx->flags & TCP_FIN);
        if (duplicate && !tp->sack_ok)
            tcp_sack_emulate(tp);
    }
    if (rx->o.nsack && tp->sack_ok)
        tcp_sack_blocks(tp, &rx->o, rx->ack, &r);
    if (!r.rtt && r.acked && tp->ts_ok && rx->o.has_ts && rx->o.tsecr) {
        /* All of it was sent more than once: RFC 7323, 4 */
        int32_t ms = (int32_t)(tcp_ts_now(rx->s) + tp->ts_offset - rx->o.tsecr);

        if (ms >= 0)
            r.rtt = MAX(ms, 1) * TCP_MSEC;
    }
    if (r.rtt)
        tcp_rtt_sample(tp, r.rtt);
    if (tp->tlp_out)
        probe_answered(tp, rx, &r);
    if (tp->ecn_ok && (rx->flags & TCP_ECE))
        ecn_echoed(tp);
    recover(tp, rx, &r, duplicate, sacked);
    if (r.acked && tp->ca != TCP_CA_RECOVERY)
        tcp_cc_acked(tp, r.acked, r.rtt, tcp_cwnd_limits(tp, flight));
    if (r.acked || r.sacked || tp->rack_wait_ns)
        tcp_rearm(tp);
    return true;
}
