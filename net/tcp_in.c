// SPDX-License-Identifier: MIT
/*
 * tcp_in: what comes in, and the states (RFC 9293, 3.10.7), apart from what
 * tcp_fast has predicted. Blind attacks are met as RFC 5961 says: what is not
 * exactly right is answered by an acknowledgement.
 */
#include "net/tcp_priv.h"
#include "net/trace.h"

#define CHALLENGES_PER_S 100
#define OOW_INTERVAL     (500 * TCP_MSEC) /* between answers to bad segments */
#define PAWS_IDLE        (24ull * 86400 * TCP_SEC) /* RFC 7323, 5.5 */

bool tcp_challenge_allowed(struct netstack *s, struct tcp_sock *tp)
{
    struct tcp_stack *ts = tcp_of(s);

    /* A connection's own limit first, then everybody's, which nobody outside
     * can count (RFC 5961, 7, as amended by CVE-2016-5696). */
    if (tp) {
        if (tp->oow_ns && s->now - tp->oow_ns < OOW_INTERVAL)
            return false;
        tp->oow_ns = s->now;
        return true;
    }
    if (s->now - ts->challenge_ns >= TCP_SEC) {
        uint32_t r;

        net_env_random(s, &r, sizeof(r));
        ts->challenge_ns = s->now;
        ts->challenges = CHALLENGES_PER_S / 2 + r % CHALLENGES_PER_S;
    }
    return ts->challenges && ts->challenges--;
}

void tcp_set_state(struct tcp_sock *tp, unsigned state)
{
    const unsigned established = TCP_IN(ESTABLISHED) | TCP_IN(CLOSE_WAIT);
    struct net_counters *count = &tp->sk.stack->count;
    bool was = tcp_state_in(tp, established), is = 1u << state & established;

    if (is && !was)
        count->tcp_curr_estab++;
    else if (was && !is)
        count->tcp_curr_estab--;
    tp->state = (uint8_t)state;
    tp->predicted = 0;
}

void tcp_done(struct tcp_sock *tp, int error)
{
    struct netstack *s = tp->sk.stack;

    if (tcp_state_in(tp, TCP_IN(SYN_SENT) | TCP_IN(SYN_RECV)))
        s->count.tcp_attempt_fails++;
    tcp_timers_stop(tp);
    tcp_segs_purge(tp);
    tcp_buf_purge(tp);
    tcp_set_state(tp, ABI_TCP_CLOSE);
    flow_remove(s, &tp->sk.flow);
    ip_path_release(s, &tp->sk.path);
    if (tp->sk.closed || !tp->sk.owner || tp->sk.use.flags & PORT_CONNECTED)
        port_release(s, &tp->sk.use);
    tp->sk.shut = 1 << SHUT_RD | 1 << SHUT_WR;
    tp->sk.lingering = false;
    tp->fin_queued = false;
    if (error)
        tp->sk.error = error;
    sock_ready(&tp->sk,
               POLLIN | POLLOUT | POLLHUP | POLLRDHUP | (error ? POLLERR : 0));
    if (tp->alive) {
        tp->alive = false;
        sock_put(&tp->sk);
    }
}

void tcp_abort(struct tcp_sock *tp, int error)
{
    if (tcp_state_in(tp, TCP_IN(ESTABLISHED) | TCP_IN(CLOSE_WAIT) |
                             TCP_IN(FIN_WAIT1) | TCP_IN(FIN_WAIT2) |
                             TCP_IN(SYN_RECV) | TCP_IN(CLOSING) |
                             TCP_IN(LAST_ACK)))
        tcp_send_reset(tp);
    tcp_done(tp, error);
}

/* The peer's RST, or one that we answer with. */
static void reset(struct tcp_sock *tp)
{
    tp->sk.stack->count.tcp_estab_resets +=
        tcp_state_in(tp, TCP_IN(ESTABLISHED) | TCP_IN(CLOSE_WAIT));
    tcp_done(tp, tp->state == ABI_TCP_SYN_SENT     ? ECONNREFUSED
                 : tp->state == ABI_TCP_CLOSE_WAIT ? EPIPE
                                                   : ECONNRESET);
}

