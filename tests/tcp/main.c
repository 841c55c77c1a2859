// SPDX-License-Identifier: MIT
/* main: the tests of TCP, which have an environment of their own: stacks, links
 * and time. CK_RUN_SUITE=NAME runs one suite. */
#include "tests/tcp/check.h"

int main(void)
{
    SRunner *runner = srunner_create(NULL);
    int failed;

    srunner_add_suite(runner, suite_parts());
    srunner_add_suite(runner, suite_sim());
    srunner_add_suite(runner, suite_script());
    srunner_add_suite(runner, suite_memory());
    srunner_add_suite(runner, suite_timer());
    srunner_add_suite(runner, suite_abort());
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
