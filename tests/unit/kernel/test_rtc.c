// SPDX-License-Identifier: MIT
/* rtc: dates from register values; `date -u -d @N` made the expectations. */
#include "tests/unit/unit.h"

#include <time.h>

#include "kernel/rtc.h"

enum { BINARY_24H = 6, BCD_24H = 2, BINARY_12H = 4, BCD_12H = 0 };

START_TEST(reads_binary_values)
{
    struct rtc_registers r = {30, 31, 23, 13, 2, 9, 20, BINARY_24H};

    r.hour = 23;
    ck_assert_uint_eq(rtc_to_seconds(&r), 1234567890);
}
END_TEST

START_TEST(reads_bcd_values)
{
    struct rtc_registers r = {0x30, 0x31, 0x23, 0x13,
                              0x02, 0x09, 0x20, BCD_24H};

    ck_assert_uint_eq(rtc_to_seconds(&r), 1234567890);
}
END_TEST

START_TEST(reads_twelve_hour_clocks)
{
    struct rtc_registers r = {0x30, 0x31, 0x91, 0x13,
                              0x02, 0x09, 0x20, BCD_12H};

    ck_assert_uint_eq(rtc_to_seconds(&r), 1234567890); /* 11 pm */
    r.hour = 0x12;                                     /* 12 am */
    ck_assert_uint_eq(rtc_to_seconds(&r), 1234567890 - 23 * 3600);
    r.hour = 0x92; /* 12 pm */
    ck_assert_uint_eq(rtc_to_seconds(&r), 1234567890 - 11 * 3600);
    r = (struct rtc_registers){30, 31, 11 | 0x80, 13, 2, 9, 20, BINARY_12H};
    ck_assert_uint_eq(rtc_to_seconds(&r), 1234567890);
}
END_TEST

START_TEST(guesses_the_century_when_there_is_none)
{
    struct rtc_registers r = {0, 0, 0, 1, 1, 26, 0, BINARY_24H};

    ck_assert_uint_eq(rtc_to_seconds(&r), 1767225600); /* 2026 */
    r.century = 0xff;
    r.year = 99;
    ck_assert_uint_eq(rtc_to_seconds(&r), 915148800); /* 1999 */
}
END_TEST

START_TEST(refuses_what_is_no_date)
{
    struct rtc_registers absent;
    struct rtc_registers r = {0, 0, 0, 1, 13, 26, 20, BINARY_24H};

    memset(&absent, 0xff, sizeof(absent)); /* no chip answers */
    ck_assert_uint_eq(rtc_to_seconds(&absent), 0);
    ck_assert_uint_eq(rtc_to_seconds(&r), 0); /* month 13 */
    r.month = 12;
    r.hour = 24;
    ck_assert_uint_eq(rtc_to_seconds(&r), 0);
}
END_TEST

START_TEST(agrees_with_the_c_library_for_every_day_of_a_century)
{
    for (time_t t = 0; t < 140ll * 365 * 86400; t += 86400) {
        struct tm tm;
        struct rtc_registers r = {.status_b = BINARY_24H};

        gmtime_r(&t, &tm);
        r.day = (uint8_t)tm.tm_mday;
        r.month = (uint8_t)(tm.tm_mon + 1);
        r.year = (uint8_t)(tm.tm_year % 100);
        r.century = (uint8_t)(19 + tm.tm_year / 100);
        ck_assert_uint_eq(rtc_to_seconds(&r), (uint64_t)t);
    }
}
END_TEST

UNIT_SUITE(kernel_rtc, "kernel/rtc", reads_binary_values, reads_bcd_values,
           reads_twelve_hour_clocks, guesses_the_century_when_there_is_none,
           refuses_what_is_no_date,
           agrees_with_the_c_library_for_every_day_of_a_century)
