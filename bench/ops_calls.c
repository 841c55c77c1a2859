// SPDX-License-Identifier: MIT
/* ops_calls: operations of one thread: calls and memory. */
#define _GNU_SOURCE
#include "bench/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define AREA  (16 * PAGE)
#define TOUCH (64 * PAGE)
#define BIG   (64ul << 20)

static int fd_null, fd_file, fd_epoll, ends[2];
static char page[PAGE];
static char *area;

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
    struct pollfd p = {.fd = ends[1], .events = POLLOUT};

    need(poll(&p, 1, 0) == 1);
}

static void op_pipe(void)
{
    need(write(ends[1], page, 1) == 1);
    need(read(ends[0], page, 1) == 1);
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

const struct row call_rows[] = {
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
    {"rt_sigprocmask", 2000, op_sigprocmask, 0, 0, 0},
    {"raise + handler + return", 500, op_raise, 0, 0, 0},
    {"epoll_wait, one ready", 1000, op_epoll, 0, 0, 0},
    {"poll, one ready", 1000, op_poll, 0, 0, 0},
    {"pipe write + read 1 B, one thread", 500, op_pipe, 0, 0, 0},
    {0, 0, 0, 0, 0, 0},
};

void calls_begin(void)
{
    struct epoll_event e = {.events = EPOLLOUT};

    mkdir("/tmp", 0777);
    fd_null = open("/dev/null", O_WRONLY);
    fd_file = open("/tmp/ops", O_RDWR | O_CREAT, 0600);
    if (fd_file < 0 || write(fd_file, page, PAGE) != (ssize_t)PAGE ||
        pipe(ends) < 0) {
        perror("ops");
        exit(1);
    }
    fd_epoll = epoll_create1(0);
    epoll_ctl(fd_epoll, EPOLL_CTL_ADD, ends[1], &e);
    area = map(AREA);
    touch(area, AREA);
    signal(SIGUSR1, on_signal);
}
