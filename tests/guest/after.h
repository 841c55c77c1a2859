// SPDX-License-Identifier: MIT
/* after: points in time to wait for. */
#pragma once

#include <time.h>

/* So many milliseconds from now on. */
static inline struct timespec after_ms(clockid_t clock, long ms)
{
    struct timespec t;

    clock_gettime(clock, &t);
    t.tv_nsec += ms * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}
