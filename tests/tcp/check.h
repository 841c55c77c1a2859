// SPDX-License-Identifier: MIT
/* check: the suites of tests/tcp. */
#pragma once

#include <check.h>
#include <stdlib.h>

#include "lib/base.h"

#define TCP_SUITE(id, n, ...)                          \
    Suite *suite_##id(void)                            \
    {                                                  \
        const TTest *const tests[] = {__VA_ARGS__};    \
        Suite *s = suite_create("tcp/" #id);           \
        TCase *tc = tcase_create(#id);                 \
                                                       \
        tcase_set_timeout(tc, 60); /* finds hangs */   \
        suite_add_tcase(s, tc);                        \
        for (size_t i = 0; i < ARRAY_SIZE(tests); i++) \
            tcase_add_loop_test(tc, tests[i], 0, (n)); \
        return s;                                      \
    }

Suite *suite_parts(void);
Suite *suite_sim(void);
Suite *suite_script(void);
Suite *suite_memory(void);
Suite *suite_timer(void);
Suite *suite_abort(void);
