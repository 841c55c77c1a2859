// SPDX-License-Identifier: MIT
/* tcp_sock: the stream socket of tcp(7) and socket(7): its life, its calls, and
 * errors that routers report. */
#include "net/ip_extra.h"
#include "net/sock_error.h"
#include "net/tcp_priv.h"

#include "abi/ioctl.h"

struct tcp_sock *tcp_sock_create(struct netstack *s, int family)
{
    struct tcp_sock *tp = net_env_alloc(s, sizeof(*tp));

    if (!tp)
        return NULL;
    memset(tp, 0, sizeof(*tp));
    sock_init(&tp->sk, s, &tcp_ops, family, SOCK_STREAM, IPPROTO_TCP);
    tp->sk.rcvbuf = TCP_RCVBUF;
    tp->sk.sndbuf = TCP_SNDBUF;
    tp->state = ABI_TCP_CLOSE;
    tp->mss = tp->rcv_mss = tp->gso_max = TCP_MSS_DEFAULT;
    tp->keep_idle_s = 7200; /* RFC 9293, 3.8.4 */
    tp->keep_interval_s = 75;
    tp->keep_count = 9;
    tp->ip.dont_fragment = true;
    tp->rack_reo_mult = 1;
    tcp_cc_init(tp);
    tcp_timers_init(tp);
    list_init(&tp->sent);
    list_init(&tp->sent_by_time);
    list_init(&tp->accepted);
    list_init(&tp->requests);
    list_init(&tp->accept_node);
    list_add_tail(&tcp_of(s)->socks, &tp->all);
    tcp_of(s)->counts.socks++;
    return tp;
}

static void tcp_destroy(struct sock *sk)
{
    struct tcp_sock *tp = tcp_sk(sk);
    struct netstack *s = sk->stack;

    tcp_data_purge(tp);
    tcp_segs_purge(tp);
    tcp_buf_purge(tp);
    tcp_stamps_purge(tp);
    sock_errors_purge(sk, true);
    tcp_timers_remove(tp);
    inet_release(sk);
    list_del(&tp->all);
    tcp_of(s)->counts.socks--;
    if (sk->closed)
        tcp_of(s)->counts.orphans--;
    ip_extra_put(s, sk->extra);
    net_env_free(s, tp);
}

void tcp_sock_alive(struct tcp_sock *tp)
{
    if (!tp->alive) {
        tp->alive = true;
        sock_get(&tp->sk);
    }
}

/* --- connect --- */

static void disconnect(struct tcp_sock *tp)
{
    struct sock *sk = &tp->sk;

    if (tp->state == ABI_TCP_LISTEN)
        tcp_listen_close(tp);
    else if (tp->state != ABI_TCP_CLOSE)
        tcp_abort(tp, 0);
    tcp_data_purge(tp);
    tcp_stamps_purge(tp);
    sk->error = 0;
    sk->shut = 0;
    sk->flow.remote_port = 0;
    sk->flow.local = inet_bound_addr(sk);
    if (!sk->use.port)
        sk->flow.local_port = 0;
    tp->connecting = tp->done = false;
    tp->srtt = tp->rttvar = tp->min_rtt = 0;
    tp->backoff = tp->retries = tp->probes = 0;
    tp->rcv_urgent = tp->snd_urgent = false;
    tp->ca = TCP_CA_OPEN;
    tp->tlp_out = tp->reordering = false;
    tp->undo_cwnd = tp->dupacks = 0;
    tp->rack_sent_ns = tp->rack_wait_ns = tp->last_sent_ns = 0;
    tp->soft_error = 0;
    tp->ssthresh = UINT32_MAX;
}

/* The ends, with a port of our own, in the table. */
static int take_ends(struct tcp_sock *tp, uint32_t *min_iss)
{
    struct sock *sk = &tp->sk;
    struct netstack *s = sk->stack;
    struct flow *other;
    int err;

    if (!sk->use.port) {
        sk->use.addr = sk->flow.local;
        sk->use.uid = sk->uid;
        return port_connect(s, &sk->use, &sk->flow);
    }
    err = flow_insert(s, &sk->flow);
    if (err != -EADDRNOTAVAIL)
        return err;
    other = flow_find(s, IPPROTO_TCP, &sk->flow.local, sk->flow.local_port,
                      &sk->flow.remote, sk->flow.remote_port);
    if (!other || other->kind != TCP_FLOW_TIMEWAIT ||
        !tcp_timewait_reuse(s, other, min_iss))
        return err;
    return flow_insert(s, &sk->flow);
}

