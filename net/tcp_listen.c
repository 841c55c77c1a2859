// SPDX-License-Identifier: MIT
/*
 * tcp_listen: connections to be. A SYN becomes a request, a little thing that
 * repeats the SYN-ACK; the ACK that answers it makes the socket, which waits to
 * be accepted. As Linux: one more than the backlog may wait; while they do,
 * SYNs are dropped and last ACKs not heard. As many requests as the backlog
 * are kept, after that SYNs are answered with cookies (RFC 4987).
 */
#include "net/ip_extra.h"
#include "net/tcp_priv.h"

#include "lib/siphash.h"

#define COOKIE_GRACE                                        \
    (120 * TCP_SEC) /* cookies are looked at after the last \
                     */

struct request {
    struct flow flow;
    struct list_node node; /* in tcp_sock.requests */
    struct net_timer timer;
    struct tcp_sock *lp;
    struct tcp_options o; /* the peer's, of its SYN */
    uint32_t iss, irs, ts_offset;
    uint64_t sent_ns, since_ns;
    uint16_t window; /* the peer's */
    uint8_t retries;
    bool ecn, acked;
};

/* RFC 6528: F(ends, secret) and a clock of 4 microseconds. */
uint32_t tcp_isn(struct netstack *s, const struct netaddr *local,
                 uint16_t local_port, const struct netaddr *remote,
                 uint16_t remote_port)
{
    struct {
        struct netaddr local, remote;
        uint16_t local_port, remote_port;
    } ends = {*local, *remote, local_port, remote_port};

    return (uint32_t)siphash(tcp_of(s)->secret, &ends, sizeof(ends)) +
           (uint32_t)(s->now / 4096);
}

/* RFC 7323, 5.4: one clock for each pair of hosts, so that it never goes back
 * from one connection to the next. */
uint32_t tcp_ts_offset(struct netstack *s, const struct netaddr *local,
                       const struct netaddr *remote)
{
    struct netaddr ends[2] = {*local, *remote};

    return (uint32_t)siphash(tcp_of(s)->secret, ends, sizeof(ends));
}

static void request_free(struct netstack *s, struct request *req)
{
    flow_remove(s, &req->flow);
    net_timer_remove(s, &req->timer);
    list_del(&req->node);
    req->lp->request_count--;
    tcp_of(s)->counts.requests--;
    net_env_free(s, req);
}

static uint16_t window_of(const struct tcp_sock *lp)
{
    return (uint16_t)MIN(lp->sk.rcvbuf / 2, 65535u);
}

/* The options of a SYN-ACK: what both have (RFC 7323, 2018). */
static void answer_options(struct netstack *s, const struct tcp_sock *lp,
                           const struct tcp_reply *r,
                           const struct tcp_options *theirs, uint32_t ts,
                           struct tcp_options *o)
{
    struct ip_path p = {.source = r->local,
                        .destination = r->remote,
                        .bound_dev = lp->sk.bound_dev};

    *o = (struct tcp_options){
        .has_mss = true,
        .mss = TCP_MSS_DEFAULT,
        .has_wscale = theirs->has_wscale,
        .wscale = TCP_WSCALE,
        .sack_ok = theirs->sack_ok,
        .has_ts = theirs->has_ts,
        .tsval = ts,
        .tsecr = theirs->tsval,
    };
    if (ip_path_refresh(s, &p))
        return;
    o->mss = (uint16_t)tcp_advertised_mss(s, &p, lp);
    ip_path_release(s, &p);
}

/* Headers of IPv6 are also those of accepted sockets, options of IPv4 not. */
static struct ip_extra *inherited_extra(const struct tcp_sock *lp,
                                        const struct netaddr *to)
{
    return netaddr_is_v4(to) ? NULL : lp->sk.extra;
}

static void send_syn_ack(struct netstack *s, struct request *req)
{
    struct tcp_sock *lp = req->lp;
    struct tcp_reply r = {
        .local = req->flow.local,
        .remote = req->flow.remote,
        .local_port = req->flow.local_port,
        .remote_port = req->flow.remote_port,
        .seq = req->iss,
        .ack = req->irs + 1,
        .window = window_of(lp),
        .flags = TCP_SYN | TCP_ACK | (req->ecn ? TCP_ECE : 0),
        .tos = lp->sk.tos & 0xfc,
        .ttl = lp->sk.ttl,
        .bound_dev = lp->sk.bound_dev,
        .extra = inherited_extra(lp, &req->flow.remote),
    };

    answer_options(s, lp, &r, &req->o, tcp_ts_now(s) + req->ts_offset, &r.o);
    req->sent_ns = s->now;
    tcp_reply_send(s, &r);
}

