// SPDX-License-Identifier: MIT
/* tcp_setopt: the options of tcp(7). */
#include "net/ip_extra.h"
#include "net/tcp_priv.h"

#include "lib/string.h"

#define MSS_MIN 88 /* as Linux */
#define MSS_MAX 32767

static int in_range(int v, int min, int max)
{
    return v < min || v > max ? -EINVAL : 0;
}

static int set_cork(struct tcp_sock *tp, bool on)
{
    tcp_hold(tp, TCP_HOLD_CORK, on);
    if (!on) {
        tcp_hold(tp, TCP_HOLD_MORE, false);
        tcp_output(tp);
    }
    return 0;
}

static int set_nodelay(struct tcp_sock *tp, bool on)
{
    tp->nodelay = on;
    if (on)
        tcp_output(tp);
    return 0;
}

/* An even number that is not 0: only what is due now. */
static int set_quickack(struct tcp_sock *tp, int v)
{
    bool due = v && tp->ack_due != TCP_ACK_NONE;

    tp->pingpong = !v || (due && !(v & 1));
    if (v)
        tp->quick = TCP_QUICK_ACKS;
    if (due)
        tcp_send_ack(tp);
    return 0;
}

/* Linux counts answers to SYN, which come after 1, 3, 7 ... seconds, and tells
 * how long those take. */
static uint32_t defer_seconds(int wanted)
{
    uint32_t total = 0, step = 1;

    while (wanted > 0 && total < (uint32_t)wanted && total < UINT16_MAX / 2) {
        total += step;
        step = MIN(2 * step, (uint32_t)(TCP_RTO_MAX / TCP_SEC));
    }
    return total;
}

static int set_int(struct tcp_sock *tp, int name, int v)
{
    int err = 0;

    switch (name) {
    case TCP_NODELAY:
        return set_nodelay(tp, v);
    case TCP_CORK:
        return set_cork(tp, v);
    case TCP_QUICKACK:
        return set_quickack(tp, v);
    case TCP_MAXSEG:
        err = v ? in_range(v, MSS_MIN, MSS_MAX) : 0;
        if (!err)
            tp->user_mss = (uint32_t)v;
        return err;
    case TCP_KEEPIDLE:
        err = in_range(v, 1, 32767);
        if (!err)
            tp->keep_idle_s = (uint32_t)v;
        if (!err)
            tcp_keepalive_arm(tp);
        return err;
    case TCP_KEEPINTVL:
        err = in_range(v, 1, 32767);
        if (!err)
            tp->keep_interval_s = (uint32_t)v;
        return err;
    case TCP_KEEPCNT:
        err = in_range(v, 1, 127);
        if (!err)
            tp->keep_count = (uint8_t)v;
        return err;
    case TCP_SYNCNT:
        err = in_range(v, 1, 127);
        if (!err)
            tp->syn_count = (uint8_t)v;
        return err;
    case TCP_LINGER2:
        tp->linger2_s = v < 0 ? -1 : MIN(v, 120);
        return 0;
    case TCP_DEFER_ACCEPT:
        tp->defer_accept_s = (uint16_t)defer_seconds(v);
        return 0;
    case TCP_WINDOW_CLAMP:
        if (!v && tp->state != ABI_TCP_CLOSE)
            return -EINVAL;
        tp->window_clamp = v ? (uint32_t)MAX(v, 1152) : 0;
        return 0;
    case TCP_USER_TIMEOUT:
        if (v < 0)
            return -EINVAL;
        tp->user_timeout_ms = (uint32_t)v;
        return 0;
    case TCP_NOTSENT_LOWAT:
        tp->notsent_lowat = (uint32_t)v;
        tcp_hold(tp, TCP_HOLD_LOWAT, v);
        return 0;
    case TCP_THIN_DUPACK: /* recovery looks at times: the same for all */
        return in_range(v, 0, 1);
    }
    /* TCP_FASTOPEN too: there is none. */
    return -ENOPROTOOPT;
}

static int set_congestion(struct tcp_sock *tp, const char *name, size_t len)
{
    const struct tcp_cc_ops *cc;

    len = strnlen(name, MIN(len, 15u));
    cc = tcp_cc_find(name, len);
    if (!cc)
        return -ENOENT;
    if (cc != tp->cc) {
        tp->cc = cc;
        cc->init(tp);
    }
    return 0;
}

