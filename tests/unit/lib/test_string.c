// SPDX-License-Identifier: MIT
/*
 * The kernel's memory and string functions do what the C library's do, for
 * every length and alignment around their word size, and touch no byte beside
 * (the buffers come from malloc, whose ends AddressSanitizer watches).
 */
#include <string.h>

#include "tests/unit/unit.h"

#include "tests/unit/lib/renamed.h"

#define LEN_MAX 140
#define SHIFTS  9

static void fill(unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (unsigned char)(i * 37 + 11);
}

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

START_TEST(memcpy_copies_every_length_from_every_alignment)
{
    for (size_t n = 0; n < LEN_MAX; n++) {
        unsigned char *from = malloc(n + SHIFTS), *to = malloc(n + SHIFTS);

        fill(from, n + SHIFTS);
        for (size_t shift = 0; shift < SHIFTS; shift++) {
            memset(to, 0xee, n + SHIFTS);
            ck_assert_ptr_eq(
                kernel_memcpy(to + SHIFTS - shift, from + shift, n),
                to + SHIFTS - shift);
            ck_assert_mem_eq(to + SHIFTS - shift, from + shift, n);
            for (size_t i = 0; i < SHIFTS - shift; i++)
                unit_check(to[i] == 0xee, "byte %zu written", i);
            for (size_t i = n + SHIFTS - shift; i < n + SHIFTS; i++)
                unit_check(to[i] == 0xee, "byte %zu written", i);
        }
        free(from);
        free(to);
    }
}
END_TEST

START_TEST(memmove_moves_overlapping_ranges_both_ways)
{
    unsigned char ours[2 * LEN_MAX], theirs[2 * LEN_MAX];

    for (size_t n = 0; n < LEN_MAX; n++) {
        for (size_t from = 0; from < 40; from++) {
            for (size_t to = 0; to < 40; to++) {
                fill(ours, sizeof(ours));
                fill(theirs, sizeof(theirs));
                kernel_memmove(ours + to, ours + from, n);
                memmove(theirs + to, theirs + from, n);
                unit_check(memcmp(ours, theirs, sizeof(ours)) == 0,
                           "%zu bytes from %zu to %zu", n, from, to);
            }
        }
    }
}
END_TEST

START_TEST(memset_fills_exactly_the_range)
{
    for (size_t n = 0; n < LEN_MAX; n++) {
        unsigned char *p = malloc(n + 2 * SHIFTS);

        memset(p, 0xee, n + 2 * SHIFTS);
        ck_assert_ptr_eq(kernel_memset(p + SHIFTS, 0x1a5, n), p + SHIFTS);
        for (size_t i = 0; i < n + 2 * SHIFTS; i++)
            unit_check(p[i] == (i >= SHIFTS && i < n + SHIFTS ? 0xa5 : 0xee),
                       "byte %zu of %zu", i, n);
        free(p);
    }
}
END_TEST

START_TEST(memcmp_orders_by_the_first_different_byte)
{
    unsigned char a[64], b[64];

    for (size_t n = 0; n <= sizeof(a); n++) {
        fill(a, sizeof(a));
        fill(b, sizeof(b));
        ck_assert_int_eq(kernel_memcmp(a, b, n), 0);
        for (size_t i = 0; i < n; i++) {
            b[i] ^= 0x80;
            if (i + 1 < n) /* a later difference must not decide */
                b[i + 1] ^= a[i] & 0x80 ? 0 : 0xff;
            ck_assert_int_eq(sign(kernel_memcmp(a, b, n)),
                             sign(memcmp(a, b, n)));
            fill(b, sizeof(b));
        }
    }
}
END_TEST

START_TEST(memchr_finds_the_first_byte_within_the_range)
{
    char *s = malloc(5);

    memcpy(s, "a\xff\0b\xff", 5);
    ck_assert_ptr_eq(kernel_memchr(s, 0xff, 5), s + 1);
    ck_assert_ptr_eq(kernel_memchr(s, -1, 5), s + 1);
    ck_assert_ptr_eq(kernel_memchr(s, 0, 5), s + 2);
    ck_assert_ptr_eq(kernel_memchr(s, 'b', 4), s + 3);
    ck_assert_ptr_null(kernel_memchr(s, 'b', 3));
    ck_assert_ptr_null(kernel_memchr(s, 'c', 5));
    free(s);
}
END_TEST

START_TEST(strlen_and_strnlen_stop_at_the_nul)
{
    char *s = strdup("hello");

    ck_assert_uint_eq(kernel_strlen(s), 5);
    ck_assert_uint_eq(kernel_strlen(""), 0);
    ck_assert_uint_eq(kernel_strnlen(s, 100), 5);
    s[5] = '!'; /* no NUL within the block */
    ck_assert_uint_eq(kernel_strnlen(s, 6), 6);
    ck_assert_uint_eq(kernel_strnlen(s, 0), 0);
    free(s);
}
END_TEST

START_TEST(strcmp_and_strncmp_order_as_unsigned_bytes)
{
    static const char *const s[] = {"", "a", "ab", "abc", "b", "\xff", "a\xff"};

    for (size_t i = 0; i < ARRAY_SIZE(s); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(s); j++) {
            ck_assert_int_eq(sign(kernel_strcmp(s[i], s[j])),
                             sign(strcmp(s[i], s[j])));
            for (size_t n = 0; n < 5; n++)
                ck_assert_int_eq(sign(kernel_strncmp(s[i], s[j], n)),
                                 sign(strncmp(s[i], s[j], n)));
        }
    }
}
END_TEST

START_TEST(strchr_and_strrchr_find_first_and_last)
{
    const char *s = "a/b/c\xe9";

    ck_assert_ptr_eq(kernel_strchr(s, '/'), s + 1);
    ck_assert_ptr_eq(kernel_strrchr(s, '/'), s + 3);
    ck_assert_ptr_eq(kernel_strchr(s, 0xe9), s + 5);
    ck_assert_ptr_eq(kernel_strchr(s, 0), s + 6);
    ck_assert_ptr_eq(kernel_strrchr(s, 0), s + 6);
    ck_assert_ptr_null(kernel_strchr(s, 'x'));
    ck_assert_ptr_null(kernel_strrchr(s, 'x'));
}
END_TEST

UNIT_SUITE(lib_string, "lib/string",
           memcpy_copies_every_length_from_every_alignment,
           memmove_moves_overlapping_ranges_both_ways,
           memset_fills_exactly_the_range,
           memcmp_orders_by_the_first_different_byte,
           memchr_finds_the_first_byte_within_the_range,
           strlen_and_strnlen_stop_at_the_nul,
           strcmp_and_strncmp_order_as_unsigned_bytes,
           strchr_and_strrchr_find_first_and_last)
