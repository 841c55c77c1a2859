// SPDX-License-Identifier: MIT
/*
 * count: which instructions callgrind counts, for budget.c: what the stack does
 * for one host, not what the world around it and the program do. Without
 * budget.c nothing is wanted, and all of this does nothing.
 */
#pragma once

#include <stdbool.h>
#include <valgrind/callgrind.h>

extern bool count_wanted, count_running;
extern unsigned count_intervals;

static inline void count_begin(void)
{
    if (count_wanted) {
        count_running = true;
        count_intervals++;
        CALLGRIND_TOGGLE_COLLECT;
    }
}

static inline void count_end(void)
{
    if (count_running) {
        CALLGRIND_TOGGLE_COLLECT;
        count_running = false;
    }
}

/* Not counted from here to count_resume, with what this returns. */
static inline bool count_pause(void)
{
    bool was = count_running;

    count_end();
    return was;
}

static inline void count_resume(bool was)
{
    if (was)
        count_begin();
}