static bool accept_full(const struct tcp_sock *lp)
{
    return lp->accept_count > lp->backlog;
}

static void request_expired(struct netstack *s, struct net_timer *t)
{
    struct request *req = container_of(t, struct request, timer);
    uint64_t deferred = req->lp->defer_accept_s * TCP_SEC;
    bool waits = req->acked && s->now - req->since_ns < deferred;

    if (!waits && req->retries >= (req->lp->syn_count ? req->lp->syn_count
                                                      : TCP_SYNACK_RETRIES)) {
        s->count.tcp_attempt_fails++;
        request_free(s, req);
        return;
    }
    if (!waits) {
        req->retries++;
        s->count.tcp_retrans++;
        send_syn_ack(s, req);
    }
    net_timer_arm(s, &req->timer,
                  s->now + (TCP_RTO_INIT << MIN(req->retries, 6)));
}

/* --- a SYN --- */

static void send_cookie(struct tcp_sock *lp, struct tcp_rx *rx)
{
    struct netstack *s = rx->s;
    bool ecn = rx->o.has_ts &&
               (rx->flags & (TCP_ECE | TCP_CWR)) == (TCP_ECE | TCP_CWR);
    struct tcp_reply r;
    uint32_t ts;

    tcp_reply_init(&r, rx);
    ts = tcp_ts_now(s) + tcp_ts_offset(s, &r.local, &r.remote);
    r.seq = tcp_cookie_make(rx, rx->o.has_mss ? rx->o.mss : TCP_MSS_DEFAULT);
    r.ack = rx->seq + 1;
    r.window = window_of(lp);
    r.flags = TCP_SYN | TCP_ACK | (ecn ? TCP_ECE : 0);
    r.bound_dev = lp->sk.bound_dev;
    if (!rx->o.has_ts)
        rx->o.has_wscale = rx->o.sack_ok = false;
    answer_options(s, lp, &r, &rx->o, tcp_cookie_ts(ts, &rx->o, ecn), &r.o);
    lp->cookies_until = s->now + COOKIE_GRACE;
    tcp_reply_send(s, &r);
}

static void new_request(struct tcp_sock *lp, struct tcp_rx *rx,
                        uint32_t min_iss)
{
    struct netstack *s = rx->s;
    struct request *req;

    if (accept_full(lp))
        return;
    if (lp->request_count >= MAX(lp->backlog, 1u)) {
        send_cookie(lp, rx);
        return;
    }
    req = net_env_alloc(s, sizeof(*req));
    if (!req) {
        send_cookie(lp, rx);
        return;
    }
    *req = (struct request){
        .flow = {.protocol = IPPROTO_TCP,
                 .kind = TCP_FLOW_REQUEST,
                 .local = rx->info->destination,
                 .remote = rx->info->source,
                 .local_port = rx->destination,
                 .remote_port = rx->source},
        .lp = lp,
        .o = rx->o,
        .irs = rx->seq,
        .window = rx->window,
        .since_ns = s->now,
        .ecn = (rx->flags & (TCP_ECE | TCP_CWR)) == (TCP_ECE | TCP_CWR),
    };
    req->iss = tcp_isn(s, &req->flow.local, req->flow.local_port,
                       &req->flow.remote, req->flow.remote_port);
    if (min_iss && seq_lt(req->iss, min_iss))
        req->iss = min_iss;
    req->ts_offset = tcp_ts_offset(s, &req->flow.local, &req->flow.remote);
    net_timer_init(&req->timer, request_expired);
    if (flow_insert(s, &req->flow)) {
        net_env_free(s, req);
        return;
    }
    list_add_tail(&lp->requests, &req->node);
    lp->request_count++;
    tcp_of(s)->counts.requests++;
    net_timer_arm(s, &req->timer, s->now + TCP_RTO_INIT);
    send_syn_ack(s, req);
}

/* --- the socket --- */

