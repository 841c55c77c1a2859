// SPDX-License-Identifier: MIT
/* netlink: see the header. The sockets are in one list of the stack. */
#include "net/netlink.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "net/rtnl.h"
#include "net/sock_diag.h"
#include "net/stack.h"

#define OPTION(name) (1u << (name))
#define GROUP(n)     (1ull << ((n)-1))
#define GROUPS_MAX   64
#define ECHO_MAX     512 /* bytes of a request that come back with an error */

static struct netlink_sock *netlink_of(struct sock *sk)
{
    return container_of(sk, struct netlink_sock, dgram.sk);
}

/* What is kept of a queued datagram, in netbuf.cb[0]: its group, or 0. */
static void mark(const struct netstack *s, struct netbuf *nb, unsigned group)
{
    nb->cb[0] = group;
    nb->time_ns = s->now;
}

/* Takes nb. A buffer that is full is told of by ENOBUFS. */
static void queue(struct netlink_sock *n, struct netbuf *nb, unsigned group)
{
    struct sock *sk = &n->dgram.sk;

    mark(sk->stack, nb, group);
    if (!dgram_queue(&n->dgram, nb) &&
        !(n->options & OPTION(NETLINK_NO_ENOBUFS)))
        sock_set_error(sk, ENOBUFS);
}

/* An answer is asked for, and may be longer than the buffer (is_busy). */
void netlink_flush(struct netlink_out *o)
{
    if (!o->nb)
        return;
    mark(o->stack, o->nb, 0);
    dgram_queue_any(&o->to->dgram, o->nb);
    o->nb = NULL;
}

/* --- groups --- */

static bool listens(const struct netlink_sock *n, unsigned group)
{
    return n->dgram.sk.protocol == NETLINK_ROUTE && n->groups & GROUP(group);
}

bool netlink_has_listeners(const struct netstack *s, unsigned group)
{
    for (struct netlink_sock *n = s->netlink_socks; n; n = n->next)
        if (listens(n, group))
            return true;
    return false;
}

void netlink_publish(struct netlink_out *o, unsigned group)
{
    struct netstack *s = o->stack;

    for (struct netlink_sock *n = s->netlink_socks; n; n = n->next) {
        struct netbuf *copy;

        if (!listens(n, group))
            continue;
        copy = o->nb ? netbuf_copy(s, o->nb, 0) : NULL;
        if (copy)
            queue(n, copy, group);
        else
            sock_set_error(&n->dgram.sk, ENOBUFS);
    }
    netbuf_free(s, o->nb);
    o->nb = NULL;
}

/* --- requests --- */

/* Behind a dump, however long, there is room for a buffer of these. */
static void queue_ack(struct netlink_out *o)
{
    struct netlink_sock *n = o->to;
    struct sock *sk = &n->dgram.sk;

    if (!sk->rmem)
        n->acks = 0;
    if (n->acks > sk->rcvbuf) {
        queue(n, o->nb, 0);
        return;
    }
    n->acks += netbuf_truesize(o->nb);
    netlink_flush(o);
}

/* The answer that says how it went: the request comes back behind the error,
 * of one that went well only its header. */
static void acknowledge(const struct netlink_request *r, int err)
{
    struct abi_nlmsgerr e = {err, *r->h};
    uint8_t body[sizeof(e) + ECHO_MAX];
    bool whole = err && !(r->from->options & OPTION(NETLINK_CAP_ACK)) &&
                 r->len <= ECHO_MAX;
    size_t len = whole ? r->len : 0;
    struct netlink_out o;

    memcpy(body, &e, sizeof(e));
    memcpy(body + sizeof(e), r->body, len);
    netlink_answer(&o, r, whole ? 0 : NLM_F_CAPPED);
    netlink_begin(&o, NLMSG_ERROR, body, sizeof(e) + len);
    netlink_end(&o);
    if (o.nb)
        queue_ack(&o);
}

/* Whether the last dump still waits to be read. */
static bool is_busy(const struct netlink_sock *n)
{
    return n->dgram.sk.rmem > n->dgram.sk.rcvbuf;
}

static int request(const struct netlink_request *r)
{
    if (is_busy(r->from))
        return -EBUSY;
    return r->from->dgram.sk.protocol == NETLINK_ROUTE ? rtnl_request(r)
                                                       : sock_diag_request(r);
}

/* All requests of one datagram. */
static void handle(struct netlink_sock *n, const uint8_t *p, size_t left)
{
    while (left >= sizeof(struct abi_nlmsghdr)) {
        const struct abi_nlmsghdr *h = (const struct abi_nlmsghdr *)p;
        struct netlink_request r = {n->dgram.sk.stack, n, h, p + sizeof(*h),
                                    h->nlmsg_len - sizeof(*h)};
        size_t step;
        int err = 0;

        if (h->nlmsg_len < sizeof(*h) || h->nlmsg_len > left)
            return;
        if (h->nlmsg_flags & NLM_F_REQUEST && h->nlmsg_type >= NLMSG_MIN_TYPE)
            err = request(&r);
        if (err < 0 || (!err && h->nlmsg_flags & NLM_F_ACK))
            acknowledge(&r, err);
        step = MIN(ALIGN_UP((size_t)h->nlmsg_len, 4), left);
        p += step;
        left -= step;
    }
}

