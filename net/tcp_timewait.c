// SPDX-License-Identifier: MIT
/*
 * tcp_timewait: what is left of a connection that ended here first (RFC 9293,
 * 3.6.1): enough to acknowledge the peer's FIN again, and to keep the ends from
 * being used too early. New connections may take over by RFC 6191 and RFC 1122,
 * 4.2.2.13; a RST does not end it early (RFC 1337).
 */
#include "net/tcp_priv.h"

struct time_wait {
    struct flow flow;
    struct port_use use;
    struct list_node node; /* in tcp_stack.time_waits */
    struct net_timer timer;
    uint32_t snd_nxt, rcv_nxt, ts_recent, ts_offset;
    uint64_t since_ns, answered_ns;
    uint16_t window;
    uint8_t tos;
    bool ts_ok;
};

static void tw_free(struct netstack *s, struct time_wait *tw)
{
    flow_remove(s, &tw->flow);
    port_release(s, &tw->use);
    net_timer_remove(s, &tw->timer);
    list_del(&tw->node);
    tcp_of(s)->counts.time_wait--;
    net_env_free(s, tw);
}

static void expired(struct netstack *s, struct net_timer *t)
{
    tw_free(s, container_of(t, struct time_wait, timer));
}

void tcp_timewait_enter(struct tcp_sock *tp)
{
    struct netstack *s = tp->sk.stack;
    struct tcp_stack *ts = tcp_of(s);
    struct time_wait *tw;

    if (ts->counts.time_wait >= TCP_TIMEWAIT_MAX)
        tw_free(s, list_first_entry(&ts->time_waits, struct time_wait, node));
    tw = net_env_alloc(s, sizeof(*tw));
    if (!tw) { /* it has to do without */
        tcp_done(tp, 0);
        return;
    }
    *tw = (struct time_wait){
        .flow = tp->sk.flow,
        .snd_nxt = tp->snd_nxt,
        .rcv_nxt = tp->rcv_nxt,
        .ts_recent = tp->ts_recent,
        .ts_offset = tp->ts_offset,
        .ts_ok = tp->ts_ok,
        .since_ns = s->now,
        .window = (uint16_t)MIN(tcp_window(tp) >> tp->rcv_wscale, 65535u),
        .tos = tp->sk.tos & 0xfc,
    };
    tw->flow.kind = TCP_FLOW_TIMEWAIT;
    tw->flow.hashed = false;
    flow_replace(s, &tp->sk.flow, &tw->flow);
    if (tp->sk.use.port)
        port_share(&tw->use, &tp->sk.use);
    list_add_tail(&ts->time_waits, &tw->node);
    ts->counts.time_wait++;
    net_timer_init(&tw->timer, expired);
    net_timer_arm(s, &tw->timer, s->now + TCP_TIMEWAIT);
    tcp_done(tp, 0);
}

static void answer(struct time_wait *tw, struct tcp_rx *rx)
{
    struct tcp_reply r;

    tcp_reply_init(&r, rx);
    r.seq = tw->snd_nxt;
    r.ack = tw->rcv_nxt;
    r.flags = TCP_ACK;
    r.window = tw->window;
    r.tos = tw->tos;
    r.o.has_ts = tw->ts_ok;
    r.o.tsval = tcp_ts_now(rx->s) + tw->ts_offset;
    r.o.tsecr = tw->ts_recent;
    tcp_reply_send(rx->s, &r);
}

bool tcp_timewait_input(struct flow *f, struct tcp_rx *rx, uint32_t *min_iss)
{
    struct time_wait *tw = container_of(f, struct time_wait, flow);
    struct netstack *s = rx->s;
    uint32_t end = rx->seq + rx->len + !!(rx->flags & TCP_FIN);
    bool old = tw->ts_ok && rx->o.has_ts && seq_lt(rx->o.tsval, tw->ts_recent);

    if (rx->flags & TCP_RST)
        return false;
    /* Later in time or in sequence: a new connection. */
    if ((rx->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && !old &&
        (seq_lt(tw->rcv_nxt, rx->seq) ||
         (tw->ts_ok && rx->o.has_ts && seq_lt(tw->ts_recent, rx->o.tsval)))) {
        *min_iss = tw->snd_nxt + 65537;
        tw_free(s, tw);
        return true;
    }
    /* A FIN again: the peer missed our answer, and we wait anew. Others are
     * answered now and then. */
    if (!old && end == tw->rcv_nxt && (rx->flags & TCP_FIN)) {
        if (tw->ts_ok && rx->o.has_ts)
            tw->ts_recent = rx->o.tsval;
        net_timer_arm(s, &tw->timer, s->now + TCP_TIMEWAIT);
        answer(tw, rx);
    } else if (rx->len || (rx->flags & (TCP_SYN | TCP_FIN)) || old ||
               end != tw->rcv_nxt) {
        if (tw->answered_ns && s->now - tw->answered_ns < 500 * TCP_MSEC)
            return false;
        tw->answered_ns = s->now;
        answer(tw, rx);
    }
    return false;
}

/* As Linux by default: only over loopback, when time stamps keep the two apart
 * and have moved on. */
bool tcp_timewait_reuse(struct netstack *s, struct flow *f, uint32_t *min_iss)
{
    struct time_wait *tw = container_of(f, struct time_wait, flow);

    if (!netaddr_is_loopback(&f->remote) || !tw->ts_ok ||
        s->now - tw->since_ns < TCP_SEC)
        return false;
    *min_iss = tw->snd_nxt + 65537;
    tw_free(s, tw);
    return true;
}

void tcp_timewait_fini(struct netstack *s)
{
    struct list_node *all = &tcp_of(s)->time_waits;

    while (!list_empty(all))
        tw_free(s, list_first_entry(all, struct time_wait, node));
}
