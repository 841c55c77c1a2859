// SPDX-License-Identifier: MIT
/* load: averages of a CPU that is busy, then idle; the clock only goes on. */
#include "tests/unit/unit.h"

#include "kernel/load.h"

static uint64_t now = LOAD_PERIOD_NS, idle = LOAD_PERIOD_NS;

static void busy_for(unsigned seconds, unsigned threads)
{
    uint64_t end = now + seconds * 1000000000ull;

    for (; now < end; now += LOAD_SAMPLE_MAX_NS / 2)
        if (load_is_due(now))
            load_sample(now, idle, threads);
}

static void idle_for(uint64_t seconds)
{
    now += seconds * 1000000000ull;
    idle += seconds * 1000000000ull;
}

static double average(int which)
{
    uint64_t all[3];

    load_get(now, idle, all);
    return (double)all[which] / (1 << LOAD_SHIFT);
}

static bool is_about(double value, double expected)
{
    return value > expected - 0.01 && value < expected + 0.01;
}

START_TEST(averages_follow_who_runs)
{
    ck_assert(is_about(average(0), 0));
    busy_for(60, 1); /* 1 - 1/e, and for the others of 1/5 and 1/15 */
    ck_assert(is_about(average(0), 0.632));
    ck_assert(is_about(average(1), 0.181));
    ck_assert(is_about(average(2), 0.064));
    busy_for(3600, 3);
    ck_assert(is_about(average(0), 3));
    idle_for(60); /* nobody sampled */
    ck_assert(is_about(average(0), 3 * 0.368));
    ck_assert(is_about(average(1), 3 * 0.819));
    busy_for(300, 2);
    ck_assert(is_about(average(0), 2));
    idle_for(100 * 24 * 3600);
    ck_assert(average(2) == 0);
    ck_assert(!load_is_due(now));
    busy_for(61, 1);
    ck_assert(is_about(average(0), 0.632));
    now += 60 * 1000000000ull; /* the host did not let it run: not idle */
    load_sample(now, idle, 1);
    ck_assert(is_about(average(0), 0.865));
}
END_TEST

UNIT_SUITE(kernel_load, "kernel/load", averages_follow_who_runs)
