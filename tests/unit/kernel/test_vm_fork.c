// SPDX-License-Identifier: MIT
/*
 * vm_fork: who sees whose stores after a fork, what a child has not got, and
 * that a fork which finds no memory leaves nothing behind. Spaces, tables and
 * faults are the real ones; pages are the stub's.
 */
#include "tests/unit/unit.h"

#include <string.h>

#include "abi/errno.h"
#include "kernel/pagetable.h"
#include "tests/unit/stubs/stubs.h"

/* Compiled here for the sake of its page of zeros, which it never frees. */
#include "kernel/vm_fault.c"

#define BASE 0x100000ul
#define RW   (VM_READ | VM_WRITE)

static struct vm_space *parent;

/* An object with one page that is its own. */
static struct vm_object object;
static struct page *object_page;
static unsigned object_refs;

static int object_get_page(struct vm_object *o, uint64_t index, bool write,
                           struct page **page)
{
    (void)o;
    (void)write;
    if (index > 0)
        return -ENXIO;
    page_get(object_page);
    *page = object_page;
    return 0;
}

static void object_get(struct vm_object *o)
{
    (void)o;
    object_refs++;
}

static void object_put(struct vm_object *o)
{
    (void)o;
    object_refs--;
}

static const struct vm_object_ops object_ops = {
    .get_page = object_get_page, .get = object_get, .put = object_put};

static void begin(void)
{
    pt_kernel_root = page_phys(page_alloc_zeroed());
    object_page = page_alloc_zeroed();
    object = (struct vm_object){.ops = &object_ops};
    parent = vm_space_create();
    ck_assert_ptr_nonnull(parent);
}

static void end(void)
{
    vm_space_put(parent);
    ck_assert_uint_eq(object_refs, 0);
    page_put(object_page);
    page_free(page_of_phys(pt_kernel_root));
    if (zero_page)
        page_free(zero_page);
    zero_page = NULL;
}

static void map(uintptr_t addr, size_t pages, unsigned flags,
                struct vm_object *o)
{
    ck_assert_int_eq(
        vm_map(parent, &addr, pages * PAGE_SIZE, flags, VM_PLACE_FIXED, o, 0),
        0);
}

/* The byte at addr, as an access finds it. */
static uint8_t *byte_at(struct vm_space *s, uintptr_t addr, unsigned access)
{
    uint64_t *pte;

    ck_assert_int_eq(vm_fault(s, addr, access), VM_FAULT_OK);
    pte = pt_lookup(s->root, addr);
    ck_assert_ptr_nonnull(pte);
    ck_assert(*pte & PTE_PRESENT);
    ck_assert(!(access & VM_WRITE) || (*pte & PTE_WRITE));
    return (uint8_t *)page_virt(pte_page(*pte)) + (addr & PAGE_MASK);
}

static int load(struct vm_space *s, uintptr_t addr)
{
    return *byte_at(s, addr, VM_READ);
}

static void store(struct vm_space *s, uintptr_t addr, uint8_t value)
{
    *byte_at(s, addr, VM_WRITE) = value;
}

static struct vm_space *fork_parent(void)
{
    struct vm_space *child = vm_space_fork(parent);

    ck_assert_ptr_nonnull(child);
    return child;
}

START_TEST(stores_stay_with_their_side)
{
    struct vm_space *child;

    begin();
    map(BASE, 4, RW, NULL);
    store(parent, BASE, 1);
    store(parent, BASE + PAGE_SIZE, 2);
    child = fork_parent();
    ck_assert_uint_eq(child->resident, 2);
    ck_assert_int_eq(load(child, BASE), 1);
    store(parent, BASE, 3);
    store(child, BASE + PAGE_SIZE, 4);
    store(child, BASE + 2 * PAGE_SIZE, 5);
    ck_assert_int_eq(load(child, BASE), 1);
    ck_assert_int_eq(load(parent, BASE), 3);
    ck_assert_int_eq(load(child, BASE + PAGE_SIZE), 4);
    ck_assert_int_eq(load(parent, BASE + PAGE_SIZE), 2);
    ck_assert_int_eq(load(parent, BASE + 2 * PAGE_SIZE), 0);
    vm_space_put(child);
    end();
}
END_TEST

START_TEST(the_last_user_of_a_page_stores_in_place)
{
    struct vm_space *child;
    const uint8_t *page;
    size_t live;

    begin();
    map(BASE, 1, RW, NULL);
    store(parent, BASE, 1);
    page = byte_at(parent, BASE, VM_READ);
    child = fork_parent();
    ck_assert_ptr_eq(byte_at(child, BASE, VM_READ), page);
    vm_space_put(child);
    live = stub_live_pages();
    ck_assert_ptr_eq(byte_at(parent, BASE, VM_WRITE), page);
    ck_assert_uint_eq(stub_live_pages(), live);
    end();
}
END_TEST

START_TEST(a_child_outlives_its_parent)
{
    struct vm_space *child, *grandchild;

    begin();
    map(BASE, 2, RW, NULL);
    store(parent, BASE, 1);
    child = fork_parent();
    vm_space_put(parent);
    parent = child;
    grandchild = fork_parent();
    store(parent, BASE, 2);
    ck_assert_int_eq(load(grandchild, BASE), 1);
    vm_space_put(grandchild);
    ck_assert_int_eq(load(parent, BASE), 2);
    end();
}
END_TEST