static int start(struct tcp_sock *tp, const struct netaddr *to, uint16_t port)
{
    struct sock *sk = &tp->sk;
    struct netstack *s = sk->stack;
    uint32_t min_iss = 0;
    int err;

    err = inet_may_reach(sk, to);
    if (err)
        return err;
    ip_path_release(s, &sk->path);
    sk->path.destination = *to;
    sk->path.source = inet_bound_addr(sk);
    sk->path.bound_dev = inet_dev(sk, to);
    sk->path.generation = 0;
    err = ip_path_refresh(s, &sk->path);
    if (err)
        return err;
    if (sk->path.multicast || sk->path.broadcast)
        return -ENETUNREACH;
    sk->flow.local = sk->path.source;
    sk->flow.remote = sk->path.destination;
    sk->flow.remote_port = port;
    err = take_ends(tp, &min_iss);
    if (err) {
        sk->flow.remote_port = 0;
        return err;
    }
    tp->iss = tcp_isn(s, &sk->flow.local, sk->flow.local_port, &sk->flow.remote,
                      sk->flow.remote_port);
    if (min_iss && seq_lt(tp->iss, min_iss))
        tp->iss = min_iss;
    tp->snd_una = tp->iss;
    tp->snd_nxt = tp->write_seq = tp->iss + 1;
    tp->snd_wnd = tp->max_wnd = 0;
    tp->rcv_nxt = tp->rcv_adv = tp->copied_seq = tp->ack_sent = 0;
    tp->ts_offset = tcp_ts_offset(s, &sk->flow.local, &sk->flow.remote);
    tp->ts_ok = tp->sack_ok = tp->wscale_ok = false;
    tp->ts_recent = 0;
    tp->rcv_wscale = tp->snd_wscale = 0;
    tp->peer_mss = 0;
    tp->ip.ttl = sk->ttl;
    tp->ip.tos = sk->tos & 0xfc;
    tp->rto_base = s->now;
    tcp_set_state(tp, ABI_TCP_SYN_SENT);
    tcp_sock_alive(tp);
    tp->connecting = true;
    s->count.tcp_active_opens++;
    tcp_send_syn(tp);
    net_timer_arm(s, &tp->xmit_timer, s->now + tcp_rto(tp));
    return -EINPROGRESS;
}

static int tcp_connect(struct sock *sk, const struct sock_addr *a)
{
    struct tcp_sock *tp = tcp_sk(sk);
    struct netaddr to;
    uint16_t port;
    int err;

    if (a->len < sizeof(a->family))
        return -EINVAL;
    netstack_update_now(sk->stack);
    if (a->family == AF_UNSPEC) {
        disconnect(tp);
        return 0;
    }
    if (tcp_state_in(tp, TCP_IN(SYN_SENT) | TCP_IN(SYN_RECV)))
        return -EALREADY;
    if (tp->state != ABI_TCP_CLOSE) {
        if (!tp->connecting || tp->state == ABI_TCP_LISTEN)
            return -EISCONN;
        tp->connecting = false;
        return 0;
    }
    if (tp->connecting) {
        tp->connecting = false;
        err = sock_take_error(sk);
        return err ? err : -ECONNABORTED;
    }
    err = inet_parse_addr(sk, a, &to, &port);
    if (err)
        return err;
    disconnect(tp);
    return start(tp, &to, port);
}

/* --- send --- */

static ssize_t cannot_send(struct tcp_sock *tp)
{
    int err = sock_take_error(&tp->sk);

    if (err)
        return err;
    if (tcp_state_in(tp, TCP_IN(SYN_SENT) | TCP_IN(SYN_RECV)) &&
        !(tp->sk.shut & 1 << SHUT_WR))
        return -EAGAIN;
    return -EPIPE;
}

static inline bool can_send(const struct tcp_sock *tp)
{
    return (likely(tp->state == ABI_TCP_ESTABLISHED) ||
            tp->state == ABI_TCP_CLOSE_WAIT) &&
           !tp->sk.error && !(tp->sk.shut & 1 << SHUT_WR);
}

/* got bytes have been copied into the last chunk: they join the stream, if that
 * has not ended meanwhile. How many. */
static inline ssize_t join(struct tcp_sock *tp, size_t got)
{
    if (unlikely(tp->state != ABI_TCP_ESTABLISHED &&
                 tp->state != ABI_TCP_CLOSE_WAIT)) {
        /* Behind a FIN, what was sent is still needed. */
        if (tp->state == ABI_TCP_CLOSE)
            tcp_buf_purge(tp);
        return cannot_send(tp);
    }
    tcp_buf_commit(tp, (uint32_t)got);
    return likely(got) ? (ssize_t)got : -EFAULT;
}

