// SPDX-License-Identifier: MIT
/*
 * memory: kmalloc and the page allocator.
 *
 * A block of kmalloc is one of malloc, with a header that tells its size; new
 * memory is filled with a pattern, so that a test sees when it is used as if
 * it were zero. Pages come from one arena with a struct page each; those that
 * are free are poisoned for AddressSanitizer.
 */
#include "tests/unit/stubs/stubs.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/kmalloc.h"
#include "kernel/memlayout.h"
#include "kernel/page.h"
#include "kernel/page_copy.h"

#define ARENA_PAGES 16384ul
#define ARENA_PHYS  0x40000000ul /* physical addresses are no host addresses */
#define PATTERN     0xa5

struct block {
    size_t size;
    size_t align_16;
};

static char *arena;
static struct page *arena_pages;
static bool arena_used[ARENA_PAGES];
static size_t arena_next; /* where the search for free pages begins */
static size_t live_blocks, live_pages;
static unsigned fail_countdown;
static bool failed;

void stub_memory_reset(void)
{
    if (!arena) {
        arena = mmap(NULL, ARENA_PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        ck_assert_ptr_ne(arena, MAP_FAILED);
        arena_pages = calloc(ARENA_PAGES, sizeof(*arena_pages));
        ck_assert_ptr_nonnull(arena_pages);
        ASAN_POISON_MEMORY_REGION(arena, ARENA_PAGES * PAGE_SIZE);
    }
    for (size_t i = 0; i < ARENA_PAGES; i++) /* free ones are poisoned */
        if (arena_used[i])
            ASAN_POISON_MEMORY_REGION(arena + i * PAGE_SIZE, PAGE_SIZE);
    memset(arena_used, 0, sizeof(arena_used));
    arena_next = 0;
    live_blocks = live_pages = 0;
    stub_alloc_fail(0);
}

void stub_memory_check(void)
{
    unit_check(live_blocks == 0, "%zu blocks of kmalloc are not freed",
               live_blocks);
    unit_check(live_pages == 0, "%zu pages are not freed", live_pages);
}

void stub_alloc_fail(unsigned n)
{
    fail_countdown = n;
    failed = false;
}

bool stub_alloc_failed(void)
{
    return failed;
}

size_t stub_live_blocks(void)
{
    return live_blocks;
}

size_t stub_live_pages(void)
{
    return live_pages;
}

static bool must_fail(void)
{
    if (fail_countdown == 0 || --fail_countdown > 0)
        return false;
    failed = true;
    return true;
}

/* --- kmalloc --- */

void *kmalloc(size_t size)
{
    struct block *b;

    if (must_fail() || size > SIZE_MAX - sizeof(*b))
        return NULL;
    b = malloc(sizeof(*b) + size);
    if (!b)
        return NULL;
    b->size = size;
    live_blocks++;
    return memset(b + 1, PATTERN, size);
}

void *kzalloc(size_t size)
{
    void *p = kmalloc(size);

    return p ? memset(p, 0, size) : NULL;
}

void kfree(void *p)
{
    if (!p)
        return;
    unit_check(live_blocks > 0, "kfree of no block");
    live_blocks--;
    free((struct block *)p - 1);
}

void *krealloc(void *p, size_t size)
{
    size_t old = p ? ((struct block *)p - 1)->size : 0;
    void *new = kmalloc(size);

    if (!new)
        return NULL;
    if (p)
        memcpy(new, p, MIN(old, size));
    kfree(p);
    return new;
}

char *kstrndup(const char *s, size_t len)
{
    char *copy = kmalloc(len + 1);

    if (!copy)
        return NULL;
    memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

/* --- pages --- */

static size_t index_of(const struct page *p)
{
    size_t i = (size_t)(p - arena_pages);

    unit_check(i < ARENA_PAGES, "no struct page of the allocator");
    return i;
}

/* n free pages in a row, aligned to n (a power of two); they become used. */
static size_t arena_take(size_t n)
{
    for (size_t tried = 0; tried < 2 * ARENA_PAGES; tried += n) {
        size_t at = ALIGN_UP(arena_next, n), i = 0;

        arena_next = at + n;
        if (at + n > ARENA_PAGES) {
            arena_next = 0;
            continue;
        }
        while (i < n && !arena_used[at + i])
            i++;
        if (i < n)
            continue;
        memset(arena_used + at, true, n);
        ASAN_UNPOISON_MEMORY_REGION(arena + at * PAGE_SIZE, n * PAGE_SIZE);
        memset(arena + at * PAGE_SIZE, PATTERN, n * PAGE_SIZE);
        return at;
    }
    ck_abort_msg("the test needs more pages than the stub has");
    return 0;
}

uint8_t page_zeros[PAGE_SIZE];

struct page *page_alloc(unsigned order)
{
    struct page *p;

    if (must_fail())
        return NULL;
    unit_check(order <= PAGE_ORDER_MAX, "order %u", order);
    p = &arena_pages[arena_take(1ul << order)];
    *p = (struct page){.refs = 1, .order = (uint8_t)order};
    live_pages += 1ul << order;
    return p;
}

struct page *page_alloc_zeroed(void)
{
    struct page *p = page_alloc(0);

    if (p)
        memset(page_virt(p), 0, PAGE_SIZE);
    return p;
}

void page_free(struct page *p)
{
    size_t at = index_of(p), n = 1ul << p->order;

    unit_check(arena_used[at] && p->refs > 0, "a free page is freed");
    unit_check(live_pages >= n, "more pages are freed than were taken");
    live_pages -= n;
    p->refs = 0;
    memset(arena_used + at, false, n);
    ASAN_POISON_MEMORY_REGION(arena + at * PAGE_SIZE, n * PAGE_SIZE);
}

void page_split(struct page *p)
{
    unsigned n = 1u << p->order;

    unit_check(p->refs == 1, "a shared block is split");
    for (unsigned i = 0; i < n; i++)
        p[i] = (struct page){.refs = 1};
}

void page_get(struct page *p)
{
    unit_check(p->refs > 0, "a reference on a free page");
    p->refs++;
}

void page_put(struct page *p)
{
    unit_check(p->refs > 0, "a free page is put");
    if (p->refs == 1)
        page_free(p);
    else
        p->refs--;
}

struct page *page_of_phys(paddr_t pa)
{
    unit_check(pa >= ARENA_PHYS &&
                   (pa - ARENA_PHYS) >> PAGE_SHIFT < ARENA_PAGES,
               "%#llx is no physical address", (unsigned long long)pa);
    return &arena_pages[(pa - ARENA_PHYS) >> PAGE_SHIFT];
}

struct page *page_of_virt(const void *v)
{
    size_t offset = (size_t)((const char *)v - arena);

    unit_check(offset >> PAGE_SHIFT < ARENA_PAGES, "%p is in no page", v);
    return &arena_pages[offset >> PAGE_SHIFT];
}

paddr_t page_phys(const struct page *p)
{
    return ARENA_PHYS + index_of(p) * PAGE_SIZE;
}

void *page_virt(const struct page *p)
{
    return arena + index_of(p) * PAGE_SIZE;
}

void page_clear(void *page)
{
    memset(page, 0, PAGE_SIZE);
}

void page_copy(void *to, const void *from)
{
    memcpy(to, from, PAGE_SIZE);
}

void *phys_to_virt(paddr_t pa)
{
    return (char *)page_virt(page_of_phys(pa)) + (pa & PAGE_MASK);
}

void page_get_stats(struct page_stats *stats)
{
    stats->total = ARENA_PAGES;
    stats->free = ARENA_PAGES - live_pages;
}

void *stub_ram_take(size_t pages)
{
    size_t n = 1;

    while (n < pages)
        n *= 2;
    return arena + arena_take(n) * PAGE_SIZE;
}

void page_adopt(paddr_t start, paddr_t end)
{
    for (; start < end; start += PAGE_SIZE) {
        *page_of_phys(start) = (struct page){.refs = 1};
        live_pages++;
    }
}
