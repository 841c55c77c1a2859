// SPDX-License-Identifier: MIT
/*
 * tcp_cc: congestion control. Slow start with HyStart++ (RFC 9406), NewReno's
 * congestion avoidance (RFC 5681), and the choice between it and CUBIC.
 */
#include "net/tcp_priv.h"

#include "lib/string.h"

#define IW_SEGMENTS 10 /* RFC 6928 */

enum { /* RFC 9406, 4.3 */
       HYSTART_SAMPLES = 8,
       HYSTART_DIVISOR = 8,
       HYSTART_GROWTH = 4,
       HYSTART_ROUNDS = 5,
};
#define HYSTART_MIN (4 * TCP_MSEC)
#define HYSTART_MAX (16 * TCP_MSEC)

static const struct tcp_cc_ops *const algorithms[] = {&tcp_cc_cubic,
                                                      &tcp_cc_reno};

const struct tcp_cc_ops *tcp_cc_find(const char *name, size_t len)
{
    for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++)
        if (strlen(algorithms[i]->name) == len &&
            !memcmp(algorithms[i]->name, name, len))
            return algorithms[i];
    return NULL;
}

static void hystart_round(struct tcp_sock *tp)
{
    struct tcp_hystart *h = &tp->hystart;

    h->end = tp->snd_nxt;
    h->last_min = h->round_min;
    h->round_min = UINT64_MAX;
    h->samples = 0;
}

static uint32_t initial_window(const struct tcp_sock *tp)
{
    return IW_SEGMENTS * tp->mss;
}

void tcp_cc_init(struct tcp_sock *tp)
{
    tp->cc = &tcp_cc_cubic;
    tp->ssthresh = UINT32_MAX;
    tp->cwnd = IW_SEGMENTS * TCP_MSS_DEFAULT;
}

void tcp_cc_start(struct tcp_sock *tp)
{
    tp->cwnd = initial_window(tp);
    /* RFC 6298, 5.7, RFC 5681, 3.1: the SYN was lost. */
    if (tp->retries)
        tp->cwnd = tp->mss;
    tp->hystart =
        (struct tcp_hystart){.round_min = UINT64_MAX, .last_min = UINT64_MAX};
    hystart_round(tp);
    tp->cc->init(tp);
}

/* RFC 9406, 4.2: the round trip grew while slow start did. */
void tcp_hystart_sample(struct tcp_sock *tp, uint64_t rtt)
{
    struct tcp_hystart *h = &tp->hystart;
    uint64_t threshold;

    if (!seq_lt(tp->snd_una, h->end)) {
        if (h->css && ++h->css_rounds >= HYSTART_ROUNDS) {
            tp->ssthresh = tp->cwnd;
            h->css = false;
        }
        hystart_round(tp);
    }
    h->round_min = MIN(h->round_min, rtt);
    if (++h->samples < HYSTART_SAMPLES || h->last_min == UINT64_MAX)
        return;
    if (h->css) {
        if (h->round_min < h->css_base)
            h->css = false; /* it was no sign of congestion */
        return;
    }
    threshold =
        MIN(MAX(h->last_min / HYSTART_DIVISOR, HYSTART_MIN), HYSTART_MAX);
    if (h->round_min >= h->last_min + threshold) {
        h->css = true;
        h->css_base = h->round_min;
        h->css_rounds = 0;
    }
}

void tcp_cc_acked(struct tcp_sock *tp, uint32_t acked, uint64_t rtt,
                  bool limited)
{
    if (tp->cwnd < tp->ssthresh) {
        uint32_t room = tp->ssthresh - tp->cwnd, step = acked;

        if (rtt)
            tcp_hystart_sample(tp, rtt);
        if (!limited)
            return;
        if (tp->hystart.css)
            step /= HYSTART_GROWTH;
        tp->cwnd += MIN(step, room);
    } else if (limited) {
        tp->cc->grow(tp, acked);
    }
    tp->cwnd = MIN(tp->cwnd, 1u << 30);
    if (!tp->sk.sndbuf_set)
        tcp_sendbuf_grow(tp);
}

/* RFC 5681, 4.1: after a pause longer than the RTO the window is stale. */
void tcp_cc_idle(struct tcp_sock *tp)
{
    uint32_t restart = initial_window(tp);

    tp->ssthresh = MAX(tp->ssthresh, tp->cwnd / 4 * 3);
    tp->cwnd = MIN(tp->cwnd, restart);
    tp->cubic.epoch_ns = 0;
}

/* --- NewReno --- */

static void reno_init(struct tcp_sock *tp)
{
    tp->cubic.part = 0;
}

/* One segment a window (RFC 5681, 3.1, equation 3, without rounding away). */
void tcp_reno_grow(struct tcp_sock *tp, uint32_t acked)
{
    uint64_t gain = (uint64_t)tp->mss * acked + tp->cubic.part;

    tp->cwnd += (uint32_t)(gain / tp->cwnd);
    tp->cubic.part = (uint32_t)(gain % tp->cwnd);
}

static uint32_t reno_ssthresh(struct tcp_sock *tp)
{
    return MAX(MIN(tp->cwnd, tp->snd_nxt - tp->snd_una) / 2, 2 * tp->mss);
}

const struct tcp_cc_ops tcp_cc_reno = {
    .name = "reno",
    .init = reno_init,
    .grow = tcp_reno_grow,
    .ssthresh = reno_ssthresh,
};
