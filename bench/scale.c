// SPDX-License-Identifier: MIT
/*
 * scale: what a look-up and a new name cost in directories of different sizes,
 * and an event of epoll among different numbers of descriptors. Under -icount
 * the clock counts instructions, so that the figures are instructions.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 200

static void need(int ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    exit(1);
}

static uint64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* --- directories --- */

/* Names of one file: a million nodes would measure memory. */
static void grow(int dir, int from, int to)
{
    char name[32];

    for (int i = from; i < to; i++) {
        snprintf(name, sizeof(name), "name-%d", i);
        need(linkat(dir, "file", dir, name, 0) == 0, "link");
    }
}

static void report(const char *what, int entries, uint64_t time)
{
    printf("%s, one of %d names\t%lu\n", what, entries,
           (unsigned long)time / ROUNDS);
}

static void measure_directory(int dir, int entries)
{
    char name[ROUNDS][32];
    struct stat st;
    uint64_t start, looked, made, removed;

    for (int i = 0; i < ROUNDS; i++)
        snprintf(name[i], sizeof(name[i]), "name-%d",
                 (int)((uint64_t)i * 7919 * 5003 % (unsigned)entries));
    start = now();
    for (int i = 0; i < ROUNDS; i++)
        need(fstatat(dir, name[i], &st, 0) == 0, "stat");
    looked = now();
    for (int i = 0; i < ROUNDS; i++) {
        snprintf(name[i], sizeof(name[i]), "new-%d", i);
        need(mknodat(dir, name[i], S_IFREG | 0600, 0) == 0, "mknod");
    }
    made = now();
    for (int i = 0; i < ROUNDS; i++)
        need(unlinkat(dir, name[i], 0) == 0, "unlink");
    removed = now();
    report("stat", entries, looked - start);
    report("mknod", entries, made - looked);
    report("unlink", entries, removed - made);
}

static void directories(int most)
{
    int dir, from = 0;

    need(mkdir("/tmp/scale", 0755) == 0, "mkdir");
    dir = open("/tmp/scale", O_RDONLY | O_DIRECTORY);
    need(dir >= 0 && mknodat(dir, "file", S_IFREG | 0600, 0) == 0, "file");
    for (int n = 1000; n <= most; from = n, n *= 10) {
        grow(dir, from, n);
        measure_directory(dir, n);
    }
}

/* --- epoll --- */

static void measure_epoll(int n)
{
    struct epoll_event e = {.events = EPOLLIN}, got;
    uint64_t one = 1, start;
    int *fd = malloc((size_t)n * sizeof(*fd)), ep = epoll_create1(0);

    need(fd && ep >= 0, "epoll");
    for (int i = 0; i < n; i++) {
        fd[i] = eventfd(0, EFD_NONBLOCK);
        e.data.u32 = (uint32_t)i;
        need(fd[i] >= 0 && epoll_ctl(ep, EPOLL_CTL_ADD, fd[i], &e) == 0, "add");
    }
    start = now();
    for (int i = 0; i < ROUNDS; i++) {
        int which = (int)((unsigned)i * 7919u % (unsigned)n);

        need(write(fd[which], &one, sizeof(one)) == sizeof(one), "write");
        need(epoll_wait(ep, &got, 1, -1) == 1, "wait");
        need((int)got.data.u32 == which, "the right one");
        need(read(fd[which], &one, sizeof(one)) == sizeof(one), "read");
    }
    printf("write + epoll_wait + read, one of %d descriptors\t%lu\n", n,
           (unsigned long)(now() - start) / ROUNDS);
    for (int i = 0; i < n; i++)
        close(fd[i]);
    close(ep);
    free(fd);
}

int main(int argc, char **argv)
{
    const struct rlimit many = {20000, 20000};

    setvbuf(stdout, NULL, _IOLBF, 0);
    setrlimit(RLIMIT_NOFILE, &many);
    measure_epoll(10);
    measure_epoll(1000);
    measure_epoll(10000);
    directories(argc > 1 ? atoi(argv[1]) : 1000000);
    return 0;
}
