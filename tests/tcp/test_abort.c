// SPDX-License-Identifier: MIT
/* What happens while a sender copies, when the stack is not locked: the peer
 * resets, another thread shuts down, acknowledgements come. And what is sent
 * again when its bytes are gone. The sanitizer watches every freed object. */
#include "tests/tcp/check.h"

#include <string.h>

#include "abi/errno.h"
#include "abi/poll.h"
#include "tests/tcp/peer.h"

#define PORT 80
#define SIZE 40000u

static struct world w;
static struct sock *a, *b; /* of host 0 and 1 */
static uint8_t buf[SIZE];

static void settle(uint64_t ns)
{
    world_run(&w, w.now + ns);
}

static void open_pair(void)
{
    struct link_config link = {.delay_ns = NSEC_PER_MSEC,
                               .features = NETDEV_TX_CSUM | NETDEV_TSO4};
    struct sock *l;

    world_init(&w, &link, 1);
    l = peer_socket(&w.hosts[1]);
    peer_bind(l, 0, PORT);
    peer_listen(l, 1);
    a = peer_socket(&w.hosts[0]);
    peer_connect(a, WORLD_ADDR(1), PORT);
    settle(10 * NSEC_PER_MSEC);
    b = peer_accept(l);
    ck_assert_ptr_nonnull(b);
    peer_close(l);
    for (unsigned i = 0; i < SIZE; i++)
        buf[i] = peer_byte(1, true, i);
}

static void close_pair(void)
{
    if (a)
        peer_close(a);
    if (b)
        peer_close(b);
    settle(300 * NSEC_PER_SEC);
    ck_assert_uint_eq(world_fini(&w), 0);
}

/* A program's data, in the middle of which something happens. */
struct eventful {
    struct sock_data d;
    const uint8_t *at;
    unsigned calls, when; /* it happens in this call of move */
    void (*event)(void);
};

static size_t eventful_move(struct sock_data *d, void *p, size_t n)
{
    struct eventful *e = container_of(d, struct eventful, d);

    memcpy(p, e->at, n / 2);
    if (e->calls++ == e->when)
        e->event();
    memcpy((uint8_t *)p + n / 2, e->at + n / 2, n - n / 2);
    e->at += n;
    d->left -= n;
    return n;
}

static ssize_t send_eventfully(size_t len, unsigned when, void (*event)(void))
{
    struct eventful e = {{len, eventful_move}, buf, 0, when, event};
    struct sock_msg m = {.data = &e.d};
    ssize_t n, all = 0;

    do {
        netstack_lock(a->stack);
        n = a->ops->send(a, &m);
        netstack_unlock(a->stack);
        all += n > 0 ? n : 0;
        if (n == -EAGAIN)
            settle(5 * NSEC_PER_MSEC);
    } while (e.d.left && (n > 0 || n == -EAGAIN));
    return all ? all : n;
}

/* --- events --- */

static void reset_by_peer(void)
{
    settle(10 * NSEC_PER_MSEC);
    peer_close(b); /* with bytes that it has not read */
    b = NULL;
    settle(10 * NSEC_PER_MSEC);
}

static void shut_down(void)
{
    peer_shutdown(a, SHUT_WR);
}

static void shut_down_and_ack(void)
{
    shut_down();
    settle(10 * NSEC_PER_MSEC);
}

static void time_passes(void)
{
    settle(500 * NSEC_PER_MSEC);
}

static void read_some(void)
{
    static uint8_t in[3000];

    settle(10 * NSEC_PER_MSEC);
    peer_recv(b, in, sizeof(in), 0);
    settle(10 * NSEC_PER_MSEC);
}

static bool nothing_passes(struct world *world, int from, const uint8_t *ip,
                           size_t len)
{
    (void)world, (void)from, (void)ip, (void)len;
    return false;
}

/* Loses what host 0 sends without data: its FIN. */
static bool no_fin(struct world *world, int from, const uint8_t *ip, size_t len)
{
    (void)world;
    return from || len < 34 || !(ip[33] & 1);
}

static void lose_and_shut_down(void)
{
    w.filter = nothing_passes;
    shut_down();
    settle(NSEC_PER_SEC);
    w.filter = NULL;
}

/* --- tests --- */

/* Reads all that comes to b; the length, after comparing it. */
static size_t drain(void)
{
    static uint8_t in[SIZE];
    size_t got = 0;
    ssize_t n;

    for (unsigned i = 0; i < 400; i++) {
        n = peer_recv(b, in, sizeof(in), 0);
        if (n == 0)
            break;
        for (ssize_t k = 0; k < n; k++)
            ck_assert_uint_eq(in[k], buf[(got + (size_t)k) % SIZE]);
        got += n > 0 ? (size_t)n : 0;
        if (n < 0)
            settle(100 * NSEC_PER_MSEC);
    }
    return got;
}

START_TEST(a_reset_while_copying_ends_the_send)
{
    static const size_t sizes[] = {100, 5000, SIZE};

    for (unsigned when = 0; when < 3; when++) {
        ssize_t n;

        open_pair();
        peer_send(a, buf, 1, 0);
        n = send_eventfully(sizes[_i], when, reset_by_peer);
        ck_assert(n == -ECONNRESET || n == -EPIPE ||
                  (n > 0 && (size_t)n <= sizes[_i]));
        close_pair();
    }
}
END_TEST

START_TEST(a_shutdown_while_copying_keeps_what_was_sent)
{
    void (*const events[])(void) = {shut_down, shut_down_and_ack,
                                    lose_and_shut_down};
    size_t before = 3000;
    ssize_t n;

    open_pair();
    peer_send(a, buf, before, 0);
    n = send_eventfully(SIZE - before, 0, events[_i]);
    ck_assert_int_eq(n, -EPIPE);
    if (_i < 2)
        ck_assert_uint_eq(drain(), before);
    close_pair();
}
END_TEST

START_TEST(acknowledgements_while_copying_free_what_may_go)
{
    void (*const events[])(void) = {time_passes, read_some};

    for (unsigned when = 0; when < 3; when++)
        for (unsigned i = 0; i < ARRAY_SIZE(events); i++) {
            open_pair();
            ck_assert_int_gt(send_eventfully(_i ? SIZE : 150, when, events[i]),
                             0);
            close_pair();
        }
}
END_TEST

/* The data is acknowledged and freed; the FIN behind it is not. */
START_TEST(a_fin_is_sent_again_without_its_data)
{
    static const size_t sizes[] = {150, 5000, 5000};

    open_pair();
    w.filter = no_fin;
    peer_send(a, buf, sizes[_i], 0);
    if (_i == 2) /* it goes later than the data, and before the answer */
        settle(NSEC_PER_MSEC / 2);
    shut_down();
    ck_assert_uint_eq(drain(), sizes[_i]);
    settle(5 * NSEC_PER_SEC);
    w.filter = NULL;
    settle(60 * NSEC_PER_SEC);
    ck_assert(peer_poll(b) & POLLRDHUP);
    close_pair();
}
END_TEST

TCP_SUITE(abort, 3, a_reset_while_copying_ends_the_send,
          a_shutdown_while_copying_keeps_what_was_sent,
          acknowledgements_while_copying_free_what_may_go,
          a_fin_is_sent_again_without_its_data)
