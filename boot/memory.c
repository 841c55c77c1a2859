// SPDX-License-Identifier: MIT
/*
 * memory: the first page tables (boot/start.S) map the lowest GiB; from there
 * this file builds the final ones: the image with a protection per part, all
 * RAM in the direct map with the largest pages that fit, and empty tables for
 * device registers and kernel stacks, so that every address space shares them.
 */
#include "boot/memory.h"

#include "kernel/cpu.h"
#include "kernel/memlayout.h"
#include "kernel/page_copy.h"
#include "kernel/pagetable.h"
#include "kernel/panic.h"
#include "lib/string.h"

#define LOG_TAG "memory"
#include "kernel/log.h"

#define LOW_END     GIB(1) /* what the first page tables reach */
#define LARGE_2M    MIB(2)
#define LARGE_1G    GIB(1)
#define TABLE_FLAGS (PTE_PRESENT | PTE_WRITE | PTE_USER)

/* Free RAM while it is being parcelled out; sorted. */
static struct page_range free_ranges[MEMORY_RANGES_MAX];
static size_t free_count;

void memory_map_add(struct memory_map *m, paddr_t start, paddr_t end)
{
    size_t i = m->ram_count;

    start = ALIGN_UP(start, PAGE_SIZE);
    end = ALIGN_DOWN(end, PAGE_SIZE);
    if (start >= end || m->ram_count == MEMORY_RANGES_MAX)
        return;
    for (; i > 0 && m->ram[i - 1].start > start; i--)
        m->ram[i] = m->ram[i - 1];
    m->ram[i] = (struct page_range){start, end};
    m->ram_count++;
}

static void free_insert(size_t i, paddr_t start, paddr_t end)
{
    if (start >= end || free_count == MEMORY_RANGES_MAX)
        return;
    memmove(&free_ranges[i + 1], &free_ranges[i],
            (free_count - i) * sizeof(free_ranges[0]));
    free_ranges[i] = (struct page_range){start, end};
    free_count++;
}

static void free_remove(size_t i)
{
    free_count--;
    memmove(&free_ranges[i], &free_ranges[i + 1],
            (free_count - i) * sizeof(free_ranges[0]));
}

static void take(paddr_t start, paddr_t end)
{
    for (size_t i = 0; i < free_count;) {
        struct page_range r = free_ranges[i];

        if (r.end <= start || r.start >= end) {
            i++;
            continue;
        }
        free_remove(i);
        free_insert(i, MAX(r.start, end), r.end);
        free_insert(i, r.start, MIN(r.end, start));
    }
}

/* A zeroed page that the first page tables reach. */
static paddr_t table_alloc(void)
{
    for (size_t i = 0; i < free_count; i++) {
        paddr_t pa = free_ranges[i].start;

        if (pa >= LOW_END)
            break;
        take(pa, pa + PAGE_SIZE);
        memset(phys_to_virt(pa), 0, PAGE_SIZE);
        return pa;
    }
    panic("no memory for the kernel's page tables: give the machine more (-m)");
}

/* Memory of any address, untouched; 0 if no range has so much. */
static paddr_t take_from_top(size_t size)
{
    size = ALIGN_UP(size, PAGE_SIZE);
    for (size_t i = free_count; i > 0; i--) {
        struct page_range r = free_ranges[i - 1];

        if (r.end - r.start < size)
            continue;
        take(r.end - size, r.end);
        return r.end - size;
    }
    return 0;
}

/* The entry for va in the table of a level (0 is the last). */
static uint64_t *entry(uintptr_t va, unsigned level)
{
    uint64_t *table = phys_to_virt(pt_kernel_root);

    for (unsigned l = 3;; l--) {
        uint64_t *e = &table[va >> (PAGE_SHIFT + 9 * l) & 511];

        if (l == level)
            return e;
        if (!(*e & PTE_PRESENT))
            *e = table_alloc() | TABLE_FLAGS;
        table = phys_to_virt(*e & PTE_ADDR);
    }
}

/* pa and end are page aligned. */
static void map_pages(uintptr_t va, paddr_t pa, paddr_t end, uint64_t flags)
{
    uint64_t *table = NULL;

    flags |= PTE_PRESENT | PTE_GLOBAL;
    for (; pa < end; pa += PAGE_SIZE, va += PAGE_SIZE) {
        if (!table || IS_ALIGNED(va, LARGE_2M))
            table = entry(ALIGN_DOWN(va, LARGE_2M), 0);
        table[va >> PAGE_SHIFT & 511] = pa | flags;
    }
}

static void map_image(void)
{
    paddr_t text = image_to_phys(kernel_start);
    paddr_t data = image_to_phys(kernel_text_end);
    paddr_t rodata = image_to_phys(kernel_rodata_start);
    paddr_t end = image_to_phys(kernel_end);

    map_pages(KERNEL_BASE + text, text, data, 0);
    map_pages(KERNEL_BASE + data, data, rodata, PTE_WRITE | PTE_NX);
    map_pages(KERNEL_BASE + rodata, rodata, end, PTE_NX);
}

