// SPDX-License-Identifier: MIT
/* unix: the life of AF_UNIX sockets: made, connected, accepted, closed. */
#include "net/unix.h"

#include "abi/errno.h"
#include "abi/ioctl.h"
#include "abi/poll.h"
#include "net/unix_priv.h"

#define BACKLOG_MAX 4096 /* Linux: net.core.somaxconn */

#define SHUT_BOTH (1 << SHUT_RD | 1 << SHUT_WR)

static const struct sock_creds nobody = {0, UINT32_MAX, UINT32_MAX};

/* --- making --- */

static const struct sock_ops stream_ops[2], dgram_ops[2], seqpacket_ops[2];

/* The second is for those with SO_PEEK_OFF. */
static void choose_ops(struct sock *sk)
{
    const struct sock_ops *ops = sk->type == SOCK_STREAM  ? stream_ops
                                 : sk->type == SOCK_DGRAM ? dgram_ops
                                                          : seqpacket_ops;

    sk->ops = &ops[sk->peek_off >= 0];
}

static bool unix_peekable(struct sock *sk)
{
    size_t skip;

    return sk->error || sk->shut & 1 << SHUT_RD ||
           unix_peek_find(unix_of(sk), &skip);
}

static int unix_create(struct netstack *s, int family, int type, int protocol,
                       struct sock **sk)
{
    struct unix_sock *u;

    (void)protocol;       /* AF_UNIX itself may be asked for; it reads as 0 */
    if (type == SOCK_RAW) /* as BSD had it */
        type = SOCK_DGRAM;
    u = net_env_alloc(s, sizeof(*u));
    if (!u)
        return -ENOMEM;
    memset(u, 0, sizeof(*u));
    sock_init(&u->sk, s, NULL, family, type, 0);
    choose_ops(&u->sk);
    u->self = u->peer_creds = nobody;
    list_init(&u->waiters);
    list_init(&u->waits);
    list_add_tail(&s->unix_domain->socks, &u->all);
    *sk = &u->sk;
    return 0;
}

static void unix_destroy(struct sock *sk)
{
    struct unix_sock *u = unix_of(sk);

    unix_addr_put(sk->stack, u->addr);
    net_env_free(sk->stack, u);
}

/* --- connecting --- */

void unix_set_peer(struct unix_sock *u, struct unix_sock *peer)
{
    struct unix_sock *old = u->peer;

    if (peer)
        sock_get(&peer->sk);
    u->peer = peer;
    if (old)
        sock_put(&old->sk);
}

void unix_pair(struct sock *a, struct sock *b)
{
    struct unix_sock *u = unix_of(a), *v = unix_of(b);

    unix_set_peer(u, v);
    unix_set_peer(v, u);
    net_env_creds(a->stack, &u->peer_creds);
    v->peer_creds = u->peer_creds;
    u->state = v->state = UNIX_CONNECTED;
}

/* Why u cannot be connected to another: 0, or an error. */
static int connect_check(const struct unix_sock *u)
{
    if (u->state == UNIX_CLOSED)
        return 0;
    return u->state == UNIX_CONNECTED ? -EISCONN : -EINVAL;
}

static int find_listener(struct unix_sock *u, const struct sock_addr *a,
                         struct unix_sock **listener)
{
    struct unix_sock *l;
    int err = unix_find(u, a, &l);

    if (err)
        return err;
    if (l->state != UNIX_LISTENING || l->sk.shut & 1 << SHUT_RD)
        return -ECONNREFUSED;
    err = connect_check(u);
    if (err)
        return err;
    if (l->embryo_count > l->backlog) {
        err = unix_wait_add(u, l);
        return err ? err : -EAGAIN;
    }
    *listener = l;
    return 0;
}

static void embryo_add(struct unix_sock *l, struct unix_sock *e)
{
    e->embryo = true;
    if (l->last_embryo)
        l->last_embryo->next_embryo = e;
    else
        l->embryos = e;
    l->last_embryo = e;
    l->embryo_count++;
    sock_ready(&l->sk, POLLIN | POLLRDNORM);
}

static struct unix_sock *embryo_take(struct unix_sock *l)
{
    struct unix_sock *e = l->embryos;

    if (!e)
        return NULL;
    l->embryos = e->next_embryo;
    if (!l->embryos)
        l->last_embryo = NULL;
    l->embryo_count--;
    e->next_embryo = NULL;
    e->embryo = false;
    unix_wait_wake(l);
    return e;
}

