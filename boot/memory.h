// SPDX-License-Identifier: MIT
/*
 * memory: from the loader's memory map to the kernel's page tables and the
 * page allocator.
 */
#pragma once

#include "kernel/page.h"

#define MEMORY_RANGES_MAX 32

/* RAM and what of it is taken; filled by boot/main.c from the PVH structures.
 * Ranges are page aligned. RAM below 1 MiB is left alone: loaders keep their
 * structures there. */
struct memory_map {
    struct page_range ram[MEMORY_RANGES_MAX];
    size_t ram_count;
    struct page_range initrd; /* empty: start == end */
};

void memory_map_add(struct memory_map *m, paddr_t start, paddr_t end);

/*
 * Builds and enters the final page tables, and hands free RAM to the page
 * allocator. Returns NULL, or a sentence that says what stands in the way.
 */
const char *memory_init(struct memory_map *m);
