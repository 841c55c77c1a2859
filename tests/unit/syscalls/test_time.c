// SPDX-License-Identifier: MIT
/* time: the handlers of syscalls/time.c and random.c, called as functions. */
#include "tests/unit/unit.h"

#include "syscalls/adjtime.c"
#include "syscalls/time.c"

#include "abi/random.h"

long sys_getrandom(void *buf, size_t count, unsigned flags);

static struct abi_timespec ts; /* static: a stack may lie anywhere */

static uint64_t read_ns(int clock)
{
    ck_assert_int_eq(sys_clock_gettime(clock, &ts), 0);
    return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

START_TEST(clocks_show_monotonic_or_wall_time)
{
    static const int mono[] = {1, 4, 6, 7, 9}, wall[] = {0, 5, 8, 11};

    for (size_t i = 0; i < ARRAY_SIZE(mono); i++)
        ck_assert_uint_eq(read_ns(mono[i]), clock_monotonic_ns());
    for (size_t i = 0; i < ARRAY_SIZE(wall); i++)
        ck_assert_uint_eq(read_ns(wall[i]), clock_realtime_ns());
    ck_assert_int_eq(sys_time(NULL),
                     (long)(clock_realtime_ns() / NSEC_PER_SEC));
    ck_assert_int_eq(sys_clock_getres(1, NULL), 0);
    ck_assert_int_eq(sys_clock_getres(1, &ts), 0);
    ck_assert_int_eq(ts.tv_nsec, 1);
}
END_TEST

START_TEST(unknown_clocks_and_bad_pointers_are_refused)
{
    static const int bad[] = {10, 12, 99, -1 /* a device's */};

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        ck_assert_int_eq(sys_clock_gettime(bad[i], &ts), -EINVAL);
        ck_assert_int_eq(sys_clock_getres(bad[i], &ts), -EINVAL);
    }
    ck_assert_int_eq(sys_clock_gettime(1, NULL), -EFAULT);
    ck_assert_int_eq(sys_nanosleep(NULL, NULL), -EFAULT);
    ck_assert_int_eq(sys_gettimeofday((void *)16, NULL), -EFAULT);
    ck_assert_int_eq(sys_time((void *)16), -EFAULT);
}
END_TEST

START_TEST(cpu_clocks_count_the_running_slice)
{
    struct thread *t = stub_thread();

    t->cpu_ns = 500;
    t->slice_start_ns = clock_monotonic_ns();
    stub_clock_advance(70);
    ck_assert_uint_eq(read_ns(CLOCK_THREAD_CPUTIME_ID), 570);
    ck_assert_uint_eq(read_ns(CLOCK_PROCESS_CPUTIME_ID), 570);
    ck_assert_uint_eq(read_ns(~0 * 8 + 4 + 2), 570); /* this thread's */
    ck_assert_uint_eq(read_ns(~0 * 8 + 2), 570);     /* this process's */
    ck_assert_uint_eq(read_ns(~1 * 8 + 2), 570);     /* of pid 1 */
    ck_assert_uint_eq(read_ns(~1 * 8 + 4 + 2), 570); /* of tid 1 */
    ck_assert_int_eq(sys_clock_gettime(~2 * 8 + 2, &ts), -EINVAL);
}
END_TEST

START_TEST(sleep_ends_at_its_deadline)
{
    uint64_t before = clock_monotonic_ns();

    ts = (struct abi_timespec){2, 5};
    ck_assert_int_eq(sys_nanosleep(&ts, NULL), 0);
    ck_assert_uint_eq(clock_monotonic_ns() - before, 2 * NSEC_PER_SEC + 5);

    ts = (struct abi_timespec){1500, 7};
    ck_assert_int_eq(
        sys_clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL), 0);
    ck_assert_uint_eq(clock_monotonic_ns(), 1500 * NSEC_PER_SEC + 7);
    ck_assert_int_eq(
        sys_clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL), 0);
    ck_assert_uint_eq(clock_monotonic_ns(), 1500 * NSEC_PER_SEC + 7);
}
END_TEST

