// SPDX-License-Identifier: MIT
/*
 * tcp_timer: what happens when nothing happens. One timer for what was sent
 * (retransmission, RFC 6298; probes of the tail and of a shut window), one for
 * acknowledgements that wait, a slow one (keepalive, RFC 9293, 3.8.4; the end
 * of FIN-WAIT-2).
 */
#include "net/tcp_priv.h"

static struct tcp_sock *tcp_of_timer(struct net_timer *t, size_t offset)
{
    return (struct tcp_sock *)(void *)((char *)t - offset);
}

/* The peer has not answered for long enough; why. */
static void give_up(struct tcp_sock *tp)
{
    tcp_done(tp, tp->soft_error ? tp->soft_error : ETIMEDOUT);
}

static bool too_long(struct tcp_sock *tp, unsigned limit)
{
    uint64_t now = tp->sk.stack->now;

    if (tp->sk.closed)
        limit = MIN(limit, (unsigned)TCP_ORPHAN_RETRIES);
    if (tp->user_timeout_ms) /* RFC 5482, tcp(7) */
        return now - tp->retry_since >= tp->user_timeout_ms * TCP_MSEC;
    return tp->retries > limit;
}

static void count_retry(struct tcp_sock *tp)
{
    if (!tp->retries)
        tp->retry_since =
            tp->last_sent_ns ? tp->last_sent_ns : tp->sk.stack->now;
    tp->retries++;
}

static uint64_t backed_off(const struct tcp_sock *tp)
{
    return MIN(tcp_rto(tp) << tp->backoff, TCP_RTO_MAX);
}

/* Nothing is under way and yet there is something to send: the window is shut,
 * or memory was short. */
static bool held_up(const struct tcp_sock *tp)
{
    return tp->write_seq + tp->fin_queued != tp->snd_nxt &&
           tcp_state_in(tp, TCP_SENDS | TCP_IN(FIN_WAIT1) | TCP_IN(LAST_ACK) |
                                TCP_IN(CLOSING));
}

/* What the transmission timer is for now, and when that is due. It is not set
 * again with each acknowledgement: it goes off at an earlier time and finds
 * out here that there is more to wait for, or nothing. */
static enum tcp_xmit_timer next_due(const struct tcp_sock *tp, uint64_t *at)
{
    uint64_t probe;

    *at = tp->rto_base + backed_off(tp);
    if (tp->snd_una == tp->snd_nxt)
        return held_up(tp) ? TCP_TIMER_PERSIST : TCP_TIMER_NONE;
    if (tp->rack_wait_ns) {
        if (tp->rack_wait_ns >= *at)
            return TCP_TIMER_RTO;
        *at = tp->rack_wait_ns;
        return TCP_TIMER_REORDER;
    }
    probe = tcp_probe_time(tp);
    if (!probe || probe >= *at)
        return TCP_TIMER_RTO;
    *at = probe;
    return TCP_TIMER_PROBE;
}

void tcp_rearm(struct tcp_sock *tp)
{
    enum tcp_xmit_timer was = tp->timer_for;
    uint64_t at;

    tp->timer_for = (uint8_t)next_due(tp, &at);
    if (tp->timer_for == TCP_TIMER_NONE) {
        net_timer_cancel(&tp->xmit_timer);
        return;
    }
    if (tp->timer_for == TCP_TIMER_PERSIST && was != TCP_TIMER_PERSIST) {
        tp->rto_base = tp->sk.stack->now;
        at = tp->rto_base + backed_off(tp);
    }
    net_timer_arm(tp->sk.stack, &tp->xmit_timer, at);
}

static void syn_timeout(struct tcp_sock *tp)
{
    struct netstack *s = tp->sk.stack;
    unsigned limit = tp->state == ABI_TCP_SYN_RECV ? TCP_SYNACK_RETRIES
                     : tp->syn_count               ? tp->syn_count
                                                   : TCP_SYN_RETRIES;

    count_retry(tp);
    if (too_long(tp, limit)) {
        give_up(tp);
        return;
    }
    tp->backoff = (uint8_t)MIN(tp->backoff + 1, 7);
    tcp_send_syn(tp);
    s->count.tcp_retrans++;
    net_timer_arm(s, &tp->xmit_timer, s->now + backed_off(tp));
}

static void retransmission_timeout(struct tcp_sock *tp)
{
    struct netstack *s = tp->sk.stack;

    count_retry(tp);
    if (too_long(tp, TCP_RETRIES)) {
        give_up(tp);
        return;
    }
    tcp_enter_loss(tp);
    tp->backoff = (uint8_t)MIN(tp->backoff + 1, 16);
    tp->rto_base = s->now;
    if (tp->retries > 3) /* perhaps another way is better */
        tp->sk.path.generation = 0;
    tcp_output(tp);
    tcp_rearm(tp);
}

/* RFC 9293, 3.8.6.1. A peer that answers may keep its window shut for ever. */
static void persist_timeout(struct tcp_sock *tp)
{
    struct netstack *s = tp->sk.stack;

    count_retry(tp);
    tp->probes++;
    if ((tp->probes > TCP_RETRIES || tp->sk.closed || tp->user_timeout_ms) &&
        too_long(tp, TCP_RETRIES)) {
        give_up(tp);
        return;
    }
    tp->rto_base = s->now;
    tp->backoff = (uint8_t)MIN(tp->backoff + 1, 16);
    /* What is held back to be filled, or needs more of the window, goes now. */
    if (!tcp_send_new(tp, tp->mss)) {
        if (tp->snd_urgent)
            tcp_send_probe(tp, true);
        tcp_send_probe(tp, false);
        if (tp->fin_queued && tp->snd_nxt == tp->write_seq)
            tcp_output(tp);
    } else {
        tp->backoff = tp->retries = 0;
    }
    tcp_rearm(tp);
}

