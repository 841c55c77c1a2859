// SPDX-License-Identifier: MIT
/*
 * vm_large: pages of 2 MiB behind large areas of private anonymous memory.
 *
 * The first store into an aligned piece of 2 MiB that lies in one area and has
 * no page yet takes a whole block, if there is one and memory is plenty. The
 * page always belongs to one space. Whatever concerns a part of it (unmapping,
 * protecting, moving, a fork) splits it into small pages first; splitting
 * needs a table, which is set aside with the page, so that it cannot fail.
 */
#include "kernel/memlayout.h"
#include "kernel/page_copy.h"
#include "kernel/pagetable.h"
#include "kernel/tlb.h"
#include "kernel/vm_priv.h"

#define TOTAL_MIN (MIB(64) >> PAGE_SHIFT) /* smaller machines: on advice */

struct vm_large_stats vm_large_stats;

/* Memory is plenty while a fourth is free, or a sixteenth for those who ask
 * for large pages. */
static bool memory_is_plenty(const struct vm_area *a)
{
    struct page_stats m;

    page_get_stats(&m);
    if (a->flags & VM_LARGE)
        return m.free > m.total / 16 + 2 * LARGE_PAGES;
    return m.total >= TOTAL_MIN && m.free > m.total / 4 + LARGE_PAGES;
}

static bool fits(const struct vm_space *s, const struct vm_area *a,
                 uintptr_t start)
{
    if (a->object || (a->flags & (VM_NO_LARGE | VM_GROWSDOWN)) || s->no_large)
        return false;
    return start >= a->start && start + LARGE_SIZE <= a->end;
}

/* A block of zeros with its spare table; NULL: there is none. */
static struct page *large_alloc(void)
{
    struct page *p = page_alloc(LARGE_ORDER);

    if (!p)
        return NULL;
    p->spare_table = page_alloc(0);
    if (!p->spare_table) {
        page_free(p);
        return NULL;
    }
    for (size_t i = 0; i < LARGE_PAGES; i++)
        page_clear((char *)page_virt(p) + i * PAGE_SIZE);
    return p;
}

bool vm_large_fill(struct vm_space *s, struct vm_area *a, uintptr_t va,
                   uint64_t **pte)
{
    uintptr_t start = ALIGN_DOWN(va, LARGE_SIZE);
    struct page *p;
    uint64_t *e;

    if (!fits(s, a, start))
        return false;
    e = pt_lookup_large(s->root, va);
    if (!e || *e || !memory_is_plenty(a) || !(p = large_alloc()))
        return false;
    *e = page_phys(p) | PTE_LARGE | vm_pte_flags(a->flags, a->flags & VM_WRITE);
    s->resident += LARGE_PAGES;
    vm_large_stats.mapped++;
    vm_large_stats.made++;
    *pte = e;
    return true;
}

void vm_large_drop(struct vm_space *s, uint64_t *pte)
{
    struct page *p = page_of_phys(*pte & PTE_ADDR);

    *pte = 0;
    s->resident -= LARGE_PAGES;
    vm_large_stats.mapped--;
    page_free(p->spare_table);
    page_put(p);
}

static void split_one(uint64_t *pte, uintptr_t va, void *arg)
{
    struct page *p = page_of_phys(*pte & PTE_ADDR), *table = p->spare_table;
    uint64_t old = *pte;

    if (!pte_large(old))
        return;
    /* The CPU must not know the same address in two sizes. */
    *pte = 0;
    tlb_flush_range(arg, va, va + PAGE_SIZE);
    page_split(p);
    *pte = old;
    pt_split(pte, table);
    vm_large_stats.mapped--;
    vm_large_stats.split++;
}

void vm_large_split(struct vm_space *s, uintptr_t start, uintptr_t end)
{
    if (vm_large_stats.mapped)
        pt_for_each(s->root, start, end, split_one, s);
}

void vm_large_cut(struct vm_space *s, uintptr_t start, uintptr_t end)
{
    if (!vm_large_stats.mapped)
        return;
    if (!IS_ALIGNED(start, LARGE_SIZE))
        pt_for_each(s->root, start, start + PAGE_SIZE, split_one, s);
    if (!IS_ALIGNED(end, LARGE_SIZE))
        pt_for_each(s->root, end - PAGE_SIZE, end, split_one, s);
}
