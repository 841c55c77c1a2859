// SPDX-License-Identifier: MIT
/*
 * pagetable: the x86-64 four-level tables (Intel SDM volume 3, chapter 4).
 *
 * A leaf entry maps a page, or, in the tables above the last (PTE_LARGE), 2 MiB
 * in one piece. It is "mapped" when PTE_PRESENT or PTE_KEPT is set: PTE_KEPT
 * marks a page that stays with its area while PROT_NONE denies every access.
 * Whoever splits large pages at the ends of a range first, sees only whole ones
 * there. Locking: the caller's (vm_space->lock; boot for the kernel's tables).
 */
#pragma once

#include "lib/base.h"

struct page;
struct vm_space;

#define PTE_PRESENT (1ul << 0)
#define PTE_WRITE   (1ul << 1)
#define PTE_USER    (1ul << 2)
#define PTE_PCD     (1ul << 4) /* uncached */
#define PTE_LARGE   (1ul << 7)
#define PTE_GLOBAL  (1ul << 8)
#define PTE_KEPT    (1ul << 9) /* software: see above */
#define PTE_NX      (1ul << 63)
#define PTE_ADDR    0x000ffffffffff000ul

#define LARGE_SIZE  MIB(2)
#define LARGE_PAGES 512
#define LARGE_ORDER 9

/* The kernel's own top table; its upper half is part of every space. */
extern paddr_t pt_kernel_root;

static inline bool pte_mapped(uint64_t pte)
{
    return pte & (PTE_PRESENT | PTE_KEPT);
}

static inline bool pte_large(uint64_t pte)
{
    return pte & PTE_LARGE; /* set in no other entry */
}

/* The leaf entry of va if its tables exist, else NULL. */
uint64_t *pt_lookup(paddr_t root, uintptr_t va);

/* The same, making tables as needed; NULL without memory. */
uint64_t *pt_lookup_alloc(paddr_t root, uintptr_t va);

/* The entry that maps the 2 MiB around va or points to their table, making
 * the tables above as needed; NULL without memory. */
uint64_t *pt_lookup_large(paddr_t root, uintptr_t va);

/* Makes *pte, a large page's entry, point to a table (of undefined contents)
 * whose entries map the same. The TLB is the caller's. */
void pt_split(uint64_t *pte, struct page *table);

/*
 * Calls fn for every mapped leaf entry in [start, end), which it may change.
 * What it clears is counted by the caller; the TLB is the caller's too.
 */
void pt_for_each(paddr_t root, uintptr_t start, uintptr_t end,
                 void (*fn)(uint64_t *pte, uintptr_t va, void *arg), void *arg);

/*
 * Calls fn for every mapped leaf entry in [start, end) of from, with the entry
 * of to for the same address, whose tables are made as needed. -ENOMEM: it
 * stopped for want of one.
 */
int pt_for_each_pair(paddr_t from, paddr_t to, uintptr_t start, uintptr_t end,
                     void (*fn)(uint64_t *pte, uint64_t *other, void *arg),
                     void *arg);

/*
 * Frees the tables that lie wholly within [floor, ceiling) and under
 * [start, end); their leaves must be empty. floor and ceiling are the ends of
 * the neighbouring areas, so that no table in use is freed. Flushes what the
 * CPU caches of them.
 */
void pt_free_tables(struct vm_space *s, uintptr_t start, uintptr_t end,
                    uintptr_t floor, uintptr_t ceiling);

/* A top table with the kernel's half; 0 without memory. */
paddr_t pt_root_create(void);
/* Frees it; the user half must be free of tables. */
void pt_root_destroy(paddr_t root);

/* Maps one page of the kernel's half; 0 or -ENOMEM. */
int pt_map_kernel(uintptr_t va, paddr_t pa, uint64_t flags);