/* What a child has from its listener. */
static void inherit(struct tcp_sock *c, const struct tcp_sock *lp)
{
    c->sk.options = lp->sk.options;
    c->sk.rcvbuf = lp->sk.rcvbuf;
    c->sk.sndbuf = lp->sk.sndbuf;
    c->sk.rcvbuf_set = lp->sk.rcvbuf_set;
    c->sk.sndbuf_set = lp->sk.sndbuf_set;
    c->sk.rcvlowat = lp->sk.rcvlowat;
    c->sk.rcvtimeo_ns = lp->sk.rcvtimeo_ns;
    c->sk.sndtimeo_ns = lp->sk.sndtimeo_ns;
    c->sk.linger_s = lp->sk.linger_s;
    c->sk.priority = lp->sk.priority;
    c->sk.mark = lp->sk.mark;
    c->sk.uid = lp->sk.uid;
    c->sk.bound_dev = lp->sk.bound_dev;
    c->sk.ttl = lp->sk.ttl;
    c->sk.tos = lp->sk.tos;
    c->sk.pmtu = lp->sk.pmtu;
    c->nodelay = lp->nodelay;
    c->hold = lp->hold & (uint8_t)~TCP_HOLD_MORE;
    c->cc = lp->cc;
    c->user_mss = lp->user_mss;
    c->keep_idle_s = lp->keep_idle_s;
    c->keep_interval_s = lp->keep_interval_s;
    c->keep_count = lp->keep_count;
    c->user_timeout_ms = lp->user_timeout_ms;
    c->linger2_s = lp->linger2_s;
    c->syn_count = lp->syn_count;
    c->notsent_lowat = lp->notsent_lowat;
    c->window_clamp = lp->window_clamp;
    c->sk.timestamping = lp->sk.timestamping;
    tcp_tuned(&c->sk);
}

/* A socket in SYN-RECEIVED for `req`, which is used up; it waits to be
 * accepted. NULL: no memory. */
static struct tcp_sock *
make_child(struct netstack *s, const struct request *req, struct flow *replaced)
{
    struct tcp_sock *lp = req->lp, *c;

    c = tcp_sock_create(s, lp->sk.family);
    if (!c)
        return NULL;
    inherit(c, lp);
    c->sk.flow = req->flow;
    c->sk.flow.hashed = false;
    c->sk.flow.kind = FLOW_SOCK;
    c->sk.path.source = req->flow.local;
    c->sk.path.destination = req->flow.remote;
    c->sk.path.bound_dev = lp->sk.bound_dev;
    c->ip.ttl = lp->sk.ttl;
    c->ip.tos = lp->sk.tos & 0xfc;
    c->sk.extra = ip_extra_get(inherited_extra(lp, &req->flow.remote));
    c->ip.extra = c->sk.extra;
    if (replaced) {
        flow_replace(s, replaced, &c->sk.flow);
    } else if (flow_insert(s, &c->sk.flow)) {
        sock_put(&c->sk);
        return NULL;
    }
    port_share(&c->sk.use, &lp->sk.use);
    tcp_set_options(c, &req->o);
    c->ecn_ok = req->ecn;
    c->iss = req->iss;
    c->snd_una = req->iss;
    c->snd_nxt = c->write_seq = req->iss + 1;
    c->irs = req->irs;
    c->rcv_nxt = c->copied_seq = c->ack_sent = req->irs + 1;
    c->rcv_adv = c->rcv_nxt + window_of(lp);
    c->ts_offset = req->ts_offset;
    c->rto_base = req->sent_ns;
    c->retries = req->retries;
    c->max_wnd = req->window;
    tcp_set_state(c, ABI_TCP_SYN_RECV);
    s->count.tcp_passive_opens++;
    tcp_sock_alive(c);
    c->listener = lp; /* the first reference is the queue's */
    list_add_tail(&lp->accepted, &c->accept_node);
    lp->accept_count++;
    return c;
}

static void child_begins(struct tcp_sock *lp, struct tcp_sock *c,
                         struct tcp_rx *rx)
{
    tcp_sock_input(c, rx);
    sock_ready(&lp->sk, POLLIN | POLLRDNORM);
}

static void cookie_input(struct tcp_sock *lp, struct tcp_rx *rx)
{
    struct netstack *s = rx->s;
    struct tcp_sock *c = NULL;
    struct request req = {.lp = lp, .o = rx->o, .irs = rx->seq - 1};
    uint16_t mss;

    if (s->now >= lp->cookies_until || !(mss = tcp_cookie_check(rx))) {
        tcp_reset_for(rx);
        return;
    }
    if (accept_full(lp))
        return;
    req.flow = (struct flow){.protocol = IPPROTO_TCP,
                             .local = rx->info->destination,
                             .remote = rx->info->source,
                             .local_port = rx->destination,
                             .remote_port = rx->source};
    req.iss = rx->ack - 1;
    req.window = rx->window;
    req.ts_offset = tcp_ts_offset(s, &req.flow.local, &req.flow.remote);
    req.o.has_mss = true;
    req.o.mss = mss;
    if (rx->o.has_ts)
        tcp_cookie_options(rx->o.tsecr, &req.o, &req.ecn);
    c = make_child(s, &req, NULL);
    if (c)
        child_begins(lp, c, rx);
}

