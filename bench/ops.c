// SPDX-License-Identifier: MIT
/*
 * ops [NAME...]: what single operations cost, in nanoseconds of the clock; one
 * line each, `NAME<tab>COST`, or `n/a` where the system lacks something. In
 * QEMU with `-icount shift=0,sleep=off` an instruction takes a nanosecond, so
 * that the figures are instructions. The least of several rounds: what
 * interrupts add is left out. OPS_TIMES in the environment is how often an
 * operation is done, in one round: for bench/where.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 5
#define PAGE   4096ul
#define AREA   (16 * PAGE)
#define TOUCH  (64 * PAGE)
#define BIG    (64ul << 20)

extern char **environ;

static char *self; /* this program, to be started again */
static bool failed;
static int fd_null, fd_file, fd_epoll, pipe_a[2], pipe_b[2], pair[2];
static int event_a, event_b, udp_client, udp_server, tcp_client, tcp_server;
static char page[PAGE];
static char *area;

static void need(bool ok)
{
    if (!ok)
        failed = true;
}

static uint64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* --- one call --- */

static void op_nothing(void)
{
}

static void op_getppid(void)
{
    syscall(SYS_getppid);
}

static void op_gettid(void)
{
    syscall(SYS_gettid);
}

static void op_unknown(void)
{
    syscall(999);
}

static void op_clock(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
}

static void op_clock_call(void)
{
    struct timespec t;

    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
}

static void op_write_null(void)
{
    need(write(fd_null, page, 1) == 1);
}

static void op_pread_1(void)
{
    need(pread(fd_file, page, 1, 0) == 1);
}

static void op_pread_4k(void)
{
    need(pread(fd_file, page, PAGE, 0) == (ssize_t)PAGE);
}

static void op_pwrite_4k(void)
{
    need(pwrite(fd_file, page, PAGE, 0) == (ssize_t)PAGE);
}

static void op_open(void)
{
    int fd = open("/tmp/ops", O_RDONLY);

    need(fd >= 0);
    close(fd);
}

static void op_open_none(void)
{
    need(open("/tmp/none", O_RDONLY) < 0 && errno == ENOENT);
}

static void op_stat(void)
{
    struct stat st;

    need(stat("/tmp/ops", &st) == 0);
}

static void op_fstat(void)
{
    struct stat st;

    need(fstat(fd_file, &st) == 0);
}

static void op_creat(void)
{
    int fd = open("/tmp/new", O_CREAT | O_WRONLY, 0600);

    need(fd >= 0);
    close(fd);
    unlink("/tmp/new");
}

