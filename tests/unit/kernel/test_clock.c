// SPDX-License-Identifier: MIT
/*
 * clock: the real one (under other names), on the host's TSC, with a PIT that
 * the test sets by the TSC. What the test knows better than clock.c is the
 * frequency: it is whatever the fake PIT makes it.
 */
#include "tests/unit/unit.h"

#define clock_init           real_clock_init
#define clock_monotonic_ns   real_clock_monotonic_ns
#define clock_realtime_ns    real_clock_realtime_ns
#define clock_set_realtime   real_clock_set_realtime
#define clock_delay_ns       real_clock_delay_ns
#define clock_set_pace       real_clock_set_pace
#define clock_set_tai_offset real_clock_set_tai_offset
#define clock_check          real_clock_check
#define clock_shared         real_clock_shared
#define rtc_read_seconds     fake_rtc_read_seconds
#define kvmclock_init        fake_kvmclock_init
#define kvmclock_changed     fake_kvmclock_changed
#define kvmclock_wall_ns     fake_kvmclock_wall_ns
#include "kernel/clock.c"

static uint64_t pit_speed_hz = 2000000000; /* the TSC's, as the PIT shows it */
static uint64_t pit_zero;
static bool pit_has_turned;

bool pit_start(void)
{
    pit_has_turned = false;
    return true;
}

bool pit_turned(void)
{
    return pit_has_turned;
}

static void spin_tsc(uint64_t ticks)
{
    uint64_t start = tsc_read();

    while (tsc_read() - start < ticks)
        ;
}

/* As slow as ports are. */
void pit_read(struct pit_sample *s)
{
    spin_tsc(2000);
    s->tsc = tsc_read();
    s->count =
        (uint16_t) - (uint16_t)((s->tsc - pit_zero) * PIT_HZ / pit_speed_hz);
}

uint64_t lapic_measure_tsc_hz(void)
{
    return 0;
}

uint64_t kvmclock_init(void)
{
    return 0;
}

static uint64_t kvm_hz; /* 0: the host has not changed it */

bool kvmclock_changed(uint64_t *hz)
{
    *hz = kvm_hz;
    return kvm_hz != 0;
}

bool kvmclock_wall_ns(uint64_t *ns)
{
    (void)ns;
    return false;
}

uint64_t rtc_read_seconds(void)
{
    return 1234567890;
}

/* As after clock_init with a rough first measurement. */
static void start_at(uint64_t hz)
{
    memset(&clock_shared, 0, sizeof(clock_shared));
    pit_zero = page->base_tsc = tsc_read();
    pit_read(&origin);
    refinable = true;
    set_frequency(hz);
}

START_TEST(stands_at_zero_before_it_is_set_up)
{
    memset(&clock_shared, 0, sizeof(clock_shared));
    ck_assert_uint_eq(clock_monotonic_ns(), 0);
}
END_TEST

START_TEST(first_measurement_is_within_some_percent)
{
    pit_zero = tsc_read();
    pit_speed_hz = 2000000000;
    pit_read(&origin);
    ck_assert_uint_gt(measure_roughly(), 1900000000);
    ck_assert_uint_lt(measure_roughly(), 2100000000);
}
END_TEST

START_TEST(first_measurement_begins_anew_when_the_counter_has_turned)
{
    pit_zero = tsc_read();
    pit_speed_hz = 2000000000;
    pit_read(&origin);
    origin.tsc -= pit_speed_hz / 10; /* 0.1 s ago: more than a turn */
    pit_has_turned = true;
    ck_assert_uint_gt(measure_roughly(), 1900000000);
    ck_assert_uint_lt(measure_roughly(), 2100000000);
    ck_assert(!pit_has_turned);
}
END_TEST

START_TEST(refining_finds_the_frequency)
{
    pit_speed_hz = 2000000000;
    start_at(1990000000);
    spin_tsc(20000000); /* 12000 PIT ticks: good to 0.01 % */
    clock_refine();
    ck_assert_uint_gt(tsc_hz, 1999700000);
    ck_assert_uint_lt(tsc_hz, 2000300000);
}
END_TEST

START_TEST(refining_counts_the_turns_of_the_counter)
{
    pit_speed_hz = 2000000000;
    start_at(1999000000);
    pit_zero -= 40ull * pit_speed_hz / 100; /* as if 0.4 s had passed */
    origin.tsc = pit_zero;
    origin.count = 0;
    clock_refine();
    ck_assert_uint_gt(tsc_hz, 1999990000);
    ck_assert_uint_lt(tsc_hz, 2000010000);
}
END_TEST

START_TEST(a_disturbed_measurement_changes_nothing)
{
    pit_speed_hz = 2000000000;
    start_at(3000000000);
    spin_tsc(1000000);
    clock_refine();
    ck_assert_uint_eq(tsc_hz, 3000000000);
}
END_TEST

START_TEST(time_does_not_go_back_when_its_pace_changes)
{
    uint64_t last = 0;

    start_at(2000000000);
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t now = clock_monotonic_ns();

        ck_assert_uint_ge(now, last);
        last = now;
        if (i % 7 == 0)
            set_frequency(i % 2 ? 1900000000 : 2100000000);
    }
}
END_TEST

START_TEST(does_not_overflow_after_years)
{
    const uint64_t twenty_years = NSEC_PER_SEC * 86400 * 365 * 20;

    start_at(3000000000);
    page->base_tsc -= 3 * twenty_years;
    /* mult has 32 bits behind the point: one second in 130 years. */
    ck_assert_uint_gt(clock_monotonic_ns(), twenty_years - NSEC_PER_SEC);
    ck_assert_uint_lt(clock_monotonic_ns(), twenty_years + NSEC_PER_SEC);
}
END_TEST

