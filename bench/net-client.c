// SPDX-License-Identifier: MIT
/*
 * net-client ADDRESS: measures the server of net.c from the host and prints
 * "name TAB value" lines: operations or megabytes a second, or, with
 * COUNTERS=FILE (bench/insns.c), guest instructions an operation or kilobyte,
 * or, with EVENTS=FILE (QEMU's trace), notifications and interrupts of the
 * card.
 *
 * net-client ADDRESS PORT NAME REQUEST LENGTH: 30 connections that send REQUEST
 * to a server of another kind and await LENGTH bytes each.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench/net.h"

#define SECONDS 2

static char buf[1 << 18];
static struct sockaddr_in to;

/* As bench/insns.c writes it. */
struct counters {
    uint64_t blocks;
    struct {
        uint64_t address, insns, count;
    } block[];
};
static const volatile struct counters *counters;

static uint64_t instructions(void)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < counters->blocks; i++)
        sum += counters->block[i].insns * counters->block[i].count;
    return sum;
}

/* QEMU's trace, and how far it has been read. */
static FILE *events;

/* Lines of the trace since the last call. */
static void new_events(double *notifications, double *interrupts)
{
    char line[256];

    *notifications = *interrupts = 0;
    clearerr(events);
    while (fgets(line, sizeof(line), events)) {
        *notifications += strstr(line, "virtio_queue_notify ") != NULL;
        *interrupts += strstr(line, "virtio_notify ") != NULL;
    }
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int connected(int type, int port)
{
    int fd = socket(AF_INET, type, 0), one = 1;

    to.sin_port = htons((uint16_t)port);
    check(!connect(fd, (void *)&to, sizeof(to)), "connect");
    if (type == SOCK_STREAM)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    else
        enlarge_buffers(fd);
    return fd;
}

/* One measurement: step does some of what is counted, and says how much. */
static void measure(const char *name, double (*step)(void *), void *arg)
{
    double start, now, done = 0, notifications, interrupts;
    uint64_t before;

    for (start = seconds(); seconds() - start < SECONDS / 4.0;)
        step(arg); /* warm */
    before = counters ? instructions() : 0;
    if (events)
        new_events(&notifications, &interrupts);
    start = seconds();
    do {
        done += step(arg);
        now = seconds();
    } while (now - start < SECONDS);
    if (events) {
        new_events(&notifications, &interrupts);
        printf("%s: notifications\t%.3f\n%s: interrupts\t%.3f\n", name,
               notifications / done, name, interrupts / done);
    } else if (counters)
        printf("%s\t%.0f\n", name, (double)(instructions() - before) / done);
    else
        printf("%s\t%.1f\n", name, done / (now - start));
    fflush(stdout);
}

struct many {
    int fd[64], n;
    const char *request;
    size_t sent, answered; /* bytes of a request, of its answer */
    bool lossy;            /* datagrams: one that is lost is not waited for */
};

static void limit_wait(int fd)
{
    const struct timeval limit = {0, 200000};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
}

/* All connections have one message under way; then all answers are read. */
static double round_trips(void *arg)
{
    struct many *m = arg;

    for (int i = 0; i < m->n; i++)
        check(send(m->fd[i], m->request, m->sent, 0) == (ssize_t)m->sent,
              "send");
    for (int i = 0; i < m->n; i++) {
        ssize_t n = recv(m->fd[i], buf, m->answered, MSG_WAITALL);

        if (n < 0 && m->lossy)
            return 0;
        check(n == (ssize_t)m->answered, "recv");
    }
    return m->n;
}

static void requests(const char *name, int type, int port, struct many m)
{
    m.lossy = type == SOCK_DGRAM;
    for (int i = 0; i < m.n; i++) {
        m.fd[i] = connected(type, port);
        if (m.lossy)
            limit_wait(m.fd[i]);
    }
    measure(name, round_trips, &m);
    for (int i = 0; i < m.n; i++)
        close(m.fd[i]);
}

static void echoes(const char *name, int type, int n)
{
    requests(name, type, PORT_ECHO,
             (struct many){
                 .n = n, .request = buf, .sent = MESSAGE, .answered = MESSAGE});
}

/* A connection of its own for one request. */
static double one_connection(void *arg)
{
    int fd = connected(SOCK_STREAM, PORT_ECHO);

    (void)arg;
    check(send(fd, buf, MESSAGE, 0) == MESSAGE, "send");
    check(recv(fd, buf, MESSAGE, MSG_WAITALL) == MESSAGE, "recv");
    close(fd);
    return 1;
}

/* Megabytes; kilobytes where instructions are counted. */
static double size_of(ssize_t n)
{
    check(n > 0, "bulk");
    return (double)n / (counters ? 1e3 : 1e6);
}

static double give(void *arg)
{
    return size_of(write(*(int *)arg, buf, sizeof(buf)));
}

static double take(void *arg)
{
    return size_of(read(*(int *)arg, buf, sizeof(buf)));
}

static void bulk(const char *name, int port, double (*step)(void *))
{
    int fd = connected(SOCK_STREAM, port);

    measure(name, step, &fd);
    close(fd);
}

/* UDP: 32 datagrams on their way; a lost one is sent again after a while. */
static double datagrams(void *arg)
{
    int fd = *(int *)arg;
    static int waiting;

    while (waiting < 32) {
        send(fd, buf, MESSAGE, 0);
        waiting++;
    }
    if (recv(fd, buf, sizeof(buf), 0) < 0) {
        waiting = 0;
        return 0;
    }
    waiting--;
    return 1;
}

/* How many datagrams the sink has counted; the question may be lost. */
static uint64_t sunk(int fd)
{
    uint64_t n = 0;

    for (int i = 0; i < 50; i++) {
        buf[0] = ASK;
        send(fd, buf, 1, 0);
        buf[0] = 0;
        if (recv(fd, &n, sizeof(n), 0) == sizeof(n))
            break;
    }
    return n;
}

/* Sends two hundred; says how many more came than when it was asked before. */
static double pour(void *arg)
{
    static uint64_t before;
    uint64_t after;
    int fd = *(int *)arg;
    double arrived;

    for (int i = 0; i < 200; i++)
        send(fd, buf, MESSAGE, 0);
    after = sunk(fd);
    arrived = (double)(after - before);
    before = after;
    return arrived;
}

/* Asks for a few hundred and counts what comes. */
static double draw(void *arg)
{
    const uint32_t wanted = 200;
    int fd = *(int *)arg, got = 0;

    send(fd, &wanted, sizeof(wanted), 0);
    while (got < (int)wanted && recv(fd, buf + 8, MESSAGE, 0) > 0)
        got++;
    return got;
}

static void udp(const char *name, int port, double (*step)(void *))
{
    int fd = connected(SOCK_DGRAM, port);

    limit_wait(fd);
    measure(name, step, &fd);
    close(fd);
}

static void open_instruments(void)
{
    const char *file = getenv("COUNTERS");

    if (file && *file) {
        int fd = open(file, O_RDONLY);

        counters = mmap(NULL, 64 << 20, PROT_READ, MAP_SHARED, fd, 0);
        check(counters != MAP_FAILED, file);
    }
    file = getenv("EVENTS");
    if (file && *file) {
        events = fopen(file, "r");
        check(events, file);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 6)
        return 2;
    to.sin_family = AF_INET;
    check(inet_pton(AF_INET, argv[1], &to.sin_addr) == 1, "address");
    open_instruments();
    if (argc == 6) {
        requests(argv[3], SOCK_STREAM, atoi(argv[2]),
                 (struct many){.n = 30,
                               .request = argv[4],
                               .sent = strlen(argv[4]),
                               .answered = (size_t)atoi(argv[5])});
        return 0;
    }
    echoes("TCP request, 1 connection", SOCK_STREAM, 1);
    echoes("TCP request, 32 connections", SOCK_STREAM, 32);
    measure("TCP connect, request, close", one_connection, NULL);
    bulk(counters ? "TCP in, KB" : "TCP in, MB", PORT_SINK, give);
    bulk(counters ? "TCP out, KB" : "TCP out, MB", PORT_SOURCE, take);
    echoes("UDP round trip", SOCK_DGRAM, 1);
    udp("UDP echo, 32 under way", PORT_ECHO, datagrams);
    udp("UDP in, datagrams", PORT_SINK, pour);
    udp("UDP out, datagrams", PORT_SOURCE, draw);
    return 0;
}