static int unix_connect(struct sock *sk, const struct sock_addr *a)
{
    struct unix_sock *u = unix_of(sk), *l, *e;
    struct sock *made;
    int err = unix_check_addr(a);

    if (!err && u->pass_creds)
        err = unix_autobind(u);
    if (!err)
        err = find_listener(u, a, &l);
    if (!err)
        err = unix_create(sk->stack, AF_UNIX, sk->type, 0, &made);
    if (err)
        return err;
    e = unix_of(made);
    e->addr = l->addr;
    e->addr->refs++;
    unix_set_peer(e, u);
    unix_set_peer(u, e);
    net_env_creds(sk->stack, &e->peer_creds);
    u->peer_creds = l->self;
    u->state = e->state = UNIX_CONNECTED;
    embryo_add(l, e);
    return 0;
}

static int unix_connect_dgram(struct sock *sk, const struct sock_addr *a)
{
    return unix_dgram_connect(unix_of(sk), a);
}

static int unix_listen(struct sock *sk, int backlog)
{
    struct unix_sock *u = unix_of(sk);

    if (!u->addr || u->state == UNIX_CONNECTED)
        return -EINVAL;
    u->backlog =
        (unsigned)backlog > BACKLOG_MAX ? BACKLOG_MAX : (uint32_t)backlog;
    u->state = UNIX_LISTENING;
    sk->use.flags |= PORT_LISTENING;
    net_env_creds(sk->stack, &u->self);
    unix_wait_wake(u);
    return 0;
}

static int unix_accept(struct sock *sk, struct sock **child)
{
    struct unix_sock *u = unix_of(sk), *e;

    if (u->state != UNIX_LISTENING)
        return -EINVAL;
    e = embryo_take(u);
    if (!e)
        return sk->shut & 1 << SHUT_RD ? -EINVAL : -EAGAIN;
    e->pass_creds = u->pass_creds;
    *child = &e->sk;
    return 0;
}

/* --- ending --- */

