// SPDX-License-Identifier: MIT
/*
 * tcp_smooth: sending while nothing is unusual, which tcp_predict has found and
 * the headers that the path has ready say: from the program's call to the
 * device in one piece. Whatever is not so is left to tcp_out and tcp_sock.
 */
#include "net/tcp_out.h"

/* Notes that [seq, seq + len) is on its way. As tcp_seg_add: what went at this
 * time too is the last there, as nothing is ever sent again here. */
static force_inline bool note_on_way(struct netstack *s, struct tcp_sock *tp,
                                     uint32_t seq, uint32_t len)
{
    bool first = tp->snd_una == seq;
    uint64_t now = s->now;

    if (tp->last_sent_ns == now && !first) {
        list_entry(tp->sent.prev, struct tcp_seg, node)->end = seq + len;
        return true;
    }
    if (unlikely(!tcp_seg_append(s, tp, seq, len, tp->next_pos)))
        return false;
    if (first)
        tcp_note_first(tp, now);
    tp->last_sent_ns = now;
    return true;
}

/* Makes nb, as it comes, a packet with the path's headers and the len bytes at
 * data, which lie in mem. Where the TCP header is. */
static force_inline struct tcp_header *compose(struct ip_path *p,
                                               struct netbuf *nb,
                                               struct netmem *mem,
                                               uint8_t *data, uint32_t len)
{
    uint8_t *payload = netbuf_inline(nb) + NETBUF_HEADROOM;

    ipv4_head_fit(p, len);
    ipv4_head_copy(p, payload, IPV4_HEAD_ROOM);
    ipv4_head_describe(p, nb, p->head.csum_start, TCP_CSUM_OFFSET, len);
    if (len <= TCP_INLINE_MAX) {
        memcpy(payload, data, len);
    } else {
        nb->linear -= len;
        nb->nfrags = 1;
        nb->frags[0] = (struct netfrag){mem, data, len};
        netmem_get(mem);
    }
    return (struct tcp_header *)(netbuf_inline(nb) + p->head.csum_start);
}

/* Sends len bytes more, which lie in one chunk. False: no memory. */
static force_inline bool send_smooth(struct netstack *s, struct tcp_sock *tp,
                                     uint32_t len, bool push, uint64_t now)
{
    uint32_t seq = tp->snd_nxt, skip = tp->next_pos.skip;
    struct tcp_chunk *c = tp->next_pos.chunk;
    struct tcp_header *h;
    struct netbuf *nb;

    nb = netbuf_pop(s, false);
    if (unlikely(!nb))
        return false;
    if (unlikely(!note_on_way(s, tp, seq, len))) {
        netbuf_push_free(s, nb);
        return false;
    }
    h = compose(&tp->sk.path, nb, c->mem, c->data + skip, len);
    tp->next_pos.skip = skip + len;
    tp->snd_nxt = seq + len;
    tp->data_segs_out++;
    if (unlikely(len != tp->mss)) {
        tcp_note_odd(tp, seq, len);
        if (len > tp->mss)
            tcp_set_gso(tp, nb, h, len);
    }
    tcp_fill_header(tp, h, seq, push ? TCP_ACK | TCP_PSH : TCP_ACK, now);
    tcp_send_ready(s, tp, nb);
    return true;
}

/* Do the bytes that are to go next lie in one chunk? */
static inline bool in_one(const struct tcp_sock *tp, uint32_t len)
{
    return tp->next_pos.chunk->len - tp->next_pos.skip >= len;
}

/* Does all that waits fit into the windows and one packet? Then none of it need
 * wait any longer, unless it is held. */
static force_inline bool fits(const struct tcp_sock *tp, uint32_t unsent)
{
    uint32_t end = tp->snd_nxt - tp->snd_una + unsent;

    return end <= tp->snd_wnd && end <= tp->cwnd && unsent <= tp->gso_max &&
           (tp->nodelay || unsent == tp->mss ||
            !seq_lt(tp->snd_una, tp->small_end));
}

