// SPDX-License-Identifier: MIT
/*
 * clock: what time it is. Monotonic time counts nanoseconds since boot and
 * never goes backwards; wall time is monotonic time plus an offset that
 * clock_set_realtime moves.
 *
 * Context: any.
 */
#pragma once

#include "kernel/clock_page.h"
#include "lib/base.h"

/* What kernel/clock_page.h describes, page aligned. Read only. */
extern union clock_page_shared clock_shared;

/* What measures the TSC starts to count; once, as early as can be. */
void clock_start(void);
/* Calibrates the TSC and reads the wall clock; once, 0.1 ms later or it
 * waits. */
void clock_init(void);

uint64_t clock_monotonic_ns(void);

/* The same with interrupts off, when nobody can be changing the lines (a second
 * CPU will need the sequence here, too); not in order with loads nearby. */
static inline uint64_t clock_monotonic_ns_quick(void)
{
    uint32_t lo, hi;

    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return clock_page_line(&clock_shared.page, CLOCK_LINE_ADJUSTED,
                           (uint64_t)hi << 32 | lo);
}

uint64_t clock_realtime_ns(void); /* since 1970-01-01 00:00 UTC */
void clock_set_realtime(uint64_t ns);

/* From now on wall and monotonic time run faster than CLOCK_MONOTONIC_RAW by
 * ppb parts in 10^9 (slower when negative; at most a fifth); no jump. */
void clock_set_pace(int64_t ppb);
/* CLOCK_TAI is ahead of wall time by so much. */
void clock_set_tai_offset(uint64_t ns);

/* Follows a host that has changed the TSC's pace (a migrated guest); cheap,
 * called with every timer interrupt. */
void clock_check(void);

/* Busy-waits; for hardware that needs it, never for policy. */
void clock_delay_ns(uint64_t ns);
