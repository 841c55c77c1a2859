// SPDX-License-Identifier: MIT
/*
 * uaccess_copy: the loops that touch the program's memory. A fault in one of
 * them continues at its fix-up (kernel/trap.c searches .fixups). Registers
 * move only after a whole step, so a fix-up finds them consistent.
 */
        .macro fixup from, to, target
        .pushsection .fixups, "a"
        .quad \from, \to, \target
        .popsection
        .endm

        .text
/* size_t uaccess_copy(void *to, const void *from, size_t len): bytes left. */
        .globl uaccess_copy
        .type uaccess_copy, @function
uaccess_copy:
        cmpq $32, %rdx
        jb 2f
1:      movq (%rsi), %rax
        movq 8(%rsi), %rcx
        movq 16(%rsi), %r8
        movq 24(%rsi), %r9
        movq %rax, (%rdi)
        movq %rcx, 8(%rdi)
        movq %r8, 16(%rdi)
        movq %r9, 24(%rdi)
        addq $32, %rsi
        addq $32, %rdi
        subq $32, %rdx
        cmpq $32, %rdx
        jae 1b
2:      cmpq $8, %rdx
        jb 4f
3:      movq (%rsi), %rax
        movq %rax, (%rdi)
        addq $8, %rsi
        addq $8, %rdi
        subq $8, %rdx
        cmpq $8, %rdx
        jae 3b
4:      testq %rdx, %rdx
        jz 6f
5:      movb (%rsi), %al
        movb %al, (%rdi)
        incq %rsi
        incq %rdi
        decq %rdx
        jnz 5b
6:      movq %rdx, %rax
        ret
        fixup 1b, 4b, 4b
        fixup 4b, 6b, 6b

/* size_t uaccess_zero(void *to, size_t len): bytes left. */
        .globl uaccess_zero
        .type uaccess_zero, @function
uaccess_zero:
        xorl %eax, %eax
        cmpq $8, %rsi
        jb 2f
1:      movq %rax, (%rdi)
        addq $8, %rdi
        subq $8, %rsi
        cmpq $8, %rsi
        jae 1b
2:      testq %rsi, %rsi
        jz 4f
3:      movb %al, (%rdi)
        incq %rdi
        decq %rsi
        jnz 3b
4:      movq %rsi, %rax
        ret
        fixup 1b, 2b, 2b
        fixup 2b, 4b, 4b

/* int uaccess_store_pair(void *to, uint64_t first, uint64_t second): 0, or -14
 * (EFAULT). */
        .globl uaccess_store_pair
        .type uaccess_store_pair, @function
uaccess_store_pair:
1:      movq %rsi, (%rdi)
        movq %rdx, 8(%rdi)
2:      xorl %eax, %eax
        ret
3:      movl $-14, %eax
        ret
        fixup 1b, 2b, 3b

/* int uaccess_cmpxchg32(uint32_t *p, uint32_t old, uint32_t *now, uint32_t
 * want): 0, or -14 (EFAULT). */
        .globl uaccess_cmpxchg32
        .type uaccess_cmpxchg32, @function
uaccess_cmpxchg32:
        movl %esi, %eax
        movq %rdx, %r8
1:      lock cmpxchgl %ecx, (%rdi)
2:      movl %eax, (%r8)
        xorl %eax, %eax
        ret
3:      movl $-14, %eax
        ret
        fixup 1b, 2b, 3b

/* int uaccess_load32(const uint32_t *p, uint32_t *value): 0, or -14 (EFAULT). */
        .globl uaccess_load32
        .type uaccess_load32, @function
uaccess_load32:
1:      movl (%rdi), %eax
2:      movl %eax, (%rsi)
        xorl %eax, %eax
        ret
3:      movl $-14, %eax
        ret
        fixup 1b, 2b, 3b
        .section .note.GNU-stack, "", @progbits