START_TEST(shared_memory_is_shared)
{
    struct vm_space *child;

    begin();
    map(BASE, 1, RW | VM_SHARED, &object);
    store(parent, BASE, 1);
    child = fork_parent();
    ck_assert_int_eq(load(child, BASE), 1);
    store(child, BASE, 2);
    ck_assert_int_eq(load(parent, BASE), 2);
    vm_space_put(child);
    ck_assert_uint_eq(object_refs, 1);
    end();
}
END_TEST

START_TEST(copies_of_a_file_are_forked_and_its_own_pages_are_not)
{
    struct vm_space *child;

    begin();
    map(BASE, 1, RW, &object);
    map(BASE + MIB(2), 1, RW, &object);
    store(parent, BASE, 1);
    ck_assert_int_eq(load(parent, BASE + MIB(2)), 0);
    child = fork_parent();
    ck_assert_uint_eq(child->resident, 1);
    store(parent, BASE, 2);
    ck_assert_int_eq(load(child, BASE), 1);
    ck_assert_int_eq(load(child, BASE + MIB(2)), 0);
    ck_assert_int_eq(*(uint8_t *)page_virt(object_page), 0);
    vm_space_put(child);
    end();
}
END_TEST

START_TEST(a_file_that_shrinks_finds_the_child)
{
    struct vm_space *child;

    begin();
    map(BASE, 1, RW, &object);
    store(parent, BASE, 1);
    child = fork_parent();
    vm_object_drop(&object, 0);
    ck_assert_uint_eq(parent->resident, 0);
    ck_assert_uint_eq(child->resident, 0);
    vm_space_put(child);
    end();
}
END_TEST

START_TEST(marks_are_obeyed)
{
    struct vm_space *child;
    struct vm_area *a;

    begin();
    map(BASE, 1, RW, NULL);
    map(BASE + PAGE_SIZE, 1, RW, NULL);
    map(BASE + 2 * PAGE_SIZE, 1, RW, NULL);
    for (unsigned i = 0; i < 3; i++)
        store(parent, BASE + i * PAGE_SIZE, 1);
    vm_mark(parent, BASE, PAGE_SIZE, VM_DONTFORK, 0);
    vm_mark(parent, BASE + PAGE_SIZE, PAGE_SIZE, VM_WIPEONFORK, 0);
    vm_mark(parent, BASE + 2 * PAGE_SIZE, PAGE_SIZE, VM_LOCKED, 0);
    parent->future = VM_LOCKED;
    child = fork_parent();
    ck_assert_int_eq(vm_fault(child, BASE, VM_READ), VM_FAULT_UNMAPPED);
    ck_assert_int_eq(load(child, BASE + PAGE_SIZE), 0);
    ck_assert_int_eq(load(child, BASE + 2 * PAGE_SIZE), 1);
    a = vm_area_find(child, BASE + 2 * PAGE_SIZE);
    ck_assert_uint_eq(a->flags & VM_LOCKED, 0);
    ck_assert_uint_eq(child->future, 0);
    ck_assert_int_eq(load(parent, BASE + PAGE_SIZE), 1);
    vm_space_put(child);
    end();
}
END_TEST

START_TEST(protection_comes_along)
{
    struct vm_space *child;

    begin();
    map(BASE, 1, RW, NULL);
    store(parent, BASE, 1);
    ck_assert_int_eq(vm_protect(parent, BASE, PAGE_SIZE, 0), 0);
    child = fork_parent();
    ck_assert_int_eq(vm_fault(child, BASE, VM_READ), VM_FAULT_DENIED);
    ck_assert_int_eq(vm_protect(child, BASE, PAGE_SIZE, RW), 0);
    store(child, BASE, 2);
    ck_assert_int_eq(vm_protect(parent, BASE, PAGE_SIZE, RW), 0);
    ck_assert_int_eq(load(parent, BASE), 1);
    vm_space_put(child);
    end();
}
END_TEST

START_TEST(any_allocation_may_fail)
{
    struct vm_space *child = NULL;
    size_t pages, blocks;

    begin();
    map(BASE, 3, RW, NULL);
    map(BASE + GIB(1), 1, RW, &object);
    store(parent, BASE, 1);
    store(parent, BASE + GIB(1), 2);
    ck_assert_int_eq(load(parent, BASE + PAGE_SIZE), 0);
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
        ck_assert_int_eq(load(parent, BASE), 1);
        store(parent, BASE, 1);
        ck_assert_uint_lt(n, 100);
    }
    ck_assert_int_eq(load(child, BASE + GIB(1)), 2);
    vm_space_put(child);
    end();
}
END_TEST

UNIT_SUITE(kernel_vm_fork, "kernel/vm_fork", stores_stay_with_their_side,
           the_last_user_of_a_page_stores_in_place, a_child_outlives_its_parent,
           shared_memory_is_shared,
           copies_of_a_file_are_forked_and_its_own_pages_are_not,
           a_file_that_shrinks_finds_the_child, marks_are_obeyed,
           protection_comes_along, any_allocation_may_fail)