int tcp_set_option(struct sock *sk, int level, int name, const void *value,
                   size_t len)
{
    struct tcp_sock *tp = tcp_sk(sk);
    int v, err;

    if (level == SOL_SOCKET && name == SO_TIMESTAMPING)
        return tcp_set_timestamping(tp, value, len);
    if (level == SOL_SOCKET) {
        err = sock_set_option(sk, name, value, len);
        if (!err && name == SO_KEEPALIVE)
            tcp_keepalive_arm(tp);
        return err;
    }
    if (level != SOL_TCP) {
        err = inet_set_option(sk, level, name, value, len);
        tp->ip.ttl = sk->ttl;
        tp->ip.tos = sk->tos & 0xfc;
        if (tp->ip.extra != sk->extra) {
            tp->ip.extra = sk->extra;
            if (sk->path.dev)
                tcp_sync_mss(tp);
        }
        return err;
    }
    netstack_update_now(sk->stack);
    if (name == TCP_CONGESTION)
        return len < 1 ? -EINVAL : set_congestion(tp, value, len);
    if (len < sizeof(v))
        return -EINVAL;
    memcpy(&v, value, sizeof(v));
    return set_int(tp, name, v);
}

static int get_int(const struct tcp_sock *tp, int name, int *v)
{
    switch (name) {
    case TCP_NODELAY:
        *v = tp->nodelay;
        return 0;
    case TCP_CORK:
        *v = !!(tp->hold & TCP_HOLD_CORK);
        return 0;
    case TCP_QUICKACK:
        *v = !tp->pingpong;
        return 0;
    case TCP_MAXSEG:
        *v = (int)(tp->user_mss &&
                           tcp_state_in(tp, TCP_IN(CLOSE) | TCP_IN(LISTEN))
                       ? tp->user_mss
                       : tp->mss);
        return 0;
    case TCP_KEEPIDLE:
        *v = (int)tp->keep_idle_s;
        return 0;
    case TCP_KEEPINTVL:
        *v = (int)tp->keep_interval_s;
        return 0;
    case TCP_KEEPCNT:
        *v = tp->keep_count;
        return 0;
    case TCP_SYNCNT:
        *v = tp->syn_count ? tp->syn_count : TCP_SYN_RETRIES;
        return 0;
    case TCP_LINGER2:
        *v = tp->linger2_s ? tp->linger2_s : (int)(TCP_FIN_WAIT / TCP_SEC);
        return 0;
    case TCP_DEFER_ACCEPT:
        *v = tp->defer_accept_s;
        return 0;
    case TCP_WINDOW_CLAMP:
        *v = (int)tp->window_clamp;
        return 0;
    case TCP_USER_TIMEOUT:
        *v = (int)tp->user_timeout_ms;
        return 0;
    case TCP_NOTSENT_LOWAT:
        *v = (int)tp->notsent_lowat;
        return 0;
    case TCP_FASTOPEN:
    case TCP_THIN_DUPACK:
        *v = 0;
        return 0;
    case TCP_TIMESTAMP:
        *v = (int)(tcp_ts_now(tp->sk.stack) + tp->ts_offset);
        return 0;
    }
    return -ENOPROTOOPT;
}

static int give(const void *from, size_t size, void *value, size_t *len)
{
    *len = MIN(*len, size);
    memcpy(value, from, *len);
    return 0;
}

int tcp_get_option(struct sock *sk, int level, int name, void *value,
                   size_t *len)
{
    struct tcp_sock *tp = tcp_sk(sk);
    struct abi_tcp_info info;
    char cc[16] = "";
    int v, err;

    if (level == SOL_SOCKET && name == SO_ACCEPTCONN) {
        v = tp->state == ABI_TCP_LISTEN;
        return give(&v, sizeof(v), value, len);
    }
    if (level != SOL_TCP)
        return inet_get_option(sk, level, name, value, len);
    if (name == TCP_INFO) {
        netstack_update_now(sk->stack);
        tcp_info_fill(tp, &info);
        return give(&info, sizeof(info), value, len);
    }
    if (name == TCP_CC_INFO) { /* neither CUBIC nor Reno has any */
        *len = 0;
        return 0;
    }
    if (name == TCP_CONGESTION) {
        memcpy(cc, tp->cc->name, strlen(tp->cc->name));
        return give(cc, sizeof(cc), value, len);
    }
    err = get_int(tp, name, &v);
    return err ? err : give(&v, sizeof(v), value, len);
}
