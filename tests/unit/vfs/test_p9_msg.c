// SPDX-License-Identifier: MIT
/* p9_msg: what is written can be read, and what makes no sense is refused. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "abi/errno.h"
#include "vfs/p9_msg.h"

/* A buffer of exactly so many bytes, so that a byte too far is seen. */
static struct p9_buf buffer(size_t size)
{
    return (struct p9_buf){.data = malloc(size), .size = size};
}

START_TEST(numbers_and_strings_come_back)
{
    struct p9_buf b = buffer(22);
    const char *s;
    size_t len;

    p9_put_u8(&b, 0x12);
    p9_put_u16(&b, 0x3456);
    p9_put_u32(&b, 0x789abcde);
    p9_put_u64(&b, 0x1122334455667788);
    p9_put_string(&b, "hello", 5);
    ck_assert(!b.bad);
    ck_assert_uint_eq(b.at, 22);
    p9_put_u8(&b, 1);
    ck_assert(b.bad);
    b.at = b.bad = 0;
    ck_assert_uint_eq(p9_get_u8(&b), 0x12);
    ck_assert_uint_eq(p9_get_u16(&b), 0x3456);
    ck_assert_uint_eq(p9_get_u32(&b), 0x789abcde);
    ck_assert_uint_eq(p9_get_u64(&b), 0x1122334455667788);
    s = p9_get_string(&b, &len);
    ck_assert(len == 5 && !memcmp(s, "hello", 5) && !b.bad);
    ck_assert_uint_eq(p9_get_u16(&b), 0);
    ck_assert(b.bad);
    free(b.data);
}
END_TEST

START_TEST(a_string_longer_than_its_message_is_bad)
{
    struct p9_buf b = buffer(6);
    size_t len;

    memcpy(b.data,
           "\x05\x00"
           "abcd",
           6);
    ck_assert_str_eq(p9_get_string(&b, &len), "");
    ck_assert(b.bad && len == 0);
    free(b.data);
}
END_TEST

/* A reply with this head, of which written bytes came. */
static int check(uint32_t size, uint8_t type, uint16_t tag, size_t written)
{
    struct p9_buf b = buffer(11);
    int err;

    memset(b.data, 0, 11);
    memcpy(b.data, &size, 4);
    b.data[4] = type;
    memcpy(b.data + 5, &tag, 2);
    b.data[7] = 2; /* ENOENT, if it is an error */
    err = p9_check_reply(&b, written, P9_WALK, 9);
    free(b.data);
    return err;
}

START_TEST(only_the_answer_to_the_request_is_one)
{
    ck_assert_int_eq(check(11, P9_WALK + 1, 9, 11), 0);
    ck_assert_int_eq(check(11, P9_WALK + 1, 8, 11), -EIO);
    ck_assert_int_eq(check(11, P9_READ + 1, 9, 11), -EIO);
    ck_assert_int_eq(check(11, P9_WALK, 9, 11), -EIO);
    ck_assert_int_eq(check(12, P9_WALK + 1, 9, 11), -EIO);
    ck_assert_int_eq(check(10, P9_WALK + 1, 9, 11), -EIO);
    ck_assert_int_eq(check(11, P9_LERROR + 1, 9, 11), -ENOENT);
    for (size_t written = 0; written < 7; written++)
        ck_assert_int_eq(check((uint32_t)written, P9_WALK + 1, 9, written),
                         -EIO);
    ck_assert_int_eq(check(8, P9_LERROR + 1, 9, 8), -EIO);
}
END_TEST

START_TEST(numbers_that_are_no_errors_become_one)
{
    static const uint32_t errors[] = {0,    134,        512,
                                      4095, 0x80000000, UINT32_MAX};
    struct p9_buf b = buffer(11);

    for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
        b.size = 11;
        p9_begin(&b, P9_LERROR + 1, 3);
        p9_put_u32(&b, errors[i]);
        p9_finish(&b, 0);
        ck_assert_int_eq(p9_check_reply(&b, 11, P9_WALK, 3), -EIO);
    }
    free(b.data);
}
END_TEST

/* One directory entry with this name. */
static bool entry_is_good(const char *name, size_t len)
{
    struct p9_buf b = buffer(13 + 8 + 1 + 2 + len);
    struct p9_entry e;
    bool good;

    for (int i = 0; i < 22; i++)
        p9_put_u8(&b, (uint8_t)i);
    p9_put_string(&b, name, len);
    b.at = 0;
    good = p9_get_entry(&b, &e) && e.len == len;
    free(b.data);
    return good;
}

START_TEST(names_that_no_file_has_are_bad)
{
    char name[256];

    memset(name, 'x', sizeof(name));
    ck_assert(entry_is_good("a", 1));
    ck_assert(entry_is_good("..", 2));
    ck_assert(entry_is_good(name, 255));
    ck_assert(!entry_is_good(name, 256));
    ck_assert(!entry_is_good("", 0));
    ck_assert(!entry_is_good("a/b", 3));
    ck_assert(!entry_is_good("a\0b", 3));
}
END_TEST

START_TEST(every_cut_of_attributes_is_noticed)
{
    const size_t whole = 8 + 13 + 12 + 5 * 8 + 6 * 8;

    for (size_t len = 0; len <= whole; len++) {
        struct p9_buf b = buffer(len ? len : 1);
        struct p9_attr attr;

        memset(b.data, 0xff, b.size);
        b.size = len;
        p9_get_attr(&b, &attr);
        ck_assert_int_eq(b.bad, len < whole);
        ck_assert_uint_le(attr.size, INT64_MAX);
        free(b.data);
    }
}
END_TEST

UNIT_SUITE(vfs_p9_msg, "vfs/p9_msg", numbers_and_strings_come_back,
           a_string_longer_than_its_message_is_bad,
           only_the_answer_to_the_request_is_one,
           numbers_that_are_no_errors_become_one,
           names_that_no_file_has_are_bad, every_cut_of_attributes_is_noticed)
