// SPDX-License-Identifier: MIT
/*
 * backtrace: names and callers of code addresses of a program, by the symbols
 * and the unwinding tables of its files (libdw of elfutils).
 */
#pragma once

#include "tools/elfin/util.h"

struct backtrace;

/* The registers that unwinding begins with. */
struct backtrace_regs {
    uint64_t rax, rdx, rcx, rbx, rsi, rdi, rbp, rsp;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15, rip;
};

/* The program's memory: the 8 bytes at addr; false when they are not known. */
typedef bool backtrace_read(void *arg, uint64_t addr, uint64_t *word);

/* NULL when libdw gives nothing. */
struct backtrace *backtrace_create(void);
void backtrace_destroy(struct backtrace *b);

/*
 * The part of a file from offset on lies at [start, end). path is its name in
 * the machine, host the host's file, or NULL. Several parts of a file may be
 * told; one that holds code has to be among them.
 */
void backtrace_add(struct backtrace *b, uint64_t start, uint64_t end,
                   uint64_t offset, const char *path, const char *host);

/*
 * Adds to out what pc is: "main+0x1c (hello.c:12) in /bin/hello", or as much
 * of that as is known. A return address is named by the call before it.
 */
void backtrace_describe(struct backtrace *b, uint64_t pc, bool is_return,
                        struct strbuf *out);

/* Adds one line for each frame, the innermost first, and at most max lines. */
void backtrace_print(struct backtrace *b, const struct backtrace_regs *regs,
                     backtrace_read *read, void *arg, unsigned max,
                     struct strbuf *out);

/*
 * The same for who made a system call, each line beginning with text: the
 * innermost frame, and as many more as lead out of the C library, but at least
 * one and at most max in all.
 */
void backtrace_callers(struct backtrace *b, const struct backtrace_regs *regs,
                       backtrace_read *read, void *arg, unsigned max,
                       const char *text, struct strbuf *out);
