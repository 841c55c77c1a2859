// SPDX-License-Identifier: MIT
/* backtrace: who called whom in the kernel, from the frame pointers. */
#pragma once

#include "lib/base.h"

/*
 * Prints one log_raw line for rip and for each caller found from the frame at
 * rbp on. Nothing is believed: the walk ends at the first frame that does not
 * lie on a kernel stack above the one before. Context: any.
 */
void backtrace_print(uintptr_t rip, uintptr_t rbp);

/* The same from the caller of this function on. */
void backtrace_print_here(void);