/* What the two SYNs agreed on. */
void tcp_set_options(struct tcp_sock *tp, const struct tcp_options *o)
{
    bool v4 = netaddr_is_v4(&tp->sk.flow.remote);

    tp->ts_ok = o->has_ts;
    tp->sack_ok = o->sack_ok;
    tp->wscale_ok = o->has_wscale;
    tp->snd_wscale = o->has_wscale ? o->wscale : 0;
    tp->rcv_wscale = o->has_wscale ? TCP_WSCALE : 0;
    tp->peer_mss = o->has_mss ? o->mss
                   : v4       ? TCP_MSS_DEFAULT
                              : TCP_MSS_DEFAULT_6;
    if (o->has_ts) {
        tp->ts_recent = o->tsval;
        tp->ts_recent_ns = tp->sk.stack->now;
    }
}

void tcp_established(struct tcp_sock *tp)
{
    struct netstack *s = tp->sk.stack;

    tcp_set_state(tp, ABI_TCP_ESTABLISHED);
    tcp_path(tp);
    tcp_sync_mss(tp);
    if (!tp->retries && tp->rto_base)
        tcp_rtt_sample(tp, MAX(s->now - tp->rto_base, 1ull));
    tcp_cc_start(tp);
    tp->retries = tp->backoff = 0;
    tp->quick = TCP_QUICK_ACKS;
    tp->rcv_mss = MIN(tp->mss, TCP_MSS_DEFAULT);
    tp->copied_seq = tp->rcv_space_seq = tp->rcv_nxt;
    tp->rcv_space = tp->sk.rcvbuf / 4;
    tp->rcv_space_ns = tp->last_seen_ns = s->now;
    tp->rack_reo_mult = 1;
    tp->high_delivered = tp->snd_una;
    tp->small_end = tp->ecn_point = tp->snd_una;
    tp->max_wnd = MAX(tp->max_wnd, tp->snd_wnd);
    if (!tp->sk.sndbuf_set)
        tp->sk.sndbuf = MAX(tp->sk.sndbuf, 87040u);
    tcp_sendbuf_grow(tp);
    net_timer_cancel(&tp->xmit_timer);
    tp->timer_for = TCP_TIMER_NONE;
    tcp_keepalive_arm(tp);
    tcp_predict(tp);
    sock_ready(&tp->sk, POLLOUT | POLLWRNORM);
}

static void ecn_in(struct tcp_sock *tp, const struct tcp_rx *rx)
{
    if (rx->flags & TCP_CWR)
        tp->ecn_echo = false;
    if ((rx->info->tos & 3) == 3) {
        tp->ecn_echo = true;
        tp->ack_due = TCP_ACK_NOW;
    }
}

/* --- SYN-SENT (3.10.7.3) --- */

static void syn_sent_input(struct tcp_sock *tp, struct tcp_rx *rx)
{
    bool ack = rx->flags & TCP_ACK;

    if (ack && rx->ack != tp->snd_nxt) {
        tcp_reset_for(rx);
        return;
    }
    if (rx->flags & TCP_RST) {
        if (ack)
            reset(tp);
        return;
    }
    if (!(rx->flags & TCP_SYN))
        return;
    tcp_set_options(tp, &rx->o);
    tp->irs = rx->seq;
    tp->rcv_nxt = tp->rcv_adv = tp->copied_seq = rx->seq + 1;
    tp->snd_wnd = rx->window;
    tp->snd_wl1 = rx->seq;
    tp->max_wnd = tp->snd_wnd;
    if (!ack) {
        /* Both called at the same time (3.5, figure 8). */
        tcp_set_state(tp, ABI_TCP_SYN_RECV);
        tp->retries = 0;
        tcp_send_syn(tp);
        return;
    }
    tp->snd_una = rx->ack;
    tcp_established(tp);
    tp->ack_due = TCP_ACK_NOW;
    rx->seq++;
    rx->flags &= (uint8_t)~TCP_SYN;
    tcp_data_in(tp, rx);
    tcp_finish_input(tp, false);
}

/* --- the others (3.10.7.4) --- */

/* RFC 7323, 5.3; false: older than what was seen. */
static bool paws(struct tcp_sock *tp, const struct tcp_rx *rx)
{
    if (!tp->ts_ok || (rx->flags & TCP_RST))
        return true;
    if (!rx->o.has_ts)
        return false;
    return !seq_lt(rx->o.tsval, tp->ts_recent) ||
           rx->s->now - tp->ts_recent_ns > PAWS_IDLE;
}

