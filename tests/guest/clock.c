// SPDX-License-Identifier: MIT
/* clock: what time it is, and sleeping. Times are only bounded from below:
 * how late a sleeper wakes is a measurement, not a test. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static long long now(clockid_t clock)
{
    struct timespec t;

    CHECK_EQ(clock_gettime(clock, &t), 0);
    CHECK(t.tv_nsec >= 0 && t.tv_nsec < 1000000000);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void the_wall_clock_is_in_this_century(void)
{
    long long t = now(CLOCK_REALTIME) / 1000000000;

    CHECK(t > 1700000000 && t < 4102444800);
}

static void the_ways_to_ask_agree(void)
{
    struct timeval tv;
    long long before = now(CLOCK_REALTIME), after, mid;

    CHECK_EQ(syscall(SYS_gettimeofday, &tv, NULL), 0);
    mid = tv.tv_sec * 1000000000ll + tv.tv_usec * 1000ll;
    after = now(CLOCK_REALTIME);
    CHECK(mid >= before - 1000 && mid <= after);
    /* time(2) may come from a coarser clock, one tick behind. */
    long sec = syscall(SYS_time, NULL);
    CHECK(sec >= (after - 20000000) / 1000000000);
    CHECK(sec <= now(CLOCK_REALTIME) / 1000000000);
}

static void monotonic_time_never_goes_back(void)
{
    long long last = now(CLOCK_MONOTONIC);

    for (int i = 0; i < 20000; i++) {
        long long t = now(CLOCK_MONOTONIC);
        CHECK(t >= last);
        last = t;
    }
}

static void every_common_clock_answers(void)
{
    static const clockid_t clocks[] = {
        CLOCK_REALTIME,        CLOCK_MONOTONIC,        CLOCK_MONOTONIC_RAW,
        CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME,
    };
    struct timespec res;

    for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
        CHECK(now(clocks[i]) > 0);
        CHECK_EQ(clock_getres(clocks[i], &res), 0);
        CHECK(res.tv_sec == 0 && res.tv_nsec > 0);
    }
    CHECK_ERRNO(syscall(SYS_clock_gettime, 99, &res), EINVAL);
    CHECK_ERRNO(syscall(SYS_clock_getres, 99, &res), EINVAL);
}

static void a_sleep_lasts_at_least_its_time(void)
{
    struct timespec t = {0, 30000000};
    long long start = now(CLOCK_MONOTONIC);

    CHECK_EQ(nanosleep(&t, NULL), 0);
    CHECK(now(CLOCK_MONOTONIC) - start >= 30000000);
}

static void an_absolute_sleep_ends_at_its_time(void)
{
    long long end = now(CLOCK_MONOTONIC) + 20000000;
    struct timespec t = {end / 1000000000, end % 1000000000};

    CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL), 0);
    CHECK(now(CLOCK_MONOTONIC) >= end);
    /* One that has passed returns at once. */
    CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL), 0);
}

static void bad_times_are_refused(void)
{
    struct timespec negative = {-1, 0}, wide = {0, 1000000000};

    CHECK_ERRNO(nanosleep(&negative, NULL), EINVAL);
    CHECK_ERRNO(nanosleep(&wide, NULL), EINVAL);
    CHECK_ERRNO(nanosleep(check_pointer(8), NULL), EFAULT);
}

static void both_clocks_run_at_one_pace(void)
{
    struct timespec t = {0, 50000000};
    long long real = now(CLOCK_REALTIME), mono = now(CLOCK_MONOTONIC);

    CHECK_EQ(nanosleep(&t, NULL), 0);
    real = now(CLOCK_REALTIME) - real;
    mono = now(CLOCK_MONOTONIC) - mono;
    CHECK(real - mono < 10000000 && mono - real < 10000000);
}

int main(void)
{
    RUN(the_wall_clock_is_in_this_century);
    RUN(the_ways_to_ask_agree);
    RUN(monotonic_time_never_goes_back);
    RUN(every_common_clock_answers);
    RUN(a_sleep_lasts_at_least_its_time);
    RUN(an_absolute_sleep_ends_at_its_time);
    RUN(bad_times_are_refused);
    RUN(both_clocks_run_at_one_pace);
    return check_end();
}