START_TEST(absolute_sleep_by_the_wall_clock)
{
    uint64_t end = clock_realtime_ns() + 12345;

    ts = (struct abi_timespec){(int64_t)(end / NSEC_PER_SEC),
                               (int64_t)(end % NSEC_PER_SEC)};
    ck_assert_int_eq(
        sys_clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &ts, NULL), 0);
    ck_assert_uint_eq(clock_realtime_ns(), end);
}
END_TEST

static void set_the_clock_on(void *arg)
{
    uint64_t *times = arg;

    if ((*times)++ == 0) {
        clock_set_realtime(clock_realtime_ns() + 3600 * NSEC_PER_SEC);
        clock_id_wall_clock_set();
    }
}

START_TEST(absolute_sleep_follows_the_wall_clock)
{
    uint64_t end = clock_realtime_ns() + 3600 * NSEC_PER_SEC;
    uint64_t before = clock_monotonic_ns(), times = 0;

    stub_on_sleep(set_the_clock_on, &times);
    ts = timespec_from_ns(end);
    ck_assert_int_eq(
        sys_clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &ts, NULL), 0);
    ck_assert_uint_eq(clock_monotonic_ns(), before);
    /* A length of time is none of the wall clock's. */
    times = 0;
    ts = timespec_from_ns(7 * NSEC_PER_SEC);
    ck_assert_int_eq(sys_clock_nanosleep(CLOCK_REALTIME, 0, &ts, NULL), 0);
    ck_assert_uint_eq(clock_monotonic_ns() - before, 7 * NSEC_PER_SEC);
}
END_TEST

START_TEST(sleep_by_cpu_time)
{
    uint64_t before = sched_process_cpu_time(stub_process());

    ts = timespec_from_ns(5000);
    ck_assert_int_eq(
        sys_clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &ts, NULL), 0);
    ck_assert_uint_eq(sched_process_cpu_time(stub_process()) - before, 5000);
}
END_TEST

START_TEST(the_clock_tells_that_it_is_not_synchronised)
{
    static struct abi_timex tx;
    static struct abi_tms tms;

    ck_assert_int_eq(sys_adjtimex(&tx), TIME_ERROR);
    ck_assert_int_eq(tx.status, STA_UNSYNC);
    ck_assert_int_eq(tx.time.tv_sec, 1700000000);
    ck_assert_int_eq(sys_clock_adjtime(CLOCK_MONOTONIC, &tx), -EOPNOTSUPP);
    ck_assert_int_eq(sys_clock_adjtime(99, &tx), -EINVAL);
    ck_assert_int_eq(sys_adjtimex(NULL), -EFAULT);
    ck_assert_int_eq(sys_times(&tms), 1000 * ABI_USER_HZ);
    ck_assert_int_eq(sys_times(NULL), 1000 * ABI_USER_HZ);
}
END_TEST

START_TEST(a_disciplined_clock_changes_its_pace)
{
    static struct abi_timex tx;

    tx.modes = ADJ_FREQUENCY | ADJ_STATUS | ADJ_TAI;
    tx.freq = 100 << 16;
    tx.status = STA_PLL;
    tx.constant = 37;
    ck_assert_int_eq(sys_adjtimex(&tx), TIME_OK);
    ck_assert_int_eq(stub_clock_pace(), 100000);
    ck_assert_uint_eq(clock_page_read(&clock_shared.page, CLOCK_TAI),
                      clock_realtime_ns() + 37 * NSEC_PER_SEC);
    ck_assert_int_eq(tx.tai, 37);
    tx.modes = ADJ_TICK;
    tx.tick = 10100; /* one per cent more */
    ck_assert_int_eq(sys_adjtimex(&tx), TIME_OK);
    ck_assert_int_eq(stub_clock_pace(), 100000 + 10000000);
    tx.tick = 11001;
    ck_assert_int_eq(sys_adjtimex(&tx), -EINVAL);
    tx.modes = ADJ_TICK | ADJ_FREQUENCY | ADJ_STATUS | ADJ_TAI;
    tx.tick = 10000;
    tx.freq = tx.constant = 0;
    tx.status = STA_UNSYNC;
    ck_assert_int_eq(sys_adjtimex(&tx), TIME_ERROR);
    ck_assert_int_eq(stub_clock_pace(), 0);
}
END_TEST

