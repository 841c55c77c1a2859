// SPDX-License-Identifier: MIT
/*
 * shim: between the program's `syscall` instruction and the handlers.
 */
#pragma once

#include "kernel/regs.h"

/* Who watches system calls. The others cost nothing while nobody does: their
 * table then has all numbers, and none else. */
enum shim_feature {
    SHIM_TRACE = 1, /* shim/trace.h; trace_start first */
    SHIM_STATS = 2, /* shim/stats.h; stats_start first */
    SHIM_RING = 4,  /* kernel/ring.h; ring_start first */
    SHIM_STUB = 8,  /* shim/stub.h; stub_start first */
};

extern unsigned shim_active; /* enum shim_feature */

/* Before the program starts. */
void shim_activate(unsigned feature);

/* What a call without a handler does, beside answering -ENOSYS (`enosys=`). */
enum shim_missing {
    SHIM_MISSING_WARN, /* one warning per number, the first time */
    SHIM_MISSING_QUIET,
    SHIM_MISSING_TRAP, /* warn, and SIGSYS for the program, as a seccomp trap */
};

/* Points the CPU's system call MSRs at shim/entry.S. Once per CPU. */
void shim_init(void);

void shim_set_missing(enum shim_missing policy);

/* "write(1, 0x7ffc..., 5)" into buf: for crash reports and the log. */
void shim_describe_call(const struct regs *r, char *buf, size_t size);

/* The vDSO's file, in whole pages, for vdso_init. */
extern const char shim_vdso_start[], shim_vdso_end[];

/* A call that somebody watches, or of an unknown number; for entry.S. */
long syscall_dispatch(struct regs *r);
