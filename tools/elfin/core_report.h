// SPDX-License-Identifier: MIT
/*
 * core_report: one screen about a program that died of a signal: what it
 * touched, its registers, the mapping, and who called whom.
 */
#pragma once

#include "tools/elfin/backtrace.h"
#include "tools/elfin/core_file.h"

/* Adds the screen to out. b (may be NULL) has been told of c's mappings. */
void core_report(const struct core_file *c, struct backtrace *b,
                 struct strbuf *out);