/* Copies the next bytes to the end of the stream. How many; 0: no room yet. */
static inline ssize_t fill(struct tcp_sock *tp, struct sock_data *d)
{
    uint32_t used = tcp_sendbuf_used(tp), room;
    struct tcp_chunk *c;
    size_t got;

    if (unlikely(used >= tp->sk.sndbuf ||
                 (tp->notsent_lowat &&
                  tp->write_seq - tp->snd_nxt >= tp->notsent_lowat))) {
        tp->want_room = true;
        return 0;
    }
    room = (uint32_t)MIN(d->left, (size_t)(tp->sk.sndbuf - used));
    c = tcp_buf_room(tp, room);
    if (unlikely(!c))
        return -ENOBUFS;
    tp->filling = true;
    got = sock_copy(&tp->sk, d, c->data + c->len, MIN(c->room, room));
    tp->filling = false;
    return join(tp, got);
}

ssize_t tcp_send_rest(struct tcp_sock *tp, size_t got)
{
    ssize_t n = join(tp, got);

    if (n > 0)
        tcp_output(tp);
    return n;
}

ssize_t tcp_send_any(struct sock *sk, struct sock_msg *m)
{
    struct tcp_sock *tp = tcp_sk(sk);
    ssize_t n, done = 0;

    if (unlikely(m->flags & MSG_FASTOPEN))
        return -EOPNOTSUPP;
    if (unlikely(!can_send(tp)))
        return cannot_send(tp);
    if (unlikely(!m->data->left))
        return 0;
    netstack_update_now(sk->stack);
    tcp_hold(tp, TCP_HOLD_MORE, m->flags & MSG_MORE);
    for (;;) {
        n = fill(tp, m->data);
        if (unlikely(n <= 0))
            break;
        done += n;
        if (likely(!m->data->left))
            break;
        /* Segments go out as they become full. */
        if (tp->write_seq - tp->snd_nxt >= tp->gso_max)
            tcp_output(tp);
    }
    if (unlikely(!done))
        return n ? n : -EAGAIN;
    if (unlikely(m->flags & MSG_OOB)) {
        tp->snd_up = tp->write_seq;
        tp->snd_urgent = true;
        tp->predicted = 0;
        sk->path.head.generation = 0; /* headers say so */
    }
    tcp_output(tp);
    return done;
}

/* --- poll, name, ioctl --- */

static unsigned poll_special(struct sock *sk)
{
    struct tcp_sock *tp = tcp_sk(sk);
    unsigned events = 0;

    if (tp->state == ABI_TCP_LISTEN)
        return list_empty(&tp->accepted) ? 0 : POLLIN | POLLRDNORM;
    if (sk->shut == (1 << SHUT_RD | 1 << SHUT_WR) || tp->state == ABI_TCP_CLOSE)
        events |= POLLHUP;
    if (sk->shut & 1 << SHUT_RD)
        events |= POLLIN | POLLRDNORM | POLLRDHUP;
    if (!tcp_state_in(tp, TCP_IN(SYN_SENT) | TCP_IN(SYN_RECV))) {
        if (tp->rcvq.first &&
            (tcp_unread(tp) >= MIN(sk->rcvlowat, sk->rcvbuf / 2)))
            events |= POLLIN | POLLRDNORM;
        if ((sk->shut & 1 << SHUT_WR) || !tcp_sendbuf_full(tp))
            events |= POLLOUT | POLLWRNORM;
        else
            tp->want_room = true;
        if (tp->rcv_urgent && !tp->urg_taken)
            events |= POLLPRI;
    }
    if (sk->error)
        events |= POLLERR;
    return events;
}

static unsigned tcp_poll(struct sock *sk)
{
    struct tcp_sock *tp = tcp_sk(sk);
    unsigned events = 0;

    if (unlikely(tp->state != ABI_TCP_ESTABLISHED || sk->shut || sk->error ||
                 tp->rcv_urgent || sk->rcvlowat > 1))
        return poll_special(sk);
    if (tp->rcvq.first)
        events = POLLIN | POLLRDNORM;
    if (likely(!tcp_sendbuf_full(tp)))
        events |= POLLOUT | POLLWRNORM;
    else
        tp->want_room = true;
    return events;
}

