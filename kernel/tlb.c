// SPDX-License-Identifier: MIT
#include "kernel/tlb.h"

#include "kernel/page.h"
#include "kernel/pagetable.h"

#define FLUSH_ONE_MAX 32 /* above: the whole TLB is cheaper */

static paddr_t loaded_root(void)
{
    paddr_t root;

    __asm__ volatile("movq %%cr3, %0" : "=r"(root));
    return root;
}

void tlb_load(paddr_t root)
{
    if (loaded_root() != root)
        __asm__ volatile("movq %0, %%cr3" : : "r"(root) : "memory");
}

void tlb_leave(paddr_t root)
{
    if (loaded_root() == root)
        tlb_load(pt_kernel_root);
}

void tlb_flush_all(void)
{
    uint64_t cr3;

    __asm__ volatile("movq %%cr3, %0; movq %0, %%cr3" : "=r"(cr3) : : "memory");
}

void tlb_flush_range(uintptr_t start, uintptr_t end)
{
    if ((end - start) >> PAGE_SHIFT > FLUSH_ONE_MAX) {
        tlb_flush_all();
        return;
    }
    for (uintptr_t va = start; va < end; va += PAGE_SIZE)
        __asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}
