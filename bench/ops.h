// SPDX-License-Identifier: MIT
/* ops: what the files of bench/ops share. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define ROUNDS 5
#define PAGE   4096ul

/* An operation: its name, how often it is done in a round, and how. */
struct row {
    const char *name;
    int times;
    void (*op)(void);
    double (*cost)(void);      /* in place of op */
    void *(*partner)(void *);  /* a thread beside op */
    void (*partner_end)(void); /* tells it to end */
};

/* Each ends with a row of zeros; *_begin() makes what its rows need. */
extern const struct row call_rows[], pair_rows[], birth_rows[];
void calls_begin(void);
void pairs_begin(void);
void births_begin(char *self); /* the program, to be started again */

extern bool failed; /* the operation under way is not to be had here */
extern int turn;    /* of two threads: 0 the caller's, which is the first, 1 the
                     * partner's, -1: end */

static inline void need(bool ok)
{
    if (!ok)
        failed = true;
}

static inline uint64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}
