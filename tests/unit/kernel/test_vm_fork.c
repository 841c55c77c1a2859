// SPDX-License-Identifier: MIT
/*
 * vm_fork: who sees whose stores after a fork, what a child has not got, and
 * that a fork which finds no memory leaves nothing behind.
 */
#include "tests/unit/unit.h"

#include "kernel/pagetable.h"
#include "tests/unit/kernel/vm_world.h"

#define parent world.space
#define BASE   0x100000ul

static struct vm_space *fork_parent(void)
{
    struct vm_space *child = vm_space_fork(parent);

    ck_assert_ptr_nonnull(child);
    return child;
}

START_TEST(stores_stay_with_their_side)
{
    struct vm_space *child;

    world_begin();
    world_map(BASE, 4, RW, NULL);
    world_store(parent, BASE, 1);
    world_store(parent, BASE + PAGE_SIZE, 2);
    child = fork_parent();
    ck_assert_uint_eq(child->resident, 2);
    ck_assert_int_eq(world_load(child, BASE), 1);
    world_store(parent, BASE, 3);
    world_store(child, BASE + PAGE_SIZE, 4);
    world_store(child, BASE + 2 * PAGE_SIZE, 5);
    ck_assert_int_eq(world_load(child, BASE), 1);
    ck_assert_int_eq(world_load(parent, BASE), 3);
    ck_assert_int_eq(world_load(child, BASE + PAGE_SIZE), 4);
    ck_assert_int_eq(world_load(parent, BASE + PAGE_SIZE), 2);
    ck_assert_int_eq(world_load(parent, BASE + 2 * PAGE_SIZE), 0);
    vm_space_put(child);
    world_end();
}
END_TEST

START_TEST(the_last_user_of_a_page_stores_in_place)
{
    struct vm_space *child;
    const uint8_t *page;
    size_t live;

    world_begin();
    world_map(BASE, 1, RW, NULL);
    world_store(parent, BASE, 1);
    page = world_byte(parent, BASE, VM_READ);
    child = fork_parent();
    ck_assert_ptr_eq(world_byte(child, BASE, VM_READ), page);
    vm_space_put(child);
    live = stub_live_pages();
    ck_assert_ptr_eq(world_byte(parent, BASE, VM_WRITE), page);
    ck_assert_uint_eq(stub_live_pages(), live);
    world_end();
}
END_TEST

START_TEST(a_child_outlives_its_parent)
{
    struct vm_space *child, *grandchild;

    world_begin();
    world_map(BASE, 2, RW, NULL);
    world_store(parent, BASE, 1);
    child = fork_parent();
    vm_space_put(parent);
    parent = child;
    grandchild = fork_parent();
    world_store(parent, BASE, 2);
    ck_assert_int_eq(world_load(grandchild, BASE), 1);
    vm_space_put(grandchild);
    ck_assert_int_eq(world_load(parent, BASE), 2);
    world_end();
}
END_TEST

START_TEST(shared_memory_is_shared)
{
    struct vm_space *child;

    world_begin();
    world_map(BASE, 1, RW | VM_SHARED, &world.object);
    world_store(parent, BASE, 1);
    child = fork_parent();
    ck_assert_int_eq(world_load(child, BASE), 1);
    world_store(child, BASE, 2);
    ck_assert_int_eq(world_load(parent, BASE), 2);
    vm_space_put(child);
    ck_assert_uint_eq(world.object_refs, 1);
    world_end();
}
END_TEST

START_TEST(copies_of_a_file_are_forked_and_its_own_pages_are_not)
{
    struct vm_space *child;

    world_begin();
    world_map(BASE, 1, RW, &world.object);
    world_map(BASE + MIB(2), 1, RW, &world.object);
    world_store(parent, BASE, 1);
    ck_assert_int_eq(world_load(parent, BASE + MIB(2)), 0);
    child = fork_parent();
    ck_assert_uint_eq(child->resident, 1);
    world_store(parent, BASE, 2);
    ck_assert_int_eq(world_load(child, BASE), 1);
    ck_assert_int_eq(world_load(child, BASE + MIB(2)), 0);
    ck_assert_int_eq(*(uint8_t *)page_virt(world.object_page), 0);
    vm_space_put(child);
    world_end();
}
END_TEST

