// SPDX-License-Identifier: MIT
/* exec_args: the strings that execve(2) hands to the new program. */
#pragma once

#include "lib/base.h"

/* A list of strings that lie one behind the other. */
struct exec_strings {
    char *text;
    size_t len, size;
    size_t count;
};

/*
 * Copies a NULL-terminated array of strings; no array (NULL) is an empty one.
 * *room, the bytes that strings and their pointers may take, shrinks. -EFAULT,
 * -E2BIG, -ENOMEM. exec_strings_fini in any case.
 */
int exec_strings_get(struct exec_strings *s, uintptr_t array, size_t *room);
void exec_strings_fini(struct exec_strings *s);

/* Takes the first string away. */
void exec_strings_drop_first(struct exec_strings *s);
/* Puts one in front. -E2BIG, -ENOMEM. */
int exec_strings_prepend(struct exec_strings *s, const char *text,
                         size_t *room);

/* An array of pointers to them; for kfree. NULL: no memory. */
const char **exec_strings_list(const struct exec_strings *s);
