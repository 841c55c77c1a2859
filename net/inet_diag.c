// SPDX-License-Identifier: MIT
/* inet_diag: TCP, UDP and raw sockets, by sock_diag(7). */
#include "abi/capability.h"
#include "abi/errno.h"
#include "net/raw.h"
#include "net/sock_diag.h"
#include "net/stack.h"
#include "net/tcp_priv.h"

enum { TIMER_XMIT = 1, TIMER_KEEPALIVE, TIMER_TIME_WAIT, TIMER_PROBE };

/* A request under way. */
struct query {
    const struct netlink_request *r;
    struct netlink_out *o;
    struct abi_inet_diag_req_v2 ask;
    unsigned protocol;
    const uint8_t *filter;
    size_t filter_len;
    bool one;            /* the socket with exactly these ends */
    struct sock *victim; /* of SOCK_DESTROY, when it is found; a reference */
    int result;
};

static bool destroys(const struct query *q)
{
    return q->r->h->nlmsg_type == SOCK_DESTROY;
}

static bool asks_for(const struct query *q, unsigned extension)
{
    return q->ask.idiag_ext >> (extension - 1) & 1;
}

static void put_addr(uint32_t to[4], const struct netaddr *a, uint8_t family)
{
    memset(to, 0, 16);
    if (family == AF_INET6)
        memcpy(to, a->b, 16);
    else if (netaddr_is_v4(a))
        to[0] = a->w[3];
}

static struct abi_inet_diag_msg describe(const struct flow *f, uint8_t family,
                                         uint8_t state)
{
    struct abi_inet_diag_msg m = {.idiag_family = family,
                                  .idiag_state = state,
                                  .id.idiag_sport = f->local_port,
                                  .id.idiag_dport = f->remote_port};

    put_addr(m.id.idiag_src, &f->local, family);
    put_addr(m.id.idiag_dst, &f->remote, family);
    return m;
}

/* Whether the request is about this one; sk NULL: what is left of it. */
static bool wants(struct query *q, const struct abi_inet_diag_msg *m,
                  const struct flow *f, const struct sock *sk)
{
    const struct abi_inet_diag_sockid *id = &q->ask.id;

    if (m->idiag_family != q->ask.sdiag_family)
        return false;
    if (q->one)
        return q->result == -ENOENT && id->idiag_sport == f->local_port &&
               id->idiag_dport == f->remote_port &&
               !memcmp(id->idiag_src, m->id.idiag_src, 16) &&
               !memcmp(id->idiag_dst, m->id.idiag_dst, 16);
    return q->ask.idiag_states >> m->idiag_state & 1 &&
           (!id->idiag_sport || id->idiag_sport == f->local_port) &&
           (!id->idiag_dport || id->idiag_dport == f->remote_port) &&
           diag_filter_wants(q->filter, q->filter_len, f, sk);
}

static uint32_t ms_until(const struct netstack *s, uint64_t deadline)
{
    return deadline > s->now ? (uint32_t)((deadline - s->now) / NSEC_PER_MSEC)
                             : 0;
}

static void set_timer(struct abi_inet_diag_msg *m, const struct tcp_sock *tp)
{
    const struct net_timer *t = &tp->xmit_timer;

    if (tp->timer_for != TCP_TIMER_NONE && net_timer_armed(t)) {
        bool probes = tp->timer_for == TCP_TIMER_PERSIST;

        m->idiag_timer = probes ? TIMER_PROBE : TIMER_XMIT;
        m->idiag_retrans = probes ? tp->probes : tp->retries;
    } else if (net_timer_armed(&tp->slow_timer)) {
        t = &tp->slow_timer;
        m->idiag_timer = TIMER_KEEPALIVE;
        m->idiag_retrans = tp->keep_probes;
    } else {
        return;
    }
    m->idiag_expires = ms_until(tp->sk.stack, t->deadline);
}

static void describe_tcp(struct abi_inet_diag_msg *m, const struct tcp_sock *tp)
{
    bool listens = tp->state == ABI_TCP_LISTEN;

    set_timer(m, tp);
    m->idiag_rqueue = listens ? tp->accept_count : tp->rcv_nxt - tp->copied_seq;
    m->idiag_wqueue = listens ? tp->backlog : tp->write_seq - tp->snd_una;
}

