// SPDX-License-Identifier: MIT
/* oom: what to do when a page that the program touches cannot be had. */
#pragma once

#include "lib/base.h"

struct regs;

/*
 * Ends the process that holds most memory, and says so in the log. It returns
 * when that was another one: the access that failed may then be tried again.
 * r and addr: where the program wanted memory. Context: may sleep.
 */
void oom_kill(const struct regs *r, uintptr_t addr);
