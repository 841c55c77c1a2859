// SPDX-License-Identifier: MIT
/*
 * ksyms: binary search in the table that tools/gen/ksyms.c describes. Its
 * symbols are weak: a link without the table leaves them at address 0.
 */
#include "kernel/ksyms.h"

#include "kernel/memlayout.h"

#define weak __attribute__((weak))

extern const uint32_t ksyms_count weak;
extern const uint32_t ksyms_addr[] weak;
extern const uint32_t ksyms_name[] weak;
extern const char ksyms_text[] weak;

const char *ksym_lookup(uintptr_t addr, size_t *offset)
{
    uint32_t low = 0, high, where;

    *offset = 0;
    if (&ksyms_count == NULL || ksyms_count == 0 || addr < KERNEL_BASE)
        return NULL;
    where = (uint32_t)(addr - KERNEL_BASE);
    if (addr - KERNEL_BASE != where || where < ksyms_addr[0] ||
        where >= ksyms_addr[ksyms_count])
        return NULL;
    /* The last start at or below where is in [low, high). */
    for (high = ksyms_count; high - low > 1;) {
        uint32_t middle = low + (high - low) / 2;

        if (ksyms_addr[middle] <= where)
            low = middle;
        else
            high = middle;
    }
    *offset = where - ksyms_addr[low];
    return ksyms_text + ksyms_name[low];
}