/* The lowest 2 MiB units hold the image: its alias in the direct map must not
 * be a way around its protection. */
static void map_direct_low(paddr_t end)
{
    paddr_t text = image_to_phys(kernel_start);
    paddr_t data = image_to_phys(kernel_text_end);
    paddr_t rodata = image_to_phys(kernel_rodata_start);
    paddr_t image_end = image_to_phys(kernel_end);
    uint64_t rw = PTE_WRITE | PTE_NX;

    map_pages(DIRECT_MAP_BASE, 0, text, rw);
    map_pages(DIRECT_MAP_BASE + text, text, data, PTE_NX);
    map_pages(DIRECT_MAP_BASE + data, data, rodata, rw);
    map_pages(DIRECT_MAP_BASE + rodata, rodata, image_end, PTE_NX);
    map_pages(DIRECT_MAP_BASE + image_end, image_end, end, rw);
}

static void map_direct(paddr_t start, paddr_t end)
{
    uint64_t flags = PTE_PRESENT | PTE_WRITE | PTE_LARGE | PTE_GLOBAL | PTE_NX;
    paddr_t pa = ALIGN_DOWN(start, LARGE_2M);

    while (pa < end) {
        if (cpu_features.pages_1g && IS_ALIGNED(pa, LARGE_1G) &&
            end - pa >= LARGE_1G && pa >= start) {
            *entry(DIRECT_MAP_BASE + pa, 2) = pa | flags;
            pa += LARGE_1G;
        } else {
            *entry(DIRECT_MAP_BASE + pa, 1) = pa | flags;
            pa += LARGE_2M;
        }
    }
}

static void map_all(const struct memory_map *m)
{
    paddr_t low = ALIGN_UP(image_to_phys(kernel_end), LARGE_2M);

    pt_kernel_root = table_alloc();
    map_image();
    map_direct_low(low);
    for (size_t i = 0; i < m->ram_count; i++)
        if (m->ram[i].end > low)
            map_direct(MAX(m->ram[i].start, low), m->ram[i].end);
    entry(MMIO_BASE, 2);
    entry(STACKS_BASE, 2);
}

static void choose_page_copy(void)
{
    struct page *scratch = page_alloc(1);

    if (scratch) {
        page_copy_choose(page_virt(scratch));
        page_free(scratch);
    }
}

/* Leaves out what the processor has no addresses for: QEMU's microvm does not
 * look at that. */
static void leave_out_of_reach(struct memory_map *m)
{
    paddr_t limit = 1ull << cpu_features.phys_bits;
    struct page_range *last = &m->ram[m->ram_count - 1];

    if (last->end > limit)
        log_error("memory behind %llu GiB is out of the processor's reach",
                  (unsigned long long)(limit >> 30));
    while (m->ram_count && m->ram[m->ram_count - 1].start >= limit)
        m->ram_count--;
    if (m->ram_count) {
        last = &m->ram[m->ram_count - 1];
        last->end = MIN(last->end, limit);
    }
}

const char *memory_init(struct memory_map *m)
{
    paddr_t end, array, blocks;
    size_t blocks_size;

    if (!cpu_features.nx)
        return "this CPU model has no NX bit: choose another (QEMU: -cpu max)";
    if (m->ram_count == 0)
        return "the boot loader reported no memory above 1 MiB";
    leave_out_of_reach(m);
    for (size_t i = 0; i < m->ram_count; i++)
        free_insert(free_count, MAX(m->ram[i].start, MIB(1)), m->ram[i].end);
    take(0, image_to_phys(kernel_end));
    if (m->initrd.start < m->initrd.end)
        take(ALIGN_DOWN(m->initrd.start, PAGE_SIZE),
             ALIGN_UP(m->initrd.end, PAGE_SIZE));
    end = m->ram[m->ram_count - 1].end;
    map_all(m);
    __asm__ volatile("movq %0, %%cr3" : : "r"(pt_kernel_root) : "memory");

    blocks_size = ALIGN_UP((end >> (PAGE_SHIFT + PAGE_ORDER_MAX)) / 8 + 8, 8);
    array = take_from_top(page_array_size(end));
    blocks = take_from_top(blocks_size);
    if (!array || !blocks)
        return "no memory for the page table of RAM: give the machine more";
    memset(phys_to_virt(blocks), 0, ALIGN_UP(blocks_size, PAGE_SIZE));
    page_boot_init(phys_to_virt(array), phys_to_virt(blocks), end, free_ranges,
                   free_count);
    if (m->initrd.start < m->initrd.end)
        page_adopt(m->initrd.start, m->initrd.end);
    choose_page_copy();
    return NULL;
}
