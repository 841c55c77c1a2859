// SPDX-License-Identifier: MIT
/*
 * tcp_cubic: CUBIC (RFC 9438), in bytes and milliseconds, without fractions:
 * C = 0.4 segments/s^3, beta = 0.7.
 */
#include "net/tcp_priv.h"

#define SPAN_MAX 100000u /* ms from the origin; the cube fits */

/* Digit by digit in base 2: adding bit b to root y changes y^3 by
 * (3 y (y + 2^b) 2^b + 2^3b). */
uint32_t tcp_cubic_root(uint64_t x)
{
    uint64_t y = 0;

    for (int shift = 63; shift >= 0; shift -= 3) {
        uint64_t step;

        y += y;
        step = 3 * y * (y + 1) + 1;
        if (x >> shift >= step) {
            x -= step << shift;
            y++;
        }
    }
    return (uint32_t)y;
}

/* C d^3 in bytes, of d ms. */
static uint32_t cube(const struct tcp_sock *tp, uint32_t ms)
{
    uint64_t d = MIN(ms, SPAN_MAX);
    uint64_t bytes = d * d * d / 1000 * tp->mss / 2500000;

    return (uint32_t)MIN(bytes, (uint64_t)1 << 30);
}

static void cubic_init(struct tcp_sock *tp)
{
    tp->cubic = (struct tcp_cubic){0};
}

/* 4.2: a new epoch starts with the first ACK in congestion avoidance. */
static void start_epoch(struct tcp_sock *tp)
{
    struct tcp_cubic *c = &tp->cubic;

    c->epoch_ns = tp->sk.stack->now;
    c->w_est = tp->cwnd;
    c->part = 0;
    if (tp->cwnd < c->w_max) {
        c->k = tcp_cubic_root((uint64_t)(c->w_max - tp->cwnd) * 2500000000ull /
                              tp->mss);
        c->origin = c->w_max;
    } else {
        c->k = 0;
        c->origin = tp->cwnd;
    }
}

/* W_cubic one round trip from now. */
static uint32_t target(const struct tcp_sock *tp)
{
    const struct tcp_cubic *c = &tp->cubic;
    uint64_t ns = tp->sk.stack->now - c->epoch_ns + tp->srtt;
    uint64_t t = ns / TCP_MSEC;

    if (t < c->k) {
        uint32_t below = cube(tp, c->k - (uint32_t)t);

        return c->origin > below ? c->origin - below : 0;
    }
    return c->origin + cube(tp, (uint32_t)MIN(t - c->k, (uint64_t)SPAN_MAX));
}

static void cubic_grow(struct tcp_sock *tp, uint32_t acked)
{
    struct tcp_cubic *c = &tp->cubic;
    uint64_t gain;
    uint32_t want;

    if (!c->epoch_ns)
        start_epoch(tp);
    /* 4.3: what Reno would have, with alpha = 3 (1 - beta) / (1 + beta). */
    gain = (uint64_t)acked * tp->mss / tp->cwnd;
    c->w_est += (uint32_t)(c->w_est < c->cwnd_prior ? gain * 9 / 17 : gain);
    /* 4.4, 4.5: towards the target, at most by half of the window. */
    want = MIN(MAX(target(tp), tp->cwnd), tp->cwnd + tp->cwnd / 2);
    gain = (uint64_t)(want - tp->cwnd) * acked + c->part;
    c->part = (uint32_t)(gain % tp->cwnd);
    tp->cwnd += (uint32_t)(gain / tp->cwnd);
    tp->cwnd = MAX(tp->cwnd, c->w_est);
}

/* 4.6, with fast convergence (4.7). */
static uint32_t cubic_ssthresh(struct tcp_sock *tp)
{
    struct tcp_cubic *c = &tp->cubic;
    uint32_t flight = MIN(tp->cwnd, tp->snd_nxt - tp->snd_una);

    c->epoch_ns = 0;
    c->cwnd_prior = tp->cwnd;
    if (tp->cwnd < c->w_max)
        c->w_max = (uint32_t)((uint64_t)tp->cwnd * 17 / 20);
    else
        c->w_max = tp->cwnd;
    return MAX((uint32_t)((uint64_t)flight * 7 / 10), 2 * tp->mss);
}

const struct tcp_cc_ops tcp_cc_cubic = {
    .name = "cubic",
    .init = cubic_init,
    .grow = cubic_grow,
    .ssthresh = cubic_ssthresh,
};
