// SPDX-License-Identifier: MIT
/* unit: suites whose every test runs between stubs_setup and stubs_teardown. */
#include "tests/unit/unit.h"

#define HANG_SECONDS 60

static TCase *fresh_case(Suite *s, const char *name)
{
    TCase *tc = tcase_create(name);

    tcase_add_checked_fixture(tc, stubs_setup, stubs_teardown);
    tcase_set_timeout(tc, HANG_SECONDS);
    suite_add_tcase(s, tc);
    return tc;
}

Suite *unit_suite(const char *name, const TTest *const *tests, size_t count)
{
    return unit_loop_suite(name, tests, count, 1);
}

Suite *unit_loop_suite(const char *name, const TTest *const *tests,
                       size_t count, int n)
{
    Suite *s = suite_create(name);
    TCase *tc = fresh_case(s, name);

    for (size_t i = 0; i < count; i++)
        tcase_add_loop_test(tc, tests[i], 0, n);
    return s;
}

void unit_add_deadly_test(Suite *s, const TTest *test, int signal)
{
    TCase *tc = fresh_case(s, "deadly");

    tcase_add_test_raise_signal(tc, test, signal);
}