static void put_tcp_details(struct query *q, const struct tcp_sock *tp)
{
    struct abi_tcp_info info;

    if (asks_for(q, INET_DIAG_INFO)) {
        tcp_info_fill(tp, &info);
        netlink_put(q->o, INET_DIAG_INFO, &info, sizeof(info));
    }
    if (asks_for(q, INET_DIAG_CONG))
        netlink_put_string(q->o, INET_DIAG_CONG, tp->cc->name);
}

/* What is told of every socket. */
static void put_details(struct query *q, const struct sock *sk, uint8_t state)
{
    uint32_t memory[4] = {sk->rmem, sk->wmem, 0, sk->wmem};
    uint8_t only_v6 = (sk->options & SOCK_OPT_V6ONLY) != 0;

    netlink_put(q->o, INET_DIAG_SHUTDOWN, &sk->shut, 1);
    if (asks_for(q, INET_DIAG_TOS))
        netlink_put(q->o, INET_DIAG_TOS, &sk->tos, 1);
    if (sk->family == AF_INET6 && asks_for(q, INET_DIAG_TCLASS))
        netlink_put(q->o, INET_DIAG_TCLASS, &sk->tos, 1);
    if (sk->family == AF_INET6 &&
        (state == ABI_TCP_LISTEN || state == ABI_TCP_CLOSE))
        netlink_put(q->o, INET_DIAG_SKV6ONLY, &only_v6, 1);
    if (net_env_capable(sk->stack, CAP_NET_ADMIN))
        netlink_put_u32(q->o, INET_DIAG_MARK, (uint32_t)sk->mark);
    if (sk->type == SOCK_RAW)
        netlink_put(q->o, INET_DIAG_PROTOCOL, &sk->protocol, 1);
    if (asks_for(q, INET_DIAG_MEMINFO))
        netlink_put(q->o, INET_DIAG_MEMINFO, memory, sizeof(memory));
    if (asks_for(q, INET_DIAG_SKMEMINFO))
        sock_diag_put_memory(q->o, INET_DIAG_SKMEMINFO, sk);
}

static uint8_t state_of(const struct sock *sk)
{
    if (sk->protocol == IPPROTO_TCP && sk->type == SOCK_STREAM)
        return tcp_sk((struct sock *)sk)->state;
    return sk->flow.remote_port ? ABI_TCP_ESTABLISHED : ABI_TCP_CLOSE;
}

static void put_sock(struct sock *sk, void *arg)
{
    struct query *q = arg;
    bool tcp = q->protocol == IPPROTO_TCP;
    uint8_t state = state_of(sk);
    struct abi_inet_diag_msg m =
        describe(&sk->flow, (uint8_t)sk->family, state);

    if (tcp ? state == ABI_TCP_CLOSE : !sk->owner)
        return; /* bound, and no more; the kernel's own */
    if (!wants(q, &m, &sk->flow, sk))
        return;
    if (q->one && !sock_diag_cookie_fits(q->ask.id.idiag_cookie, sk))
        return;
    if (destroys(q)) {
        sock_get(sk);
        q->victim = sk;
        q->result = 0;
        return;
    }
    m.id.idiag_if = (uint32_t)sk->bound_dev;
    sock_diag_put_cookie(m.id.idiag_cookie, sk);
    m.idiag_uid = sk->uid;
    m.idiag_inode = (uint32_t)sk->ino;
    m.idiag_rqueue = sk->rmem;
    m.idiag_wqueue = sk->wmem;
    if (tcp)
        describe_tcp(&m, tcp_sk(sk));
    netlink_begin(q->o, SOCK_DIAG_BY_FAMILY, &m, sizeof(m));
    put_details(q, sk, state);
    if (tcp)
        put_tcp_details(q, tcp_sk(sk));
    netlink_end(q->o);
    q->result = 0;
}

