// SPDX-License-Identifier: MIT
/* Tests of TCP's parts that need no stack: options, and CUBIC's arithmetic. */
#include "tests/tcp/check.h"

#include <string.h>

#include "net/tcp_option.h"
#include "net/tcp_wire.h"

uint32_t tcp_cubic_root(uint64_t x);

static bool same(const struct tcp_options *a, const struct tcp_options *b)
{
    return a->has_mss == b->has_mss && a->has_wscale == b->has_wscale &&
           a->has_ts == b->has_ts && a->sack_ok == b->sack_ok &&
           (!a->has_mss || a->mss == b->mss) &&
           (!a->has_wscale || a->wscale == b->wscale) &&
           (!a->has_ts || (a->tsval == b->tsval && a->tsecr == b->tsecr));
}

START_TEST(options_of_a_syn_come_back)
{
    for (unsigned i = 0; i < 16; i++) {
        struct tcp_options o = {.has_mss = i & 1,
                                .has_wscale = i & 2,
                                .has_ts = i & 4,
                                .sack_ok = i & 8,
                                .mss = 1460,
                                .wscale = 7,
                                .tsval = 0x01020304,
                                .tsecr = 0xfffefdfc},
                           back;
        uint8_t bytes[TCP_OPTIONS_MAX];
        size_t n = tcp_option_write(bytes, &o);

        ck_assert_uint_eq(n % 4, 0);
        tcp_option_parse(bytes, n, true, &back);
        ck_assert(same(&o, &back));
    }
}
END_TEST

START_TEST(sack_blocks_fill_what_room_there_is)
{
    struct tcp_options o = {.has_ts = true, .nsack = 4}, back;
    uint8_t bytes[TCP_OPTIONS_MAX];

    for (unsigned i = 0; i < 4; i++)
        o.sack[i] = (struct tcp_range){1000 * i, 1000 * i + 500};
    tcp_option_parse(bytes, tcp_option_write(bytes, &o), false, &back);
    ck_assert_uint_eq(back.nsack, 3);
    ck_assert_uint_eq(back.sack[2].end, 2500);
    o.has_ts = false;
    tcp_option_parse(bytes, tcp_option_write(bytes, &o), false, &back);
    ck_assert_uint_eq(back.nsack, 4);
}
END_TEST

START_TEST(malformed_options_do_no_harm)
{
    static const struct {
        size_t len;
        uint8_t bytes[12];
    } cases[] = {
        {1, {2}},            /* a kind without a length */
        {2, {2, 0}},         /* a length of nothing */
        {2, {2, 1}},         /* shorter than itself */
        {3, {2, 4, 5}},      /* longer than the header */
        {4, {2, 3, 5, 0}},   /* not an MSS's length */
        {4, {1, 3, 2, 0}},   /* not a scale's length */
        {4, {0, 2, 4, 5}},   /* behind the end */
        {4, {5, 3, 0, 0}},   /* half a block */
        {4, {254, 4, 1, 1}}, /* an experiment */
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct tcp_options o;

        tcp_option_parse(cases[i].bytes, cases[i].len, true, &o);
        ck_assert(!o.has_mss && !o.has_wscale && !o.has_ts && !o.sack_ok);
        ck_assert_uint_eq(o.nsack, 0);
    }
}
END_TEST

START_TEST(a_scale_is_at_most_14)
{
    static const uint8_t bytes[4] = {3, 3, 200, 0};
    struct tcp_options o;

    tcp_option_parse(bytes, sizeof(bytes), true, &o);
    ck_assert_uint_eq(o.wscale, 14);
}
END_TEST

START_TEST(sequence_numbers_wrap)
{
    ck_assert(seq_lt(0xfffffff0, 5));
    ck_assert(!seq_lt(5, 0xfffffff0));
    ck_assert(seq_le(7, 7));
    ck_assert_uint_eq(seq_max(0xfffffff0, 5), 5);
    ck_assert_uint_eq(seq_min(0xfffffff0, 5), 0xfffffff0);
}
END_TEST

START_TEST(cube_roots_are_exact)
{
    for (uint64_t r = 0; r < 2642245; r += 1 + r / 50) {
        uint64_t cube = r * r * r;

        ck_assert_uint_eq(tcp_cubic_root(cube), r);
        ck_assert_uint_eq(tcp_cubic_root(cube + 3 * r * r + 3 * r), r);
    }
    ck_assert_uint_eq(tcp_cubic_root(UINT64_MAX), 2642245);
}
END_TEST

TCP_SUITE(parts, 1, options_of_a_syn_come_back,
          sack_blocks_fill_what_room_there_is, malformed_options_do_no_harm,
          a_scale_is_at_most_14, sequence_numbers_wrap, cube_roots_are_exact)
