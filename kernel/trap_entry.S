// SPDX-License-Identifier: MIT
/*
 * trap_entry: exceptions and interrupts, from the CPU's frame to a struct
 * regs on the kernel stack and back.
 */
#include "kernel/asm.h"
#include "kernel/smap.h"

#define VECTORS 256

/* Exceptions for which the CPU itself pushes an error code. */
#define HAS_ERROR_CODE(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || \
                           (v) == 17 || (v) == 21 || (v) == 29 || (v) == 30)
/* NMI, double fault and machine check run on stacks of their own, whatever
 * state GS is in. */
#define IS_PARANOID(v) ((v) == 2 || (v) == 8 || (v) == 18)

        .text
        .align 16
        .globl trap_stubs
        .type trap_stubs, @function
trap_stubs:                             /* 16 bytes each */
        .set v, 0
        .rept VECTORS
        .align 16
        .if !HAS_ERROR_CODE(v)
        pushq $0
        .endif
        pushq $v
        .if IS_PARANOID(v)
        jmp trap_paranoid
        .elseif v >= 32
        jmp trap_interrupt
        .else
        jmp trap_common
        .endif
        .set v, v + 1
        .endr

/* On the stack: vector, error code, then the CPU's frame. RDI takes the
 * vector, and its slot RDI's old value. */
        .macro push_regs
        xchgq %rdi, (%rsp)
        pushq %rsi
        pushq %rdx
        pushq %rcx
        pushq %rax
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
        cld
        smap_close
        movq %rsp, %rsi
        .endm

/*
 * An interrupt, on a stack of its own: it may come in the first instructions of
 * a system call, where RSP is still the program's, and GS perhaps. Nothing has
 * been done for the call there, and RCX and R11 tell where it came from: it is
 * as if the interrupt had come before the call. The frame moves to where it
 * would be without that stack, so that other interrupts may follow.
 */
        .type trap_interrupt, @function
trap_interrupt:
        pushq %rdi
        movq %rsp, %rdi                 /* RDI, vector, 0, then the CPU's */
        testb $3, 32(%rdi)
        jnz 2f
        cmpq $syscall_entry, 24(%rdi)
        jb 3f
        je 1f
        cmpq $syscall_entry_stack, 24(%rdi)
        jae 3f
        swapgs                          /* as it was */
1:      subq $2, %rcx                   /* the `syscall` */
        movq %rcx, 24(%rdi)
        movq $USER_CS, 32(%rdi)
        movq %r11, 40(%rdi)
        movq $USER_DS, 56(%rdi)
2:      swapgs
        movq %gs:CPU_KERNEL_SP, %rsp
        addq $REGS_SIZE, %rsp
        jmp 4f
3:      movq 48(%rdi), %rsp
4:      pushq 56(%rdi)
        pushq 48(%rdi)
        pushq 40(%rdi)
        pushq 32(%rdi)
        pushq 24(%rdi)
        pushq 16(%rdi)
        pushq 8(%rdi)
        movq (%rdi), %rdi
        jmp trap_entered

        .type trap_common, @function
trap_common:
        testb $3, 24(%rsp)
        jz 1f
        swapgs
trap_entered:
1:      push_regs
        xorl %ebp, %ebp                 /* backtraces end here, but for */
        testb $3, REGS_CS(%rsp)         /* what the kernel was doing */
        jnz 2f
        movq 32(%rsp), %rbp
2:      call trap_dispatch
        testb $3, REGS_CS(%rsp)
        jz trap_return_kernel

        .globl trap_return_user
        .type trap_return_user, @function
trap_return_user:
        cli
        movq %gs:CPU_CURRENT, %rax
        cmpl $0, THREAD_WORK(%rax)
        jne 1f
trap_restore_user:
        pop_regs
        addq $8, %rsp                   /* orig_rax */
        swapgs
        iretq
1:      movq $-1, REGS_ORIG_RAX(%rsp)   /* no call to be made again */
        .globl syscall_return_slow
syscall_return_slow:
        movq %rsp, %rdi
        call thread_exit_work
        jmp trap_restore_user

        .type trap_return_kernel, @function
trap_return_kernel:
        pop_regs
        addq $8, %rsp                   /* orig_rax */
        iretq

        .type trap_paranoid, @function
trap_paranoid:
        push_regs
        movl $0xc0000101, %ecx          /* GS_BASE */
        rdmsr
        movl %eax, %r12d
        movl %edx, %r13d
        movq $boot_cpu, %rdx
        movl %edx, %eax
        shrq $32, %rdx
        wrmsr
        movq %rsp, %rsi
        xorl %ebp, %ebp
        call trap_dispatch
        movl $0xc0000101, %ecx
        movl %r12d, %eax
        movl %r13d, %edx
        wrmsr
        jmp trap_return_kernel

/* A new thread of the program begins, with a struct switch_frame
 * (kernel/thread.c) on the stack and its struct regs below. */
        .globl thread_start_user
        .type thread_start_user, @function
thread_start_user:
        addq $24, %rsp
        call thread_started
        jmp trap_return_user

/* A new kernel thread begins, with the same frame. */
        .globl thread_start_kernel
        .type thread_start_kernel, @function
thread_start_kernel:
        addq $8, %rsp
        popq %rbx
        popq %r12
        call thread_started
        sti
        movq %r12, %rdi
        call *%rbx
        xorl %edi, %edi
        call thread_exit
        ud2

/* void load_gdt(const struct descriptor_pointer *p): and its selectors */
        .globl load_gdt
        .type load_gdt, @function
load_gdt:
        lgdt (%rdi)
        movl $GDT_KERNEL_DATA, %eax
        movl %eax, %ss
        movl $0, %eax
        movl %eax, %ds
        movl %eax, %es
        popq %rax
        pushq $GDT_KERNEL_CODE
        pushq %rax
        lretq
        .section .note.GNU-stack, "", @progbits