static int autobind(struct netlink_sock *n);

/* Where it goes: only the kernel listens. */
static int check_destination(const struct netlink_sock *n,
                             const struct sock_msg *m)
{
    struct abi_sockaddr_nl a = {.nl_pid = n->peer};

    if (m->addr) {
        if (m->addr->len < sizeof(a) || m->addr->family != AF_NETLINK)
            return -EINVAL;
        memcpy(&a, m->addr->bytes, sizeof(a));
    }
    if (!a.nl_pid && !a.nl_groups)
        return 0;
    if (!net_env_capable(n->dgram.sk.stack, CAP_NET_ADMIN))
        return -EPERM;
    return a.nl_pid ? -ECONNREFUSED : 0;
}

static ssize_t netlink_send(struct sock *sk, struct sock_msg *m)
{
    struct netlink_sock *n = netlink_of(sk);
    size_t len = m->data->left;
    struct netbuf *nb;
    int err;

    if (m->flags & MSG_OOB)
        return -EOPNOTSUPP;
    err = check_destination(n, m);
    if (!err)
        err = autobind(n);
    if (err)
        return err;
    if (len > sk->sndbuf - 32 || len > NETBUF_LEN_MAX)
        return -EMSGSIZE;
    nb = netbuf_alloc_linear(sk->stack, 0, len);
    if (!nb)
        return -ENOBUFS;
    netbuf_put(nb, len);
    err = dgram_fill(sk, nb, 0, m->data, len);
    if (!err) {
        netstack_update_now(sk->stack);
        handle(n, nb->data, nb->len);
    }
    netbuf_free(sk->stack, nb);
    return err ? err : (ssize_t)len;
}

static ssize_t netlink_recv(struct sock *sk, struct sock_msg *m)
{
    struct abi_sockaddr_nl a = {.nl_family = AF_NETLINK};
    struct netbuf *nb;
    int err = dgram_next(sk, m, &nb);
    uint32_t group;

    if (!nb)
        return err;
    group = (uint32_t)nb->cb[0];
    if (m->addr) {
        a.nl_groups = group && group <= 32 ? 1u << (group - 1) : 0;
        m->addr->len = sizeof(a);
        memcpy(m->addr->bytes, &a, sizeof(a));
    }
    if (m->control) {
        dgram_put_time(sk, m, nb);
        if (netlink_of(sk)->options & OPTION(NETLINK_PKTINFO))
            sock_put_control(m, SOL_NETLINK, NETLINK_PKTINFO, &group,
                             sizeof(group));
        if (sk->options & SOCK_OPT_PASSCRED) /* the kernel's */
            sock_put_control(m, SOL_SOCKET, SCM_CREDENTIALS,
                             &(struct sock_creds){0},
                             sizeof(struct sock_creds));
    }
    return dgram_give(sk, m, nb);
}

/* --- names --- */

/* Each protocol has numbers of its own. */
static bool id_taken(const struct netlink_sock *of, uint32_t id)
{
    const struct sock *sk = &of->dgram.sk;

    for (struct netlink_sock *n = sk->stack->netlink_socks; n; n = n->next)
        if (n->id == id && n->dgram.sk.protocol == sk->protocol)
            return true;
    return false;
}

/* The process's id, and when another socket has that, one from the top of the
 * numbers, as Linux. */
static int autobind(struct netlink_sock *n)
{
    struct netstack *s = n->dgram.sk.stack;
    struct sock_creds me;
    uint32_t id;

    if (n->id)
        return 0;
    net_env_creds(s, &me);
    id = (uint32_t)me.pid;
    for (uint32_t i = 4097; id_taken(n, id); i++)
        id = (uint32_t)-i;
    n->id = id;
    return 0;
}

static int netlink_bind(struct sock *sk, const struct sock_addr *from)
{
    struct netlink_sock *n = netlink_of(sk);
    struct abi_sockaddr_nl a;

    if (from->len < sizeof(a) || from->family != AF_NETLINK)
        return -EINVAL;
    memcpy(&a, from->bytes, sizeof(a));
    if (n->id) {
        if (a.nl_pid != n->id)
            return -EINVAL;
    } else if (a.nl_pid) {
        if (id_taken(n, a.nl_pid))
            return -EADDRINUSE;
        n->id = a.nl_pid;
    } else {
        autobind(n);
    }
    n->groups = (n->groups & ~(uint64_t)UINT32_MAX) | a.nl_groups;
    return 0;
}

