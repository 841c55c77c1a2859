// SPDX-License-Identifier: MIT
/*
 * net: both ends of bench/net. `net` alone serves, in the machine: echoes on
 * TCP and UDP, takes bytes, gives bytes. As the first program of a Linux guest
 * it loads /modules and gives eth0 its address first. `net client ADDRESS`
 * measures from the host and prints "name TAB value" lines: operations or
 * megabytes a second, or, with COUNTERS=FILE (bench/insns.c), guest
 * instructions an operation or kilobyte, or, with EVENTS=FILE (QEMU's trace),
 * notifications and interrupts of the card.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PORT_ECHO = 7001, PORT_SINK, PORT_SOURCE, PORTS };
#define ADDRESS "10.91.0.2"
#define MASK    "255.255.255.0"
#define SECONDS 2
#define MESSAGE 64

static char buf[1 << 18];

static void check(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    exit(1);
}

static int bound(int type, int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0), one = 1;

    check(fd >= 0, "socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    check(!bind(fd, (void *)&a, sizeof(a)), "bind");
    return fd;
}

/* --- a Linux guest's set-up --- */

/* All of /modules, in whatever order they need each other. */
static void load_modules(void)
{
    struct dirent **names;
    int n = scandir("/modules", &names, NULL, alphasort);
    bool loaded[32] = {false};

    check(n > 0 && n < 32, "/modules");
    for (int i = 0; i < n * n; i++) {
        char path[300];
        int fd;

        if (loaded[i % n] || names[i % n]->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "/modules/%s", names[i % n]->d_name);
        fd = open(path, O_RDONLY);
        loaded[i % n] = !syscall(SYS_finit_module, fd, "", 0);
        close(fd);
    }
}

static void set_address(int fd, unsigned long request, const char *address)
{
    struct ifreq r = {.ifr_name = "eth0"};
    struct sockaddr_in *a = (void *)&r.ifr_addr;

    a->sin_family = AF_INET;
    inet_pton(AF_INET, address, &a->sin_addr);
    check(!ioctl(fd, request, &r), "address");
}

static void set_up_linux(void)
{
    struct ifreq r = {.ifr_name = "eth0"};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    load_modules();
    for (int i = 0; i < 100 && ioctl(fd, SIOCGIFFLAGS, &r); i++)
        usleep(50000);
    set_address(fd, SIOCSIFADDR, ADDRESS);
    set_address(fd, SIOCSIFNETMASK, MASK);
    check(!ioctl(fd, SIOCGIFFLAGS, &r), "flags");
    r.ifr_flags |= IFF_UP;
    check(!ioctl(fd, SIOCSIFFLAGS, &r), "up");
    close(fd);
}

/* --- the server --- */

enum kind { IS_LISTENER, IS_UDP, IS_ECHO, IS_SINK, IS_SOURCE };

static void watch(int ep, int fd, enum kind kind, int port)
{
    struct epoll_event e = {.events = kind == IS_SOURCE ? EPOLLOUT : EPOLLIN,
                            .data.u64 = (uint64_t)kind << 48 |
                                        (uint64_t)port << 32 | (unsigned)fd};

    check(!epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e), "epoll_ctl");
}

static void accept_one(int ep, int fd, int port)
{
    int c = accept4(fd, NULL, NULL, SOCK_NONBLOCK), one = 1;

    if (c < 0)
        return;
    setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    watch(ep, c,
          port == PORT_ECHO   ? IS_ECHO
          : port == PORT_SINK ? IS_SINK
                              : IS_SOURCE,
          0);
}

static void serve_udp(int fd)
{
    struct sockaddr_in from;
    socklen_t len = sizeof(from);
    ssize_t n;

    while ((n = recvfrom(fd, buf, sizeof(buf), 0, (void *)&from, &len)) >= 0)
        sendto(fd, buf, (size_t)n, 0, (void *)&from, len);
}

static void serve(int fd, enum kind kind)
{
    ssize_t n;

    if (kind == IS_SOURCE)
        n = write(fd, buf, 65536);
    else
        n = read(fd, buf, sizeof(buf));
    if (n > 0 && kind == IS_ECHO)
        n = write(fd, buf, (size_t)n);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        close(fd);
}

static _Noreturn void server(void)
{
    int ep = epoll_create1(0), udp = bound(SOCK_DGRAM, PORT_ECHO);

    signal(SIGPIPE, SIG_IGN); /* clients go in the middle of a transfer */
    watch(ep, udp, IS_UDP, 0);
    for (int port = PORT_ECHO; port < PORTS; port++) {
        int fd = bound(SOCK_STREAM, port);

        check(!listen(fd, 128), "listen");
        watch(ep, fd, IS_LISTENER, port);
    }
    for (;;) {
        struct epoll_event e[64];
        int n = epoll_wait(ep, e, 64, -1);

        for (int i = 0; i < n; i++) {
            int fd = (int)(uint32_t)e[i].data.u64;
            int port = (int)(e[i].data.u64 >> 32 & 0xffff);
            enum kind kind = (enum kind)(e[i].data.u64 >> 48);

            if (kind == IS_LISTENER)
                accept_one(ep, fd, port);
            else if (kind == IS_UDP)
                serve_udp(fd);
            else
                serve(fd, kind);
        }
    }
}

/* --- the client --- */

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
    bool lossy; /* datagrams: one that is lost is not waited for */
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
        check(send(m->fd[i], buf, MESSAGE, 0) == MESSAGE, "send");
    for (int i = 0; i < m->n; i++) {
        ssize_t n = recv(m->fd[i], buf, MESSAGE, MSG_WAITALL);

        if (n < 0 && m->lossy)
            return 0;
        check(n == MESSAGE, "recv");
    }
    return m->n;
}

static void requests(const char *name, int type, int n)
{
    struct many m = {.n = n, .lossy = type == SOCK_DGRAM};

    for (int i = 0; i < n; i++) {
        m.fd[i] = connected(type, PORT_ECHO);
        if (m.lossy)
            limit_wait(m.fd[i]);
    }
    measure(name, round_trips, &m);
    for (int i = 0; i < n; i++)
        close(m.fd[i]);
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

static int client(const char *address)
{
    const char *file = getenv("COUNTERS");
    int fd;

    to.sin_family = AF_INET;
    check(inet_pton(AF_INET, address, &to.sin_addr) == 1, "address");
    if (file && *file) {
        fd = open(file, O_RDONLY);
        counters = mmap(NULL, 64 << 20, PROT_READ, MAP_SHARED, fd, 0);
        check(counters != MAP_FAILED, file);
    }
    file = getenv("EVENTS");
    if (file && *file) {
        events = fopen(file, "r");
        check(events, file);
    }
    requests("TCP request, 1 connection", SOCK_STREAM, 1);
    requests("TCP request, 32 connections", SOCK_STREAM, 32);
    bulk(counters ? "TCP in, KB" : "TCP in, MB", PORT_SINK, give);
    bulk(counters ? "TCP out, KB" : "TCP out, MB", PORT_SOURCE, take);
    requests("UDP round trip", SOCK_DGRAM, 1);
    fd = connected(SOCK_DGRAM, PORT_ECHO);
    limit_wait(fd);
    measure("UDP echo, 32 under way", datagrams, &fd);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "client"))
        return client(argv[2]);
    if (access("/modules", F_OK) == 0)
        set_up_linux();
    server();
}
