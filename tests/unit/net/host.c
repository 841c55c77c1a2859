// SPDX-License-Identifier: MIT
/* host: see the header. The environment of net/env.h for tests. */
#include "tests/unit/net/host.h"

#include <stdarg.h>
#include <stdio.h>

#include "abi/errno.h"
#include "kernel/clock.h"
#include "kernel/kmalloc.h"
#include "net/neigh.h"
#include "net/netdev.h"

static struct host *host_of(struct netstack *s)
{
    return container_of(s, struct host, stack);
}

/* --- net/env.h --- */

uint64_t net_env_now(struct netstack *s)
{
    (void)s;
    return clock_monotonic_ns();
}

uint64_t net_env_realtime(struct netstack *s)
{
    (void)s;
    return clock_realtime_ns();
}

/* xorshift64* */
void net_env_random(struct netstack *s, void *buf, size_t len)
{
    struct host *h = host_of(s);
    uint8_t *p = buf;

    while (len--) {
        h->random ^= h->random >> 12;
        h->random ^= h->random << 25;
        h->random ^= h->random >> 27;
        *p++ = (uint8_t)(h->random * 0x2545f4914f6cdd1dull >> 56);
    }
}

void *net_env_alloc(struct netstack *s, size_t size)
{
    (void)s;
    return kmalloc(size);
}

void net_env_free(struct netstack *s, void *p)
{
    (void)s;
    kfree(p);
}

void net_env_timer_set(struct netstack *s, uint64_t deadline_ns)
{
    host_of(s)->timer_ns = deadline_ns;
}

void net_env_unlocked(struct netstack *s)
{
    (void)s;
}

void net_env_sock_ready(struct sock *sk, unsigned events)
{
    struct host *h = host_of(sk->stack);

    h->ready_calls++;
    h->ready_events |= events;
}

static void keep_line(struct host *h, const char *line)
{
    size_t n = strlen(h->log);

    snprintf(h->log + n, sizeof(h->log) - n, "%s\n", line);
}

void net_env_log(struct netstack *s, enum net_log_level level, const char *fmt,
                 ...)
{
    char line[200];
    va_list args;

    (void)level;
    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    keep_line(host_of(s), line);
}

void net_env_trace(struct netstack *s, const char *line)
{
    keep_line(host_of(s), line);
}

void net_env_bug(const char *what, const char *file, int line)
{
    ck_abort_msg("%s (%s:%d)", what, file, line);
    abort();
}

/* --- the interface --- */

#define DEVICE_HEADER 12 /* virtio's, which goes in front of the frame */

static void wire_transmit(struct netdev *dev, struct netbuf *nb)
{
    struct host *h = container_of(dev, struct host, dev);
    struct host_frame *f = malloc(sizeof(*f));

    ck_assert_uint_lt(h->sent_count, HOST_FRAMES);
    ck_assert_uint_le(nb->len, sizeof(f->bytes));
    ck_assert_uint_ge(netbuf_headroom(nb), DEVICE_HEADER);
    f->len = netbuf_copy_out(nb, 0, f->bytes, nb->len);
    h->sent[h->sent_count++] = f;
    netbuf_free(&h->stack, nb);
}

static void wire_kick(struct netdev *dev)
{
    (void)dev;
}

static const struct netdev_ops wire_ops = {
    .transmit = wire_transmit,
    .kick = wire_kick,
};

uint32_t host_addr(unsigned number)
{
    return be32(0x0a000000 + number);
}

struct host *host_create(unsigned number, uint16_t features)
{
    struct host *h = calloc(1, sizeof(*h));

    h->random = 0x9e3779b97f4a7c15ull + number;
    ck_assert_int_eq(netstack_init(&h->stack), 0);
    h->dev = (struct netdev){
        .ops = &wire_ops,
        .mac = {2, 0, 0, 0, 0, (uint8_t)number},
        .mtu = ETHER_MTU,
        .features = features,
        .up = true,
        .link = true,
    };
    netdev_register(&h->stack, &h->dev);
    netstack_lock(&h->stack);
    if (number)
        ck_assert_int_eq(netdev_set_v4(&h->dev, host_addr(number), 24), 0);
    host_forget_sent(h);
    return h;
}

void host_destroy(struct host *h)
{
    host_run(h);
    netstack_unlock(&h->stack);
    netstack_fini(&h->stack);
    host_forget_sent(h);
    free(h);
}

struct host_frame *host_sent(struct host *h)
{
    struct host_frame *f = h->sent_count ? h->sent[0] : NULL;