void tcp_listen_input(struct tcp_sock *lp, struct tcp_rx *rx, uint32_t min_iss)
{
    if (rx->flags & TCP_RST)
        return;
    if (rx->flags & TCP_ACK) {
        if (rx->flags & TCP_SYN)
            tcp_reset_for(rx);
        else
            cookie_input(lp, rx);
        return;
    }
    if ((rx->flags & (TCP_SYN | TCP_FIN)) != TCP_SYN || rx->info->to_group)
        return;
    new_request(lp, rx, min_iss);
}

void tcp_request_input(struct flow *f, struct tcp_rx *rx)
{
    struct request *req = container_of(f, struct request, flow);
    struct tcp_sock *lp = req->lp, *c;
    struct netstack *s = rx->s;
    uint32_t window = window_of(lp);

    if ((rx->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN &&
        rx->seq == req->irs) {
        /* Its SYN again: our answer was lost. */
        if (s->now - req->sent_ns >= 100 * TCP_MSEC)
            send_syn_ack(s, req);
        return;
    }
    if (rx->seq - (req->irs + 1) > window) {
        if (!(rx->flags & TCP_RST) && tcp_challenge_allowed(s, NULL))
            send_syn_ack(s, req);
        return;
    }
    if (rx->flags & TCP_RST) {
        if (rx->seq == req->irs + 1) {
            s->count.tcp_attempt_fails++;
            request_free(s, req);
        }
        return;
    }
    if ((rx->flags & TCP_SYN) || !(rx->flags & TCP_ACK)) {
        if ((rx->flags & TCP_SYN) && tcp_challenge_allowed(s, NULL))
            send_syn_ack(s, req);
        return;
    }
    if (rx->ack != req->iss + 1) {
        tcp_reset_for(rx);
        return;
    }
    req->acked = true;
    /* TCP_DEFER_ACCEPT: not before there is something to read. */
    if (!rx->len && !(rx->flags & TCP_FIN) &&
        s->now - req->since_ns < lp->defer_accept_s * TCP_SEC)
        return;
    if (accept_full(lp))
        return;
    c = make_child(s, req, &req->flow);
    if (!c)
        return;
    request_free(s, req);
    child_begins(lp, c, rx);
}

void tcp_request_error(struct netstack *s, struct flow *f, uint32_t seq)
{
    struct request *req = container_of(f, struct request, flow);

    if (seq == req->iss) {
        s->count.tcp_attempt_fails++;
        request_free(s, req);
    }
}

/* --- the listener --- */

int tcp_listen(struct sock *sk, int backlog)
{
    struct tcp_sock *tp = tcp_sk(sk);
    int err;

    if (tp->state != ABI_TCP_CLOSE && tp->state != ABI_TCP_LISTEN)
        return -EINVAL;
    if (tp->connecting)
        return -EINVAL;
    tp->backlog = MIN((unsigned)backlog, (unsigned)TCP_SOMAXCONN);
    if (tp->state == ABI_TCP_LISTEN)
        return 0;
    if (!sk->use.port) {
        sk->use.addr = sk->flow.local;
        sk->use.uid = sk->uid;
        err = port_bind(sk->stack, &sk->use, IPPROTO_TCP, 0);
        if (err)
            return err;
        sk->flow.local_port = port_number(sk->use.port);
    }
    err = port_listen(&sk->use);
    if (err)
        return err;
    sk->shut = 0;
    tcp_set_state(tp, ABI_TCP_LISTEN);
    port_receive(&sk->use, true);
    return 0;
}

int tcp_accept(struct sock *sk, struct sock **child)
{
    struct tcp_sock *lp = tcp_sk(sk), *c;

    if (lp->state != ABI_TCP_LISTEN)
        return -EINVAL;
    if (list_empty(&lp->accepted))
        return -EAGAIN;
    c = list_first_entry(&lp->accepted, struct tcp_sock, accept_node);
    list_del(&c->accept_node);
    lp->accept_count--;
    c->listener = NULL;
    *child = &c->sk;
    return 0;
}

void tcp_listen_close(struct tcp_sock *lp)
{
    struct netstack *s = lp->sk.stack;
    struct sock *child;

    port_receive(&lp->sk.use, false);
    lp->sk.use.flags &= (uint8_t)~PORT_LISTENING;
    while (!list_empty(&lp->requests))
        request_free(s, list_first_entry(&lp->requests, struct request, node));
    while (tcp_accept(&lp->sk, &child) == 0) {
        child->closed = true;
        tcp_abort(tcp_sk(child), 0);
        sock_put(child);
    }
    tcp_set_state(lp, ABI_TCP_CLOSE);
}
