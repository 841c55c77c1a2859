// SPDX-License-Identifier: MIT
/*
 * uaccess_copy: the loops that touch the program's memory. A fault in one of
 * them continues at its fix-up (kernel/trap.c searches .fixups). Registers
 * move only after a whole step, so a fix-up finds them consistent.
 */
#include "kernel/smap.h"

        .macro fixup from, to, target
        .pushsection .fixups, "a"
        .quad \from, \to, \target
        .popsection
        .endm

        .text
/*
 * size_t uaccess_copy(void *to, const void *from, size_t len): bytes left.
 *
 * Short ones are moved as two parts that overlap, long ones by what
 * page_copy_choose found to be quickest. After a fault the rest goes byte by
 * byte, up to the very byte that faults.
 */
#define LONG 256

        .globl uaccess_copy
        .type uaccess_copy, @function
        .align 16
uaccess_copy:
        cmpq $16, %rdx
        ja 10f
        cmpq $8, %rdx
        jb 2f
1:      movq (%rsi), %rax
        movq -8(%rsi,%rdx), %rcx
        movq %rax, (%rdi)
        movq %rcx, -8(%rdi,%rdx)
        xorl %eax, %eax
        ret
2:      cmpq $4, %rdx
        jb 4f
3:      movl (%rsi), %eax
        movl -4(%rsi,%rdx), %ecx
        movl %eax, (%rdi)
        movl %ecx, -4(%rdi,%rdx)
        xorl %eax, %eax
        ret
        fixup 1b, 4f, 4f

4:      testq %rdx, %rdx
        jz 6f
        cmpq $2, %rdx
        jne 5f
        movzwl (%rsi), %eax
        movw %ax, (%rdi)
        xorl %eax, %eax
        ret
5:      movb (%rsi), %al
        movb %al, (%rdi)
        incq %rsi
        incq %rdi
        decq %rdx
        jnz 5b
6:      movq %rdx, %rax
        ret
        fixup 4b, 5b, 5b
        fixup 5b, 6b, 6b

10:     cmpq $LONG, %rdx
        jae 20f
11:     cmpq $32, %rdx
        jbe 13f
12:     movq (%rsi), %rax
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
        ja 12b
13:     cmpq $16, %rdx
        jbe uaccess_copy
14:     movq (%rsi), %rax
        movq 8(%rsi), %rcx
        movq -16(%rsi,%rdx), %r8
        movq -8(%rsi,%rdx), %r9
        movq %rax, (%rdi)
        movq %rcx, 8(%rdi)
        movq %r8, -16(%rdi,%rdx)
        movq %r9, -8(%rdi,%rdx)
        xorl %eax, %eax
        ret
        fixup 12b, 20f, 4b

20:     cmpb $0, page_copy_is_wide(%rip)
        jne 30f
        movq %rdx, %rcx
        andl $7, %edx
        shrq $3, %rcx
21:     rep movsq
22:     jmp uaccess_copy
23:     leaq (%rdx,%rcx,8), %rdx
        jmp 4b
        fixup 21b, 22b, 23b

/* With registers of the program, as in page_copy_wide. A fault may switch to
 * another thread meanwhile: then they are saved and restored with the rest. */
30:     subq $64, %rsp
        movups %xmm0, (%rsp)
        movups %xmm1, 16(%rsp)
        movups %xmm2, 32(%rsp)
        movups %xmm3, 48(%rsp)
31:
        .set at, 0
        .rept 2
        movups at(%rsi), %xmm0
        movups at+16(%rsi), %xmm1
        movups at+32(%rsi), %xmm2
        movups at+48(%rsi), %xmm3
        movups %xmm0, at(%rdi)
        movups %xmm1, at+16(%rdi)
        movups %xmm2, at+32(%rdi)
        movups %xmm3, at+48(%rdi)
        .set at, at + 64
        .endr
        addq $128, %rsi
        addq $128, %rdi
        subq $128, %rdx
        cmpq $128, %rdx
        jae 31b
        leaq uaccess_copy(%rip), %rax
32:     movups (%rsp), %xmm0
        movups 16(%rsp), %xmm1
        movups 32(%rsp), %xmm2
        movups 48(%rsp), %xmm3
        addq $64, %rsp
        jmpq *%rax
33:     leaq 4b(%rip), %rax
        jmp 32b
        fixup 31b, 32b, 33b

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

/*
 * ssize_t uaccess_string(char *to, const char *from, size_t size): the length of
 * what was copied, without its NUL; -14 (EFAULT), or -36 (ENAMETOOLONG): none
 * came. SMAP included.
 *
 * By words, as long as they fit and hold no byte that is 0: the lowest bit of
 * (word - 0x01...) & ~word & 0x80... is of the first one that is.
 */
        .globl uaccess_string
        .type uaccess_string, @function
        .align 16
uaccess_string:
        movabsq $0x0101010101010101, %r9
        movabsq $0x8080808080808080, %r10
        xorl %eax, %eax
        smap_open
        subq $8, %rdx
        jb 2f
1:      movq (%rsi,%rax), %rcx
        movq %rcx, %r11
        movq %rcx, (%rdi,%rax)
        subq %r9, %r11
        notq %rcx
        andq %r10, %r11
        andq %rcx, %r11
        jnz 4f
        addq $8, %rax
        cmpq %rdx, %rax
        jbe 1b
2:      addq $8, %rdx
3:      cmpq %rdx, %rax
        jae 6f
        movb (%rsi,%rax), %cl
        movb %cl, (%rdi,%rax)
        testb %cl, %cl
        jz 5f
        incq %rax
        jmp 3b
4:      bsfq %r11, %r11
        shrl $3, %r11d
        addq %r11, %rax
5:      smap_close
        ret
6:      smap_close
        movq $-36, %rax
        ret
7:      smap_close
        movq $-14, %rax
        ret
        fixup 1b, 2b, 2b
        fixup 3b, 4b, 7b

/* int uaccess_xsave(void *to), uaccess_xrstor(const void *from), and FXSAVE's:
 * 0, or -14 (EFAULT), also for a state that the CPU does not take. */
        .macro fpu_user name, instruction
        .globl \name
        .type \name, @function
\name:
        movl $-1, %eax                  /* all components in use */
        movl $-1, %edx
1:      \instruction (%rdi)
2:      xorl %eax, %eax
        ret
3:      movl $-14, %eax
        ret
        fixup 1b, 2b, 3b
        .endm

        fpu_user uaccess_xsave, xsave64
        fpu_user uaccess_xrstor, xrstor64
        fpu_user uaccess_fxsave, fxsave64
        fpu_user uaccess_fxrstor, fxrstor64
        .section .note.GNU-stack, "", @progbits
