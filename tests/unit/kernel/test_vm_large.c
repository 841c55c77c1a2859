// SPDX-License-Identifier: MIT
/*
 * vm_large: when a large page is taken, and that whatever touches a part of it
 * leaves the rest as it was.
 */
#include "tests/unit/unit.h"

#include "abi/mman.h"
#include "kernel/pagetable.h"
#include "tests/unit/kernel/vm_world.h"

#define BASE   0x40000000ul
#define PAGES  (3 * LARGE_PAGES)
#define AT(n)  (BASE + (n)*PAGE_SIZE)
#define MARKED 5 /* pages at both ends of the first large page, and between */

static const unsigned marked[MARKED] = {0, 1, 100, 300, 511};

static bool is_large(uintptr_t addr)
{
    const uint64_t *pte = pt_lookup(world.space->root, addr);

    return pte && pte_large(*pte) && pte_mapped(*pte);
}

/* A large page with something in it. */
static void fill(void)
{
    world_begin();
    world_map(BASE, PAGES, RW, NULL);
    for (unsigned i = 0; i < MARKED; i++)
        world_store(world.space, AT(marked[i]), (uint8_t)(i + 1));
    ck_assert(is_large(BASE));
    ck_assert_uint_eq(world.space->resident, LARGE_PAGES);
}

static void check_contents(uintptr_t base, unsigned first, unsigned last)
{
    for (unsigned i = 0; i < MARKED; i++)
        if (marked[i] >= first && marked[i] <= last)
            ck_assert_int_eq(
                world_load(world.space, base + marked[i] * PAGE_SIZE),
                (int)i + 1);
}

START_TEST(a_store_takes_a_large_page_and_a_read_does_not)
{
    fill();
    world_load(world.space, BASE + LARGE_SIZE);
    ck_assert(!is_large(BASE + LARGE_SIZE));
    world_store(world.space, BASE + 2 * LARGE_SIZE + 5, 1);
    ck_assert(is_large(BASE + 2 * LARGE_SIZE));
    ck_assert_uint_eq(vm_large_stats.mapped, 2);
    world_end();
}
END_TEST

START_TEST(large_pages_come_only_where_they_may)
{
    world_begin();
    world_map(BASE, LARGE_PAGES - 1, RW, NULL);
    world_map(BASE + LARGE_SIZE, LARGE_PAGES, RW, NULL);
    world_map(BASE + 2 * LARGE_SIZE, LARGE_PAGES, RW | VM_NO_LARGE, NULL);
    world_map(BASE + 4 * LARGE_SIZE, LARGE_PAGES, RW | VM_GROWSDOWN, NULL);
    world_store(world.space, BASE, 1);
    world_store(world.space, BASE + 2 * LARGE_SIZE, 1);
    world_store(world.space, BASE + 4 * LARGE_SIZE, 1);
    ck_assert_uint_eq(world.space->resident, 3);
    world.space->no_large = true;
    world_store(world.space, BASE + LARGE_SIZE, 1);
    ck_assert_uint_eq(world.space->resident, 4);
    world_end();
}
END_TEST

START_TEST(scarce_memory_is_given_in_small_pages)
{
    struct page *hogs[32];
    unsigned n = 0;
    struct page_stats m;

    world_begin();
    world_map(BASE, PAGES, RW, NULL);
    for (page_get_stats(&m); m.free > m.total / 4; page_get_stats(&m))
        hogs[n++] = page_alloc(PAGE_ORDER_MAX);
    world_store(world.space, BASE, 1);
    ck_assert_uint_eq(world.space->resident, 1);
    vm_mark(world.space, BASE, 2 * LARGE_SIZE, VM_LARGE, 0);
    world_store(world.space, BASE + LARGE_SIZE, 1);
    ck_assert_uint_eq(world.space->resident, 1 + LARGE_PAGES);
    while (n)
        page_free(hogs[--n]);
    world_end();
}
END_TEST

START_TEST(without_a_block_or_a_table_there_is_a_small_page)
{
    for (unsigned n = 1; n <= 5; n++) {
        enum vm_fault_result result;

        world_begin();
        world_map(BASE, PAGES, RW, NULL);
        stub_alloc_fail(n);
        result = vm_fault(world.space, BASE, VM_WRITE);
        stub_alloc_fail(0);
        ck_assert(result == VM_FAULT_OK || result == VM_FAULT_NOMEM);
        world_store(world.space, BASE, 1);
        world_end();
    }
}
END_TEST

START_TEST(unmapping_a_part_frees_just_that)
{
    size_t live;

    fill();
    live = stub_live_pages();
    ck_assert_int_eq(vm_unmap(world.space, AT(101), 100 * PAGE_SIZE), 0);
    ck_assert(!is_large(BASE));
    /* What was the spare table is one in use now. */
    ck_assert_uint_eq(stub_live_pages(), live - 100);
    check_contents(BASE, 0, 511);
    ck_assert_int_eq(vm_fault(world.space, AT(101), VM_READ),
                     VM_FAULT_UNMAPPED);
    world_end();
}
END_TEST

START_TEST(unmapping_all_needs_no_splitting)
{
    uint64_t split = vm_large_stats.split;
    size_t live;

    fill();
    live = stub_live_pages();
    ck_assert_int_eq(vm_unmap(world.space, BASE, LARGE_SIZE), 0);
    ck_assert_uint_le(stub_live_pages(), live - LARGE_PAGES - 1);
    ck_assert_uint_eq(vm_large_stats.split, split);
    world_end();
}
END_TEST

