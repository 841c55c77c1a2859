// SPDX-License-Identifier: MIT
/* asm: what assembly and C must agree on; C asserts it where the types are. */
#pragma once

#define GDT_KERNEL_CODE 0x10
#define GDT_KERNEL_DATA 0x18
#define GDT_USER_CODE32 0x20 /* empty; SYSRET counts from here */
#define GDT_USER_DATA   0x28
#define GDT_USER_CODE   0x30
#define GDT_TSS         0x40
#define GDT_CPU         0x78 /* its limit tells the CPU: shim/vdso */
#define GDT_SIZE        0x80

#define USER_DS (GDT_USER_DATA | 3) /* 0x2b and 0x33, as on Linux */
#define USER_CS (GDT_USER_CODE | 3)

/* struct cpu */
#define CPU_CURRENT   8
#define CPU_KERNEL_SP 16
#define CPU_USER_SP   24

/* struct thread */
#define THREAD_WORK 0

/* struct regs */
#define REGS_R15      0
#define REGS_R14      8
#define REGS_R13      16
#define REGS_R12      24
#define REGS_RBP      32
#define REGS_RBX      40
#define REGS_R11      48
#define REGS_R10      56
#define REGS_R9       64
#define REGS_R8       72
#define REGS_RAX      80
#define REGS_RCX      88
#define REGS_RDX      96
#define REGS_RSI      104
#define REGS_RDI      112
#define REGS_ORIG_RAX 120
#define REGS_RIP      128
#define REGS_CS       136
#define REGS_RFLAGS   144
#define REGS_RSP      152
#define REGS_SIZE     168

#ifdef __ASSEMBLY__
/* The general registers of the struct regs at RSP, which then points at its
 * orig_rax. */
/* clang-format off */
        .macro pop_regs
        popq %r15
        popq %r14
        popq %r13
        popq %r12
        popq %rbp
        popq %rbx
        popq %r11
        popq %r10
        popq %r9
        popq %r8
        popq %rax
        popq %rcx
        popq %rdx
        popq %rsi
        popq %rdi
        .endm
/* clang-format on */
#endif
