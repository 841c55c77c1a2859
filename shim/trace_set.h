// SPDX-License-Identifier: MIT
/*
 * trace_set: which calls a trace shows.
 *
 *     trace=ITEM,...   ITEM: a call's name, %GROUP, all or syscalls, signals,
 *                      failed (those of the calls alone that fail), none;
 *                      !ITEM takes it away again
 *
 * A list whose first item takes away, or that has only `failed`, starts from
 * all calls. Groups: %file %desc %memory %process %signal %network (or %net).
 */
#pragma once

#include "lib/base.h"
#include "shim/names.h"

struct trace_set {
    uint64_t calls[NAMES_CALLS_MAX / 64]; /* by number */
    bool unknown;                         /* calls that Linux does not have */
    bool signals;                         /* and the ends of threads */
    bool failed;                          /* successful calls are left out */
};

/*
 * Reads spec. Items that are not known are left out, and `bad` is called for
 * each with the item and what may have been meant.
 */
void trace_set_parse(struct trace_set *set, const char *spec,
                     void (*bad)(const char *item, size_t len,
                                 const char *nearest));

bool trace_set_has(const struct trace_set *set, uint64_t nr);