static void xmit_expired(struct netstack *s, struct net_timer *t)
{
    struct tcp_sock *tp =
        tcp_of_timer(t, offsetof(struct tcp_sock, xmit_timer));
    uint64_t at;

    sock_get(&tp->sk);
    if (tcp_state_in(tp, TCP_IN(SYN_SENT) | TCP_IN(SYN_RECV))) {
        syn_timeout(tp);
        sock_put(&tp->sk);
        return;
    }
    tp->timer_for = (uint8_t)next_due(tp, &at);
    if (tp->timer_for != TCP_TIMER_NONE && s->now < at) {
        net_timer_arm(s, t, at);
        sock_put(&tp->sk);
        return;
    }
    tp->predicted = 0;
    switch (tp->timer_for) {
    case TCP_TIMER_RTO:
        retransmission_timeout(tp);
        break;
    case TCP_TIMER_PROBE:
        tcp_probe_send(tp);
        tcp_rearm(tp);
        break;
    case TCP_TIMER_REORDER:
        if (tcp_rack_detect(tp) && tp->ca == TCP_CA_OPEN) {
            tcp_enter_recovery(tp);
            tp->cwnd = MAX(tcp_pipe(tp) + tp->mss, tp->mss);
        }
        tcp_output(tp);
        tcp_rearm(tp);
        break;
    case TCP_TIMER_PERSIST:
        persist_timeout(tp);
        break;
    }
    tcp_predict(tp);
    sock_put(&tp->sk);
}

static void ack_expired(struct netstack *s, struct net_timer *t)
{
    struct tcp_sock *tp = tcp_of_timer(t, offsetof(struct tcp_sock, ack_timer));

    (void)s;
    if (tp->ack_due == TCP_ACK_NONE)
        return;
    /* The program did not answer in time: no requests and responses. */
    tp->pingpong = false;
    tcp_send_ack(tp);
}

void tcp_keepalive_arm(struct tcp_sock *tp)
{
    if (!(tp->sk.options & SOCK_OPT_KEEPALIVE) ||
        !tcp_state_in(tp, TCP_SENDS | TCP_IN(FIN_WAIT1) | TCP_IN(FIN_WAIT2) |
                              TCP_IN(CLOSING) | TCP_IN(LAST_ACK)))
        return;
    net_timer_arm(tp->sk.stack, &tp->slow_timer,
                  tp->sk.stack->now + tp->keep_idle_s * TCP_SEC);
}

static void keepalive(struct tcp_sock *tp)
{
    struct netstack *s = tp->sk.stack;
    uint64_t idle = s->now - tp->last_seen_ns;
    uint64_t wait = tp->keep_idle_s * TCP_SEC;

    /* With data on its way the retransmission finds out. */
    if (idle < wait || tp->snd_una != tp->snd_nxt) {
        tp->keep_probes = 0;
        wait = idle < wait ? wait - idle : wait;
    } else if (tp->user_timeout_ms
                   ? idle >= tp->user_timeout_ms * TCP_MSEC && tp->keep_probes
                   : tp->keep_probes >= tp->keep_count) {
        tcp_abort(tp, ETIMEDOUT);
        return;
    } else {
        tp->keep_probes++;
        tcp_send_probe(tp, false);
        wait = tp->keep_interval_s * TCP_SEC;
    }
    net_timer_arm(s, &tp->slow_timer, s->now + wait);
}

bool tcp_fin_wait_2(struct tcp_sock *tp)
{
    uint64_t wait = tp->linger2_s > 0 ? tp->linger2_s * TCP_SEC : TCP_FIN_WAIT;

    if (tp->linger2_s < 0) {
        tcp_done(tp, 0);
        return false;
    }
    net_timer_arm(tp->sk.stack, &tp->slow_timer, tp->sk.stack->now + wait);
    return true;
}

static void slow_expired(struct netstack *s, struct net_timer *t)
{
    struct tcp_sock *tp =
        tcp_of_timer(t, offsetof(struct tcp_sock, slow_timer));

    (void)s;
    sock_get(&tp->sk);
    if (tp->state == ABI_TCP_FIN_WAIT2 && tp->sk.closed)
        tcp_done(tp, 0);
    else if (tp->sk.options & SOCK_OPT_KEEPALIVE &&
             tp->state != ABI_TCP_CLOSE && tp->state != ABI_TCP_LISTEN)
        keepalive(tp);
    sock_put(&tp->sk);
}

void tcp_timers_init(struct tcp_sock *tp)
{
    net_timer_init(&tp->xmit_timer, xmit_expired);
    net_timer_init(&tp->ack_timer, ack_expired);
    net_timer_init(&tp->slow_timer, slow_expired);
}

void tcp_timers_stop(struct tcp_sock *tp)
{
    net_timer_cancel(&tp->xmit_timer);
    net_timer_cancel(&tp->ack_timer);
    net_timer_cancel(&tp->slow_timer);
    tp->timer_for = TCP_TIMER_NONE;
}

void tcp_timers_remove(struct tcp_sock *tp)
{
    struct netstack *s = tp->sk.stack;

    net_timer_remove(s, &tp->xmit_timer);
    net_timer_remove(s, &tp->ack_timer);
    net_timer_remove(s, &tp->slow_timer);
}
