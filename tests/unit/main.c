// SPDX-License-Identifier: MIT
/* main: runs every suite of tests/unit/suites.h; Check prints the summary. */
#include "tests/unit/unit.h"

#define UNIT_ADD(id) srunner_add_suite(runner, suite_##id());

int main(void)
{
    SRunner *runner = srunner_create(NULL);
    int failed;

    UNIT_SUITES(UNIT_ADD)
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
