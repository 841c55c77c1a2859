// SPDX-License-Identifier: MIT
/*
 * clock_tsc: the time-stamp counter behind kernel/clock.h, for the modules
 * that program hardware in its terms. Inside kernel/ only.
 *
 * Context: any, after clock_init.
 */
#pragma once

#include "lib/base.h"

/* Lengths of time, converted at the frequency known by now; saturating. */
uint64_t clock_ns_to_tsc(uint64_t ns);
uint64_t clock_tsc_to_ns(uint64_t ticks);

/*
 * Measures the frequency anew over all the time since clock_init, when it was
 * a measured one. Cheap (no waiting); the clock neither jumps nor goes back.
 */
void clock_refine(void);
