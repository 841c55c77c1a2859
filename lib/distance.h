// SPDX-License-Identifier: MIT
/* distance: how alike two names are, to propose one for another. */
#pragma once

#include "lib/base.h"

#define DISTANCE_MAX_LEN 31 /* of a name; longer ones are cut for this */

/* How many single-character edits lead from a[0..len) to the string b
 * (Levenshtein's distance). */
unsigned edit_distance(const char *a, size_t len, const char *b);
