// SPDX-License-Identifier: MIT
/*
 * trap: the descriptor tables, and what happens on exceptions and interrupts.
 *
 * A fault of the program becomes a signal; a fault of the kernel in a user
 * copy goes on at its fix-up; any other fault of the kernel is a crash report
 * and the end of the machine.
 */
#pragma once

#include "kernel/regs.h"

struct abi_siginfo;

/* What the layers above tell a crash report, and what they want to know. */
struct trap_ops {
    /* A name for the system call that r entered with, into buf. */
    void (*describe_call)(const struct regs *r, char *buf, size_t size);
    /* The calling thread takes a signal: its handler runs next, or the default
     * action. May sleep. May be NULL. */
    void (*signal_taken)(const struct abi_siginfo *info);
};
extern const struct trap_ops *trap_ops; /* set once by boot; may be NULL */

/* Loads GDT, TSS and IDT of this CPU. */
void trap_init(void);

struct tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3, io_map_base;
} packed;

extern struct tss trap_tss;

/* Where the CPU finds the stack when it leaves the program. */
static inline void trap_set_kernel_stack(uintptr_t top)
{
    trap_tss.rsp[0] = top;
}

/* For interrupt handlers: was the program cut short, or the kernel? */
extern bool trap_interrupted_program;

/* Called by trap_entry.S. */
void trap_dispatch(unsigned vector, struct regs *r);
