// SPDX-License-Identifier: MIT
/*
 * oom: the victim is the process with most resident pages. As long as there is
 * but one process, that is the one that asks.
 */
#include "kernel/oom.h"

#include "kernel/crash.h"

void oom_kill(const struct regs *r, uintptr_t addr)
{
    crash_out_of_memory(r, addr);
}
