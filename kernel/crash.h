// SPDX-License-Identifier: MIT
/* crash: reports of fatal faults, for people. */
#pragma once

#include "abi/signal.h"
#include "kernel/regs.h"

/* The kernel failed at r, with a page fault at addr if there is one. Ends the
 * machine. */
noreturn void crash_kernel(const char *what, const struct regs *r,
                           bool has_addr, uintptr_t addr);

/* The program dies of a signal that Linux would write a core for. */
void crash_program(const struct regs *r, const struct abi_siginfo *info);

/* The program touched addr and there was no page left. */
noreturn void crash_out_of_memory(const struct regs *r, uintptr_t addr);
