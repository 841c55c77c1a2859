// SPDX-License-Identifier: MIT
/*
 * random: the block function by RFC 8439's examples, and the generator around
 * it (under other names, for the stubs have their own).
 */
#include "tests/unit/unit.h"

#define random_init  real_random_init
#define random_bytes real_random_bytes
#define random_u64   real_random_u64
#define random_below real_random_below
#define random_mix   real_random_mix
#define cpu_features random_cpu_features
#include "kernel/random.c"

struct cpu_features cpu_features;

/* Section 2.3.2: key 00..1f, nonce 00000009 0000004a 00000000, block 1. */
START_TEST(chacha20_gives_the_block_of_rfc_8439_2_3_2)
{
    static const uint8_t nonce[12] = {0, 0, 0, 9, 0, 0, 0, 0x4a};
    static const uint8_t expected[64] = {
        0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50, 0x0f, 0xdd,
        0x1f, 0xa3, 0x20, 0x71, 0xc4, 0xc7, 0xd1, 0xf4, 0xc7, 0x33, 0xc0,
        0x68, 0x03, 0x04, 0x22, 0xaa, 0x9a, 0xc3, 0xd4, 0x6c, 0x4e, 0xd2,
        0x82, 0x64, 0x46, 0x07, 0x9f, 0xaa, 0x09, 0x14, 0xc2, 0xd7, 0x05,
        0xd9, 0x8b, 0x02, 0xa2, 0xb5, 0x12, 0x9c, 0xd1, 0xde, 0x16, 0x4e,
        0xb9, 0xcb, 0xd0, 0x83, 0xe8, 0xa2, 0x50, 0x3c, 0x4e,
    };
    uint8_t key[32], out[64];

    for (uint8_t i = 0; i < 32; i++)
        key[i] = i;
    chacha20_block(key, 1, nonce, out);
    ck_assert_mem_eq(out, expected, sizeof(out));
}
END_TEST

/* Appendix A.1, example 1: all zeros. */
START_TEST(chacha20_gives_the_block_of_rfc_8439_a_1)
{
    static const uint8_t expected[16] = {0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1,
                                         0x3d, 0x90, 0x40, 0x5d, 0x6a, 0xe5,
                                         0x53, 0x86, 0xbd, 0x28};
    uint8_t key[32] = {0}, nonce[12] = {0}, out[64];

    chacha20_block(key, 0, nonce, out);
    ck_assert_mem_eq(out, expected, sizeof(expected));
}
END_TEST

START_TEST(every_request_replaces_the_key)
{
    uint8_t before[KEY_SIZE], got[KEY_SIZE];

    memcpy(before, pool_key, sizeof(before));
    random_bytes(got, sizeof(got));
    ck_assert_mem_ne(pool_key, before, sizeof(before));
    ck_assert_mem_ne(pool_key, got, sizeof(got));
}
END_TEST

START_TEST(output_depends_on_all_that_was_mixed_in)
{
    uint8_t start[KEY_SIZE] = {7}, a[40], b[40];
    uint8_t data[100] = {0};

    memcpy(pool_key, start, sizeof(start));
    random_mix(data, sizeof(data));
    random_bytes(a, sizeof(a));
    memcpy(pool_key, start, sizeof(start));
    data[99] = 1;
    random_mix(data, sizeof(data));
    random_bytes(b, sizeof(b));
    ck_assert_mem_ne(a, b, sizeof(a));
}
END_TEST

START_TEST(fills_every_length_and_no_byte_more)
{
    static uint8_t buf[300];

    for (size_t len = 0; len <= 256; len++) {
        unsigned zeros = 0;

        memset(buf, 0, sizeof(buf));
        random_bytes(buf + 1, len);
        ck_assert_uint_eq(buf[0], 0);
        ck_assert_uint_eq(buf[len + 1], 0);
        for (size_t i = 1; i <= len; i++)
            zeros += buf[i] == 0;
        ck_assert_uint_le(zeros, 1 + len / 16);
    }
}
END_TEST

START_TEST(long_output_does_not_repeat)
{
    static uint8_t buf[8192];

    random_bytes(buf, sizeof(buf));
    for (size_t i = 32; i + 32 <= sizeof(buf); i += 32)
        ck_assert_mem_ne(buf, buf + i, 32);
}
END_TEST

START_TEST(below_stays_below_and_reaches_all)
{
    unsigned seen[10] = {0};

    for (int i = 0; i < 10000; i++) {
        uint64_t v = random_below(10);

        ck_assert_uint_lt(v, 10);
        seen[v]++;
    }
    for (int i = 0; i < 10; i++) { /* 1000 expected, deviation 30 */
        ck_assert_uint_gt(seen[i], 800);
        ck_assert_uint_lt(seen[i], 1200);
    }
    ck_assert_uint_eq(random_below(1), 0);
    random_below(UINT64_MAX);
}
END_TEST

START_TEST(tells_when_the_cpu_has_no_random_numbers)
{
    random_init();
    ck_assert(stub_log_contains("no random numbers"));
}
END_TEST

START_TEST(two_seeds_from_timing_differ)
{
    uint8_t a[32], b[32];

    memset(pool_key, 0, sizeof(pool_key));
    random_init();
    random_bytes(a, sizeof(a));
    memset(pool_key, 0, sizeof(pool_key));
    random_init();
    random_bytes(b, sizeof(b));
    ck_assert_mem_ne(a, b, sizeof(a));
}
END_TEST

UNIT_SUITE(kernel_random, "kernel/random",
           chacha20_gives_the_block_of_rfc_8439_2_3_2,
           chacha20_gives_the_block_of_rfc_8439_a_1,
           every_request_replaces_the_key,
           output_depends_on_all_that_was_mixed_in,
           fills_every_length_and_no_byte_more, long_output_does_not_repeat,
           below_stays_below_and_reaches_all,
           tells_when_the_cpu_has_no_random_numbers,
           two_seeds_from_timing_differ)
