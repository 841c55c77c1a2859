// SPDX-License-Identifier: MIT
/*
 * selftest: deliberate faults of the kernel (`selftest=NAME` of the command
 * line), each of which a protection must turn into a crash report. For the
 * tests, and for people who want to see one.
 */
#pragma once

#include "lib/base.h"

/* Commits the fault; returns only if no such name is known (-ENOENT) or if
 * the CPU lacks the protection (-EOPNOTSUPP). Panics when the protection
 * failed. Context: a kernel thread. */
int selftest_fault(const char *name);

/* The names, with blanks between. */
const char *selftest_names(void);
