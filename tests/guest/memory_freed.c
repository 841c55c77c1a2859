// SPDX-License-Identifier: MIT
/*
 * memory_freed: what is given back is free again: many mappings, thread
 * stacks and heaps come and go, and the machine has as much memory as before.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "check.h"

enum { PAGE = 4096, ROUNDS = 100000, THREADS = 10000 };
#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

/* Other programs of a Linux machine take and give memory, too: what is missing
 * each time is leaked. Half a page a round is less than any leak of pages. */
enum { ATTEMPTS = 20, TOLERANCE_MIN_KIB = 2048 };

static long free_kib(void)
{
    struct sysinfo info;

    CHECK_EQ(sysinfo(&info), 0);
    return (long)(info.freeram / 1024 * info.mem_unit);
}

/* What is missing after fn ran so often. */
static long missing_kib(void (*fn)(void), int times)
{
    long before = free_kib();

    for (int i = 0; i < times; i++)
        fn();
    return before - free_kib();
}

static void check_freed(void (*fn)(void), int times)
{
    long tolerance = times * 2l, missing = 0;

    if (tolerance < TOLERANCE_MIN_KIB)
        tolerance = TOLERANCE_MIN_KIB;
    fn();
    for (int i = 0; i < ATTEMPTS; i++) {
        missing = missing_kib(fn, times);
        if (missing <= tolerance)
            return;
    }
    CHECK_FAIL("%ld KiB are missing", missing);
}

static void map_touch_unmap(void)
{
    char *p = mmap(NULL, 2 * PAGE, RW, ANON, -1, 0);

    CHECK(p != MAP_FAILED);
    p[PAGE] = 1;
    CHECK_EQ(munmap(p, 2 * PAGE), 0);
}

static void *empty(void *arg)
{
    return arg;
}

static void create_join(void)
{
    pthread_t t;

    CHECK_EQ(pthread_create(&t, NULL, empty, NULL), 0);
    CHECK_EQ(pthread_join(t, NULL), 0);
}

static void heap_up_down(void)
{
    char *p = sbrk(64 * PAGE);

    CHECK(p != (void *)-1);
    for (int i = 0; i < 64; i++)
        p[i * PAGE] = 1;
    CHECK(sbrk(-64 * PAGE) != (void *)-1);
}

/* 4 MiB, of which parts go one by one. */
static void large_in_parts(void)
{
    enum { LEN = 4 << 20, PART = 96 * PAGE };
    char *p = mmap(NULL, LEN, RW, ANON, -1, 0);

    CHECK(p != MAP_FAILED);
    for (size_t at = 0; at < LEN; at += PAGE)
        p[at] = 1;
    for (size_t at = 0; at < LEN; at += PART)
        CHECK_EQ(munmap(p + at, at + PART > LEN ? LEN - at : PART), 0);
}

static void mappings(void)
{
    check_freed(map_touch_unmap, ROUNDS);
}

static void thread_stacks(void)
{
    check_freed(create_join, THREADS);
}

static void heaps(void)
{
    check_freed(heap_up_down, 8000);
}

static void large_areas(void)
{
    check_freed(large_in_parts, 1000);
}

int main(void)
{
    RUN(mappings);
    RUN(thread_stacks);
    RUN(heaps);
    RUN(large_areas);
    return check_end();
}
