// SPDX-License-Identifier: MIT
/*
 * rseq: restartable sequences (rseq(2)): a thread that loses the CPU or takes
 * a signal inside one goes on at the sequence's abort handler.
 */
#pragma once

#include "kernel/regs.h"

/* Registers, or unregisters, the calling thread's area. Errors as rseq(2). */
int rseq_register(uintptr_t area, uint32_t len, uint32_t signature);
int rseq_unregister(uintptr_t area, uint32_t len, uint32_t signature);

/* After an interruption and before r goes on: moves r to the abort handler if
 * it was inside a sequence. -EFAULT or -EINVAL for a broken area: SIGSEGV. */
int rseq_interrupted(struct regs *r);
