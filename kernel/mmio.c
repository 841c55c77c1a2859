// SPDX-License-Identifier: MIT
#include "kernel/mmio.h"

#include "kernel/memlayout.h"
#include "kernel/page.h"
#include "kernel/pagetable.h"

#define MMIO_SIZE (STACKS_BASE - MMIO_BASE)

/* Physical addresses stand at MMIO_BASE + pa; a page mapped twice is mapped
 * the same way twice. */
static void *map(paddr_t pa, size_t len, uint64_t flags)
{
    paddr_t first = ALIGN_DOWN(pa, PAGE_SIZE);
    paddr_t end = ALIGN_UP(pa + len, PAGE_SIZE);

    if (pa > MMIO_SIZE || len > MMIO_SIZE - pa)
        return NULL;
    for (paddr_t p = first; p < end; p += PAGE_SIZE)
        if (pt_map_kernel(MMIO_BASE + p, p, flags | PTE_NX | PTE_GLOBAL) < 0)
            return NULL;
    return (void *)(MMIO_BASE + pa);
}

volatile void *mmio_map(paddr_t pa, size_t len)
{
    return map(pa, len, PTE_WRITE | PTE_PCD);
}

const void *firmware_map(paddr_t pa, size_t len)
{
    return map(pa, len, 0);
}