static int netlink_connect(struct sock *sk, const struct sock_addr *to)
{
    struct netlink_sock *n = netlink_of(sk);
    struct abi_sockaddr_nl a;

    if (to->len < sizeof(to->family))
        return -EINVAL;
    if (to->family == AF_UNSPEC) {
        n->peer = 0;
        return 0;
    }
    if (to->len < sizeof(a) || to->family != AF_NETLINK)
        return -EINVAL;
    memcpy(&a, to->bytes, sizeof(a));
    if ((a.nl_pid || a.nl_groups) && !net_env_capable(sk->stack, CAP_NET_ADMIN))
        return -EPERM;
    n->peer = a.nl_pid;
    return autobind(n);
}

static int netlink_name(struct sock *sk, bool peer, struct sock_addr *to)
{
    struct netlink_sock *n = netlink_of(sk);
    struct abi_sockaddr_nl a = {.nl_family = AF_NETLINK};

    a.nl_pid = peer ? n->peer : n->id;
    a.nl_groups = peer ? 0 : (uint32_t)n->groups;
    to->len = sizeof(a);
    memcpy(to->bytes, &a, sizeof(a));
    return 0;
}

/* --- options --- */

static bool is_switch(int name)
{
    return name == NETLINK_PKTINFO || name == NETLINK_BROADCAST_ERROR ||
           name == NETLINK_NO_ENOBUFS || name == NETLINK_CAP_ACK ||
           name == NETLINK_EXT_ACK || name == NETLINK_GET_STRICT_CHK;
}

static int netlink_set_option(struct sock *sk, int level, int name,
                              const void *value, size_t len)
{
    struct netlink_sock *n = netlink_of(sk);
    uint32_t v;

    if (level != SOL_NETLINK)
        return -ENOPROTOOPT;
    if (len < sizeof(v))
        return -EINVAL;
    memcpy(&v, value, sizeof(v));
    if (name == NETLINK_ADD_MEMBERSHIP || name == NETLINK_DROP_MEMBERSHIP) {
        if (!v || v > GROUPS_MAX)
            return -EINVAL;
        n->groups &= ~GROUP(v);
        n->groups |= name == NETLINK_ADD_MEMBERSHIP ? GROUP(v) : 0;
        return 0;
    }
    if (!is_switch(name))
        return -ENOPROTOOPT;
    n->options &= ~OPTION(name);
    n->options |= v ? OPTION(name) : 0;
    return 0;
}

static int netlink_get_option(struct sock *sk, int level, int name, void *value,
                              size_t *len)
{
    struct netlink_sock *n = netlink_of(sk);
    int v;

    if (level != SOL_NETLINK)
        return -ENOPROTOOPT;
    if (name == NETLINK_LIST_MEMBERSHIPS) {
        size_t room = *len & ~(size_t)3;

        memcpy(value, &n->groups, MIN(room, sizeof(n->groups)));
        *len = sizeof(n->groups);
        return 0;
    }
    if (!is_switch(name))
        return -ENOPROTOOPT;
    if (*len < sizeof(v))
        return -EINVAL;
    v = (n->options & OPTION(name)) != 0;
    return sock_answer(value, len, &v, sizeof(v));
}

/* --- life --- */

static int netlink_shutdown(struct sock *sk, int how)
{
    (void)sk;
    (void)how;
    return -EOPNOTSUPP;
}

static void netlink_close(struct sock *sk)
{
    struct netlink_sock **link = &sk->stack->netlink_socks;

    while (*link != netlink_of(sk))
        link = &(*link)->next;
    *link = netlink_of(sk)->next;
    dgram_close(sk);
}

static const struct sock_ops netlink_ops = {
    .bind = netlink_bind,
    .connect = netlink_connect,
    .send = netlink_send,
    .recv = netlink_recv,
    .poll = dgram_poll,
    .shutdown = netlink_shutdown,
    .close = netlink_close,
    .set_option = netlink_set_option,
    .get_option = netlink_get_option,
    .name = netlink_name,
    .ioctl = dgram_ioctl,
    .destroy = dgram_destroy,
};

static int netlink_create(struct netstack *s, int family, int type,
                          int protocol, struct sock **sk)
{
    struct netlink_sock *n = net_env_alloc(s, sizeof(*n));

    if (!n)
        return -ENOMEM;
    memset(n, 0, sizeof(*n));
    sock_init(&n->dgram.sk, s, &netlink_ops, family, type, protocol);
    n->next = s->netlink_socks;
    s->netlink_socks = n;
    *sk = &n->dgram.sk;
    return 0;
}

void netlink_init(struct netstack *s)
{
#define FAMILY(t, p)                               \
    {                                              \
        AF_NETLINK, t, p, .create = netlink_create \
    }
    static const struct net_family families[] = {
        FAMILY(SOCK_RAW, NETLINK_ROUTE),
        FAMILY(SOCK_DGRAM, NETLINK_ROUTE),
        FAMILY(SOCK_RAW, NETLINK_SOCK_DIAG),
        FAMILY(SOCK_DGRAM, NETLINK_SOCK_DIAG),
    };

    for (size_t i = 0; i < ARRAY_SIZE(families); i++)
        net_family_register(s, &families[i]);
}
