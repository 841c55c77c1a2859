// SPDX-License-Identifier: MIT
/*
 * pit: channel 2 of the 8254 timer as a ruler for the TSC. It counts down
 * freely at PIT_HZ, modulo 65536, raises no interrupt and drives no speaker.
 *
 * Source: Intel 8254 data sheet; port 0x61 as on the IBM AT. Context: any.
 */
#pragma once

#include "lib/base.h"

#define PIT_HZ 1193182ull

/* What the two counters showed at the same moment. */
struct pit_sample {
    uint64_t tsc;
    uint16_t count;
};

/* False when there is no such timer. */
bool pit_start(void);

/* Has it counted through all its numbers, once at least, since pit_start? */
bool pit_turned(void);

/* A few reads, of which the least disturbed counts. */
void pit_read(struct pit_sample *s);
