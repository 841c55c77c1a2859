// SPDX-License-Identifier: MIT
/* peer: see the header. */
#include "tests/tcp/peer.h"

#include <stdlib.h>
#include <string.h>

#include "abi/errno.h"
#include "abi/poll.h"
#include "tests/tcp/count.h"

struct peers *peers_now;

uint8_t peer_byte(uint32_t id, bool client, uint64_t at)
{
    uint64_t x = (at >> 3) * 0x9e3779b97f4a7c15ull + id * 2u + client;

    x ^= x >> 29;
    x *= 0xbf58476d1ce4e5b9ull;
    return (uint8_t)(x >> (8 * (at & 7)));
}

/* --- calls --- */

struct flat {
    struct sock_data d;
    uint8_t *at;
    bool in;
};

static never_inline void flat_copy(struct sock_data *d, void *p, size_t n)
{
    struct flat *f = container_of(d, struct flat, d);

    if (f->in)
        memcpy(p, f->at, n);
    else
        memcpy(f->at, p, n);
    f->at += n;
    d->left -= n;
}

static size_t flat_move(struct sock_data *d, void *p, size_t n)
{
    bool counted = count_pause();

    flat_copy(d, p, n);
    count_resume(counted);
    return n;
}

#define LOCKED(sk, call)                   \
    ({                                     \
        struct netstack *s_ = (sk)->stack; \
        netstack_lock(s_);                 \
        __typeof__(call) r_ = (call);      \
        netstack_unlock(s_);               \
        r_;                                \
    })

/* The two calls that budget.c counts, of host 1. */
static bool counted(const struct sock *sk)
{
    return sk->stack == world_counted;
}

ssize_t peer_send_to(struct sock *sk, const void *data, size_t len,
                     unsigned flags, struct sock_addr *to)
{
    struct flat f = {{len, flat_move}, (uint8_t *)(uintptr_t)data, true};
    struct sock_msg m = {.data = &f.d, .flags = flags, .addr = to};
    ssize_t n;

    if (counted(sk))
        count_begin();
    n = LOCKED(sk, sk->ops->send(sk, &m));
    count_end();
    return n;
}

ssize_t peer_recv_from(struct sock *sk, void *data, size_t len, unsigned flags,
                       struct sock_addr *from)
{
    struct flat f = {{len, flat_move}, data, false};
    struct sock_msg m = {.data = &f.d, .flags = flags, .addr = from};
    ssize_t n;

    netstack_update_now(sk->stack);
    if (counted(sk))
        count_begin();
    n = LOCKED(sk, sk->ops->recv(sk, &m));
    count_end();
    return n;
}

ssize_t peer_send(struct sock *sk, const void *data, size_t len, unsigned flags)
{
    return peer_send_to(sk, data, len, flags, NULL);
}

ssize_t peer_recv(struct sock *sk, void *data, size_t len, unsigned flags)
{
    return peer_recv_from(sk, data, len, flags, NULL);
}

struct sock *peer_socket_of(struct host *h, int type)
{
    struct sock *sk = NULL;

    netstack_lock(&h->stack);
    sock_create(&h->stack, AF_INET, type, 0, &sk);
    netstack_unlock(&h->stack);
    return sk;
}

struct sock *peer_socket(struct host *h)
{
    return peer_socket_of(h, SOCK_STREAM);
}

struct sock_addr peer_address(uint32_t addr, uint16_t port)
{
    struct sock_addr a = {.len = sizeof(a.in)};

    a.in.sin_family = AF_INET;
    a.in.sin_port = be16(port);
    memcpy(a.in.sin_addr, &addr, 4);
    return a;
}

int peer_connect(struct sock *sk, uint32_t addr, uint16_t port)
{
    struct sock_addr a = peer_address(addr, port);

    return LOCKED(sk, sk->ops->connect(sk, &a));
}

int peer_bind(struct sock *sk, uint32_t addr, uint16_t port)
{
    struct sock_addr a = peer_address(addr, port);

    return LOCKED(sk, sk->ops->bind(sk, &a));
}

int peer_listen(struct sock *sk, int backlog)
{
    return LOCKED(sk, sk->ops->listen(sk, backlog));
}

struct sock *peer_accept(struct sock *sk)
{
    struct sock *child = NULL;

    return LOCKED(sk, sk->ops->accept(sk, &child)) ? NULL : child;
}

unsigned peer_poll(struct sock *sk)
{
    return LOCKED(sk, sk->ops->poll(sk));
}

void peer_close(struct sock *sk)
{
    struct netstack *s = sk->stack;

    netstack_lock(s);
    sk->owner = NULL;
    sk->ops->close(sk);
    netstack_unlock(s);
}

int peer_shutdown(struct sock *sk, int how)
{
    return LOCKED(sk, sk->ops->shutdown(sk, how));
}

int peer_set(struct sock *sk, int level, int name, int value)
{
    return LOCKED(sk,
                  sk->ops->set_option(sk, level, name, &value, sizeof(value)));
}

/* --- programs --- */

static void make_due(struct peer *p)
{
    struct peers *ps = peers_now;

    if (p->due)
        return;
    p->due = true;
    p->next_due = NULL;
    *ps->due_end = p;
    ps->due_end = &p->next_due;
}

static void peer_ready(struct fake_owner *o, struct sock *sk, unsigned events)
{
    (void)sk;
    (void)events;
    make_due(container_of(o, struct peer, owner));
}

static void listener_ready(struct fake_owner *o, struct sock *sk,
                           unsigned events)
{
    (void)o;
    (void)sk;
    (void)events;
    peers_now->accept_due = true;
}