    if (!f)
        return NULL;
    h->sent_count--;
    for (unsigned i = 0; i < h->sent_count; i++)
        h->sent[i] = h->sent[i + 1];
    return f;
}

void host_forget_sent(struct host *h)
{
    while (h->sent_count)
        free(host_sent(h));
}

void host_receive(struct host *h, const void *frame, size_t len)
{
    /* Two bytes, so that what follows the Ethernet header is aligned. */
    struct netbuf *nb = netbuf_alloc_linear(&h->stack, 2, len);

    if (!nb)
        return;
    memcpy(netbuf_put(nb, len), frame, len);
    netstack_update_now(&h->stack);
    netdev_receive(&h->dev, nb);
}

void host_run(struct host *h)
{
    netstack_update_now(&h->stack);
    if (h->timer_ns <= h->stack.now) {
        h->timer_ns = NET_TIMER_NEVER;
        netstack_defer(&h->stack, NETSTACK_TIMERS);
    }
    while (h->stack.deferred)
        netstack_do_deferred(&h->stack);
}

void host_advance(struct host *a, struct host *b, uint64_t ns)
{
    uint64_t end = clock_monotonic_ns() + ns, now;

    /* From timer to timer, so that each sees its own time. */
    while ((now = clock_monotonic_ns()) < end) {
        uint64_t next = MIN(end, a->timer_ns);

        if (b)
            next = MIN(next, b->timer_ns);
        stub_clock_advance(next > now ? next - now : 0);
        host_run(a);
        if (b)
            host_run(b);
    }
}

unsigned host_wire(struct host *a, struct host *b)
{
    unsigned count = 0;

    for (;;) {
        struct host_frame *f;
        struct host *to = b;

        host_run(a);
        host_run(b);
        f = host_sent(a);
        if (!f) {
            f = host_sent(b);
            to = a;
        }
        if (!f)
            return count;
        host_receive(to, f->bytes, f->len);
        free(f);
        count++;
    }
}

void host_introduce(struct host *a, struct host *b)
{
    struct netaddr ia = netaddr_v4(a->dev.v4.addr);
    struct netaddr ib = netaddr_v4(b->dev.v4.addr);

    neigh_learn(&a->dev, &ib, b->dev.mac, true, true);
    neigh_learn(&b->dev, &ia, a->dev.mac, true, true);
}

/* --- sockets --- */

void host_format(struct sock_addr *a, uint32_t addr, unsigned port)
{
    *a = (struct sock_addr){
        .len = sizeof(a->in),
        .in = {.sin_family = AF_INET, .sin_port = be16((uint16_t)port)}};
    memcpy(a->in.sin_addr, &addr, sizeof(addr));
}

struct sock *host_socket(struct host *h, int type, int protocol, unsigned port)
{
    struct sock_addr a;
    struct sock *sk;

    if (sock_create(&h->stack, AF_INET, type, protocol, &sk))
        return NULL;
    sk->owner = h;
    host_format(&a, 0, port);
    if (!port || sk->ops->bind(sk, &a) == 0)
        return sk;
    host_close(sk);
    return NULL;
}

void host_close(struct sock *sk)
{
    struct netstack *s = sk->stack;

    (void)s;
    sk->ops->close(sk);
}

struct bytes {
    struct sock_data data;
    uint8_t *at;
    bool out;
};

static size_t move_bytes(struct sock_data *d, void *p, size_t n)
{
    struct bytes *b = container_of(d, struct bytes, data);

    n = MIN(n, d->left);
    if (b->out)
        memcpy(p, b->at, n);
    else
        memcpy(b->at, p, n);
    b->at += n;
    d->left -= n;
    return n;
}

ssize_t host_send(struct sock *sk, const void *data, size_t len,
                  const struct sock_addr *to, unsigned flags)
{
    struct bytes b = {{len, move_bytes}, (uint8_t *)(uintptr_t)data, true};
    struct sock_addr copy;
    struct sock_msg m = {.data = &b.data, .flags = flags};

    if (to) {
        copy = *to;
        m.addr = &copy;
    }
    return sk->ops->send(sk, &m);
}

ssize_t host_recv(struct sock *sk, void *data, size_t len,
                  struct sock_addr *from, unsigned *flags)
{
    struct bytes b = {{len, move_bytes}, data, false};
    struct sock_msg m = {
        .data = &b.data, .flags = flags ? *flags : 0, .addr = from};
    ssize_t n = sk->ops->recv(sk, &m);

    if (flags)
        *flags = m.out_flags;
    return n;
}
