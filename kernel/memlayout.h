// SPDX-License-Identifier: MIT
/*
 * memlayout: the kernel's half of every address space.
 *
 *     0xffff800000000000  all RAM, read-write, never executable
 *     0xffffc00000000000  device registers, at their physical address
 *     0xffffe00000000000  kernel stacks, each above an unmapped guard page
 *     0xffffffff80000000  the kernel image (physical address 0 and up)
 */
#pragma once

#define DIRECT_MAP_BASE 0xffff800000000000
#define MMIO_BASE       0xffffc00000000000
#define STACKS_BASE     0xffffe00000000000
#define KERNEL_BASE     0xffffffff80000000
#define KERNEL_PHYS     0x100000

#ifndef __ASSEMBLY__
#include "lib/base.h"

#ifdef ELFIN_KERNEL
static inline void *phys_to_virt(paddr_t pa)
{
    return (void *)(DIRECT_MAP_BASE + pa);
}
#else
void *phys_to_virt(paddr_t pa); /* unit tests have RAM of their own */
#endif

/* v lies in the direct map. */
static inline paddr_t virt_to_phys(const void *v)
{
    return (uintptr_t)v - DIRECT_MAP_BASE;
}

/* v lies in the kernel image. */
static inline paddr_t image_to_phys(const void *v)
{
    return (uintptr_t)v - KERNEL_BASE;
}

/* Borders of the image's parts, in this order; page aligned (boot/kernel.ld).
 */
extern char kernel_start[];        /* code */
extern char kernel_text_end[];     /* data and bss */
extern char kernel_rodata_start[]; /* constants and the symbol table */
extern char kernel_end[];
#endif
