// SPDX-License-Identifier: MIT
/*
 * tcp_out: what tcp_out and tcp_smooth share of sending: the header of a
 * segment when the path has its headers ready, and what is noted of it.
 */
#pragma once

#include "net/ipv4_head.h"
#include "net/tcp_priv.h"

#define TCP_INLINE_MAX 128 /* bytes that are copied rather than shared */

/* As tcp_output, whatever the state of the connection. */
void tcp_output_slow(struct tcp_sock *tp);
/* Sends [snd_nxt, snd_nxt + len), and the FIN with fin. False: it could not. */
bool tcp_send_data(struct tcp_sock *tp, uint32_t len, bool fin);
/* How much of the bytes that wait may go out now. */
uint32_t tcp_allowance(const struct tcp_sock *tp, uint32_t unsent);

/* An acknowledgement goes with it. */
static inline void tcp_note_acked(struct tcp_sock *tp)
{
    tp->ack_sent = tp->rcv_nxt;
    tp->ack_due = TCP_ACK_NONE;
    net_timer_cancel(&tp->ack_timer);
}

/* Fills in what differs from segment to segment in a header that is a copy of
 * the path's. The window's edge is never further off than can be told. */
static force_inline void tcp_fill_header(struct tcp_sock *tp,
                                         struct tcp_header *h, uint32_t seq,
                                         uint8_t flags, uint64_t now)
{
    h->seq = be32(seq);
    h->ack = be32(tp->rcv_nxt);
    h->flags = flags;
    h->window = be16((uint16_t)(tcp_window(tp) >> tp->rcv_wscale));
    if (likely(tp->ts_ok)) {
        uint32_t *ts = (uint32_t *)(h + 1) + 1;

        ts[0] = be32(tcp_ts_of(now) + tp->ts_offset);
        ts[1] = be32(tp->ts_recent);
    }
}

/* The device is to cut nb, of len bytes of payload, into segments. */
static inline void tcp_set_gso(struct tcp_sock *tp, struct netbuf *nb,
                               struct tcp_header *h, uint32_t len)
{
    struct ip_path *p = &tp->sk.path;

    nb->gso_size = (uint16_t)tp->mss;
    nb->gso_type = NETBUF_GSO_TCPV4;
    ipv4_head_identify(p, h, be16(p->head.id));
    /* More than the segments that it is cut into. */
    p->head.id = (uint16_t)(p->head.id + (len >> 6));
}

/* Sends nb, which has its headers. */
static force_inline void tcp_send_ready(struct netstack *s, struct tcp_sock *tp,
                                        struct netbuf *nb)
{
    tp->segs_out++;
    s->count.tcp_out++;
    tcp_note_acked(tp);
    ipv4_head_send(s, tp->sk.path.dev, nb);
}

/* Data goes out, and nothing else is on its way. */
static inline void tcp_note_first(struct tcp_sock *tp, uint64_t now)
{
    tp->rto_base = now;
    if (!tp->pingpong && now - tp->last_recv_ns < TCP_DELACK &&
        tp->last_recv_ns)
        tp->pingpong = true;
}

/* The len bytes from seq on that go out are not one full segment. */
static inline void tcp_note_odd(struct tcp_sock *tp, uint32_t seq, uint32_t len)
{
    if (len < tp->mss)
        tp->small_end = seq + len;
    else
        tp->data_segs_out += (len - 1) / tp->mss;
}

/* Must a segment that is not full wait? RFC 9293, 3.7.4, in Minshall's
 * version: only for one of its kind. */
static inline bool tcp_must_wait(const struct tcp_sock *tp)
{
    if (tp->fin_queued || tp->snd_urgent)
        return false;
    if (tp->hold & (TCP_HOLD_CORK | TCP_HOLD_MORE))
        return true;
    return !tp->nodelay && seq_lt(tp->snd_una, tp->small_end);
}

/* After a pause longer than the RTO the congestion window is stale. */
static inline bool tcp_paused(const struct tcp_sock *tp, uint64_t now)
{
    uint64_t pause = now - tp->last_sent_ns;

    return tp->snd_una == tp->snd_nxt && unlikely(pause > TCP_RTO_MIN) &&
           pause > tcp_rto(tp) && tp->last_sent_ns && tp->srtt;
}
