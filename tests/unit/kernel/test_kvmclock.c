// SPDX-License-Identifier: MIT
/* kvmclock: its arithmetic. The MSRs are KVM's alone. */
#include "tests/unit/unit.h"

#define msr_read  fake_msr_read
#define msr_write fake_msr_write
#include "kernel/cpu.h"
#undef msr_read
#undef msr_write

static uint64_t msr_time, msr_wall;

/* The host writes both structures as soon as it is told where they are; the
 * test does that itself. */
static void msr_write(uint32_t msr, uint64_t value)
{
    *(msr == 0x4b564d01 ? &msr_time : &msr_wall) = value;
}

#include "kernel/kvmclock.c"

START_TEST(the_multiplier_names_the_frequency)
{
    /* 1 GHz: one tick is 1 ns, as 2^31 / 2^32 of it shifted by 1. */
    ck_assert_uint_eq(kvmclock_hz(1u << 31, 1), 1000000000);
    /* 2 GHz: half a nanosecond. */
    ck_assert_uint_eq(kvmclock_hz(1u << 31, 0), 2000000000);
    /* 4 GHz */
    ck_assert_uint_eq(kvmclock_hz(1u << 31, -1), 4000000000);
    ck_assert_uint_eq(kvmclock_hz(0, 0), 0);
    ck_assert_uint_eq(kvmclock_hz(1, 99), 0);
    ck_assert_uint_eq(kvmclock_hz(1, -31), 0); /* more than 2^64 Hz */
}
END_TEST

START_TEST(nanoseconds_run_with_the_counter)
{
    struct kvmclock_time t = {
        .tsc = 1000, .ns = 5, .mult = 1u << 31, .shift = 1};

    ck_assert_uint_eq(kvmclock_ns_at(&t, 1000), 5);
    ck_assert_uint_eq(kvmclock_ns_at(&t, 3000), 2005);
    t.shift = -1;
    ck_assert_uint_eq(kvmclock_ns_at(&t, 5000), 1005);
}
END_TEST

START_TEST(a_change_is_told_once)
{
    uint64_t hz;

    time_page =
        (struct kvmclock_time){.version = 2, .mult = 1u << 31, .shift = 0};
    seen_version = 2;
    seen_mult = time_page.mult;
    ck_assert(!kvmclock_changed(&hz));
    time_page.version = 4; /* written again, with the same pace */
    ck_assert(!kvmclock_changed(&hz));
    time_page.version = 6;
    time_page.mult = 1u << 30;
    ck_assert(kvmclock_changed(&hz));
    ck_assert_uint_eq(hz, 4000000000);
    ck_assert(!kvmclock_changed(&hz));
    time_page.version = 7; /* being written: later */
    time_page.mult = 1u << 31;
    ck_assert(!kvmclock_changed(&hz));
    time_page.version = 8;
    ck_assert(kvmclock_changed(&hz));
    seen_version = 0;
}
END_TEST

START_TEST(the_wall_clock_is_its_start_and_the_time_since)
{
    uint64_t ns;

    seen_version = 0;
    ck_assert(!kvmclock_wall_ns(&ns));
    time_page = (struct kvmclock_time){.version = 2,
                                       .tsc = clock_tsc_ordered(),
                                       .ns = NSEC_PER_SEC,
                                       .mult = 1u << 31};
    wall_page = (struct kvmclock_wall){.version = 2, .seconds = 1000};
    seen_version = 2;
    ck_assert(kvmclock_wall_ns(&ns));
    ck_assert_uint_ge(ns, 1001 * NSEC_PER_SEC);
    ck_assert_uint_lt(ns, 1060 * NSEC_PER_SEC);
    ck_assert_uint_eq(msr_wall % 64, (uintptr_t)&wall_page % 64);
    seen_version = 0;
}
END_TEST

UNIT_SUITE(kernel_kvmclock, "kernel/kvmclock",
           the_multiplier_names_the_frequency, nanoseconds_run_with_the_counter,
           a_change_is_told_once,
           the_wall_clock_is_its_start_and_the_time_since)
