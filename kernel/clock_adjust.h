// SPDX-License-Identifier: MIT
/*
 * clock_adjust: bends the clocks a little to what somebody outside knows to be
 * right. A lasting correction of the pace, and a difference that is worked off
 * at CLOCK_ADJUST_SLEW_PPB, so that time neither jumps nor goes backwards.
 *
 * Context: any.
 */
#pragma once

#include "lib/base.h"

#define CLOCK_ADJUST_SLEW_PPB 500000 /* 500 ppm, as adjtime(3) */

/* A lasting correction, in parts per 10^9 of the hardware's pace. */
void clock_adjust_pace(int64_t ppb);

/* Works off ns (negative: the clock is ahead) from now on, in place of what is
 * left of an earlier difference. */
void clock_adjust_slew(int64_t ns);

/* What is left to work off. */
int64_t clock_adjust_left(void);
