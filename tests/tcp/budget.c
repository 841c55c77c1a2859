// SPDX-License-Identifier: MIT
/*
 * budget: what the stack does for a request, a segment, a large send, counted
 * in instructions under callgrind. budget CASE CONNECTIONS prints how many
 * operations it did; tests/tcp/net-budget divides. Counted is host 1: from the
 * frame to the socket, the calls of its program without system call and file,
 * and down to the device. Time in the world outside is not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/callgrind.h>

#include "abi/errno.h"
#include "tests/tcp/peer.h"

#define PORT 80

static struct world w;
static struct sock **client, **server;
static unsigned count;
static uint8_t buf[65536];
static bool counting, on;

static void probe(bool start)
{
    if (!counting || start == on)
        return;
    on = start;
    CALLGRIND_TOGGLE_COLLECT;
}

static bool in_call;

/* A driver uses its buffers again: malloc is not counted either. */
static void freeing(bool begins)
{
    static bool was;

    if (begins)
        was = on;
    if (was)
        probe(!begins);
}

/* The copy itself is not counted. */
static void copying(bool begins)
{
    if (in_call)
        probe(!begins);
}

/* The server's calls, counted. */
static ssize_t served_recv(struct sock *sk, size_t len)
{
    ssize_t n;

    in_call = true;
    probe(true);
    n = peer_recv(sk, buf, len, 0);
    probe(false);
    in_call = false;
    return n;
}

static ssize_t served_send(struct sock *sk, size_t len)
{
    ssize_t n;

    in_call = true;
    probe(true);
    n = peer_send(sk, buf, len, 0);
    probe(false);
    in_call = false;
    return n;
}

static void settle(uint64_t ns)
{
    world_run(&w, w.now + ns);
}

static void open_all(void)
{
    struct sock *l = peer_socket(&w.hosts[1]);

    peer_bind(l, 0, PORT);
    peer_listen(l, 4096);
    client = calloc(count, sizeof(*client));
    server = calloc(count, sizeof(*server));
    for (unsigned i = 0; i < count; i++) {
        client[i] = peer_socket(&w.hosts[0]);
        peer_connect(client[i], WORLD_ADDR(1), PORT);
        settle(NSEC_PER_MSEC);
        server[i] = peer_accept(l);
        if (!server[i])
            exit(1);
        peer_set(client[i], SOL_TCP, TCP_NODELAY, 1);
        peer_set(server[i], SOL_TCP, TCP_NODELAY, 1);
    }
}

static void pair(unsigned i)
{
    peer_send(client[i], buf, 64, 0);
    settle(NSEC_PER_MSEC / 10);
    if (served_recv(server[i], 4096) != 64 || served_send(server[i], 64) != 64)
        exit(1);
    settle(NSEC_PER_MSEC / 10);
    if (peer_recv(client[i], buf, 4096, 0) != 64)
        exit(1);
}

/* n bytes from the client; read at once. */
static void receive(unsigned i, size_t n)
{
    size_t got = 0;

    if (peer_send(client[i], buf, n, 0) != (ssize_t)n)
        exit(1);
    while (got < n) {
        ssize_t r;

        settle(NSEC_PER_MSEC / 10);
        r = served_recv(server[i], sizeof(buf));
        if (r > 0)
            got += (size_t)r;
    }
}

static void sending(unsigned i, size_t n, size_t step)
{
    size_t got = 0;

    for (size_t done = 0; done < n; done += step)
        if (served_send(server[i], step) != (ssize_t)step)
            exit(1);
    while (got < n) {
        ssize_t r;

        settle(NSEC_PER_MSEC / 10);
        r = peer_recv(client[i], buf, sizeof(buf), 0);
        if (r > 0)
            got += (size_t)r;
    }
}

/* How many operations case `name` is in one go on connection i. */
static unsigned once(const char *name, unsigned i)
{
    const unsigned segments = 10;
    const size_t mss = 1448, large = 41 * 1448;

    if (!strcmp(name, "pair")) {
        pair(i);
    } else if (!strcmp(name, "receive-segment")) {
        receive(i, segments * mss);
        return segments;
    } else if (!strcmp(name, "send-segment")) {
        sending(i, segments * mss, mss);
        return segments;
    } else if (!strcmp(name, "send-60k")) {
        sending(i, large, large);
    } else if (!strcmp(name, "receive-60k")) {
        receive(i, large);
    } else {
        exit(2);
    }
    return 1;
}

int main(int argc, char **argv)
{
    struct link_config link = {.delay_ns = 10 * NSEC_PER_USEC};
    unsigned operations = 0, rounds;

    if (argc != 3)
        return 2;
    count = (unsigned)atoi(argv[2]);
    link.features = NETDEV_TX_CSUM;
    if (strstr(argv[1], "60k"))
        link.features |= NETDEV_TSO4;
    world_init(&w, &link, 1);
    w.probe = probe;
    peer_copying = copying;
    fake_env_outside = freeing;
    open_all();
    rounds = count < 1000 ? 2000 / count : 2;
    /* Windows open first. */
    for (unsigned r = 0; r < 20 && r * count < 20000; r++)
        for (unsigned i = 0; i < count; i++)
            once(argv[1], i);
    counting = true;
    for (unsigned r = 0; r < rounds; r++)
        for (unsigned i = 0; i < count; i++)
            operations += once(argv[1], i);
    counting = false;
    printf("%u\n", operations);
    return 0;
}
