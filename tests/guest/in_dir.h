// SPDX-License-Identifier: MIT
/* in_dir: paths in a directory of the test's own. */
#pragma once

#include <stdio.h>

static char dir[64];

/* One of four texts in turn, so that a call may have several. */
static inline const char *in(const char *name)
{
    static char path[4][200];
    static int n;

    n = (n + 1) % 4;
    snprintf(path[n], sizeof(path[n]), "%s/%s", dir, name);
    return path[n];
}