/* A connection that is not yet a socket, or no longer. */
static void put_flow(struct query *q, const struct flow *f)
{
    bool waits = f->kind == TCP_FLOW_TIMEWAIT;
    struct abi_inet_diag_msg m =
        describe(f, netaddr_is_v4(&f->local) ? AF_INET : AF_INET6,
                 waits ? ABI_TCP_TIME_WAIT : ABI_TCP_SYN_RECV);

    if (!wants(q, &m, f, NULL))
        return;
    if (destroys(q)) { /* only sockets are ended */
        q->result = -EOPNOTSUPP;
        return;
    }
    m.idiag_timer = waits ? TIMER_TIME_WAIT : TIMER_XMIT;
    netlink_begin(q->o, SOCK_DIAG_BY_FAMILY, &m, sizeof(m));
    netlink_end(q->o);
    q->result = 0;
}

static void put_flows(struct query *q)
{
    const struct net_table *t = &q->r->stack->flows;

    for (uint32_t i = 0; t->buckets && i <= t->mask; i++)
        for (const struct flow *f = t->buckets[i]; f; f = f->next)
            if (f->protocol == IPPROTO_TCP && f->kind != FLOW_SOCK)
                put_flow(q, f);
}

/* Raw sockets are of the protocol that is asked for, or of any. */
static void put_raw(struct sock *sk, void *arg)
{
    const struct query *q = arg;

    if (!q->one || !q->ask.pad || q->ask.pad == sk->protocol)
        put_sock(sk, arg);
}

static void put_all(struct query *q)
{
    struct netstack *s = q->r->stack;

    if (q->protocol == IPPROTO_RAW) {
        raw_for_each(s, put_raw, q);
        return;
    }
    port_for_each_sock(s, (uint8_t)q->protocol, put_sock, q);
    if (q->protocol == IPPROTO_TCP)
        put_flows(q);
}

/* As if a router had said that it is over; of TCP the peer is told. */
static void end_sock(struct sock *sk)
{
    struct sock_addr nobody = {.len = sizeof(nobody.in), .family = AF_UNSPEC};

    if (sk->type == SOCK_STREAM) {
        if (tcp_sk(sk)->state == ABI_TCP_LISTEN)
            tcp_listen_close(tcp_sk(sk));
        tcp_abort(tcp_sk(sk), ECONNABORTED);
    } else {
        sk->ops->connect(sk, &nobody);
        sock_set_error(sk, ECONNABORTED);
    }
}

static int destroy(struct sock *victim)
{
    bool may = net_env_capable(victim->stack, CAP_NET_ADMIN);

    netstack_update_now(victim->stack);
    if (may)
        end_sock(victim);
    sock_put(victim);
    return may ? 0 : -EPERM;
}

static int find_one(struct query *q)
{
    q->one = true;
    q->result = -ENOENT;
    put_all(q);
    if (q->victim)
        return destroy(q->victim);
    netlink_flush(q->o);
    return q->o->failed ? -ENOBUFS : q->result;
}

static int parse(struct query *q)
{
    const struct netlink_request *r = q->r;
    const void *number;
    size_t len;

    if (r->len < sizeof(q->ask))
        return -EINVAL;
    memcpy(&q->ask, r->body, sizeof(q->ask));
    number = netlink_attr(r, sizeof(q->ask), INET_DIAG_REQ_PROTOCOL, 4, &len);
    q->protocol = number ? load32(number) : q->ask.sdiag_protocol;
    q->filter =
        netlink_attr(r, sizeof(q->ask), INET_DIAG_REQ_BYTECODE, 0, &len);
    q->filter_len = q->filter ? len : 0;
    return diag_filter_check(q->filter, q->filter_len);
}

int inet_diag_request(const struct netlink_request *r)
{
    bool dump = r->h->nlmsg_type == SOCK_DIAG_BY_FAMILY &&
                (r->h->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
    struct netlink_out o;
    struct query q = {.r = r, .o = &o};
    int err = parse(&q);

    if (err)
        return err;
    netlink_answer(&o, r, dump ? NLM_F_MULTI : 0);
    if (q.protocol != IPPROTO_TCP && q.protocol != IPPROTO_UDP &&
        q.protocol != IPPROTO_RAW)
        return dump ? netlink_done(&o, -ENOENT) : -ENOENT;
    if (!dump)
        return find_one(&q);
    put_all(&q);
    return netlink_done(&o, 0);
}
