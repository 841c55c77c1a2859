// SPDX-License-Identifier: MIT
/* Runs every script of tests/tcp/scripts; SCRIPT=NAME runs one. */
#include "tests/tcp/check.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "tests/tcp/script.h"

START_TEST(every_conversation_goes_as_written)
{
    const char *only = getenv("SCRIPT");
    unsigned bad = 0;
    glob_t g;

    ck_assert_int_eq(glob("tests/tcp/scripts/*.pkt", 0, NULL, &g), 0);
    ck_assert_uint_ge(g.gl_pathc, 20);
    for (size_t i = 0; i < g.gl_pathc; i++) {
        const char *what;

        if (only && !strstr(g.gl_pathv[i], only))
            continue;
        what = script_run(g.gl_pathv[i]);
        if (!what)
            continue;
        fprintf(stderr, "%s\n", what);
        bad++;
    }
    globfree(&g);
    ck_assert_uint_eq(bad, 0);
}
END_TEST

TCP_SUITE(script, 1, every_conversation_goes_as_written)
