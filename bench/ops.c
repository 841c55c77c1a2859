// SPDX-License-Identifier: MIT
/*
 * ops [NAME...]: what single operations cost, in nanoseconds of the clock; one
 * line each, `NAME<tab>COST`, or `n/a` where the system lacks something. In
 * QEMU with `-icount shift=0,sleep=off` an instruction takes a nanosecond, so
 * that the figures are instructions. The least of several rounds: what
 * interrupts add is left out. OPS_TIMES in the environment is how often an
 * operation is done, in one round: for bench/where.
 */
#include "bench/ops.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool failed;
static double empty_round; /* the loop's own part */
static int forced_times;   /* OPS_TIMES; 0: none */

static double cost_of(const struct row *r)
{
    int times = forced_times ? forced_times : r->times;
    int rounds = forced_times ? 1 : ROUNDS;
    uint64_t best = UINT64_MAX;

    r->op();
    for (int i = 0; i < rounds && !failed; i++) {
        uint64_t begin = now();

        for (int n = 0; n < times; n++)
            r->op();
        begin = now() - begin;
        if (begin < best)
            best = begin;
    }
    return (double)best / times - empty_round;
}

static void measure(const struct row *r)
{
    pthread_t partner;
    double cost;

    failed = false;
    turn = 0;
    if (r->partner && pthread_create(&partner, NULL, r->partner, NULL))
        exit(1);
    cost = r->cost ? r->cost() : cost_of(r);
    if (r->partner) {
        bool was = failed;

        failed = false;
        r->partner_end();
        if (!failed)
            pthread_join(partner, NULL);
        failed |= was;
    }
    if (failed)
        printf("%s\tn/a\n", r->name);
    else
        printf("%s\t%.0f\n", r->name, cost);
    fflush(stdout);
}

static void op_nothing(void)
{
}

static bool wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strstr(name, argv[i]))
            return true;
    return argc < 2;
}

int main(int argc, char **argv)
{
    static const struct row nothing = {.times = 2000, .op = op_nothing};
    const struct row *const tables[] = {call_rows, pair_rows, birth_rows};

    if (argc == 2 && !strcmp(argv[1], "exit"))
        _exit(0);
    if (getenv("OPS_TIMES"))
        forced_times = atoi(getenv("OPS_TIMES"));
    calls_begin();
    pairs_begin();
    births_begin(argv[0]);
    empty_round = cost_of(&nothing);
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        for (const struct row *r = tables[i]; r->name; r++)
            if (wanted(r->name, argc, argv))
                measure(r);
    return 0;
}
