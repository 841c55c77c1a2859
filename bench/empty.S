// SPDX-License-Identifier: MIT
/*
 * empty: the least kernel that QEMU can boot by PVH. It writes `Hello` to COM1,
 * as the example does with its first bytes, and stops. Its boot time is the
 * part of any kernel's that QEMU and the firmware take.
 */
        .section .note.pvh, "a", @note
        .align 4
        .long 4, 4, 18                  /* XEN_ELFNOTE_PHYS32_ENTRY */
        .asciz "Xen"
        .long entry

        .text
        .code32
        .globl _start
_start:
entry:
        movl $text, %esi
        movw $0x3f8, %dx
1:      lodsb
        testb %al, %al
        jz 2f
        outb %al, %dx
        jmp 1b
2:      cli
        hlt
        jmp 2b

text:   .asciz "Hello\n"
        .section .note.GNU-stack, "", @progbits