/* tp is predicted: are its headers ready, and has it sent of late? */
static force_inline bool smooth(const struct netstack *s,
                                const struct tcp_sock *tp)
{
    return ipv4_head_ready(s, &tp->sk.path) && !tcp_paused(tp, s->now);
}

/* Something went out, with `flight` bytes on their way before: these have set
 * the timer, unless they were one segment, which is given more time. */
static force_inline void set_timer(struct netstack *s, struct tcp_sock *tp,
                                   uint32_t flight)
{
    uint64_t at;

    if (flight > tp->mss)
        return;
    /* No later than the timeout, for which a probe that is due does not wait
     * (RFC 8985, 7.2). */
    at = s->now + MIN(tcp_probe_wait(tp), tp->srtt + TCP_RTO_MIN);
    if (tp->xmit_timer.deadline > at || tp->timer_for == TCP_TIMER_PERSIST) {
        tp->timer_for = TCP_TIMER_PROBE; /* or another: it finds out */
        net_timer_arm(s, &tp->xmit_timer, at);
    }
}

void tcp_output(struct tcp_sock *tp)
{
    struct netstack *s = tp->sk.stack;
    uint32_t unsent = tp->write_seq - tp->snd_nxt, len;
    uint32_t flight = tp->snd_nxt - tp->snd_una;

    if (unlikely(!tp->predicted || !smooth(s, tp))) {
        tcp_output_slow(tp);
        return;
    }
    while (unsent) {
        len = unsent;
        if (tp->hold || !fits(tp, unsent))
            len = tcp_allowance(tp, unsent);
        if (!len)
            break;
        if (unlikely(!in_one(tp, len))) {
            if (!tcp_send_data(tp, len, false))
                break;
            unsent = tp->write_seq - tp->snd_nxt;
            continue;
        }
        if (!send_smooth(s, tp, len, len == unsent, s->now))
            break;
        unsent -= len;
    }
    if (likely(tp->snd_una != tp->snd_nxt))
        set_timer(s, tp, flight);
    else
        tcp_rearm(tp);
}

/* What was given goes at once, in one piece with what waits, if it can. */
static force_inline void send_now(struct netstack *s, struct tcp_sock *tp)
{
    uint32_t unsent = tp->write_seq - tp->snd_nxt;
    uint32_t flight = tp->snd_nxt - tp->snd_una;

    if (likely(smooth(s, tp) && fits(tp, unsent) && in_one(tp, unsent)) &&
        likely(send_smooth(s, tp, unsent, true, s->now)))
        set_timer(s, tp, flight);
    else
        tcp_output(tp);
}

/* Quickly if all that the program gives fits behind the last bytes, and nothing
 * else is asked for. */
ssize_t tcp_send(struct sock *sk, struct sock_msg *m)
{
    struct tcp_sock *tp = tcp_sk(sk);
    struct netstack *s = sk->stack;
    struct sock_data *d = m->data;
    struct tcp_chunk *c = tp->last;
    size_t len = d->left, got;

    if (unlikely(!tp->predicted || tp->hold || !len ||
                 m->flags & TCP_SEND_UNUSUAL ||
                 len + tcp_sendbuf_used(tp) > sk->sndbuf))
        return tcp_send_any(sk, m);
    if (!c || c->room < len) {
        c = tcp_buf_room(tp, (uint32_t)len);
        if (unlikely(!c || c->room < len))
            return tcp_send_any(sk, m);
    }
    netstack_update_now(s);
    tp->filling = true;
    netstack_unlock(s);
    got = d->move(d, c->data + c->len, len);
    netstack_lock(s);
    tp->filling = false;
    if (unlikely(got != len || !tp->predicted))
        return tcp_send_rest(tp, got);
    c->len += (uint32_t)len;
    c->room -= (uint32_t)len;
    tp->write_seq += (uint32_t)len;
    send_now(s, tp);
    return (ssize_t)len;
}
