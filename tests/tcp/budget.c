// SPDX-License-Identifier: MIT
/*
 * budget: what the stack does for a request, a segment, a datagram, a large
 * send, counted in instructions under callgrind. budget CASE CONNECTIONS prints
 * how many operations it did, and how often counting was switched on, which
 * itself costs what case "nothing" does; tests/tcp/net-budget divides. Counted
 * is host 1: from the frame to the socket, the calls of its program without
 * system call and file, and down to the device. The world outside is not, nor
 * are the copy and the allocator.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/errno.h"
#include "tests/tcp/count.h"
#include "tests/tcp/peer.h"

#define PORT    80
#define PASSAGE 500 /* ns: one round of 10 000 fits into a delayed ACK */

static struct world w;
static struct sock **client, **server;
static unsigned count;
static uint8_t buf[65536];

static void need(bool ok)
{
    if (!ok)
        exit(1);
}

static void settle(uint64_t ns)
{
    world_run(&w, w.now + ns);
}

static void open_tcp(void)
{
    struct sock *l = peer_socket(&w.hosts[1]);

    peer_bind(l, 0, PORT);
    peer_listen(l, 4096);
    for (unsigned i = 0; i < count; i++) {
        client[i] = peer_socket(&w.hosts[0]);
        peer_connect(client[i], WORLD_ADDR(1), PORT);
        settle(NSEC_PER_MSEC);
        server[i] = peer_accept(l);
        need(server[i]);
        peer_set(client[i], SOL_TCP, TCP_NODELAY, 1);
        peer_set(server[i], SOL_TCP, TCP_NODELAY, 1);
    }
}

/* One server that answers whoever it was. */
static void open_udp(void)
{
    server[0] = peer_socket_of(&w.hosts[1], SOCK_DGRAM);
    peer_bind(server[0], 0, PORT);
    for (unsigned i = 0; i < count; i++) {
        client[i] = peer_socket_of(&w.hosts[0], SOCK_DGRAM);
        peer_connect(client[i], WORLD_ADDR(1), PORT);
    }
    /* Addresses are found out. */
    peer_send(client[0], buf, 1, 0);
    settle(NSEC_PER_MSEC);
    need(peer_recv(server[0], buf, sizeof(buf), 0) == 1);
}

static void pair(unsigned i)
{
    peer_send(client[i], buf, 64, 0);
    settle(PASSAGE);
    need(peer_recv(server[i], buf, 4096, 0) == 64);
    need(peer_send(server[i], buf, 64, 0) == 64);
    settle(PASSAGE);
    need(peer_recv(client[i], buf, 4096, 0) == 64);
}

static void udp_echo(unsigned i)
{
    struct sock_addr from;

    peer_send(client[i], buf, 64, 0);
    settle(PASSAGE);
    need(peer_recv_from(server[0], buf, 4096, 0, &from) == 64);
    need(peer_send_to(server[0], buf, 64, 0, &from) == 64);
    settle(PASSAGE);
    need(peer_recv(client[i], buf, 4096, 0) == 64);
}

/* n bytes; read as they come. */
static void transfer(struct sock *from, struct sock *to, size_t n, size_t step)
{
    size_t got = 0;

    for (size_t done = 0; done < n; done += step)
        need(peer_send(from, buf, step, 0) == (ssize_t)step);
    while (got < n) {
        ssize_t r;

        settle(PASSAGE);
        r = peer_recv(to, buf, sizeof(buf), 0);
        if (r > 0)
            got += (size_t)r;
    }
    settle(PASSAGE);
}

/* How many operations case `name` is in one go on connection i. */
static unsigned once(const char *name, unsigned i)
{
    const unsigned segments = 10;
    const size_t mss = 1448, large = 41 * 1448;

    if (!strcmp(name, "nothing")) {
        count_resume(count_pause());
        count_begin();
        count_end();
    } else if (!strcmp(name, "pair")) {
        pair(i);
    } else if (!strcmp(name, "udp-echo")) {
        udp_echo(i);
    } else if (!strcmp(name, "receive-segment")) {
        transfer(client[i], server[i], segments * mss, segments * mss);
        return segments;
    } else if (!strcmp(name, "send-segment")) {
        transfer(server[i], client[i], segments * mss, mss);
        return segments;
    } else if (!strcmp(name, "send-60k")) {
        transfer(server[i], client[i], large, large);
    } else if (!strcmp(name, "receive-60k")) {
        transfer(client[i], server[i], large, large);
    } else {
        exit(2);
    }
    return 1;
}

int main(int argc, char **argv)
{
    struct link_config link = {.delay_ns = PASSAGE};
    unsigned operations = 0, rounds;

    if (argc != 3)
        return 2;
    count = (unsigned)atoi(argv[2]);
    client = calloc(count, sizeof(*client));
    server = calloc(count, sizeof(*server));
    link.features = NETDEV_TX_CSUM;
    if (strstr(argv[1], "60k"))
        link.features |= NETDEV_TSO4;
    world_init(&w, &link, 1);
    if (!strncmp(argv[1], "udp", 3))
        open_udp();
    else
        open_tcp();
    rounds = count < 300 ? 300 / count : 1;
    /* Windows open first, and the peer need not be quick any more. */
    for (unsigned r = 0; r < 2 || (r < 20 && r * count < 2000); r++)
        for (unsigned i = 0; i < count; i++)
            once(argv[1], i);
    world_counted = &w.hosts[1].stack;
    count_wanted = true;
    for (unsigned r = 0; r < rounds; r++)
        for (unsigned i = 0; i < count; i++)
            operations += once(argv[1], i);
    printf("%u %u\n", operations, count_intervals);
    return 0;
}
