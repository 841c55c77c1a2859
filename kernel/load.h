// SPDX-License-Identifier: MIT
/*
 * load: how many threads run or wait for the CPU, averaged over the last
 * minute, 5 and 15 minutes (getloadavg(3)). Every five seconds counts once, as
 * on Linux. No timer is spent on it: who samples a busy CPU (kernel/sched.c)
 * comes by anyway. When he comes late, the CPU was idle, or the host did not
 * let it run; how long it was idle tells which.
 */
#pragma once

#include "lib/base.h"

#define LOAD_PERIOD_NS (5 * 1000000000ull)
#define LOAD_SHIFT     16 /* averages are in 65536ths, as in sysinfo(2) */

/* A busy CPU is sampled this often, if the host lets it run. */
#define LOAD_SAMPLE_MAX_NS 10000000ull

/* Is it time for load_sample? */
bool load_is_due(uint64_t now_ns);

/* So many threads run or wait; idle_ns: of all its time the CPU had nothing to
 * do. */
void load_sample(uint64_t now_ns, uint64_t idle_ns, unsigned runnable);

/* The averages as of now. */
void load_get(uint64_t now_ns, uint64_t idle_ns, uint64_t averages[3]);
