// SPDX-License-Identifier: MIT
/*
 * clock_page: the line from the time-stamp counter to time, in a page of its
 * own that the vDSO reads in the program (shim/vdso). The kernel reads the same
 * page through the same function, so that a clock shows one time however it is
 * asked.
 *
 *     monotonic ns = base_ns + (tsc - base_tsc) * mult / 2^CLOCK_MULT_SHIFT
 *     a clock's ns = monotonic ns + offset_ns[clock]
 *
 * CLOCK_MONOTONIC_RAW has a line of its own from the same base_tsc, with the
 * pace that the hardware says; adjtimex(2) bends the other one.
 *
 * kernel/clock.c alone writes it. `sequence` is odd while it does; readers try
 * again. The program's mapping is read-only. This header is compiled for user
 * space too: constants and inline functions only.
 */
#pragma once

#include "abi/time.h"
#include "lib/base.h"

#define CLOCK_PAGE_SIZE  4096
#define CLOCK_MULT_SHIFT 32

struct clock_line {
    uint64_t base_ns;
    uint64_t mult; /* ns per tick, times 2^CLOCK_MULT_SHIFT; 0: not set up */
};

enum { CLOCK_LINE_ADJUSTED, CLOCK_LINE_RAW, CLOCK_LINES };

struct clock_page {
    uint32_t sequence;
    uint64_t base_tsc;
    struct clock_line line[CLOCK_LINES];
    uint64_t offset_ns[CLOCK_TAI + 1]; /* by clock; modulo 2^64 */
};

/* The program sees the whole page: nothing else may lie in it. */
union clock_page_shared {
    struct clock_page page;
    char bytes[CLOCK_PAGE_SIZE];
};

/* The clocks that it tells, as bits by id. All variants of a clock are one, at
 * full resolution. */
#define CLOCK_PAGE_WALL                                   \
    (1u << CLOCK_REALTIME | 1u << CLOCK_REALTIME_COARSE | \
     1u << CLOCK_REALTIME_ALARM | 1u << CLOCK_TAI)
#define CLOCK_PAGE_MONOTONIC                               \
    (1u << CLOCK_MONOTONIC | 1u << CLOCK_MONOTONIC_RAW |   \
     1u << CLOCK_MONOTONIC_COARSE | 1u << CLOCK_BOOTTIME | \
     1u << CLOCK_BOOTTIME_ALARM)
#define CLOCK_PAGE_RESOLUTION_NS 1

static inline bool clock_page_has(int clock)
{
    return (unsigned)clock <= CLOCK_TAI &&
           ((CLOCK_PAGE_WALL | CLOCK_PAGE_MONOTONIC) >> clock & 1);
}

/* The counter, read after everything before it in the program's order. */
static inline uint64_t clock_tsc_ordered(void)
{
    uint32_t lo, hi;

    __asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
    return (uint64_t)hi << 32 | lo;
}

/* A CPU whose counter is a little behind sees the base, never less. */
static inline uint64_t clock_page_line(const struct clock_page *p,
                                       unsigned line, uint64_t tsc)
{
    const struct clock_line *l = &p->line[line];
    uint64_t ticks = tsc - p->base_tsc;

    if (unlikely((int64_t)ticks < 0))
        return l->base_ns;
    return l->base_ns +
           (uint64_t)((unsigned __int128)ticks * l->mult >> CLOCK_MULT_SHIFT);
}

/* What a clock shows for which clock_page_has holds, in ns. Context: any. */
static inline uint64_t clock_page_read(const struct clock_page *p, int clock)
{
    uint32_t sequence;
    uint64_t ns;

    for (;;) {
        sequence = __atomic_load_n(&p->sequence, __ATOMIC_ACQUIRE);
        if (likely(!(sequence & 1))) {
            ns = clock_page_line(p, clock == CLOCK_MONOTONIC_RAW,
                                 clock_tsc_ordered()) +
                 p->offset_ns[clock];
            __atomic_thread_fence(__ATOMIC_ACQUIRE);
            if (likely(p->sequence == sequence))
                return ns;
        }
        __asm__ volatile("pause" : : : "memory");
    }
}
