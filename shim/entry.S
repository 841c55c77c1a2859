// SPDX-License-Identifier: MIT
/*
 * entry: the `syscall` instruction, to C and back.
 *
 * On entry the CPU has put RIP into RCX and RFLAGS into R11 and masked the
 * flags of MSR_SFMASK (interrupts among them); all else is the program's. On
 * the way back every register but RAX, RCX and R11 is as it was, as on Linux.
 *
 * A number below syscall_limit goes straight to its handler; others, and all
 * while somebody watches, go by shim/dispatch.c. The program's RBP is left in
 * place: a backtrace ends there, because it leaves the thread's kernel stack.
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
        movq %gs:CPU_KERNEL_SP, %rsp    /* below a USER_DS that stays there */
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
        movq %rsp, %rdi
        cmpq syscall_limit(%rip), %rax
        jae 2f
        call *syscall_handlers(, %rax, 8)
1:      cli
        movq %gs:CPU_CURRENT, %rcx
        cmpl $0, THREAD_WORK(%rcx)
        jne 3f

        /* C has kept RBX, RBP and R12 to R15. */
        movq REGS_R10(%rsp), %r10
        movq REGS_R9(%rsp), %r9
        movq REGS_R8(%rsp), %r8
        movq REGS_RDX(%rsp), %rdx
        movq REGS_RSI(%rsp), %rsi
        movq REGS_RDI(%rsp), %rdi
        movq REGS_RIP(%rsp), %rcx
        movq REGS_RFLAGS(%rsp), %r11
        movq REGS_RSP(%rsp), %rsp
        swapgs
        sysretq
2:      call syscall_dispatch
        jmp 1b
3:      movq %rax, REGS_RAX(%rsp)
        jmp syscall_return_slow         /* by IRET */
        .section .note.GNU-stack, "", @progbits
