// SPDX-License-Identifier: MIT
/*
 * uaccess_word: single words of the program's memory, range check and SMAP
 * included; kernel/uaccess.h calls them. An address of the lower half that no
 * program can have faults as one that is not mapped.
 *
 * Address in RDI; 0 or -14 (EFAULT) in RAX; all other registers but those
 * named are kept, so that the caller need not save what it holds in them.
 */
#include "kernel/smap.h"

        .macro word_function name
        .globl \name
        .type \name, @function
        .align 16
\name:
        testq %rdi, %rdi
        js uaccess_word_fault
        smap_open
1:
        .endm

        .macro word_end
2:      smap_close
        xorl %eax, %eax
        ret
        .pushsection .fixups, "a"
        .quad 1b, 2b, uaccess_word_fault
        .popsection
        .endm

        .text
/* The value in RSI. */
word_function uaccess_put64
        movq %rsi, (%rdi)
word_end

word_function uaccess_put32
        movl %esi, (%rdi)
word_end

/* Two, in RSI and RDX. */
word_function uaccess_put_pair
        movq %rsi, (%rdi)
        movq %rdx, 8(%rdi)
word_end

/* The value to RDX. */
word_function uaccess_get64
        movq (%rdi), %rdx
word_end

word_function uaccess_get32
        movl (%rdi), %edx
word_end

/* What is expected in RSI, what it shall be in RCX, what is found to RDX. */
word_function uaccess_cmpxchg32
        movl %esi, %eax
        lock cmpxchgl %ecx, (%rdi)
        movl %eax, %edx
word_end

        .type uaccess_word_fault, @function
uaccess_word_fault:
        smap_close
        movl $-14, %eax
        ret
        .section .note.GNU-stack, "", @progbits
