// SPDX-License-Identifier: MIT
/*
 * fail: makes one allocation fail, for tests (`fail-alloc=N` of the command
 * line): the Nth request for pages or kernel memory after the options are
 * known finds none left. Every caller must answer with an error.
 */
#pragma once

#include "lib/base.h"

/* How many requests from now; 0: none. */
extern uint64_t fail_alloc_in;

/* Called once by every request. Context: any. */
static inline bool fail_alloc_now(void)
{
    return unlikely(fail_alloc_in) && --fail_alloc_in == 0;
}
