// SPDX-License-Identifier: MIT
/* races: how often the racing programs try: ROUNDS on the command line, or
 * few enough for every day. */
#pragma once

#include <stdlib.h>

static long rounds;

/* usual: as many as take about a second. */
static void races_begin(int argc, char **argv, long usual)
{
    rounds = argc > 1 ? atol(argv[1]) : usual;
}

/* A different delay each time, in turns of an empty loop. */
static inline void races_delay(long i)
{
    for (volatile long n = i * 7919 % 997; n > 0; n--)
        ;
}
