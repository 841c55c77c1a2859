/* SPDX-License-Identifier: MIT */
/* The vDSO's file (shim/vdso), in whole pages, which kernel/vdso.c maps into
 * the program as they are. vdso.so is made by shim/vdso/rules.mk. */
        .section .rodata.vdso, "a"
        .balign 4096
        .globl shim_vdso_start
shim_vdso_start:
        .incbin "vdso.so"
        .balign 4096
        .globl shim_vdso_end
shim_vdso_end:

        .section .note.GNU-stack, "", @progbits