static void op_futex_wake(void)
{
    static int word;

    syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void op_sigprocmask(void)
{
    sigset_t old;

    sigprocmask(SIG_BLOCK, NULL, &old);
}

static void on_signal(int signal)
{
    (void)signal;
}

static void op_raise(void)
{
    raise(SIGUSR1);
}

static void op_epoll(void)
{
    struct epoll_event e;

    need(epoll_wait(fd_epoll, &e, 1, 0) == 1);
}

static void op_poll(void)
{
    struct pollfd p = {.fd = pipe_a[1], .events = POLLOUT};

    need(poll(&p, 1, 0) == 1);
}

static void op_pipe(void)
{
    need(write(pipe_a[1], page, 1) == 1);
    need(read(pipe_a[0], page, 1) == 1);
}

/* --- memory --- */

static char *map(size_t len)
{
    char *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    return p;
}

static void touch(volatile char *p, size_t len)
{
    for (size_t at = 0; at < len; at += PAGE)
        p[at] = 1;
}

static void op_map_touch(void)
{
    char *p = map(AREA);

    touch(p, AREA);
    munmap(p, AREA);
}

static void op_map(void)
{
    munmap(map(AREA), AREA);
}

static void op_protect(void)
{
    need(mprotect(area, AREA, PROT_READ) == 0);
    need(mprotect(area, AREA, PROT_READ | PROT_WRITE) == 0);
}

/* Filling len bytes, per page. */
static double touch_cost(size_t len, int advice)
{
    uint64_t best = UINT64_MAX;

    for (int r = 0; r < ROUNDS; r++) {
        char *p = map(len);
        uint64_t begin;

        madvise(p, len, advice);
        begin = now();
        touch(p, len);
        begin = now() - begin;
        munmap(p, len);
        if (begin < best)
            best = begin;
    }
    return (double)best / (double)(len / PAGE);
}

static double cost_touch(void)
{
    return touch_cost(TOUCH, MADV_NOHUGEPAGE);
}

static double cost_fill(void)
{
    return touch_cost(BIG, MADV_HUGEPAGE);
}

/* --- threads and processes --- */

static void *nothing(void *arg)
{
    return arg;
}

static void op_thread(void)
{
    pthread_t t;

    if (pthread_create(&t, NULL, nothing, NULL))
        failed = true;
    else
        pthread_join(t, NULL);
}

static void reap(pid_t pid)
{
    int status = -1;

    need(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

static void op_fork(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    reap(pid);
}

static void op_spawn(void)
{
    char *argv[] = {self, "exit", NULL};
    pid_t pid = -1;

    need(posix_spawn(&pid, self, NULL, NULL, argv, environ) == 0);
    reap(pid);
}

static void op_fork_exec(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        execl(self, self, "exit", NULL);
        _exit(1);
    }
    reap(pid);
}

/* --- two threads, taking turns: a round is there and back --- */

static int turn; /* whose: 0 the caller's, 1 the partner's, -1: end */
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

/* --- the list --- */

struct row {
    const char *name;
    int times;
    void (*op)(void);
    double (*cost)(void);      /* in place of op */
    void *(*partner)(void *);  /* a thread beside op */
    void (*partner_end)(void); /* tells it to end */
};

static const struct row rows[] = {
    {"getppid by syscall()", 2000, op_getppid, 0, 0, 0},
    {"gettid", 2000, op_gettid, 0, 0, 0},
    {"unknown call", 2000, op_unknown, 0, 0, 0},
    {"clock_gettime(MONOTONIC) through libc", 2000, op_clock, 0, 0, 0},
    {"the same as a real call", 2000, op_clock_call, 0, 0, 0},
    {"write 1 B to /dev/null", 2000, op_write_null, 0, 0, 0},
    {"pread 1 B, ramfs", 2000, op_pread_1, 0, 0, 0},
    {"pread 4 KiB, ramfs", 1000, op_pread_4k, 0, 0, 0},
    {"pwrite 4 KiB", 1000, op_pwrite_4k, 0, 0, 0},
    {"open + close", 500, op_open, 0, 0, 0},
    {"open, ENOENT", 500, op_open_none, 0, 0, 0},
    {"stat", 500, op_stat, 0, 0, 0},
    {"fstat", 500, op_fstat, 0, 0, 0},
    {"creat + close + unlink", 200, op_creat, 0, 0, 0},
    {"mmap 64 KiB + touch 16 pages + munmap", 100, op_map_touch, 0, 0, 0},
    {"mmap 64 KiB + munmap, untouched", 500, op_map, 0, 0, 0},
    {"first touch of a page", 1, 0, cost_touch, 0, 0},
    {"filling 64 MiB, per page", 1, 0, cost_fill, 0, 0},
    {"mprotect twice", 200, op_protect, 0, 0, 0},
    {"futex wake, nobody waits", 2000, op_futex_wake, 0, 0, 0},
    {"sched_yield between two threads", 1000, op_yield, 0, yield_partner,
     yield_end},
    {"rt_sigprocmask", 2000, op_sigprocmask, 0, 0, 0},
    {"raise + handler + return", 500, op_raise, 0, 0, 0},
    {"epoll_wait, one ready", 1000, op_epoll, 0, 0, 0},
    {"poll, one ready", 1000, op_poll, 0, 0, 0},
    {"pipe write + read 1 B, one thread", 500, op_pipe, 0, 0, 0},
    {"futex ping-pong, round trip", 500, op_futex_pair, 0, futex_partner,
     futex_end},
    {"condvar ping-pong", 500, op_cond_pair, 0, cond_partner, cond_end},
    {"pipe ping-pong", 500, op_pipe_pair, 0, pipe_partner, pipe_end},
    {"AF_UNIX ping-pong", 500, op_unix_pair, 0, unix_partner, unix_end},
    {"eventfd ping-pong", 500, op_event_pair, 0, event_partner, event_end},
    {"pthread create + join", 100, op_thread, 0, 0, 0},
    {"UDP over 127.0.0.1, round trip", 300, op_udp_pair, 0, udp_partner,
     udp_end},
    {"TCP over 127.0.0.1, round trip", 300, op_tcp_pair, 0, tcp_partner,
     tcp_end},
    {"fork + exit + wait", 20, op_fork, 0, 0, 0},
    {"fork + exec + wait", 10, op_fork_exec, 0, 0, 0},
    {"posix_spawn + wait", 10, op_spawn, 0, 0, 0},
};

static double empty_round; /* the loop's own part */
static int forced_times;   /* OPS_TIMES; 0: none */

static double cost_of(const struct row *r)
{
    int times = forced_times ? forced_times : r->times;
    int rounds = forced_times ? 1 : ROUNDS;
    uint64_t best = UINT64_MAX;

    r->op();
    for (int i = 0; i < rounds && !failed; i++) {
        uint64_t begin = now();

        for (int n = 0; n < times; n++)
            r->op();
        begin = now() - begin;
        if (begin < best)
            best = begin;
    }
    return (double)best / times - empty_round;
}

static void measure(const struct row *r)
{
    pthread_t partner;
    double cost;

    failed = false;
    turn = 0;
    if (r->partner && pthread_create(&partner, NULL, r->partner, NULL))
        exit(1);
    cost = r->cost ? r->cost() : cost_of(r);
    if (r->partner) {
        bool was = failed;

        failed = false;
        r->partner_end();
        if (!failed)
            pthread_join(partner, NULL);
        failed |= was;
    }
    if (failed)
        printf("%s\tn/a\n", r->name);
    else
        printf("%s\t%.0f\n", r->name, cost);
    fflush(stdout);
}

/* --- what they need --- */

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

static void files_make(void)
{
    struct epoll_event e = {.events = EPOLLOUT};

    mkdir("/tmp", 0777);
    fd_null = open("/dev/null", O_WRONLY);
    fd_file = open("/tmp/ops", O_RDWR | O_CREAT, 0600);
    if (fd_file < 0 || write(fd_file, page, PAGE) != (ssize_t)PAGE ||
        pipe(pipe_a) < 0 || pipe(pipe_b) < 0) {
        perror("ops");
        exit(1);
    }
    fd_epoll = epoll_create1(0);
    epoll_ctl(fd_epoll, EPOLL_CTL_ADD, pipe_a[1], &e);
    event_a = eventfd(0, 0);
    event_b = eventfd(0, 0);
    area = map(AREA);
    touch(area, AREA);
    signal(SIGUSR1, on_signal);
    signal(SIGPIPE, SIG_IGN);
}

static bool wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strstr(name, argv[i]))
            return true;
    return argc < 2;
}

int main(int argc, char **argv)
{
    static const struct row nothing = {"", 2000, op_nothing, 0, 0, 0};

    if (argc == 2 && !strcmp(argv[1], "exit"))
        _exit(0);
    if (getenv("OPS_TIMES"))
        forced_times = atoi(getenv("OPS_TIMES"));
    self = argv[0];
    files_make();
    sockets_make();
    empty_round = cost_of(&nothing);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (wanted(rows[i].name, argc, argv))
            measure(&rows[i]);
    return 0;
}