START_TEST(a_file_that_shrinks_finds_the_child)
{
    struct vm_space *child;

    world_begin();
    world_map(BASE, 1, RW, &world.object);
    world_store(parent, BASE, 1);
    child = fork_parent();
    vm_object_drop(&world.object, 0);
    ck_assert_uint_eq(parent->resident, 0);
    ck_assert_uint_eq(child->resident, 0);
    vm_space_put(child);
    world_end();
}
END_TEST

START_TEST(marks_are_obeyed)
{
    struct vm_space *child;
    struct vm_area *a;

    world_begin();
    world_map(BASE, 1, RW, NULL);
    world_map(BASE + PAGE_SIZE, 1, RW, NULL);
    world_map(BASE + 2 * PAGE_SIZE, 1, RW, NULL);
    for (unsigned i = 0; i < 3; i++)
        world_store(parent, BASE + i * PAGE_SIZE, 1);
    vm_mark(parent, BASE, PAGE_SIZE, VM_DONTFORK, 0);
    vm_mark(parent, BASE + PAGE_SIZE, PAGE_SIZE, VM_WIPEONFORK, 0);
    vm_mark(parent, BASE + 2 * PAGE_SIZE, PAGE_SIZE, VM_LOCKED, 0);
    parent->future = VM_LOCKED;
    child = fork_parent();
    ck_assert_int_eq(vm_fault(child, BASE, VM_READ), VM_FAULT_UNMAPPED);
    ck_assert_int_eq(world_load(child, BASE + PAGE_SIZE), 0);
    ck_assert_int_eq(world_load(child, BASE + 2 * PAGE_SIZE), 1);
    a = vm_area_find(child, BASE + 2 * PAGE_SIZE);
    ck_assert_uint_eq(a->flags & VM_LOCKED, 0);
    ck_assert_uint_eq(child->future, 0);
    ck_assert_int_eq(world_load(parent, BASE + PAGE_SIZE), 1);
    vm_space_put(child);
    world_end();
}
END_TEST

START_TEST(protection_comes_along)
{
    struct vm_space *child;

    world_begin();
    world_map(BASE, 1, RW, NULL);
    world_store(parent, BASE, 1);
    ck_assert_int_eq(vm_protect(parent, BASE, PAGE_SIZE, 0), 0);
    child = fork_parent();
    ck_assert_int_eq(vm_fault(child, BASE, VM_READ), VM_FAULT_DENIED);
    ck_assert_int_eq(vm_protect(child, BASE, PAGE_SIZE, RW), 0);
    world_store(child, BASE, 2);
    ck_assert_int_eq(vm_protect(parent, BASE, PAGE_SIZE, RW), 0);
    ck_assert_int_eq(world_load(parent, BASE), 1);
    vm_space_put(child);
    world_end();
}
END_TEST

START_TEST(any_allocation_may_fail)
{
    struct vm_space *child = NULL;
    size_t pages, blocks;

    world_begin();
    world_map(BASE, 3, RW, NULL);
    world_map(BASE + GIB(1), 1, RW, &world.object);
    world_store(parent, BASE, 1);
    world_store(parent, BASE + GIB(1), 2);
    ck_assert_int_eq(world_load(parent, BASE + PAGE_SIZE), 0);
    pages = stub_live_pages();
    blocks = stub_live_blocks();
    for (unsigned n = 1; !child; n++) {
        stub_alloc_fail(n);
        child = vm_space_fork(parent);
        ck_assert(!child == stub_alloc_failed());
        stub_alloc_fail(0);
        if (!child) {
            ck_assert_uint_eq(stub_live_pages(), pages);
            ck_assert_uint_eq(stub_live_blocks(), blocks);
        }
        ck_assert_int_eq(world_load(parent, BASE), 1);
        world_store(parent, BASE, 1);
        ck_assert_uint_lt(n, 100);
    }
    ck_assert_int_eq(world_load(child, BASE + GIB(1)), 2);
    vm_space_put(child);
    world_end();
}
END_TEST

UNIT_SUITE(kernel_vm_fork, "kernel/vm_fork", stores_stay_with_their_side,
           the_last_user_of_a_page_stores_in_place, a_child_outlives_its_parent,
           shared_memory_is_shared,
           copies_of_a_file_are_forked_and_its_own_pages_are_not,
           a_file_that_shrinks_finds_the_child, marks_are_obeyed,
           protection_comes_along, any_allocation_may_fail)
