// SPDX-License-Identifier: MIT
/* text and flags: words in a buffer, and numbers by name. */
#include "tests/unit/unit.h"

#include "abi/fcntl.h"
#include "shim/flags.h"
#include "shim/text.h"
#include "syscalls/table.h"

static char buf[64];
static struct text t;

static const char *escaped(const char *s, size_t len, size_t known)
{
    text_init(&t, buf, sizeof(buf));
    text_escape(&t, s, len, known);
    return buf;
}

static const char *named(unsigned kind, uint64_t value)
{
    text_init(&t, buf, sizeof(buf));
    flags_print(&t, flags_of_kind(kind), value);
    return buf;
}

START_TEST(bytes_are_escaped_as_in_c)
{
    ck_assert_str_eq(escaped("a\"b\\c\n\t\r\v\f", 10, 10),
                     "a\\\"b\\\\c\\n\\t\\r\\v\\f");
    ck_assert_str_eq(escaped("\177ELF\2\1\0\377", 8, 8),
                     "\\177ELF\\2\\1\\0\\377");
}
END_TEST

START_TEST(a_digit_behind_a_number_does_not_join_it)
{
    ck_assert_str_eq(escaped("\0001", 2, 2), "\\0001");
    ck_assert_str_eq(escaped("\0a", 2, 2), "\\0a");
    ck_assert_str_eq(escaped("\0001", 1, 2), "\\000");
    ck_assert_str_eq(escaped("\0001", 1, 1), "\\0");
}
END_TEST

START_TEST(text_that_does_not_fit_is_cut)
{
    text_init(&t, buf, 8);
    text_add(&t, "%s", "abc");
    ck_assert(!t.cut);
    text_add(&t, "%s", "defghi");
    ck_assert(t.cut);
    ck_assert_str_eq(buf, "abcdefg");
    text_addc(&t, 'x');
    text_pad(&t, 20);
    ck_assert_str_eq(buf, "abcdefg");
    ck_assert_uint_eq(t.len, 7);
}
END_TEST

START_TEST(flags_have_names)
{
    ck_assert_str_eq(named(SYSCALL_PROT, 0), "PROT_NONE");
    ck_assert_str_eq(named(SYSCALL_PROT, 3), "PROT_READ|PROT_WRITE");
    ck_assert_str_eq(named(SYSCALL_ACCESS, 0), "F_OK");
    ck_assert_str_eq(named(SYSCALL_RANDOM_FLAGS, 0), "0");
    ck_assert_str_eq(named(SYSCALL_OPEN_FLAGS_ONLY, O_SYNC), "O_SYNC");
    ck_assert_str_eq(named(SYSCALL_OPEN_FLAGS_ONLY, O_DSYNC | O_TMPFILE),
                     "O_DSYNC|O_TMPFILE");
    ck_assert_str_eq(named(SYSCALL_CLOCKID, 1), "CLOCK_MONOTONIC");
    ck_assert_str_eq(named(SYSCALL_MADVISE, 4), "MADV_DONTNEED");
}
END_TEST

START_TEST(flags_without_a_name_are_numbers)
{
    ck_assert_str_eq(named(SYSCALL_PROT, 0x41), "PROT_READ|0x40");
    ck_assert_str_eq(named(SYSCALL_PROT, 0x40), "0x40 /* PROT_??? */");
    ck_assert_str_eq(named(SYSCALL_CLOCKID, 0x63), "0x63 /* CLOCK_??? */");
}
END_TEST

START_TEST(every_name_is_found_by_its_value)
{
    for (unsigned kind = 0; kind < SYSCALL_KIND_COUNT; kind++) {
        const struct flag_set *set = flags_of_kind(kind);

        for (size_t i = 0; set && i < set->count; i++)
            ck_assert_ptr_nonnull(flags_name(set, set->names[i].value));
    }
    for (unsigned e = 1; e <= 133; e++)
        if (e != 41 && e != 58) {
            ck_assert_ptr_nonnull(flags_name(&flags_errno, e));
            ck_assert_ptr_nonnull(flags_errno_text(e));
        }
    ck_assert_ptr_null(flags_errno_text(4000));
}
END_TEST

UNIT_SUITE(shim_text, "shim/text", bytes_are_escaped_as_in_c,
           a_digit_behind_a_number_does_not_join_it,
           text_that_does_not_fit_is_cut, flags_have_names,
           flags_without_a_name_are_numbers, every_name_is_found_by_its_value)
