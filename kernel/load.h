// SPDX-License-Identifier: MIT
/*
 * load: how many threads run or wait for the CPU, averaged over the last
 * minute, 5 and 15 minutes (getloadavg(3)). Every five seconds counts once, as
 * on Linux. No timer is spent on it: who samples a busy CPU (kernel/sched.c)
 * comes by anyway, and when nobody came, the CPU was idle.
 */
#pragma once

#include "lib/base.h"

#define LOAD_PERIOD_NS (5 * 1000000000ull)
#define LOAD_SHIFT     16 /* averages are in 65536ths, as in sysinfo(2) */

/* A busy CPU is sampled at least this often. */
#define LOAD_SAMPLE_MAX_NS 10000000ull

/* Is it time for load_sample? */
bool load_is_due(uint64_t now_ns);

/* So many threads run or wait. Interrupts off, or one caller at a time. */
void load_sample(uint64_t now_ns, unsigned runnable);

/* The averages as of now. */
void load_get(uint64_t now_ns, uint64_t averages[3]);
