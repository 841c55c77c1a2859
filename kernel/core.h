// SPDX-License-Identifier: MIT
/*
 * core: an ELF core file of the program, as Linux writes it (core(5)), over
 * the host's elfin.core channel.
 *
 * Pages that the program never touched, and those that are still the same as
 * in their file, are not in it; so a core is about as large as the memory that
 * the program has changed.
 */
#pragma once

#include "abi/signal.h"
#include "kernel/regs.h"

/* `core=` of the kernel command line. */
enum core_contents {
    CORE_STACK, /* the stacks near their ends, and small writable data */
    CORE_FULL,  /* everything */
    CORE_OFF,
};
extern enum core_contents core_contents;

/*
 * Writes the calling process's core: the calling thread, at r, comes first.
 * False: the host does not want one, or it could not be written. May sleep
 * before it begins; then nothing else runs until it is written.
 */
bool core_write(const struct regs *r, const struct abi_siginfo *info);
