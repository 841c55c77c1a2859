// SPDX-License-Identifier: MIT
/*
 * env: the program's environment from --env and --env-file, as docker has
 * them: KEY=VALUE, or KEY alone for the host's value (nothing when the host
 * has none). A later value replaces an earlier one; --env replaces what
 * --env-file says. In a file, empty lines and lines that begin with # are
 * skipped.
 */
#pragma once

#include "tools/elfin/util.h"

/* 0 or a status after a message. env gets words KEY=VALUE. */
int env_collect(struct strlist *env, const struct strlist *words,
                const struct strlist *files);
/* True when key has a value in env. */
bool env_has(const struct strlist *env, const char *key);
