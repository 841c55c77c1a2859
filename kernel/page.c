// SPDX-License-Identifier: MIT
/*
 * page: a binary buddy allocator that reaches RAM it has not seen block by
 * block.
 *
 * Free memory is in one of two places: on the free lists, or beyond the
 * frontier, in ranges that nobody has touched since power-on. When the lists
 * cannot serve a request, the frontier moves over one 4 MiB block: its struct
 * pages are initialised and its free part goes to the lists. So boot costs the
 * same with 16 MiB and with 64 GiB.
 *
 * Single pages come from the CPU's cache, which is filled and emptied in
 * batches; a block of many pages that is not found takes the cache's pages in.
 *
 * Invariant: buddies lie in the same 4 MiB block, so both struct pages are
 * initialised. page_lock covers everything below but the caches.
 */
#include "kernel/page.h"

#include "kernel/cpu.h"
#include "kernel/fail.h"
#include "kernel/lock.h"
#include "kernel/memlayout.h"
#include "kernel/page_copy.h"
#include "kernel/panic.h"
#include "lib/string.h"

enum page_state {
    PAGE_RESERVED, /* not RAM, or not ours to give */
    PAGE_FREE,     /* first page of a block on a free list */
    PAGE_USED,     /* first page of an allocated block */
    PAGE_TAIL,     /* inside a block */
    PAGE_SLAB,     /* kernel/kmalloc.c */
    PAGE_CACHED,   /* free, in a CPU's cache */
};

#define BLOCK_PAGES (1ul << PAGE_ORDER_MAX)
#define MAX_RANGES  32
#define CACHE_BATCH (PAGE_CACHE_MAX / 2)

uint8_t page_zeros[PAGE_SIZE];

static struct spinlock page_lock = SPINLOCK_INIT;
struct page *page_array;
static uint64_t *block_seen;
static struct list_node free_lists[PAGE_ORDER_MAX + 1];
static struct page_range frontier[MAX_RANGES];
static size_t frontier_count, frontier_first;
static size_t total_pages, free_pages; /* free: without the caches' */

size_t page_array_size(paddr_t end)
{
    return ALIGN_UP(end >> PAGE_SHIFT, BLOCK_PAGES) * sizeof(struct page);
}

static size_t pfn_of(const struct page *p)
{
    return p - page_array;
}

/* Gives the struct pages of the 4 MiB around pfn a defined state, once. */
static void block_init(size_t pfn)
{
    size_t block = pfn >> PAGE_ORDER_MAX;
    struct page *p = &page_array[block << PAGE_ORDER_MAX];

    if (block_seen[block / 64] >> (block % 64) & 1)
        return;
    block_seen[block / 64] |= 1ul << (block % 64);
    memset(p, 0, BLOCK_PAGES * sizeof(*p)); /* PAGE_RESERVED */
}

static void free_list_add(struct page *p, unsigned order)
{
    p->state = PAGE_FREE;
    p->order = order;
    list_add(&free_lists[order], &p->node);
}

/* Puts a block on the lists, joined with its free buddies. */
static void block_free(size_t pfn, unsigned order)
{
    while (order < PAGE_ORDER_MAX) {
        struct page *buddy = &page_array[pfn ^ (1ul << order)];

        if (buddy->state != PAGE_FREE || buddy->order != order)
            break;
        list_del(&buddy->node);
        buddy->state = PAGE_TAIL;
        page_array[pfn].state = PAGE_TAIL;
        pfn &= ~(1ul << order);
        order++;
    }
    free_list_add(&page_array[pfn], order);
}

/* Moves the frontier over one block; false when it has reached the end. */
static bool frontier_advance(void)
{
    struct page_range *r;
    size_t pfn, end;

    while (frontier_first < frontier_count &&
           frontier[frontier_first].start >= frontier[frontier_first].end)
        frontier_first++;
    if (frontier_first == frontier_count)
        return false;
    r = &frontier[frontier_first];
    pfn = r->start >> PAGE_SHIFT;
    end = MIN(r->end >> PAGE_SHIFT, ALIGN_DOWN(pfn, BLOCK_PAGES) + BLOCK_PAGES);
    r->start = (paddr_t)end << PAGE_SHIFT;
    block_init(pfn);
    while (pfn < end) {
        unsigned order = pfn ? __builtin_ctzl(pfn) : PAGE_ORDER_MAX;

        order = MIN(order, PAGE_ORDER_MAX);
        while (pfn + (1ul << order) > end)
            order--;
        block_free(pfn, order);
        pfn += 1ul << order;
    }
    return true;
}

static struct page *take_block(unsigned order)
{
    unsigned o = order;
    struct page *p;

    while (o <= PAGE_ORDER_MAX && list_empty(&free_lists[o]))
        o++;
    if (o > PAGE_ORDER_MAX)
        return NULL;
    p = list_first_entry(&free_lists[o], struct page, node);
    list_del(&p->node);
    while (o > order) {
        o--;
        free_list_add(p + (1ul << o), o);
    }
    return p;
}

static struct page *use_block(struct page *p, unsigned order)
{
    p->state = PAGE_USED;
    p->order = order;
    p->refs = 1;
    return p;
}