START_TEST(a_single_shot_is_worked_off)
{
    static struct abi_timex tx;

    tx.modes = ADJ_OFFSET_SINGLESHOT;
    tx.offset = -1000; /* microseconds: two seconds at 500 ppm */
    ck_assert_int_eq(sys_adjtimex(&tx), TIME_ERROR);
    ck_assert_int_eq(tx.offset, 0);
    ck_assert_int_eq(stub_clock_pace(), -500000);
    stub_clock_advance(NSEC_PER_SEC);
    tx.modes = ADJ_OFFSET_SS_READ;
    ck_assert_int_eq(sys_adjtimex(&tx), TIME_ERROR);
    ck_assert_int_eq(tx.offset, -500);
    stub_clock_advance(NSEC_PER_SEC);
    ck_assert_int_eq(sys_adjtimex(&tx), TIME_ERROR);
    ck_assert_int_eq(tx.offset, 0);
    ck_assert_int_eq(stub_clock_pace(), 0);
    tx.modes = ADJ_ADJTIME;
    ck_assert_int_eq(sys_adjtimex(&tx), -EINVAL);
}
END_TEST

START_TEST(an_offset_is_added_at_once)
{
    static struct abi_timex tx;
    uint64_t before = clock_realtime_ns();

    tx.modes = ADJ_SETOFFSET | ADJ_NANO;
    tx.time.tv_sec = -10;
    tx.time.tv_usec = 250;
    ck_assert_int_eq(sys_adjtimex(&tx), TIME_ERROR);
    ck_assert_uint_eq(clock_realtime_ns(), before - 10 * NSEC_PER_SEC + 250);
    tx.time.tv_usec = NSEC_PER_SEC;
    ck_assert_int_eq(sys_adjtimex(&tx), -EINVAL);
    tx.time.tv_usec = 0;
    tx.time.tv_sec = INT64_MAX;
    ck_assert_int_eq(sys_adjtimex(&tx), -EINVAL);
    stub_thread()->cred = &stub_nobody;
    ck_assert_int_eq(sys_adjtimex(&tx), -EPERM);
    tx.modes = ADJ_MICRO;
    stub_thread()->cred = &cred_root;
    ck_assert_int_eq(sys_adjtimex(&tx), TIME_ERROR);
    clock_set_realtime(before);
}
END_TEST

static void pass_a_second(void *arg)
{
    (void)arg;
    stub_clock_advance(NSEC_PER_SEC);
    stub_signal_pending(true);
}

START_TEST(signal_ends_a_sleep_and_leaves_the_rest)
{
    static struct abi_timespec left;

    stub_on_sleep(pass_a_second, NULL);
    ts = (struct abi_timespec){3, 9};
    ck_assert_int_eq(sys_nanosleep(&ts, &left), -ERESTART_RESTARTBLOCK);
    ck_assert_int_eq(left.tv_sec, 2);
    ck_assert_int_eq(left.tv_nsec, 9);
    ck_assert_int_eq(sys_nanosleep(&ts, NULL), -ERESTART_RESTARTBLOCK);
    ck_assert_int_eq(sys_nanosleep(&ts, (void *)16), -EFAULT);
}
END_TEST

START_TEST(bad_times_are_refused)
{
    static const struct abi_timespec bad[] = {
        {-1, 0}, {0, -1}, {0, 1000000000}, {INT64_MIN, INT64_MIN}};

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        ts = bad[i];
        ck_assert_int_eq(sys_nanosleep(&ts, NULL), -EINVAL);
        ck_assert_int_eq(sys_clock_nanosleep(0, 0, &ts, NULL), -EINVAL);
        ck_assert_int_eq(sys_clock_settime(0, &ts), -EINVAL);
    }
    ts = (struct abi_timespec){0, 1};
    ck_assert_int_eq(sys_clock_nanosleep(4, 0, &ts, NULL), -EOPNOTSUPP);
    ck_assert_int_eq(sys_clock_nanosleep(3, 0, &ts, NULL), -EOPNOTSUPP);
    ck_assert_int_eq(sys_clock_nanosleep(~1 * 8 + 4 + 2, 0, &ts, NULL),
                     -EINVAL); /* the caller's own */
    ck_assert_int_eq(sys_clock_nanosleep(99, 0, &ts, NULL), -EINVAL);
}
END_TEST

