// SPDX-License-Identifier: MIT
#include "tests/unit/unit.h"

#include "tests/unit/kernel/vm_world.h"

/* Compiled here for the sake of its page of zeros, which it never frees. */
#include "kernel/vm_fault.c"

struct world world;

static int object_get_page(struct vm_object *o, uint64_t index, bool write,
                           struct page **page)
{
    (void)o;
    (void)write;
    if (index > 0)
        return -ENXIO;
    page_get(world.object_page);
    *page = world.object_page;
    return 0;
}

static void object_get(struct vm_object *o)
{
    (void)o;
    world.object_refs++;
}

static void object_put(struct vm_object *o)
{
    (void)o;
    world.object_refs--;
}

static const struct vm_object_ops object_ops = {
    .get_page = object_get_page, .get = object_get, .put = object_put};

void world_begin(void)
{
    pt_kernel_root = page_phys(page_alloc_zeroed());
    world.object_page = page_alloc_zeroed();
    world.object = (struct vm_object){.ops = &object_ops};
    world.space = vm_space_create();
    ck_assert_ptr_nonnull(world.space);
}

void world_end(void)
{
    vm_space_put(world.space);
    ck_assert_uint_eq(world.object_refs, 0);
    ck_assert_uint_eq(vm_large_stats.mapped, 0);
    page_put(world.object_page);
    page_free(page_of_phys(pt_kernel_root));
    if (zero_page)
        page_free(zero_page);
    zero_page = NULL;
}

void world_map(uintptr_t addr, size_t pages, unsigned flags,
               struct vm_object *o)
{
    ck_assert_int_eq(vm_map(world.space, &addr, pages * PAGE_SIZE, flags,
                            VM_PLACE_FIXED, o, 0),
                     0);
}

uint8_t *world_byte(struct vm_space *s, uintptr_t addr, unsigned access)
{
    uint64_t *pte;

    ck_assert_int_eq(vm_fault(s, addr, access), VM_FAULT_OK);
    pte = pt_lookup(s->root, addr);
    ck_assert_ptr_nonnull(pte);
    ck_assert(*pte & PTE_PRESENT);
    ck_assert(!(access & VM_WRITE) || (*pte & PTE_WRITE));
    return (uint8_t *)page_virt(pte_page_at(*pte, addr)) + (addr & PAGE_MASK);
}

int world_load(struct vm_space *s, uintptr_t addr)
{
    return *world_byte(s, addr, VM_READ);
}

void world_store(struct vm_space *s, uintptr_t addr, uint8_t value)
{
    *world_byte(s, addr, VM_WRITE) = value;
}
