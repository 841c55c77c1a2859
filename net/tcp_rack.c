// SPDX-License-Identifier: MIT
/*
 * tcp_rack: RACK-TLP (RFC 8985). A segment is lost when one that was sent
 * sufficiently later has arrived; a probe at the tail makes sure that one does.
 */
#include "net/tcp_priv.h"

static bool sent_after(uint64_t t1, uint32_t end1, uint64_t t2, uint32_t end2)
{
    return t1 > t2 || (t1 == t2 && seq_lt(end2, end1));
}

/* 6.2, steps 1 and 2. */
void tcp_rack_saw(struct tcp_sock *tp, const struct tcp_seg *seg, uint32_t end)
{
    uint64_t rtt = tp->sk.stack->now - seg->sent_ns;

    /* Sooner than a round trip takes: the first copy has arrived. */
    if ((seg->flags & TCP_SEG_EVER) && rtt < tp->min_rtt)
        return;
    tp->rack_rtt = rtt;
    if (sent_after(seg->sent_ns, end, tp->rack_sent_ns, tp->rack_end)) {
        tp->rack_sent_ns = seg->sent_ns;
        tp->rack_end = end;
    }
}

/* 6.2, step 4: how much later counts as sufficiently later. */
uint64_t tcp_rack_window(const struct tcp_sock *tp)
{
    if (!tp->reordering && (tp->ca != TCP_CA_OPEN || tp->sacked >= 3 * tp->mss))
        return 0;
    return MIN(tp->rack_reo_mult * (tp->min_rtt / 4), tp->srtt);
}

/* 6.2, step 5. */
bool tcp_rack_detect(struct tcp_sock *tp)
{
    uint64_t window = tcp_rack_window(tp), now = tp->sk.stack->now;
    struct tcp_seg *seg, *tmp;

    tp->rack_wait_ns = 0;
    list_for_each_entry_safe (seg, tmp, &tp->sent_by_time, by_time) {
        uint64_t due = seg->sent_ns + tp->rack_rtt + window;

        if (!sent_after(tp->rack_sent_ns, tp->rack_end, seg->sent_ns, seg->end))
            break;
        if (due <= now)
            tcp_seg_mark_lost(tp, seg);
        else
            tp->rack_wait_ns = MAX(tp->rack_wait_ns, due);
    }
    return tp->lost != 0;
}

/* 7.2 */
uint64_t tcp_probe_time(const struct tcp_sock *tp)
{
    if (!tp->sack_ok || tp->ca != TCP_CA_OPEN || tp->tlp_out || tp->sacked ||
        tp->lost || !tp->srtt || tp->backoff)
        return 0;
    return MAX(tp->last_sent_ns, tp->rto_base) + tcp_probe_wait(tp);
}

/* 7.3: something new if there is, else the last segment again. */
void tcp_probe_send(struct tcp_sock *tp)
{
    struct tcp_seg *seg;

    if (list_empty(&tp->sent))
        return;
    tp->tlp_out = true;
    tp->tlp_retrans = false;
    if (!tcp_send_new(tp, tp->mss)) {
        seg = list_entry(tp->sent.prev, struct tcp_seg, node);
        if (seg->end - seg->seq > tp->mss) {
            struct tcp_seg *tail = tcp_seg_split(tp, seg, seg->end - tp->mss);

            seg = tail ? tail : seg;
        }
        tp->tlp_retrans = true;
        tcp_retransmit_seg(tp, seg);
    }
    tp->tlp_end = tp->snd_nxt;
}