void peers_init(struct peers *ps, struct world *w, unsigned count,
                uint16_t port, int backlog)
{
    memset(ps, 0, sizeof(*ps));
    ps->w = w;
    ps->due_end = &ps->due;
    ps->count = count;
    ps->all = calloc(2 * count, sizeof(*ps->all));
    ps->listener_owner.ready = listener_ready;
    peers_now = ps;
    ps->listener = peer_socket(&w->hosts[1]);
    ps->listener->owner = &ps->listener_owner;
    peer_set(ps->listener, SOL_SOCKET, SO_REUSEADDR, 1);
    peer_bind(ps->listener, 0, port);
    peer_listen(ps->listener, backlog);
}

static void finish(struct peers *ps, struct peer *p, bool failed, int error)
{
    if (p->closed)
        return;
    p->closed = true;
    p->failed = failed;
    p->error = error;
    peer_close(p->sk);
    p->sk = NULL;
    ps->open--;
    if (p->client) {
        ps->done++;
        ps->failed += failed;
    } else {
        ps->failed += failed;
    }
}

static void attach(struct peers *ps, struct peer *p, struct sock *sk)
{
    p->sk = sk;
    p->owner.ready = peer_ready;
    p->chunk = 1 + fake_random(&ps->w->seed) % 100000;
    sk->owner = &p->owner;
    ps->open++;
    make_due(p);
}

void peers_start(struct peers *ps, unsigned i, uint16_t port, uint64_t up,
                 uint64_t down)
{
    struct peer *c = &ps->all[i], *s = &ps->all[ps->count + i];
    struct sock *sk;
    int err;

    *c = (struct peer){.host = &ps->w->hosts[0], .id = i, .client = true};
    *s = (struct peer){.host = &ps->w->hosts[1], .id = i};
    c->to_send = s->to_receive = up;
    c->to_receive = s->to_send = down;
    c->half_close = i & 1;
    ps->started++;
    sk = peer_socket(c->host);
    if (!sk) {
        c->closed = c->failed = true;
        ps->failed++;
        return;
    }
    attach(ps, c, sk);
    err = peer_connect(c->sk, WORLD_ADDR(1), port);
    if (err != -EINPROGRESS)
        finish(ps, c, true, err);
}

static bool do_send(struct peers *ps, struct peer *p)
{
    static uint8_t buf[100001];
    bool any = false;

    while (p->sent < p->to_send) {
        size_t n = MIN(p->to_send - p->sent, p->chunk);
        ssize_t r;

        for (size_t i = 0; i < n; i++)
            buf[i] = peer_byte(p->id, p->client, p->sent + i);
        r = peer_send(p->sk, buf, n, 0);
        if (r == -EAGAIN)
            return any;
        if (r < 0) {
            finish(ps, p, true, (int)r);
            return false;
        }
        p->sent += (uint64_t)r;
        any = true;
        if (p->sent == p->to_send && p->half_close)
            peer_shutdown(p->sk, SHUT_WR);
    }
    return any;
}

static void do_receive(struct peers *ps, struct peer *p)
{
    static uint8_t buf[100001];
    ssize_t n;

    while (!p->closed && !p->eof) {
        n = peer_recv(p->sk, buf, p->chunk, 0);
        if (n == -EAGAIN)
            return;
        if (n < 0) {
            finish(ps, p, true, (int)n);
            return;
        }
        if (n == 0) {
            p->eof = true;
            return;
        }
        for (ssize_t i = 0; i < n; i++)
            if (p->received + (uint64_t)i >= p->to_receive ||
                buf[i] !=
                    peer_byte(p->id, !p->client, p->received + (uint64_t)i)) {
                finish(ps, p, true, -EILSEQ);
                return;
            }
        p->received += (uint64_t)n;
    }
}

static void act(struct peers *ps, struct peer *p)
{
    if (p->closed || !p->sk)
        return;
    if (peer_poll(p->sk) & POLLOUT)
        do_send(ps, p);
    do_receive(ps, p);
    if (p->closed)
        return;
    if (p->eof && p->received < p->to_receive) {
        finish(ps, p, true, -EPIPE);
        return;
    }
    /* The client closes first, or after the server's end of file; the server
     * when the client has. */
    if (p->sent == p->to_send && p->received == p->to_receive &&
        (p->client || p->eof))
        finish(ps, p, false, 0);
}

static struct peer *find_server(struct peers *ps, struct sock *sk)
{
    /* By the client's port: unique while both live. */
    for (unsigned i = 0; i < ps->count; i++) {
        struct peer *c = &ps->all[i];

        if (c->sk && !ps->all[ps->count + i].sk &&
            !ps->all[ps->count + i].closed &&
            c->sk->flow.local_port == sk->flow.remote_port)
            return &ps->all[ps->count + i];
    }
    return NULL;
}

static void accept_all(struct peers *ps)
{
    struct sock *sk;

    ps->accept_due = false;
    while ((sk = peer_accept(ps->listener))) {
        struct peer *p = find_server(ps, sk);

        if (p)
            attach(ps, p, sk);
        else
            peer_close(sk);
    }
}

void peers_act(struct peers *ps)
{
    while (ps->due || ps->accept_due) {
        struct peer *p = ps->due;

        if (ps->accept_due)
            accept_all(ps);
        if (!p)
            continue;
        ps->due = p->next_due;
        if (!ps->due)
            ps->due_end = &ps->due;
        p->due = false;
        act(ps, p);
    }
}

void peers_run(struct peers *ps, uint64_t until)
{
    peers_act(ps);
    while (ps->open && world_step(ps->w, until))
        peers_act(ps);
}

void peers_fini(struct peers *ps)
{
    for (unsigned i = 0; i < 2 * ps->count; i++)
        if (ps->all[i].sk)
            peer_close(ps->all[i].sk);
    peer_close(ps->listener);
    free(ps->all);
    peers_now = NULL;
}
