// SPDX-License-Identifier: MIT
/*
 * ops_mem: what memory calls cost, in nanoseconds of the clock. In QEMU with
 * `-icount shift=0,sleep=off` one instruction takes one, so that the figures
 * are instructions; elsewhere they are time. The least of several rounds.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define ROUNDS 8
#define TIMES  200
#define PAGE   4096ul
#define AREA   (16 * PAGE)
#define BIG    (64ul << 20)

static uint64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

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

static void map_touch_unmap(void)
{
    char *p = map(AREA);

    touch(p, AREA);
    munmap(p, AREA);
}

static void map_unmap(void)
{
    munmap(map(AREA), AREA);
}

static char *kept;

static void protect_twice(void)
{
    mprotect(kept, AREA, PROT_READ);
    mprotect(kept, AREA, PROT_READ | PROT_WRITE);
}

static uint64_t per_call(void (*fn)(void))
{
    uint64_t best = UINT64_MAX;

    fn();
    for (int r = 0; r < ROUNDS; r++) {
        uint64_t begin = now();

        for (int i = 0; i < TIMES; i++)
            fn();
        begin = now() - begin;
        if (begin < best)
            best = begin;
    }
    return best / TIMES;
}

/* Filling len bytes, per page. */
static uint64_t per_touch(size_t len, int advice)
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
    return best / (len / PAGE);
}

static void report(const char *what, uint64_t n)
{
    printf("%-40s %8llu\n", what, (unsigned long long)n);
}

int main(void)
{
    kept = map(AREA);
    touch(kept, AREA);
    report("mmap 64 KiB, touch 16 pages, munmap", per_call(map_touch_unmap));
    report("mmap 64 KiB, munmap", per_call(map_unmap));
    report("first touch of a page", per_touch(64 * PAGE, MADV_NOHUGEPAGE));
    report("mprotect twice", per_call(protect_twice));
    report("first touch, 64 MiB, per 4 KiB", per_touch(BIG, MADV_HUGEPAGE));
    report("the same without large pages", per_touch(BIG, MADV_NOHUGEPAGE));
    return 0;
}
