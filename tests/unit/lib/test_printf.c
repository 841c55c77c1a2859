// SPDX-License-Identifier: MIT
/*
 * The kernel's snprintf gives what the C library's gives, where C99 says what
 * that is. The formats are made by the test, so the compiler cannot check them.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "tests/unit/lib/renamed.h"

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-security"

/* Both must write the same text and return the same length. */
#define SAME(...)                                                             \
    do {                                                                      \
        char same_ours[512], same_theirs[512];                                \
        int same_n =                                                          \
            kernel_snprintf(same_ours, sizeof(same_ours), __VA_ARGS__);       \
        int same_m = snprintf(same_theirs, sizeof(same_theirs), __VA_ARGS__); \
        unit_check(strcmp(same_ours, same_theirs) == 0 && same_n == same_m,   \
                   "\"%s\" is not \"%s\"", same_ours, same_theirs);           \
    } while (0)

static const char *const flags[] = {"",   "-",  "0",  "+",   " ",
                                    "#",  "-0", "+0", "#0",  "- ",
                                    "+ ", "0 ", "#-", "#-0", "-+#0 "};
static const char *const widths[] = {"", "1", "5", "30"};
static const char *const precisions[] = {"", ".", ".0", ".1", ".7", ".25"};

/* Calls SAME with every combination of flags, width and precision. */
static void try_all(const char *length, char conversion, uint64_t value)
{
    char fmt[64];

    for (size_t f = 0; f < ARRAY_SIZE(flags); f++) {
        for (size_t w = 0; w < ARRAY_SIZE(widths); w++) {
            for (size_t p = 0; p < ARRAY_SIZE(precisions); p++) {
                snprintf(fmt, sizeof(fmt), "<%%%s%s%s%s%c>", flags[f],
                         widths[w], precisions[p], length, conversion);
                SAME(fmt, value);
            }
        }
    }
}

START_TEST(integers_are_as_c99_says)
{
    static const char *const lengths[] = {"", "hh", "h", "l", "ll", "z", "t"};
    static const uint64_t values[] = {
        0,        1,        7,         8,         255,
        256,      0x8000,   0xffff,    INT_MAX,   (uint64_t)INT_MIN,
        UINT_MAX, LONG_MAX, 1ul << 63, UINT64_MAX};

    for (size_t l = 0; l < ARRAY_SIZE(lengths); l++)
        for (size_t v = 0; v < ARRAY_SIZE(values); v++)
            for (const char *c = "diuxXo"; *c; c++)
                try_all(lengths[l], *c, values[v]);
}
END_TEST

START_TEST(strings_and_characters_are_as_c99_says)
{
    static const char *const plain[] = {"", "-"};
    char fmt[64];

    for (size_t f = 0; f < ARRAY_SIZE(plain); f++) {
        for (size_t w = 0; w < ARRAY_SIZE(widths); w++) {
            for (size_t p = 0; p < ARRAY_SIZE(precisions); p++) {
                snprintf(fmt, sizeof(fmt), "<%%%s%s%ss>", plain[f], widths[w],
                         precisions[p]);
                SAME(fmt, "");
                SAME(fmt, "some text");
            }
            snprintf(fmt, sizeof(fmt), "<%%%s%sc>", plain[f], widths[w]);
            SAME(fmt, 'x');
        }
    }
    SAME("100%%, %s%c%d", "and so", ' ', 5);
}
END_TEST

START_TEST(width_and_precision_come_from_arguments)
{
    SAME("<%*d>", 7, 42);
    SAME("<%*d>", -7, 42);
    SAME("<%.*d>", 5, 42);
    SAME("<%.*d>", -5, 42);
    SAME("<%-*.*s>", 9, 3, "abcdef");
}
END_TEST

START_TEST(string_with_precision_needs_no_nul)
{
    char *s = malloc(3), out[8];

    memcpy(s, "abc", 3);
    kernel_snprintf(out, sizeof(out), "%.3s", s);
    ck_assert_str_eq(out, "abc");
    free(s);
}
END_TEST

START_TEST(pointers_are_hexadecimal)
{
    SAME("%p", (void *)0x1234abcd);
    SAME("<%20p>", (void *)-1);
}
END_TEST

START_TEST(null_string_is_shown_as_such)
{
    char *volatile null = NULL;
    char out[16];

    kernel_snprintf(out, sizeof(out), "%s", null);
    ck_assert_str_eq(out, "(null)");
}
END_TEST

START_TEST(cuts_text_at_the_buffers_end)
{
    for (size_t size = 0; size < 14; size++) {
        char *out = malloc(size + 1), *expected = malloc(size + 1);

        memset(out, '#', size + 1);
        memset(expected, '#', size + 1);
        ck_assert_int_eq(kernel_snprintf(out, size, "%s %d", "number", 1234),
                         snprintf(expected, size, "%s %d", "number", 1234));
        ck_assert_mem_eq(out, expected, size + 1);
        free(out);
        free(expected);
    }
    ck_assert_int_eq(kernel_snprintf(NULL, 0, "%d", 12345), 5);
}
END_TEST

START_TEST(unknown_conversions_stay_as_written)
{
    char out[32];

    kernel_snprintf(out, sizeof(out), "a%5y%d", 3);
    ck_assert_str_eq(out, "a%5y3");
    kernel_snprintf(out, sizeof(out), "end%-3");
    ck_assert_str_eq(out, "end%-3");
}
END_TEST

UNIT_SUITE(lib_printf, "lib/printf", integers_are_as_c99_says,
           strings_and_characters_are_as_c99_says,
           width_and_precision_come_from_arguments,
           string_with_precision_needs_no_nul, pointers_are_hexadecimal,
           null_string_is_shown_as_such, cuts_text_at_the_buffers_end,
           unknown_conversions_stay_as_written)
