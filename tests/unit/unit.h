// SPDX-License-Identifier: MIT
/*
 * unit: what every unit test includes, before the headers of the kernel (whose
 * short names for attributes the C library's headers do not expect).
 *
 *     #include "tests/unit/unit.h"
 *
 *     #include "vfs/path.h"
 *
 *     START_TEST(follows_a_symbolic_link)
 *     {
 *         ...
 *     }
 *     END_TEST
 *
 *     UNIT_SUITE(vfs_path, "vfs/path", follows_a_symbolic_link, ...)
 *
 * and a line X(vfs_path) in tests/unit/suites.h. Every test starts with fresh
 * stubs, and fails when it ends with memory, pages, locks or timers that it
 * did not give back. CK_RUN_SUITE=vfs/path runs one suite, CK_FORK=no keeps
 * all in one process for a debugger.
 */
#pragma once

#include <check.h>
#include <stdlib.h>

#include "lib/base.h"
#include "tests/unit/stubs/stubs.h"
#include "tests/unit/suites.h"

#define UNIT_DECLARE(id) Suite *suite_##id(void);
UNIT_SUITES(UNIT_DECLARE)

Suite *unit_suite(const char *name, const TTest *const *tests, size_t count);

#define UNIT_SUITE(id, name, ...)                            \
    Suite *suite_##id(void)                                  \
    {                                                        \
        const TTest *const tests[] = {__VA_ARGS__};          \
        return unit_suite((name), tests, ARRAY_SIZE(tests)); \
    }

/* As UNIT_SUITE; each test runs for every i in [0, n) with _i = i. */
#define UNIT_LOOP_SUITE(id, name, n, ...)                              \
    Suite *suite_##id(void)                                            \
    {                                                                  \
        const TTest *const tests[] = {__VA_ARGS__};                    \
        return unit_loop_suite((name), tests, ARRAY_SIZE(tests), (n)); \
    }

Suite *unit_loop_suite(const char *name, const TTest *const *tests,
                       size_t count, int n);

/* Adds tests that must end by a signal (SIGABRT: a panic or an assert). */
void unit_add_deadly_test(Suite *s, const TTest *test, int signal);