START_TEST(protection_of_a_part_splits_and_of_all_does_not)
{
    fill();
    ck_assert_int_eq(vm_protect(world.space, BASE, LARGE_SIZE, VM_READ), 0);
    ck_assert(is_large(BASE));
    ck_assert_int_eq(vm_fault(world.space, AT(1), VM_WRITE), VM_FAULT_DENIED);
    ck_assert_int_eq(vm_protect(world.space, BASE, LARGE_SIZE, 0), 0);
    ck_assert_int_eq(vm_fault(world.space, AT(1), VM_READ), VM_FAULT_DENIED);
    ck_assert_int_eq(vm_protect(world.space, BASE, LARGE_SIZE, RW), 0);
    ck_assert(is_large(BASE));
    check_contents(BASE, 0, 511);
    world_store(world.space, AT(1), 2);
    ck_assert_int_eq(vm_protect(world.space, BASE, PAGE_SIZE, VM_READ), 0);
    ck_assert(!is_large(BASE));
    check_contents(BASE, 0, 511);
    ck_assert_int_eq(vm_fault(world.space, BASE, VM_WRITE), VM_FAULT_DENIED);
    world_store(world.space, AT(511), 9);
    world_end();
}
END_TEST

START_TEST(discarding_a_part_leaves_the_rest)
{
    fill();
    ck_assert_int_eq(
        vm_discard(world.space, AT(100), 200 * PAGE_SIZE, VM_DISCARD), 0);
    ck_assert_uint_eq(world.space->resident, LARGE_PAGES - 200);
    ck_assert_int_eq(world_load(world.space, AT(100)), 0);
    check_contents(BASE, 300, 511);
    ck_assert_int_eq(vm_discard(world.space, BASE, LARGE_SIZE, VM_DISCARD), 0);
    ck_assert_int_eq(world_load(world.space, AT(511)), 0);
    world_end();
}
END_TEST

START_TEST(a_part_can_be_moved)
{
    long to;

    fill();
    to = vm_remap(world.space, AT(100), 212 * PAGE_SIZE, 600 * PAGE_SIZE,
                  MREMAP_MAYMOVE, 0);
    ck_assert_int_gt(to, 0);
    ck_assert(!is_large(BASE));
    check_contents((uintptr_t)to - 100 * PAGE_SIZE, 100, 311);
    check_contents(BASE, 0, 99);
    check_contents(BASE, 312, 511);
    ck_assert_int_eq(vm_fault(world.space, AT(100), VM_READ),
                     VM_FAULT_UNMAPPED);
    world_end();
}
END_TEST

START_TEST(marks_may_end_within_a_large_page)
{
    uint8_t present[4] = {0};

    fill();
    vm_mark(world.space, BASE, AT(200) - BASE, VM_LOCKED, 0);
    ck_assert(is_large(BASE));
    ck_assert_int_eq(vm_resident(world.space, AT(198), 4, present), 0);
    ck_assert(present[0] && present[1] && present[2] && present[3]);
    ck_assert_int_eq(vm_unmap(world.space, AT(200), AT(512) - AT(200)), 0);
    check_contents(BASE, 0, 199);
    ck_assert_uint_eq(world.space->resident, 200);
    world_end();
}
END_TEST

START_TEST(a_fork_shares_small_pages)
{
    struct vm_space *child;

    fill();
    child = vm_space_fork(world.space);
    ck_assert_ptr_nonnull(child);
    ck_assert(!is_large(BASE));
    world_store(child, AT(1), 77);
    world_store(world.space, AT(2), 78);
    check_contents(BASE, 0, 511);
    ck_assert_int_eq(world_load(child, AT(2)), 0);
    ck_assert_int_eq(world_load(child, AT(300)), 4);
    vm_space_put(child);
    world_end();
}
END_TEST

START_TEST(large_areas_are_placed_for_large_pages)
{
    uintptr_t a = 0, b = 0, c = 0;

    world_begin();
    vm_map(world.space, &a, 5 * PAGE_SIZE, RW, VM_PLACE_HINT, NULL, 0);
    vm_map(world.space, &b, LARGE_SIZE + PAGE_SIZE, RW, VM_PLACE_HINT, NULL, 0);
    vm_map(world.space, &c, 7 * PAGE_SIZE, VM_READ, VM_PLACE_HINT, NULL, 0);
    ck_assert(IS_ALIGNED(b, LARGE_SIZE));
    ck_assert(!IS_ALIGNED(c, LARGE_SIZE));
    world_end();
}
END_TEST

UNIT_SUITE(kernel_vm_large, "kernel/vm_large",
           a_store_takes_a_large_page_and_a_read_does_not,
           large_pages_come_only_where_they_may,
           scarce_memory_is_given_in_small_pages,
           without_a_block_or_a_table_there_is_a_small_page,
           unmapping_a_part_frees_just_that, unmapping_all_needs_no_splitting,
           protection_of_a_part_splits_and_of_all_does_not,
           discarding_a_part_leaves_the_rest, a_part_can_be_moved,
           marks_may_end_within_a_large_page, a_fork_shares_small_pages,
           large_areas_are_placed_for_large_pages)
