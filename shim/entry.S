// SPDX-License-Identifier: MIT
/*
 * entry: the `syscall` instruction, to C and back.
 *
 * On entry the CPU has put RIP into RCX and RFLAGS into R11 and masked the
 * flags of MSR_SFMASK; all else is the program's. On the way back every
 * register but RAX, RCX and R11 is as it was, as on Linux.
 *
 * Interrupts stay on: STI would cost QEMU's emulation more than keeping all the
 * registers does. One that comes before RSP is the kernel's is as if it had come
 * before the `syscall` (kernel/trap_entry.S).
 *
 * The struct regs on the stack gets what C may change and what a debugger wants
 * of a thread that sleeps. CS and SS stay there from call to call; RAX, RCX and
 * R11 follow when somebody looks (regs_complete).
 *
 * A number below syscall_limit goes straight to its handler; others, and all
 * while somebody watches, go by shim/dispatch.c. The program's RBP is left in
 * place: a backtrace ends there, because it leaves the thread's kernel stack.
 *
 * A leaf (SYSCALL_LEAF) keeps all registers itself: they still are the program's
 * when it returns. It does not sleep, and so nobody else uses CPU_USER_SP.
 */
#include "kernel/asm.h"

/* On the stack: a struct regs, whose CS and SS stay. */
        .macro save_regs
        movq %rcx, REGS_RIP(%rsp)
        movq %gs:CPU_USER_SP, %rcx
        movq %r11, REGS_RFLAGS(%rsp)
        movq %rcx, REGS_RSP(%rsp)
        movq %rax, REGS_ORIG_RAX(%rsp)
        movq %rdi, REGS_RDI(%rsp)
        movq %rsi, REGS_RSI(%rsp)
        movq %rdx, REGS_RDX(%rsp)
        movq %r10, REGS_R10(%rsp)
        movq %r8, REGS_R8(%rsp)
        movq %r9, REGS_R9(%rsp)
        movq %rbx, REGS_RBX(%rsp)
        movq %rbp, REGS_RBP(%rsp)
        movq %r12, REGS_R12(%rsp)
        movq %r13, REGS_R13(%rsp)
        movq %r14, REGS_R14(%rsp)
        movq %r15, REGS_R15(%rsp)
        .endm

        .text
        .align 64
        .globl syscall_entry
        .type syscall_entry, @function
syscall_entry:
        swapgs
        movq %rsp, %gs:CPU_USER_SP
        movq %gs:CPU_KERNEL_SP, %rsp    /* a struct regs */
        .globl syscall_entry_stack
syscall_entry_stack:
        cmpq syscall_limit(%rip), %rax
        jae 2f
        cmpq $syscall_leaf_end, syscall_handlers(, %rax, 8)
        jb 4f
        save_regs
        movq %rsp, %rdi
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
2:      save_regs
        movq %rsp, %rdi
        call syscall_dispatch
        jmp 1b
3:      movq %rax, REGS_RAX(%rsp)
        cmpq $-1, REGS_ORIG_RAX(%rsp)
        je syscall_return_slow          /* it has new registers */
        movq REGS_RIP(%rsp), %rcx
        movq %rcx, REGS_RCX(%rsp)
        movq REGS_RFLAGS(%rsp), %r11
        movq %r11, REGS_R11(%rsp)
        jmp syscall_return_slow         /* by IRET */

4:      call *syscall_handlers(, %rax, 8)
        cli
        movq %rcx, REGS_RIP(%rsp)
        movq %gs:CPU_CURRENT, %rcx
        cmpl $0, THREAD_WORK(%rcx)
        movq REGS_RIP(%rsp), %rcx
        jne 5f
        movq %gs:CPU_USER_SP, %rsp
        swapgs
        sysretq
5:      save_regs
        movq REGS_RIP(%rsp), %rcx
        movq %rcx, REGS_RCX(%rsp)
        movq %r11, REGS_R11(%rsp)
        movq %rax, REGS_RAX(%rsp)
        movq $-1, REGS_ORIG_RAX(%rsp)   /* no call to be made again */
        jmp syscall_return_slow
        .globl syscall_entry_end
syscall_entry_end:
        .size syscall_entry, . - syscall_entry
        .section .note.GNU-stack, "", @progbits