static int tcp_name(struct sock *sk, bool peer, struct sock_addr *a)
{
    struct tcp_sock *tp = tcp_sk(sk);

    if (peer && tcp_state_in(tp, TCP_IN(CLOSE) | TCP_IN(SYN_SENT)))
        return -ENOTCONN;
    return inet_name(sk, peer, a);
}

static long tcp_ioctl(struct sock *sk, unsigned cmd)
{
    struct tcp_sock *tp = tcp_sk(sk);

    switch (cmd) {
    case FIONREAD:
        if (tp->state == ABI_TCP_LISTEN)
            return -EINVAL;
        return tp->rcvq.first ? (long)tcp_unread(tp) : 0;
    case TIOCOUTQ:
        if (tp->state == ABI_TCP_LISTEN)
            return -EINVAL;
        return (long)(tp->write_seq - tp->snd_una);
    case SIOCATMARK:
        return tp->rcv_urgent && tp->copied_seq == tp->rcv_up - 1;
    }
    return -ENOTTY;
}

/* --- the end --- */

/* The FIN, behind what is to be sent. */
static void send_fin(struct tcp_sock *tp)
{
    if (tcp_state_in(tp, TCP_IN(ESTABLISHED) | TCP_IN(SYN_RECV)))
        tcp_set_state(tp, ABI_TCP_FIN_WAIT1);
    else if (tp->state == ABI_TCP_CLOSE_WAIT)
        tcp_set_state(tp, ABI_TCP_LAST_ACK);
    else
        return;
    tp->fin_queued = true;
    tcp_output(tp);
}

