// SPDX-License-Identifier: MIT
#include "shim/names.h"

#include "lib/distance.h"
#include "lib/string.h"
#include "syscalls/table.h"

int names_call(const char *name, size_t len)
{
    for (unsigned nr = 0; nr < syscall_count; nr++) {
        const char *have = syscall_infos[nr].name;

        if (have && strlen(have) == len && memcmp(have, name, len) == 0)
            return (int)nr;
    }
    return -1;
}

const char *names_nearest_call(const char *name, size_t len)
{
    const char *best = NULL;
    unsigned best_distance = UINT32_MAX;

    for (unsigned nr = 0; nr < syscall_count; nr++) {
        const char *have = syscall_infos[nr].name;
        unsigned distance;

        if (!have)
            continue;
        distance = edit_distance(name, len, have);
        if (distance < best_distance) {
            best = have;
            best_distance = distance;
        }
    }
    return best;
}
