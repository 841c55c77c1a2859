// SPDX-License-Identifier: MIT
/* ops_pairs: two threads that take turns; a round is there and back. */
#define _GNU_SOURCE
#include "bench/ops.h"

#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int pipe_a[2], pipe_b[2], pair[2];
static int event_a, event_b, udp_client, udp_server, tcp_client, tcp_server;
int turn;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void futex_set(int value)
{
    __atomic_store_n(&turn, value, __ATOMIC_RELEASE);
    syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static int futex_await(int other)
{
    int v;

    while ((v = __atomic_load_n(&turn, __ATOMIC_ACQUIRE)) == other)
        syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, other, NULL, NULL, 0);
    return v;
}

static void *futex_partner(void *arg)
{
    while (futex_await(0) == 1)
        futex_set(0);
    return arg;
}

static void op_futex_pair(void)
{
    futex_set(1);
    futex_await(1);
}

static void futex_end(void)
{
    futex_set(-1);
}

static void cond_set(int value)
{
    pthread_mutex_lock(&lock);
    turn = value;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

static int cond_await(int other)
{
    int v;

    pthread_mutex_lock(&lock);
    while (turn == other)
        pthread_cond_wait(&changed, &lock);
    v = turn;
    pthread_mutex_unlock(&lock);
    return v;
}

static void *cond_partner(void *arg)
{
    while (cond_await(0) == 1)
        cond_set(0);
    return arg;
}

static void op_cond_pair(void)
{
    cond_set(1);
    cond_await(1);
}

static void cond_end(void)
{
    cond_set(-1);
}

static void *yield_partner(void *arg)
{
    while (__atomic_load_n(&turn, __ATOMIC_RELAXED) >= 0)
        sched_yield();
    return arg;
}

static void op_yield(void)
{
    sched_yield();
}

static void yield_end(void)
{
    __atomic_store_n(&turn, -1, __ATOMIC_RELAXED);
}

/* Answers one byte with one byte, till there are no more. */
static void answer(int in, int out)
{
    char c;

    while (read(in, &c, 1) == 1 && c != 'e')
        if (write(out, &c, 1) != 1)
            break;
}

static void ask(int out, int in)
{
    char c = 'x';

    need(write(out, &c, 1) == 1 && read(in, &c, 1) == 1);
}

static void *pipe_partner(void *arg)
{
    answer(pipe_a[0], pipe_b[1]);
    return arg;
}

static void op_pipe_pair(void)
{
    ask(pipe_a[1], pipe_b[0]);
}

static void pipe_end(void)
{
    need(write(pipe_a[1], "e", 1) == 1);
}

static void *unix_partner(void *arg)
{
    answer(pair[1], pair[1]);
    return arg;
}

static void op_unix_pair(void)
{
    ask(pair[0], pair[0]);
}

static void unix_end(void)
{
    need(write(pair[0], "e", 1) == 1);
}

static void *event_partner(void *arg)
{
    uint64_t n;

    while (read(event_a, &n, 8) == 8 && n == 1)
        if (write(event_b, &n, 8) != 8)
            break;
    return arg;
}

static void op_event_pair(void)
{
    uint64_t n = 1;

    need(write(event_a, &n, 8) == 8 && read(event_b, &n, 8) == 8);
}

static void event_end(void)
{
    uint64_t n = 2;

    need(write(event_a, &n, 8) == 8);
}

static void *udp_partner(void *arg)
{
    answer(udp_server, udp_server);
    return arg;
}

static void op_udp_pair(void)
{
    ask(udp_client, udp_client);
}

static void udp_end(void)
{
    need(write(udp_client, "e", 1) == 1);
}

static void *tcp_partner(void *arg)
{
    answer(tcp_server, tcp_server);
    return arg;
}

static void op_tcp_pair(void)
{
    ask(tcp_client, tcp_client);
}

static void tcp_end(void)
{
    need(write(tcp_client, "e", 1) == 1);
}

const struct row pair_rows[] = {
    {"sched_yield between two threads", 20000, op_yield, 0, yield_partner,
     yield_end},
    {"futex ping-pong, round trip", 500, op_futex_pair, 0, futex_partner,
     futex_end},
    {"condvar ping-pong", 500, op_cond_pair, 0, cond_partner, cond_end},
    {"pipe ping-pong", 500, op_pipe_pair, 0, pipe_partner, pipe_end},
    {"AF_UNIX ping-pong", 500, op_unix_pair, 0, unix_partner, unix_end},
    {"eventfd ping-pong", 500, op_event_pair, 0, event_partner, event_end},
    {"UDP over 127.0.0.1, round trip", 300, op_udp_pair, 0, udp_partner,
     udp_end},
    {"TCP over 127.0.0.1, round trip", 300, op_tcp_pair, 0, tcp_partner,
     tcp_end},
    {0, 0, 0, 0, 0, 0},
};

static void sockets_make(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr *sa = (struct sockaddr *)&a;
    socklen_t len = sizeof(a);
    int one = 1, listener;

    udp_server = socket(AF_INET, SOCK_DGRAM, 0);
    udp_client = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(udp_server, sa, len) == 0 &&
        getsockname(udp_server, sa, &len) == 0 &&
        connect(udp_client, sa, len) == 0 &&
        getsockname(udp_client, sa, &len) == 0)
        connect(udp_server, sa, len);
    a.sin_port = 0;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    tcp_client = socket(AF_INET, SOCK_STREAM, 0);
    tcp_server = -1;
    if (bind(listener, sa, len) == 0 && listen(listener, 1) == 0 &&
        getsockname(listener, sa, &len) == 0 &&
        connect(tcp_client, sa, len) == 0)
        tcp_server = accept(listener, NULL, NULL);
    setsockopt(tcp_client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    setsockopt(tcp_server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        pair[0] = pair[1] = -1;
}

void pairs_begin(void)
{
    if (pipe(pipe_a) < 0 || pipe(pipe_b) < 0) {
        perror("ops");
        exit(1);
    }
    event_a = eventfd(0, 0);
    event_b = eventfd(0, 0);
    signal(SIGPIPE, SIG_IGN);
    sockets_make();
}