static int tcp_shutdown(struct sock *sk, int how)
{
    struct tcp_sock *tp = tcp_sk(sk);

    if (how < SHUT_RD || how > SHUT_RDWR)
        return -EINVAL;
    if (tp->state == ABI_TCP_CLOSE)
        return -ENOTCONN;
    if (tp->state == ABI_TCP_LISTEN) {
        if (how == SHUT_WR)
            return 0;
        tcp_listen_close(tp);
        sock_ready(sk, POLLIN | POLLHUP);
        return 0;
    }
    netstack_update_now(sk->stack);
    if (tp->state == ABI_TCP_SYN_SENT) {
        tcp_done(tp, 0);
        return 0;
    }
    if (how != SHUT_WR)
        sk->shut |= 1 << SHUT_RD;
    if (how != SHUT_RD) {
        sk->shut |= 1 << SHUT_WR;
        send_fin(tp);
    }
    sock_ready(sk, POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
    return 0;
}

static void tcp_close(struct sock *sk)
{
    struct tcp_sock *tp = tcp_sk(sk);
    bool unread = tp->rcvq.first != NULL;
    bool linger = sk->options & SOCK_OPT_LINGER;

    netstack_update_now(sk->stack);
    sk->closed = true;
    tcp_of(sk->stack)->counts.orphans++;
    tcp_data_purge(tp);
    if (tp->state == ABI_TCP_LISTEN) {
        tcp_listen_close(tp);
    } else if (tp->state == ABI_TCP_SYN_SENT) {
        tcp_done(tp, 0);
    } else if (tp->state != ABI_TCP_CLOSE) {
        /* RFC 2525, 2.17; socket(7) */
        if (unread || (linger && !sk->linger_s)) {
            tcp_abort(tp, 0);
        } else {
            sk->shut = 1 << SHUT_RD | 1 << SHUT_WR;
            sk->lingering = linger;
            send_fin(tp);
            if (tp->state == ABI_TCP_FIN_WAIT2) {
                sk->lingering = false;
                tcp_fin_wait_2(tp);
            }
        }
    }
    if (tp->state == ABI_TCP_CLOSE)
        port_release(sk->stack, &sk->use);
    sock_put(sk);
}

#define COMMON_OPS                                                      \
    .bind = inet_bind, .connect = tcp_connect, .listen = tcp_listen,    \
    .accept = tcp_accept, .shutdown = tcp_shutdown, .close = tcp_close, \
    .set_option = tcp_set_option, .get_option = tcp_get_option,         \
    .name = tcp_name, .ioctl = tcp_ioctl, .tuned = tcp_tuned,           \
    .destroy = tcp_destroy

const struct sock_ops tcp_ops = {
    COMMON_OPS,
    .send = tcp_send,
    .recv = tcp_recv,
    .poll = tcp_poll,
};

const struct sock_ops tcp_stamped_ops = {
    COMMON_OPS,
    .send = tcp_send_stamped,
    .sent_part = tcp_sent_part_stamped,
    .recv = tcp_recv_stamped,
    .poll = tcp_poll_stamped,
};

/* --- errors from the way (RFC 1122, 4.2.3.9; RFC 5927, 4) --- */

/* Segments that are too large for the path: again, smaller, at no cost. */
static void too_big(struct tcp_sock *tp, const struct ip_error *e)
{
    struct tcp_seg *seg;

    ip_pmtu_update(tp->sk.stack, &e->destination, e->info);
    if (tcp_path(tp) ||
        !tcp_state_in(tp, TCP_SENDS | TCP_IN(FIN_WAIT1) | TCP_IN(CLOSING) |
                              TCP_IN(LAST_ACK)))
        return;
    list_for_each_entry (seg, &tp->sent, node)
        tcp_seg_mark_lost(tp, seg);
    tcp_output(tp);
}

static void tcp_error(struct netstack *s, const struct ip_error *e)
{
    const struct tcp_header *h = (const struct tcp_header *)e->header;
    struct tcp_sock *tp;
    struct flow *f;
    uint32_t seq;

    if (e->header_len < 8)
        return;
    f = flow_find(s, IPPROTO_TCP, &e->source, h->source, &e->destination,
                  h->destination);
    if (!f || f->kind == TCP_FLOW_TIMEWAIT)
        return;
    seq = be32(h->seq);
    if (f->kind == TCP_FLOW_REQUEST) {
        if (e->error && !e->info)
            tcp_request_error(s, f, seq);
        return;
    }
    tp = tcp_sk(container_of(f, struct sock, flow));
    /* Only about what is on its way: others are guesses. */
    if (seq - tp->snd_una > tp->snd_nxt - tp->snd_una)
        return;
    sock_get(&tp->sk);
    tp->predicted = 0;
    if (e->info)
        too_big(tp, e);
    else if (!e->error)
        ;
    else if (tcp_state_in(tp, TCP_IN(SYN_SENT) | TCP_IN(SYN_RECV)))
        tcp_done(tp, e->error);
    else if (tp->sk.options & SOCK_OPT_RECVERR)
        sock_set_error(&tp->sk, e->error);
    else
        tp->soft_error = e->error;
    tcp_predict(tp);
    sock_put(&tp->sk);
}

/* --- the module --- */

static int tcp_create(struct netstack *s, int family, int type, int protocol,
                      struct sock **sk)
{
    struct tcp_sock *tp = tcp_sock_create(s, family);

    (void)type;
    (void)protocol;
    if (!tp)
        return -ENOMEM;
    *sk = &tp->sk;
    return 0;
}

int tcp_init(struct netstack *s)
{
    static const struct ip_protocol protocol = {
        .number = IPPROTO_TCP,
        .input = tcp_input,
        .error = tcp_error,
        .fast_v4 = tcp_fast_v4,
    };
    static const struct net_family family = {.family = AF_INET,
                                             .type = SOCK_STREAM,
                                             .protocol = IPPROTO_TCP,
                                             .create = tcp_create};
    static const struct net_family family6 = {.family = AF_INET6,
                                              .type = SOCK_STREAM,
                                              .protocol = IPPROTO_TCP,
                                              .create = tcp_create};
    struct tcp_stack *ts = net_env_alloc(s, sizeof(*ts));

    if (!ts)
        return -ENOMEM;
    *ts = (struct tcp_stack){0};
    net_env_random(s, ts->secret, sizeof(ts->secret));
    list_init(&ts->time_waits);
    list_init(&ts->socks);
    s->tcp = ts;
    net_family_register(s, &family);
    net_family_register(s, &family6);
    ip_register(s, &protocol);
    return 0;
}

void tcp_fini(struct netstack *s)
{
    struct tcp_stack *ts = tcp_of(s);
    struct tcp_sock *tp, *tmp;
    struct tcp_chunk *c;
    struct tcp_seg *seg;

    if (!ts)
        return;
    list_for_each_entry_safe (tp, tmp, &ts->socks, all)
        if (tp->alive && tp->sk.closed)
            tcp_done(tp, 0);
    tcp_timewait_fini(s);
    while ((c = ts->free_chunks)) {
        ts->free_chunks = c->next;
        net_env_free(s, c);
    }
    while ((seg = ts->free_segs)) {
        ts->free_segs = (struct tcp_seg *)seg->node.next;
        net_env_free(s, seg);
    }
    net_env_free(s, ts);
    s->tcp = NULL;
}

void tcp_count(const struct netstack *s, struct tcp_counts *c)
{
    *c = tcp_of(s)->counts;
}
