// SPDX-License-Identifier: MIT
/*
 * start: from the PVH entry (32-bit protected mode, paging off, EBX = physical
 * address of struct hvm_start_info) to C in the upper half.
 *
 * The first page tables map the lowest GiB three times: at 0 for the jump, at
 * the direct map's base, and at the kernel's. boot/main.c replaces them.
 */
#include "kernel/asm.h"
#include "kernel/memlayout.h"

#define PHYS(x) ((x) - KERNEL_BASE)

/* Xen ELF note XEN_ELFNOTE_PHYS32_ENTRY: where PVH loaders jump to. */
        .section .note.pvh, "a", @note
        .align 4
        .long 4, 4, 18
        .asciz "Xen"
        .long PHYS(pvh_entry)

        .section .text.boot, "ax"
        .code32
        .globl pvh_entry_phys
        .set pvh_entry_phys, PHYS(pvh_entry)
        .globl pvh_entry
        .type pvh_entry, @function
pvh_entry:
        cld
        movl $PHYS(boot_stack_top), %esp
        movl %ebx, %esi                 /* start_info */

        /* A CPU without long mode cannot go on; say so on COM1. */
        movl $0x80000001, %eax
        cpuid
        btl $29, %edx
        jnc no_long_mode

        movl $PHYS(boot_pml4), %eax
        movl %eax, %cr3
        movl %cr4, %eax
        orl $(1 << 5), %eax             /* PAE */
        movl %eax, %cr4
        movl $0xc0000080, %ecx          /* EFER */
        rdmsr
        orl $((1 << 8) | (1 << 0)), %eax /* LME, SCE */
        wrmsr
        movl %cr0, %eax
        orl $((1 << 31) | (1 << 16) | 1), %eax /* PG, WP, PE */
        movl %eax, %cr0
        lgdt PHYS(boot_gdtr)
        ljmp $GDT_KERNEL_CODE, $PHYS(long_mode)

no_long_mode:
        movl $PHYS(no_long_mode_text), %esi
        movw $0x3f8, %dx
1:      lodsb
        testb %al, %al
        jz 2f
        outb %al, %dx
        jmp 1b
2:      hlt
        jmp 2b

        .code64
        .type long_mode, @function
long_mode:
        movabsq $upper_half, %rax
        jmpq *%rax
        .type upper_half, @function
upper_half:
        movl $GDT_KERNEL_DATA, %eax
        movl %eax, %ds
        movl %eax, %es
        movl %eax, %ss
        xorl %eax, %eax
        movl %eax, %fs
        movl %eax, %gs
        movq $boot_stack_top, %rsp
        xorl %ebp, %ebp

        /* C needs GS for the stack canary from its first line. */
        movl $0xc0000101, %ecx          /* GS_BASE */
        movq $boot_cpu, %rdx
        movl %edx, %eax
        shrq $32, %rdx
        wrmsr

        movl %esi, %edi
        call boot_main
1:      cli
        hlt
        jmp 1b

        .section .rodata
no_long_mode_text:
        .asciz "elfin: this CPU has no 64-bit mode: start QEMU with a 64-bit CPU model, or none\r\n"

        .section .data
        .align 8
boot_gdt:
        .quad 0, 0
        .quad 0x00af9b000000ffff        /* kernel code */
        .quad 0x00cf93000000ffff        /* kernel data */
boot_gdtr:
        .word boot_gdtr - boot_gdt - 1
        .long PHYS(boot_gdt)

        .align 4096
        .globl boot_pml4
boot_pml4:
        .quad PHYS(boot_pdpt_low) + 3
        .fill 255, 8, 0
        .quad PHYS(boot_pdpt_low) + 3   /* DIRECT_MAP_BASE */
        .fill 254, 8, 0
        .quad PHYS(boot_pdpt_high) + 3
boot_pdpt_low:
        .quad PHYS(boot_pd) + 3
        .fill 511, 8, 0
boot_pdpt_high:
        .fill 510, 8, 0
        .quad PHYS(boot_pd) + 3
        .quad 0
boot_pd:
        .set i, 0
        .rept 512
        .quad (i << 21) + 0x83          /* 2 MiB, writable, present */
        .set i, i + 1
        .endr

        .section .bss
        .align 4096
        .globl boot_stack, boot_stack_top
boot_stack:
        .skip 16384
boot_stack_top:
        .section .note.GNU-stack, "", @progbits
