// SPDX-License-Identifier: MIT
/* trace_set: which calls `trace=` names. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "shim/trace_set.h"

static struct trace_set set;
static char bad[256];

static void note_bad(const char *item, size_t len, const char *nearest)
{
    size_t n = strlen(bad);

    snprintf(bad + n, sizeof(bad) - n, "%.*s -> %s;", (int)len, item, nearest);
}

static void parse(const char *spec)
{
    bad[0] = '\0';
    trace_set_parse(&set, spec, note_bad);
}

static bool has(const char *name)
{
    int nr = names_call(name, strlen(name));

    ck_assert_int_ge(nr, 0);
    return trace_set_has(&set, (uint64_t)nr);
}

START_TEST(all_calls)
{
    static const char *const specs[] = {"all", "syscalls", "failed",
                                        "!read,read"};

    for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
        parse(specs[i]);
        ck_assert(has("read") && has("openat") && has("clone3"));
        ck_assert(trace_set_has(&set, 9999));
        ck_assert(set.signals);
        ck_assert_str_eq(bad, "");
    }
}
END_TEST

START_TEST(some_calls_by_name)
{
    parse("openat,read");
    ck_assert(has("openat") && has("read"));
    ck_assert(!has("write") && !has("open"));
    ck_assert(!trace_set_has(&set, 9999));
    ck_assert(!trace_set_has(&set, UINT64_MAX));
    ck_assert(!set.failed);
}
END_TEST

START_TEST(groups_are_those_of_strace)
{
    parse("%file");
    ck_assert(has("open") && has("openat") && has("stat") && has("execve"));
    ck_assert(has("getcwd") && has("rename") && !has("read") && !has("mmap"));
    parse("%memory");
    ck_assert(has("mmap") && has("brk") && has("madvise") && !has("open"));
    parse("%desc");
    ck_assert(has("read") && has("mmap") && has("poll") && !has("stat"));
    parse("%process");
    ck_assert(has("clone3") && has("exit_group") && has("wait4"));
    ck_assert(!has("getpid"));
    parse("%signal");
    ck_assert(has("kill") && has("rt_sigaction") && !has("read"));
    parse("%network");
    ck_assert(has("connect") && has("sendfile") && !has("read"));
    parse("%net");
    ck_assert(has("connect"));
}
END_TEST

START_TEST(items_are_taken_away)
{
    parse("!write");
    ck_assert(!has("write") && has("read"));
    parse("!%file");
    ck_assert(!has("openat") && has("read"));
    parse("%file,!openat,!signals");
    ck_assert(has("open") && !has("openat") && !has("read"));
    ck_assert(!set.signals);
    parse("failed,!read");
    ck_assert(set.failed && has("write") && !has("read"));
    parse("failed,read");
    ck_assert(set.failed && !has("write") && has("read"));
}
END_TEST

START_TEST(signals_alone)
{
    parse("signals");
    ck_assert(set.signals && !has("read"));
    parse("none");
    ck_assert(!set.signals && !has("read"));
}
END_TEST

START_TEST(unknown_items_name_the_nearest)
{
    parse("opennat,read,%fiel,sigals,");
    ck_assert(has("read") && !has("openat"));
    ck_assert_str_eq(strstr(bad, "opennat -> openat;"), bad);
    ck_assert_ptr_nonnull(strstr(bad, "%fiel -> %file;"));
    ck_assert_ptr_nonnull(strstr(bad, "sigals -> signals;"));
}
END_TEST

UNIT_SUITE(shim_trace_set, "shim/trace_set", all_calls, some_calls_by_name,
           groups_are_those_of_strace, items_are_taken_away, signals_alone,
           unknown_items_name_the_nearest)
