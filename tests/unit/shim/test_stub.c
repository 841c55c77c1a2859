// SPDX-License-Identifier: MIT
/* stub: calls that are answered without being made. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "shim/names.h"
#include "shim/shim.h"
#include "shim/stub.h"

void shim_describe_call(const struct regs *r, char *buf, size_t size)
{
    snprintf(buf, size, "call %lu", (unsigned long)r->orig_rax);
}

static bool answered(const char *name, long *result)
{
    struct regs r = {.orig_rax = (uint64_t)names_call(name, strlen(name)),
                     .rip = 0x1234};

    return stub_answer(&r, result);
}

START_TEST(answers_numbers_and_errors)
{
    long result;

    ck_assert_int_eq(stub_start("getppid:42,getcpu:EPERM,times:-1,brk:0x1f"),
                     0);
    ck_assert(answered("getppid", &result));
    ck_assert_int_eq(result, 42);
    ck_assert(answered("getcpu", &result));
    ck_assert_int_eq(result, -1);
    ck_assert(answered("times", &result));
    ck_assert_int_eq(result, -1);
    ck_assert(answered("brk", &result));
    ck_assert_int_eq(result, 31);
    ck_assert(!answered("read", &result));
    stub_stop();
}
END_TEST

START_TEST(is_named_once_in_the_log)
{
    long result;

    ck_assert_int_eq(stub_start("getpid:7"), 0);
    ck_assert_str_eq(stub_log_text(), "");
    ck_assert(answered("getpid", &result));
    ck_assert_str_eq(stub_log_text(), "warn shim: stub: call 39 from 0x1234 "
                                      "is answered with 7\n");
    ck_assert(answered("getpid", &result));
    ck_assert_ptr_null(strstr(stub_log_text() + 5, "warn"));
    stub_stop();
}
END_TEST

START_TEST(later_lists_add_up_and_replace)
{
    long result;

    ck_assert_int_eq(stub_start("getpid:7,getppid:1"), 0);
    ck_assert_int_eq(stub_start("getpid:8"), 0);
    ck_assert(answered("getpid", &result));
    ck_assert_int_eq(result, 8);
    ck_assert(answered("getppid", &result));
    stub_stop();
}
END_TEST

START_TEST(what_is_wrong_is_told_with_the_nearest)
{
    long result;

    ck_assert_int_eq(stub_start("getpit:0,getpid:EPREM,read,write:12x,"
                                "open:99999999999999999999,close:,:1,gettid:5"),
                     0);
    ck_assert(stub_log_contains("getpit:0: there is no such call: the nearest "
                                "is getpid\n"));
    ck_assert(stub_log_contains("getpid:EPREM: neither a number nor an error: "
                                "the nearest is EPERM\n"));
    ck_assert(stub_log_contains("read: not NAME:ANSWER"));
    ck_assert(stub_log_contains("write:12x: neither"));
    ck_assert(stub_log_contains("open:99999999999999999999: neither"));
    ck_assert(stub_log_contains("close:: neither"));
    ck_assert(stub_log_contains(":1: there is no such call"));
    ck_assert(!answered("getpid", &result) && !answered("read", &result));
    ck_assert(answered("gettid", &result));
    stub_stop();
}
END_TEST

START_TEST(numbers_outside_the_table_are_not_touched)
{
    struct regs r = {.orig_rax = UINT64_MAX};
    long result;

    ck_assert_int_eq(stub_start("getpid:7"), 0);
    ck_assert(!stub_answer(&r, &result));
    stub_stop();
    stub_alloc_fail(1);
    ck_assert_int_lt(stub_start("getpid:7"), 0);
}
END_TEST

UNIT_SUITE(shim_stub, "shim/stub", answers_numbers_and_errors,
           is_named_once_in_the_log, later_lists_add_up_and_replace,
           what_is_wrong_is_told_with_the_nearest,
           numbers_outside_the_table_are_not_touched)