static int unix_shutdown(struct sock *sk, int how)
{
    struct unix_sock *u = unix_of(sk), *peer = u->peer;
    uint8_t bits = how == SHUT_RDWR ? SHUT_BOTH : (uint8_t)(1 << how);
    uint8_t back = how == SHUT_RD   ? 1 << SHUT_WR
                   : how == SHUT_WR ? 1 << SHUT_RD
                                    : SHUT_BOTH;

    sk->shut |= bits;
    sock_ready(sk, POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
    if (peer && !unix_is_dgram(u)) {
        peer->sk.shut |= back;
        sock_ready(&peer->sk, POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
    }
    unix_wait_wake(u);
    return 0;
}

/* The peer learns that u is no more; lost: there was data that nobody read. */
static void leave_peer(struct unix_sock *u, bool lost)
{
    struct unix_sock *peer = u->peer;

    if (!unix_is_dgram(u) && peer->peer == u) {
        peer->sk.shut = SHUT_BOTH;
        if (lost)
            peer->sk.error = ECONNRESET;
        sock_ready(&peer->sk, POLLIN | POLLOUT | POLLHUP | POLLRDHUP | POLLERR);
    }
    unix_set_peer(u, NULL);
}

static void unix_close(struct sock *sk)
{
    struct unix_sock *u = unix_of(sk), *e;
    bool lost = u->queue.first || u->embryo;

    sk->closed = true;
    sk->shut = SHUT_BOTH;
    unix_unname(u);
    list_del(&u->all);
    u->state = UNIX_CLOSED;
    while (u->embryos) {
        e = u->embryos;
        u->embryos = e->next_embryo;
        unix_close(&e->sk);
    }
    unix_wait_wake(u);
    unix_wait_leave(u);
    if (u->peer)
        leave_peer(u, lost);
    unix_queue_purge(u);
    if (!list_empty(&sk->stack->unix_domain->flying))
        unix_gc(sk->stack);
    sock_put(sk);
}

/* --- state --- */

static unsigned unix_stream_poll(struct sock *sk)
{
    struct unix_sock *u = unix_of(sk);
    unsigned events = 0;

    if (u->queue.first || u->embryos)
        events |= POLLIN | POLLRDNORM;
    if (unix_writable(u) && u->state != UNIX_LISTENING)
        events |= POLLOUT | POLLWRNORM | POLLWRBAND;
    if (u->state == UNIX_CLOSED)
        events |= POLLHUP;
    if (unlikely(sk->error))
        events |= POLLERR;
    if (unlikely(sk->shut & 1 << SHUT_RD))
        events |= POLLRDHUP | POLLIN | POLLRDNORM;
    if (unlikely(sk->shut == SHUT_BOTH))
        events |= POLLHUP;
    return events;
}

static unsigned unix_seqpacket_poll(struct sock *sk)
{
    struct unix_sock *u = unix_of(sk);

    return u->state == UNIX_LISTENING ? unix_stream_poll(sk)
                                      : unix_dgram_poll(sk);
}

static int unix_name(struct sock *sk, bool peer, struct sock_addr *a)
{
    struct unix_sock *u = unix_of(sk);

    if (peer)
        u = u->peer;
    if (!u)
        return -ENOTCONN;
    unix_format(u, UNIX_NAME_AT, a);
    return 0;
}

static int unix_set_option(struct sock *sk, int level, int name,
                           const void *value, size_t len)
{
    int v;

    if (level != SOL_SOCKET)
        return -EOPNOTSUPP;
    if (name != SO_PASSCRED)
        return -ENOPROTOOPT;
    if (len < sizeof(v))
        return -EINVAL;
    memcpy(&v, value, sizeof(v));
    unix_of(sk)->pass_creds = v;
    return 0;
}

static int unix_get_option(struct sock *sk, int level, int name, void *value,
                           size_t *len)
{
    struct unix_sock *u = unix_of(sk);
    int v = u->pass_creds;

    if (level != SOL_SOCKET)
        return -EOPNOTSUPP;
    switch (name) {
    case SO_PASSCRED:
        *len = MIN(*len, sizeof(v));
        memcpy(value, &v, *len);
        return 0;
    case SO_PEERCRED:
        *len = MIN(*len, sizeof(u->peer_creds));
        memcpy(value, &u->peer_creds, *len);
        return 0;
    }
    return -ENOPROTOOPT;
}

static long unix_ioctl(struct sock *sk, unsigned cmd)
{
    struct unix_sock *u = unix_of(sk);
    long n = 0;

    switch (cmd) {
    case FIONREAD:
        if (u->state == UNIX_LISTENING)
            return -EINVAL;
        for (struct unix_msg *msg = u->queue.first; msg; msg = msg->next) {
            n += msg->len;
            if (unix_is_dgram(u))
                break;
        }
        return n;
    case TIOCOUTQ:
        return (long)sk->wmem;
    }
    return -ENOTTY;
}

#define COMMON_OPS                                                     \
    .bind = unix_bind, .shutdown = unix_shutdown, .close = unix_close, \
    .set_option = unix_set_option, .get_option = unix_get_option,      \
    .name = unix_name, .ioctl = unix_ioctl, .destroy = unix_destroy,   \
    .tuned = choose_ops, .peekable = unix_peekable

#define CONNECTED_OPS                                           \
    COMMON_OPS, .connect = unix_connect, .listen = unix_listen, \
                .accept = unix_accept

#define STREAM_OPS \
    CONNECTED_OPS, .send = unix_stream_send, .poll = unix_stream_poll

static const struct sock_ops stream_ops[2] = {
    {STREAM_OPS, .recv = unix_stream_recv},
    {STREAM_OPS, .recv = unix_stream_recv_at_offset},
};

#define SEQPACKET_OPS \
    CONNECTED_OPS, .send = unix_dgram_send, .poll = unix_seqpacket_poll

static const struct sock_ops seqpacket_ops[2] = {
    {SEQPACKET_OPS, .recv = unix_dgram_recv},
    {SEQPACKET_OPS, .recv = unix_dgram_recv_at_offset},
};

#define DGRAM_OPS                                                       \
    COMMON_OPS, .connect = unix_connect_dgram, .send = unix_dgram_send, \
                .poll = unix_dgram_poll

static const struct sock_ops dgram_ops[2] = {
    {DGRAM_OPS, .recv = unix_dgram_recv},
    {DGRAM_OPS, .recv = unix_dgram_recv_at_offset},
};

/* --- the domain --- */

int unix_init(struct netstack *s)
{
    static const uint8_t types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET,
                                    SOCK_RAW};
    /* Protocol 0 or, the same, AF_UNIX. */
    static struct net_family families[2 * ARRAY_SIZE(types)];
    struct unix_domain *d = net_env_alloc(s, sizeof(*d));

    if (!d)
        return -ENOMEM;
    memset(d, 0, sizeof(*d));
    list_init(&d->socks);
    list_init(&d->flying);
    s->unix_domain = d;
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        families[i] = (struct net_family){
            .family = AF_UNIX,
            .type = types[i / 2],
            .protocol = i % 2 ? AF_UNIX : 0,
            .create = unix_create,
        };
        net_family_register(s, &families[i]);
    }
    return 0;
}

void unix_fini(struct netstack *s)
{
    net_env_free(s, s->unix_domain);
    s->unix_domain = NULL;
}