START_TEST(endless_sleep_does_not_overflow)
{
    stub_on_sleep(pass_a_second, NULL);
    ts = (struct abi_timespec){INT64_MAX, 999999999};
    ck_assert_int_eq(sys_nanosleep(&ts, NULL), -ERESTART_RESTARTBLOCK);
    ck_assert_int_eq(
        sys_clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &ts, NULL),
        -ERESTARTNOHAND);
}
END_TEST

START_TEST(only_the_superuser_sets_the_wall_clock)
{
    static struct abi_timeval tv = {1800000000, 250000};
    static struct abi_timezone tz = {16 * 60, 0};
    uint64_t mono = clock_monotonic_ns();

    ts = (struct abi_timespec){1900000000, 5};
    ck_assert_int_eq(sys_clock_settime(CLOCK_REALTIME, &ts), 0);
    ck_assert_uint_eq(clock_realtime_ns(), 1900000000 * NSEC_PER_SEC + 5);
    ck_assert_int_eq(sys_settimeofday(&tv, NULL), 0);
    ck_assert_uint_eq(clock_realtime_ns(),
                      1800000000 * NSEC_PER_SEC + 250000000);
    ck_assert_uint_eq(clock_monotonic_ns(), mono);
    ck_assert_int_eq(sys_gettimeofday(&tv, &tz), 0);
    ck_assert_int_eq(tv.tv_usec, 250000);
    ck_assert_int_eq(tz.tz_minuteswest, 0);

    tz.tz_minuteswest = 16 * 60;
    ck_assert_int_eq(sys_settimeofday(NULL, &tz), -EINVAL);
    tv.tv_usec = 1000000;
    ck_assert_int_eq(sys_settimeofday(&tv, NULL), -EINVAL);
    ck_assert_int_eq(sys_clock_settime(CLOCK_MONOTONIC, &ts), -EINVAL);
    ts.tv_sec = 1; /* before boot */
    ck_assert_int_eq(sys_clock_settime(CLOCK_REALTIME, &ts), -EINVAL);
    stub_thread()->cred = &stub_nobody;
    ts.tv_sec = 1900000000;
    ck_assert_int_eq(sys_clock_settime(CLOCK_REALTIME, &ts), -EPERM);
}
END_TEST

START_TEST(getrandom_checks_flags_and_counts_bytes)
{
    static uint8_t buf[1000];

    ck_assert_int_eq(sys_getrandom(buf, 0, 0), 0);
    ck_assert_int_eq(sys_getrandom(buf, 999, GRND_NONBLOCK), 999);
    ck_assert_uint_eq(buf[999], 0);
    ck_assert_int_eq(sys_getrandom(buf, 10, 8), -EINVAL);
    ck_assert_int_eq(sys_getrandom(buf, 10, GRND_RANDOM | GRND_INSECURE),
                     -EINVAL);
    ck_assert_int_eq(sys_getrandom((void *)16, 10, 0), -EFAULT);
    stub_uaccess_fault(buf + 300, 700);
    ck_assert_int_eq(sys_getrandom(buf, 1000, 0), 300);
}
END_TEST

START_TEST(getrandom_stops_for_a_signal_after_some_bytes)
{
    static uint8_t buf[1000];

    stub_thread()->work = WORK_SIGNAL;
    ck_assert_int_eq(sys_getrandom(buf, 1000, 0), 256);
    ck_assert_int_eq(sys_getrandom(buf, 200, 0), 200);
}
END_TEST

UNIT_SUITE(syscalls_time, "syscalls/time", clocks_show_monotonic_or_wall_time,
           unknown_clocks_and_bad_pointers_are_refused,
           cpu_clocks_count_the_running_slice, sleep_ends_at_its_deadline,
           absolute_sleep_by_the_wall_clock,
           absolute_sleep_follows_the_wall_clock, sleep_by_cpu_time,
           the_clock_tells_that_it_is_not_synchronised,
           a_disciplined_clock_changes_its_pace, a_single_shot_is_worked_off,
           an_offset_is_added_at_once, signal_ends_a_sleep_and_leaves_the_rest,
           bad_times_are_refused, endless_sleep_does_not_overflow,
           only_the_superuser_sets_the_wall_clock,
           getrandom_checks_flags_and_counts_bytes,
           getrandom_stops_for_a_signal_after_some_bytes)