/* A block from the lists or the frontier, in use before the lock is released:
 * one that looks free would be joined with a buddy that is freed. Lock held. */
static struct page *block_alloc(unsigned order)
{
    struct page *p;

    while (!(p = take_block(order)) && frontier_advance())
        ;
    if (!p)
        return NULL;
    free_pages -= 1ul << order;
    return use_block(p, order);
}

/* --- caches; interrupts are off ------------------------------------------- */

static void cache_fill(struct page_cache *c)
{
    unsigned long irq = spin_lock(&page_lock);
    struct page *p;

    while (c->count < CACHE_BATCH && (p = block_alloc(0))) {
        p->state = PAGE_CACHED;
        c->page[c->count++] = p;
    }
    spin_unlock(&page_lock, irq);
}

/* Gives the n pages back that have been there longest. */
static void cache_empty(struct page_cache *c, unsigned n)
{
    unsigned long irq = spin_lock(&page_lock);

    for (unsigned i = 0; i < n; i++)
        block_free(pfn_of(c->page[i]), 0);
    free_pages += n;
    spin_unlock(&page_lock, irq);
    c->count -= n;
    memmove(c->page, c->page + n, c->count * sizeof(c->page[0]));
}

static struct page *page_alloc_one(void)
{
    unsigned long irq = irq_save();
    struct page_cache *c = &cpu_this()->pages;
    struct page *p = NULL;

    if (unlikely(c->count == 0))
        cache_fill(c);
    if (likely(c->count > 0))
        p = use_block(c->page[--c->count], 0);
    irq_restore(irq);
    return p;
}

static void page_free_one(struct page *p)
{
    unsigned long irq = irq_save();
    struct page_cache *c = &cpu_this()->pages;

    if (unlikely(c->count == PAGE_CACHE_MAX))
        cache_empty(c, CACHE_BATCH);
    p->state = PAGE_CACHED;
    c->page[c->count++] = p;
    irq_restore(irq);
}

/* --- the interface -------------------------------------------------------- */

struct page *page_alloc(unsigned order)
{
    struct page_cache *c;
    unsigned long irq;
    struct page *p;

    assert(order <= PAGE_ORDER_MAX);
    if (fail_alloc_now())
        return NULL;
    if (order == 0)
        return page_alloc_one();
    irq = spin_lock(&page_lock);
    p = block_alloc(order);
    spin_unlock(&page_lock, irq);
    if (!p) {
        irq = irq_save();
        c = &cpu_this()->pages;
        cache_empty(c, c->count);
        spin_lock(&page_lock);
        p = block_alloc(order);
        spin_unlock(&page_lock, irq);
    }
    return p;
}

struct page *page_alloc_zeroed(void)
{
    struct page *p = page_alloc(0);

    if (p)
        page_clear(page_virt(p));
    return p;
}

void page_free(struct page *p)
{
    unsigned long irq;

    assert(p->state == PAGE_USED || p->state == PAGE_SLAB);
    if (p->state == PAGE_SLAB || p->order == 0) {
        page_free_one(p);
        return;
    }
    irq = spin_lock(&page_lock);
    free_pages += 1ul << p->order;
    block_free(pfn_of(p), p->order);
    spin_unlock(&page_lock, irq);
}

void page_split(struct page *p)
{
    size_t n = 1ul << p->order;

    assert(p->state == PAGE_USED && p->refs == 1);
    for (size_t i = 0; i < n; i++)
        use_block(p + i, 0);
}

void page_mark_slab(struct page *p, unsigned size_class)
{
    p->state = PAGE_SLAB;
    p->order = size_class;
}

bool page_is_slab(const struct page *p)
{
    return p->state == PAGE_SLAB;
}

void page_get(struct page *p)
{
    __atomic_add_fetch(&p->refs, 1, __ATOMIC_RELAXED);
}

void page_put(struct page *p)
{
    assert(p->refs > 0);
    if (__atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL) == 0)
        page_free(p);
}

void page_get_stats(struct page_stats *stats)
{
    unsigned long irq = spin_lock(&page_lock);

    stats->total = total_pages;
    stats->cached = cpu_this()->pages.count;
    stats->free = free_pages + stats->cached;
    spin_unlock(&page_lock, irq);
}

void page_boot_init(struct page *array, uint64_t *blocks, paddr_t end,
                    const struct page_range *free, size_t n)
{
    (void)end;
    page_array = array;
    block_seen = blocks;
    for (size_t i = 0; i < ARRAY_SIZE(free_lists); i++)
        list_init(&free_lists[i]);
    assert(n <= MAX_RANGES);
    for (size_t i = 0; i < n; i++) {
        frontier[i] = free[i];
        total_pages += (free[i].end - free[i].start) >> PAGE_SHIFT;
    }
    frontier_count = n;
    free_pages = total_pages;
}

void page_adopt(paddr_t start, paddr_t end)
{
    for (paddr_t pa = ALIGN_DOWN(start, PAGE_SIZE); pa < end; pa += PAGE_SIZE) {
        size_t pfn = pa >> PAGE_SHIFT;

        block_init(pfn);
        page_array[pfn].state = PAGE_USED;
        page_array[pfn].order = 0;
        page_array[pfn].refs = 1;
        total_pages++;
    }
}