/* First: is it within the window? Cuts it to that. */
static bool acceptable(struct tcp_sock *tp, struct tcp_rx *rx)
{
    uint32_t end =
        rx->seq + rx->len + !!(rx->flags & TCP_SYN) + !!(rx->flags & TCP_FIN);
    uint32_t right = seq_max(tp->rcv_adv, tp->rcv_nxt);

    if (seq_lt(end, tp->ack_sent) || seq_lt(right, rx->seq))
        return false;
    if (rx->seq == right && rx->len && right != tp->rcv_nxt)
        return false;
    if (seq_lt(right, rx->seq + rx->len)) {
        rx->len = right - rx->seq;
        netbuf_trim(rx->s, rx->nb, rx->len);
        rx->flags &= (uint8_t)~TCP_FIN;
        tp->ack_due = TCP_ACK_NOW;
    }
    return true;
}

static void refuse(struct tcp_sock *tp, struct tcp_rx *rx)
{
    uint32_t ends = !!(rx->flags & TCP_FIN);

    if (rx->flags & TCP_RST)
        return;
    if (rx->len + ends && seq_le(rx->seq + rx->len + ends, tp->rcv_nxt)) {
        tcp_data_in(tp, rx); /* all of it known: a D-SACK */
        tcp_send_ack(tp);
    } else if (rx->len || tcp_challenge_allowed(rx->s, tp)) {
        tcp_send_ack(tp);
    }
}

/* Second and fourth: RST and SYN, RFC 5961, 3 and 4. True: the segment goes
 * on. */
static bool check_flags(struct tcp_sock *tp, struct tcp_rx *rx)
{
    if (rx->flags & TCP_RST) {
        if (rx->seq == tp->rcv_nxt)
            reset(tp);
        else if (tcp_challenge_allowed(rx->s, tp))
            tcp_send_ack(tp);
        return false;
    }
    if (rx->flags & TCP_SYN) {
        /* A SYN-ACK that comes again while both call is as good as an ACK. */
        if (tp->state == ABI_TCP_SYN_RECV && (rx->flags & TCP_ACK) &&
            rx->seq == tp->irs) {
            rx->seq++;
            rx->flags &= (uint8_t)~TCP_SYN;
            return true;
        }
        if (tcp_challenge_allowed(rx->s, tp))
            tcp_send_ack(tp);
        return false;
    }
    return rx->flags & TCP_ACK;
}

/* Fifth: what the acknowledgement of our FIN changes. False: it is over. */
static bool fin_acked(struct tcp_sock *tp)
{
    switch (tp->state) {
    case ABI_TCP_FIN_WAIT1:
        tcp_set_state(tp, ABI_TCP_FIN_WAIT2);
        tp->sk.lingering = false;
        sock_ready(&tp->sk, POLLOUT | POLLHUP);
        if (tp->sk.closed)
            return tcp_fin_wait_2(tp);
        return true;
    case ABI_TCP_CLOSING:
        tcp_timewait_enter(tp);
        return false;
    case ABI_TCP_LAST_ACK:
        tcp_done(tp, 0);
        return false;
    }
    return true;
}

static void slow_way(struct tcp_sock *tp, struct tcp_rx *rx)
{
    uint32_t fin = rx->flags & TCP_FIN;

    if (!paws(tp, rx)) {
        if (rx->len || fin || tcp_challenge_allowed(rx->s, tp))
            tcp_send_ack(tp);
        return;
    }
    if (!acceptable(tp, rx)) {
        refuse(tp, rx);
        return;
    }
    if (!check_flags(tp, rx))
        return;
    tp->last_seen_ns = rx->s->now;
    if (tp->ts_ok && rx->o.has_ts && seq_le(rx->seq, tp->ack_sent)) {
        tp->ts_recent = rx->o.tsval;
        tp->ts_recent_ns = rx->s->now;
    }
    if (tp->state == ABI_TCP_SYN_RECV) {
        if (rx->ack != tp->snd_nxt) {
            tcp_reset_for(rx);
            return;
        }
        tp->snd_una = rx->ack;
        tp->snd_wnd = (uint32_t)rx->window << tp->snd_wscale;
        tp->snd_wl1 = rx->seq;
        tcp_established(tp);
    }
    if (!tcp_ack(tp, rx))
        return;
    if (tp->fin_queued && tp->snd_una == tp->write_seq + 1 && !fin_acked(tp))
        return;
    if (tp->ecn_ok)
        ecn_in(tp, rx);
    if (tcp_state_in(tp, TCP_RECEIVES)) {
        /* Nobody will ever read it: say so (RFC 2525, 2.17). */
        if (tp->state != ABI_TCP_ESTABLISHED && rx->len &&
            (tp->sk.shut & 1 << SHUT_RD) &&
            seq_lt(tp->rcv_nxt, rx->seq + rx->len)) {
            tcp_reset_for(rx);
            reset(tp);
            return;
        }
        if (rx->flags & TCP_URG)
            tcp_urgent_in(tp, rx);
        tcp_data_in(tp, rx);
    } else if (rx->len || fin) {
        tp->ack_due = TCP_ACK_NOW;
    }
    if (tp->state != ABI_TCP_CLOSE)
        tcp_finish_input(tp, false);
}

