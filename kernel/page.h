// SPDX-License-Identifier: MIT
/*
 * page: physical memory, in pages of 4 KiB and blocks of 2^order pages.
 *
 * Every page of RAM has a struct page. RAM is not touched at boot: blocks are
 * taken from a frontier the first time they are needed, and only then get
 * their struct pages initialised.
 *
 * A page has one owner per reference; the last page_put frees it.
 * Context: any; never sleeps.
 */
#pragma once

#include "kernel/memlayout.h"
#include "lib/base.h"
#include "lib/list.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1ul << PAGE_SHIFT)
#define PAGE_MASK  (PAGE_SIZE - 1)

#define PAGE_ORDER_MAX 10 /* blocks of up to 4 MiB */

struct page {
    struct list_node node; /* in a free list, or its owner's */
    uint32_t refs;
    uint8_t order;      /* of the free or allocated block that starts here */
    uint8_t state;      /* enum page_state, in page.c */
    uint16_t slab_used; /* objects in use, when a slab */
    union {
        void *slab_free;          /* first free object, when a slab */
        struct page *spare_table; /* of a large page: kernel/vm_large.c */
    };
};

/* How much memory there is, in pages. */
struct page_stats {
    size_t total, free; /* free: also what CPUs keep at hand, */
    size_t cached;      /* which is so much */
};

/* Free pages that a CPU has at hand (struct cpu), so that most requests take
 * no lock. Only that CPU touches it, with interrupts off. */
#define PAGE_CACHE_MAX 64
struct page_cache {
    unsigned count;
    struct page *page[PAGE_CACHE_MAX]; /* the last is the one used latest */
};

/* A block of 2^order pages with one reference, contents undefined; or NULL. */
struct page *page_alloc(unsigned order);
struct page *page_alloc_zeroed(void); /* one page of zeros, or NULL */
void page_free(struct page *p);       /* the block page_alloc returned */

/* To copy from. Not const: then it would be in the image. */
extern uint8_t page_zeros[PAGE_SIZE];

/* Makes a block into pages with one reference each, as if each had been
 * allocated alone. It must have had but one. */
void page_split(struct page *p);

/* References, for pages that several mappings or files share (order 0). */
void page_get(struct page *p);
void page_put(struct page *p);

#ifdef ELFIN_KERNEL
extern struct page *page_array; /* by page frame number; for these alone */

static inline struct page *page_of_phys(paddr_t pa) /* within the page */
{
    return &page_array[pa >> PAGE_SHIFT];
}

static inline struct page *page_of_virt(const void *v) /* in the direct map */
{
    return page_of_phys(virt_to_phys(v));
}

static inline paddr_t page_phys(const struct page *p)
{
    return (paddr_t)(p - page_array) << PAGE_SHIFT;
}

static inline void *page_virt(const struct page *p) /* in the direct map */
{
    return phys_to_virt(page_phys(p));
}
#else
struct page *page_of_phys(paddr_t pa);
struct page *page_of_virt(const void *v);
paddr_t page_phys(const struct page *p);
void *page_virt(const struct page *p);
#endif

/* For kernel/kmalloc.c: makes an allocated page a slab of a size class, which
 * then stands in its order field. */
void page_mark_slab(struct page *p, unsigned size_class);
bool page_is_slab(const struct page *p);

void page_get_stats(struct page_stats *stats);

/* --- boot ---------------------------------------------------------------- */

struct page_range {
    paddr_t start, end; /* page aligned, end excluded */
};

/* Bytes that the struct pages for RAM up to end need. */
size_t page_array_size(paddr_t end);

/*
 * Hands over all RAM: array is uninitialised memory of page_array_size(end)
 * bytes, blocks a zeroed bitmap with one bit per 4 MiB below end; ranges that
 * are free, sorted, are copied.
 */
void page_boot_init(struct page *array, uint64_t *blocks, paddr_t end,
                    const struct page_range *free, size_t n);

/* Gives the pages of a range outside the free ones (the initrd) a reference
 * each, so that page_put can free them one by one. */
void page_adopt(paddr_t start, paddr_t end);
