// SPDX-License-Identifier: MIT
/*
 * regs: the program's (or the interrupted kernel's) registers, as
 * kernel/trap_entry.S pushes and shim/entry.S stores them. The order is that of
 * Linux's struct pt_regs, which signal frames and core files repeat.
 */
#pragma once

#include "abi/errno.h"
#include "lib/base.h"

struct regs {
    uint64_t r15, r14, r13, r12, rbp, rbx;
    uint64_t r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint64_t orig_rax; /* system call number, or a trap's error code */
    uint64_t rip, cs, rflags, rsp, ss;
};

static_assert(sizeof(struct regs) == 21 * 8, "trap_entry.S pushes 21 words");

/* What the entry of a call leaves out, as Linux has it during the call. */
static inline void regs_complete(struct regs *r)
{
    r->rax = (uint64_t)-ENOSYS;
    r->rcx = r->rip;
    r->r11 = r->rflags;
}

static inline bool regs_from_user(const struct regs *r)
{
    return (r->cs & 3) == 3;
}
