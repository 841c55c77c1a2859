// SPDX-License-Identifier: MIT
/*
 * tcp_cookie: SYN cookies (RFC 4987, 3.6; D. J. Bernstein, 1996). Under a flood
 * nothing is kept of a SYN: our initial sequence number says when it came, the
 * peer's MSS (of a few), and 24 bits that only we can make. With timestamps the
 * other options are in the low bits of ours, which the peer echoes.
 */
#include "net/tcp_priv.h"

#include "lib/siphash.h"

#define COOKIE_PERIOD (64 * TCP_SEC)
#define COOKIE_LIVES  2 /* periods */

static const uint16_t sizes[8] = {536,  1200, 1300, 1380,
                                  1440, 1460, 4312, 8960};

struct ends {
    struct netaddr local, remote;
    uint16_t local_port, remote_port;
    uint32_t irs, period, what;
};

static uint32_t mac(struct tcp_rx *rx, uint32_t irs, uint32_t period,
                    uint32_t what)
{
    struct ends e = {rx->info->destination,
                     rx->info->source,
                     rx->destination,
                     rx->source,
                     irs,
                     period,
                     what};

    return (uint32_t)siphash(tcp_of(rx->s)->secret, &e, sizeof(e));
}

static uint32_t period_now(const struct netstack *s)
{
    return (uint32_t)(s->now / COOKIE_PERIOD);
}

uint32_t tcp_cookie_make(struct tcp_rx *rx, uint16_t mss)
{
    uint32_t period = period_now(rx->s), index = 0, open;

    while (index + 1 < ARRAY_SIZE(sizes) && sizes[index + 1] <= mss)
        index++;
    open = (period & 31) << 27 | index << 24 |
           (mac(rx, rx->seq, period, index) & 0xffffff);
    /* What is open within looks random outside. */
    return open + mac(rx, 0, 0, 8);
}

uint16_t tcp_cookie_check(struct tcp_rx *rx)
{
    uint32_t open = rx->ack - 1 - mac(rx, 0, 0, 8);
    uint32_t index = open >> 24 & 7, now = period_now(rx->s);
    uint32_t age = (now - (open >> 27)) & 31;

    if (age >= COOKIE_LIVES)
        return 0;
    if (((open ^ mac(rx, rx->seq - 1, now - age, index)) & 0xffffff) != 0)
        return 0;
    return sizes[index];
}

uint32_t tcp_cookie_ts(uint32_t ts, const struct tcp_options *o, bool ecn)
{
    uint32_t bits = (o->has_wscale ? o->wscale : 15u) |
                    (uint32_t)o->sack_ok << 4 | (uint32_t)ecn << 5;
    uint32_t with = (ts & ~63u) | bits;

    return seq_lt(ts, with) ? with - 64 : with;
}

void tcp_cookie_options(uint32_t ts, struct tcp_options *o, bool *ecn)
{
    o->has_wscale = (ts & 15) != 15;
    o->wscale = MIN(ts & 15, (unsigned)TCP_WSCALE_MAX);
    o->sack_ok = ts >> 4 & 1;
    *ecn = ts >> 5 & 1;
}
