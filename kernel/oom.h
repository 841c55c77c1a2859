// SPDX-License-Identifier: MIT
/* oom: what to do when a page that the program touches cannot be had. */
#pragma once

#include "lib/base.h"

struct regs;

/*
 * Ends the process that holds most memory, and says so in the log; if one is
 * on its way out already, only gives it time. It returns when that is another
 * process, or when the calling thread is to end: the access that failed may
 * then be tried again. r and addr: where the program wanted memory.
 * Context: a thread of the program that holds no lock; may sleep.
 */
void oom_kill(const struct regs *r, uintptr_t addr);
