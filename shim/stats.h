// SPDX-License-Identifier: MIT
/*
 * stats: how often the program made which call, and how long they took
 * (`stats=on`). The table is logged when the program ends.
 */
#pragma once

#include "lib/base.h"

/* Begins to count; 0 or -ENOMEM. A second call does nothing. */
int stats_start(void);

/* A call was answered with result after ns nanoseconds. Any thread. */
void stats_count(uint64_t nr, long result, uint64_t ns);

/* Logs the table and the CPU's counters. */
void stats_print(void);
