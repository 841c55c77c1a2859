// SPDX-License-Identifier: MIT
#include "kernel/pagetable.h"

#include "abi/errno.h"
#include "kernel/memlayout.h"
#include "kernel/page.h"
#include "kernel/panic.h"
#include "kernel/tlb.h"
#include "kernel/vm.h"
#include "lib/string.h"

#define LEVELS       4
#define ENTRIES      512
#define TABLE_FLAGS  (PTE_PRESENT | PTE_WRITE | PTE_USER)
#define KERNEL_FIRST 256 /* the upper half of the top table */

paddr_t pt_kernel_root;

static unsigned level_shift(unsigned level)
{
    return PAGE_SHIFT + 9 * level;
}

static unsigned level_index(uintptr_t va, unsigned level)
{
    return va >> level_shift(level) & (ENTRIES - 1);
}

static uint64_t *table_of(uint64_t entry)
{
    return phys_to_virt(entry & PTE_ADDR);
}

uint64_t *pt_lookup(paddr_t root, uintptr_t va)
{
    uint64_t *table = phys_to_virt(root);

    for (unsigned level = LEVELS - 1; level > 0; level--) {
        uint64_t *e = &table[level_index(va, level)];

        if (pte_large(*e))
            return e;
        if (!(*e & PTE_PRESENT))
            return NULL;
        table = table_of(*e);
    }
    return &table[level_index(va, 0)];
}

/* The table that an entry of an upper level points to, made if there is none;
 * NULL without memory. */
static uint64_t *table_make(uint64_t *entry)
{
    struct page *p;

    if (*entry & PTE_PRESENT)
        return table_of(*entry);
    p = page_alloc_zeroed();
    if (!p)
        return NULL;
    *entry = page_phys(p) | TABLE_FLAGS;
    return page_virt(p);
}

uint64_t *pt_lookup_large(paddr_t root, uintptr_t va)
{
    uint64_t *table = phys_to_virt(root);

    for (unsigned level = LEVELS - 1; level > 1 && table; level--)
        table = table_make(&table[level_index(va, level)]);
    return table ? &table[level_index(va, 1)] : NULL;
}

uint64_t *pt_lookup_alloc(paddr_t root, uintptr_t va)
{
    uint64_t *e = pt_lookup_large(root, va), *table;

    if (!e || pte_large(*e))
        return e;
    table = table_make(e);
    return table ? &table[level_index(va, 0)] : NULL;
}

void pt_split(uint64_t *pte, struct page *table)
{
    uint64_t *e = page_virt(table), small = *pte & ~PTE_LARGE;

    for (unsigned i = 0; i < ENTRIES; i++)
        e[i] = small + i * PAGE_SIZE;
    *pte = page_phys(table) | TABLE_FLAGS;
}

static void for_each_leaf(uint64_t *table, uintptr_t start, uintptr_t end,
                          void (*fn)(uint64_t *, uintptr_t, void *), void *arg)
{
    uint64_t *e = &table[level_index(start, 0)];

    for (uintptr_t va = start; va < end; va += PAGE_SIZE, e++)
        if (pte_mapped(*e))
            fn(e, va, arg);
}

static void for_each_level(uint64_t *table, unsigned level, uintptr_t start,
                           uintptr_t end,
                           void (*fn)(uint64_t *, uintptr_t, void *), void *arg)
{
    uintptr_t step = 1ul << level_shift(level);
    uintptr_t va = start;

    while (va < end) {
        uintptr_t next = MIN(ALIGN_DOWN(va, step) + step, end);
        uint64_t *e = &table[level_index(va, level)];

        if (pte_large(*e))
            fn(e, va, arg);
        else if ((*e & PTE_PRESENT) && level > 1)
            for_each_level(table_of(*e), level - 1, va, next, fn, arg);
        else if (*e & PTE_PRESENT)
            for_each_leaf(table_of(*e), va, next, fn, arg);
        va = next;
    }
}

void pt_for_each(paddr_t root, uintptr_t start, uintptr_t end,
                 void (*fn)(uint64_t *, uintptr_t, void *), void *arg)
{
    for_each_level(phys_to_virt(root), LEVELS - 1, start, end, fn, arg);
}

static int pair_level(uint64_t *from, uint64_t *to, unsigned level,
                      uintptr_t start, uintptr_t end,
                      void (*fn)(uint64_t *, uint64_t *, void *), void *arg)
{
    uintptr_t step = 1ul << level_shift(level), va = start, next;
    int err = 0;

    for (; va < end && err == 0; va = next) {
        unsigned i = level_index(va, level);
        uint64_t *table;

        next = MIN(ALIGN_DOWN(va, step) + step, end);
        if (level == 0) {
            if (pte_mapped(from[i]))
                fn(&from[i], &to[i], arg);
        } else if (from[i] & PTE_PRESENT) {
            assert(!pte_large(from[i]));
            table = table_make(&to[i]);
            err = table ? pair_level(table_of(from[i]), table, level - 1, va,
                                     next, fn, arg)
                        : -ENOMEM;
        }
    }
    return err;
}

int pt_for_each_pair(paddr_t from, paddr_t to, uintptr_t start, uintptr_t end,
                     void (*fn)(uint64_t *, uint64_t *, void *), void *arg)
{
    return pair_level(phys_to_virt(from), phys_to_virt(to), LEVELS - 1, start,
                      end, fn, arg);
}

/* The neighbours that a table must not reach into, and the tables found. */
struct free_walk {
    uintptr_t floor, ceiling;
    struct list_node tables;
};

static void free_level(uint64_t *table, unsigned level, uintptr_t start,
                       uintptr_t end, struct free_walk *w)
{
    uintptr_t step = 1ul << level_shift(level);

    for (uintptr_t va = ALIGN_DOWN(start, step); va < end; va += step) {
        uint64_t *e = &table[level_index(va, level)];

        if (!(*e & PTE_PRESENT) || pte_large(*e))
            continue; /* nothing, or a neighbour's page */
        if (level > 1)
            free_level(table_of(*e), level - 1, MAX(va, start),
                       MIN(va + step, end), w);
        if (va >= w->floor && va + step <= w->ceiling) {
            list_add(&w->tables, &page_of_phys(*e & PTE_ADDR)->node);
            *e = 0;
        }
    }
}

void pt_free_tables(struct vm_space *s, uintptr_t start, uintptr_t end,
                    uintptr_t floor, uintptr_t ceiling)
{
    struct free_walk w = {.floor = floor, .ceiling = ceiling};
    struct page *table, *next;

    list_init(&w.tables);
    free_level(phys_to_virt(s->root), LEVELS - 1, start, end, &w);
    if (list_empty(&w.tables))
        return;
    tlb_flush_tables(s);
    list_for_each_entry_safe (table, next, &w.tables, node)
        page_free(table);
}

paddr_t pt_root_create(void)
{
    struct page *p = page_alloc_zeroed();
    uint64_t *kernel = phys_to_virt(pt_kernel_root);
    uint64_t *table;

    if (!p)
        return 0;
    table = page_virt(p);
    memcpy(&table[KERNEL_FIRST], &kernel[KERNEL_FIRST],
           (ENTRIES - KERNEL_FIRST) * sizeof(*table));
    return page_phys(p);
}

void pt_root_destroy(paddr_t root)
{
    page_free(page_of_phys(root));
}

int pt_map_kernel(uintptr_t va, paddr_t pa, uint64_t flags)
{
    uint64_t *pte = pt_lookup_alloc(pt_kernel_root, va);

    if (!pte)
        return -ENOMEM;
    *pte = pa | flags | PTE_PRESENT;
    return 0;
}