START_TEST(lengths_convert_both_ways)
{
    start_at(2500000000);
    ck_assert_uint_eq(clock_ns_to_tsc(1000), 2500);
    ck_assert_uint_eq(clock_ns_to_tsc(NSEC_PER_SEC * 100000), 250000000000000);
    ck_assert_uint_eq(clock_tsc_to_ns(2500000), 999999); /* rounded down */
    ck_assert_uint_eq(clock_ns_to_tsc(UINT64_MAX), UINT64_MAX);
}
END_TEST

START_TEST(setting_the_wall_clock_leaves_monotonic_time)
{
    uint64_t before;

    start_at(2000000000);
    before = clock_monotonic_ns();
    clock_set_realtime(5 * NSEC_PER_SEC);
    ck_assert_uint_ge(clock_realtime_ns(), 5 * NSEC_PER_SEC);
    ck_assert_uint_lt(clock_realtime_ns(), 6 * NSEC_PER_SEC);
    ck_assert_uint_lt(clock_monotonic_ns() - before, NSEC_PER_SEC);
}
END_TEST

START_TEST(readers_of_the_page_see_the_same_line)
{
    uint64_t last = 0;

    start_at(2000000000);
    clock_set_realtime(7 * NSEC_PER_SEC);
    ck_assert_uint_eq((uintptr_t)page % CLOCK_PAGE_SIZE, 0);
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t now =
            i % 2 ? clock_page_read(page, CLOCK_MONOTONIC)
                  : clock_realtime_ns() - page->offset_ns[CLOCK_REALTIME];

        ck_assert_uint_ge(now, last);
        last = now;
        if (i % 7 == 0)
            set_frequency(i % 3 ? 1900000000 : 2100000000);
    }
    ck_assert_uint_eq(page->sequence % 2, 0);
}
END_TEST

START_TEST(a_counter_behind_the_base_shows_the_base)
{
    start_at(2000000000);
    page->line[0].base_ns = 500;
    ck_assert_uint_eq(clock_page_line(page, 0, page->base_tsc - 1), 500);
    ck_assert_uint_eq(clock_page_line(page, 0, page->base_tsc), 500);
    ck_assert_uint_eq(clock_page_line(page, 0, page->base_tsc + 2000), 1500);
}
END_TEST

START_TEST(a_pace_bends_all_but_the_raw_clock)
{
    uint64_t raw, bent;

    start_at(2000000000);
    clock_set_pace(500000); /* 500 ppm faster */
    page->line[CLOCK_LINE_RAW].base_ns = 0;
    page->line[CLOCK_LINE_ADJUSTED].base_ns = 0;
    raw = clock_page_line(page, CLOCK_LINE_RAW, page->base_tsc + 2000000000);
    bent =
        clock_page_line(page, CLOCK_LINE_ADJUSTED, page->base_tsc + 2000000000);
    ck_assert_uint_eq(raw, NSEC_PER_SEC);
    ck_assert_uint_ge(bent, NSEC_PER_SEC + 499999);
    ck_assert_uint_le(bent, NSEC_PER_SEC + 500001);
    set_frequency(1000000000); /* a new frequency keeps the pace */
    ck_assert_uint_gt(page->line[CLOCK_LINE_ADJUSTED].mult,
                      page->line[CLOCK_LINE_RAW].mult);
    clock_set_pace(0);
    ck_assert_uint_eq(page->line[CLOCK_LINE_ADJUSTED].mult,
                      page->line[CLOCK_LINE_RAW].mult);
}
END_TEST

START_TEST(tai_is_ahead_of_the_wall_clock)
{
    uint64_t wall;

    start_at(2000000000);
    clock_set_tai_offset(37 * NSEC_PER_SEC);
    wall = clock_realtime_ns();
    ck_assert_uint_ge(clock_page_read(page, CLOCK_TAI),
                      wall + 37 * NSEC_PER_SEC);
}
END_TEST

START_TEST(a_host_that_changes_the_counter_is_followed)
{
    start_at(2000000000);
    kvm_hz = 0;
    clock_check();
    ck_assert_uint_eq(tsc_hz, 2000000000);
    kvm_hz = 2500000000;
    clock_check();
    ck_assert_uint_eq(tsc_hz, 2500000000);
    kvm_hz = 0;
}
END_TEST

START_TEST(init_takes_the_date_and_plans_to_refine)
{
    pit_zero = tsc_read();
    clock_init();
    ck_assert_uint_eq(clock_realtime_ns() / NSEC_PER_SEC, 1234567890);
    ck_assert_uint_eq(stub_timers_armed(), refinable ? 1 : 0);
    if (refinable)
        timer_cancel(&refine_timer);
}
END_TEST

UNIT_SUITE(kernel_clock, "kernel/clock", stands_at_zero_before_it_is_set_up,
           first_measurement_is_within_some_percent,
           first_measurement_begins_anew_when_the_counter_has_turned,
           refining_finds_the_frequency,
           refining_counts_the_turns_of_the_counter,
           a_disturbed_measurement_changes_nothing,
           time_does_not_go_back_when_its_pace_changes,
           does_not_overflow_after_years, lengths_convert_both_ways,
           setting_the_wall_clock_leaves_monotonic_time,
           readers_of_the_page_see_the_same_line,
           a_counter_behind_the_base_shows_the_base,
           a_pace_bends_all_but_the_raw_clock, tai_is_ahead_of_the_wall_clock,
           a_host_that_changes_the_counter_is_followed,
           init_takes_the_date_and_plans_to_refine)