void tcp_sock_input(struct tcp_sock *tp, struct tcp_rx *rx)
{
    tp->segs_in++;
    tp->predicted = 0; /* until tcp_predict has seen what comes of it */
    sock_get(&tp->sk);
    if (tp->state == ABI_TCP_SYN_SENT)
        syn_sent_input(tp, rx);
    else if (tp->state != ABI_TCP_CLOSE)
        slow_way(tp, rx);
    tcp_predict(tp);
    sock_put(&tp->sk);
}

/* --- to whom --- */

/* The header, which is there as far as its fixed part. */
static bool parse(struct tcp_rx *rx)
{
    struct netbuf *nb = rx->nb;
    const struct tcp_header *h = (const struct tcp_header *)nb->data;
    size_t size;
    bool syn;

    size = (h->offset >> 4) * 4u;
    if (size < sizeof(*h) || !netbuf_need(rx->s, nb, size))
        return false;
    h = (const struct tcp_header *)nb->data;
    rx->seq = be32(h->seq);
    rx->ack = be32(h->ack);
    rx->window = be16(h->window);
    rx->urgent = be16(h->urgent);
    rx->flags = h->flags;
    syn = rx->flags & TCP_SYN;
    size -= sizeof(*h);
    if (syn || !tcp_option_parse_ts((const uint8_t *)(h + 1), size, &rx->o))
        tcp_option_parse((const uint8_t *)(h + 1), size, syn, &rx->o);
    netbuf_pull(nb, sizeof(*h) + size);
    rx->len = nb->len;
    return true;
}

static void to_listener(struct tcp_rx *rx, uint32_t min_iss)
{
    struct sock *sk =
        port_find(rx->s, IPPROTO_TCP, &rx->info->destination, rx->destination,
                  &rx->info->source, rx->source, rx->info->dev);

    if (sk)
        tcp_listen_input(tcp_sk(sk), rx, min_iss);
    else
        tcp_reset_for(rx);
}

void tcp_input(struct netstack *s, struct netbuf *nb,
               const struct ip_info *info)
{
    struct tcp_rx rx;
    struct flow *f;

    rx.s = s;
    rx.nb = nb;
    rx.info = info;
    s->count.tcp_in++;
    if (unlikely(s->trace))
        tcp_trace(s, "in", nb, &info->source, &info->destination);
    if (unlikely(!ip_checksum_ok(nb, info))) {
        s->count.tcp_in_checksum_errors++;
        s->count.tcp_in_errors++;
        goto out;
    }
    if (unlikely(!netbuf_need(s, nb, sizeof(struct tcp_header)))) {
        s->count.tcp_in_errors++;
        goto out;
    }
    rx.source = load16(nb->data);
    rx.destination = load16(nb->data + 2);
    f = flow_find(s, IPPROTO_TCP, &info->destination, rx.destination,
                  &info->source, rx.source);
    if (likely(f && f->kind == FLOW_SOCK) &&
        tcp_fast(tcp_sk(container_of(f, struct sock, flow)), nb))
        return;
    if (unlikely(!parse(&rx))) {
        s->count.tcp_in_errors++;
        goto out;
    }
    if (likely(f && f->kind == FLOW_SOCK)) {
        tcp_sock_input(tcp_sk(container_of(f, struct sock, flow)), &rx);
    } else if (!f) {
        to_listener(&rx, 0);
    } else if (f->kind == TCP_FLOW_REQUEST) {
        tcp_request_input(f, &rx);
    } else {
        uint32_t min_iss = 0;

        if (tcp_timewait_input(f, &rx, &min_iss))
            to_listener(&rx, min_iss);
    }
out:
    if (rx.nb)
        netbuf_free(s, rx.nb);
}
