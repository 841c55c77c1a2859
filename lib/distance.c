// SPDX-License-Identifier: MIT
#include "lib/distance.h"

#include "lib/string.h"

/* Row i holds the distances of a's first i characters to every beginning of
 * b. */
unsigned edit_distance(const char *a, size_t len, const char *b)
{
    unsigned row[DISTANCE_MAX_LEN + 1];
    size_t n = strnlen(b, DISTANCE_MAX_LEN);

    len = MIN(len, (size_t)DISTANCE_MAX_LEN);
    for (size_t j = 0; j <= n; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= len; i++) {
        unsigned diagonal = row[0];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= n; j++) {
            unsigned change = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            row[j] = MIN(change, MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[n];
}
