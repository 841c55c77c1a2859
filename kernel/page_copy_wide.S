// SPDX-License-Identifier: MIT
/*
 * page_copy: the loops. The wide ones borrow registers of the program, which
 * are live in the CPU while it is in the kernel, and give them back. Nothing
 * can look in between: a thread is not switched out within the kernel's code,
 * and interrupt handlers leave these registers alone.
 */
        .text

/* void page_clear_string(void *page) */
        .globl page_clear_string
        .type page_clear_string, @function
        .align 16
page_clear_string:
        xorl %eax, %eax
        movl $512, %ecx
        rep stosq
        ret

/* void page_copy_string(void *to, const void *from) */
        .globl page_copy_string
        .type page_copy_string, @function
        .align 16
page_copy_string:
        movl $512, %ecx
        rep movsq
        ret

/* void page_clear_wide(void *page) */
        .globl page_clear_wide
        .type page_clear_wide, @function
        .align 16
page_clear_wide:
        subq $16, %rsp
        movups %xmm0, (%rsp)
        pxor %xmm0, %xmm0
        leaq 4096(%rdi), %rax
1:
        .set at, 0
        .rept 32
        movaps %xmm0, at(%rdi)
        .set at, at + 16
        .endr
        addq $512, %rdi
        cmpq %rax, %rdi
        jne 1b
        movups (%rsp), %xmm0
        addq $16, %rsp
        ret

/* void page_copy_wide(void *to, const void *from) */
        .globl page_copy_wide
        .type page_copy_wide, @function
        .align 16
page_copy_wide:
        subq $32, %rsp
        movups %xmm0, (%rsp)
        movups %xmm1, 16(%rsp)
        leaq 4096(%rdi), %rax
1:
        .set at, 0
        .rept 8
        movaps at(%rsi), %xmm0
        movaps at+16(%rsi), %xmm1
        movaps %xmm0, at(%rdi)
        movaps %xmm1, at+16(%rdi)
        .set at, at + 32
        .endr
        addq $256, %rsi
        addq $256, %rdi
        cmpq %rax, %rdi
        jne 1b
        movups (%rsp), %xmm0
        movups 16(%rsp), %xmm1
        addq $32, %rsp
        ret
        .section .note.GNU-stack, "", @progbits
