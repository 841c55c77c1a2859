// SPDX-License-Identifier: MIT
/*
 * entry: the `syscall` instruction, to C and back.
 *
 * On entry the CPU has put RIP into RCX and RFLAGS into R11 and masked the
 * flags of MSR_SFMASK (interrupts among them); all else is the program's. On
 * the way back every register but RAX, RCX and R11 is as it was, as on Linux.
 */
#include "kernel/asm.h"

#define ENOSYS 38

        .text
        .align 64
        .globl syscall_entry
        .type syscall_entry, @function
syscall_entry:
        swapgs
        movq %rsp, %gs:CPU_USER_SP
        movq %gs:CPU_KERNEL_SP, %rsp
        pushq $USER_DS
        pushq %gs:CPU_USER_SP
        pushq %r11
        pushq $USER_CS
        pushq %rcx
        pushq %rax                      /* orig_rax */
        pushq %rdi
        pushq %rsi
        pushq %rdx
        pushq %rcx
        pushq $-ENOSYS
        pushq %r8
        pushq %r9
        pushq %r10
        pushq %r11
        pushq %rbx
        pushq %rbp
        pushq %r12
        pushq %r13
        pushq %r14
        pushq %r15
        sti
        xorl %ebp, %ebp                 /* backtraces end here */
        movq %rsp, %rdi
        subq $8, %rsp                   /* C wants it 16-byte aligned */
        call syscall_dispatch           /* stores rax */
        addq $8, %rsp
        cli
        movq %gs:CPU_CURRENT, %rax
        cmpl $0, THREAD_WORK(%rax)
        jne syscall_return_slow         /* by IRET */

        pop_regs
        movq 24(%rsp), %r11             /* rflags */
        movq 8(%rsp), %rcx              /* rip */
        movq 32(%rsp), %rsp
        swapgs
        sysretq
        .section .note.GNU-stack, "", @progbits
