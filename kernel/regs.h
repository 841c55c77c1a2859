// SPDX-License-Identifier: MIT
/*
 * regs: the program's (or the interrupted kernel's) registers, as the entry
 * paths in kernel/trap_entry.S and shim/entry.S push them. The order is that
 * of Linux's struct pt_regs, which signal frames and core files repeat.
 */
#pragma once

#include "lib/base.h"

struct regs {
    uint64_t r15, r14, r13, r12, rbp, rbx;
    uint64_t r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint64_t orig_rax; /* system call number, or a trap's error code */
    uint64_t rip, cs, rflags, rsp, ss;
};

static_assert(sizeof(struct regs) == 21 * 8, "entry.S pushes 21 words");

static inline bool regs_from_user(const struct regs *r)
{
    return (r->cs & 3) == 3;
}
