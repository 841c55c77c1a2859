// SPDX-License-Identifier: MIT
/*
 * vm_object: which pages of which spaces are dropped. The spaces are this
 * file's own: they note the ranges. (Under other names, for the real vm is
 * linked too.)
 */
#include "tests/unit/unit.h"

#include <string.h>

#define vm_object_attach           test_object_attach
#define vm_object_detach           test_object_detach
#define vm_object_drop             test_object_drop
#define vm_object_forget           test_object_forget
#define vm_object_protect          test_object_protect
#define vm_object_may_be_stored_to test_object_may_be_stored_to
#define vm_pages_drop              test_pages_drop
#define vm_pages_protect           test_pages_protect
#define vm_space_put               test_space_put
#define vm_space_try_get           test_space_try_get
#include "kernel/vm_object.c"
#include "tests/unit/stubs/stubs.h"

static struct vm_space spaces[3];
static struct vm_area areas[8];
static unsigned area_count;
static const struct vm_object_ops no_ops;
static struct vm_object object = {.ops = &no_ops}, other = {.ops = &no_ops};

/* What was dropped, or may not be stored to any more, in order. */
static struct dropped {
    struct vm_space *space;
    uintptr_t start, end;
} dropped[16];
static unsigned dropped_count;

void vm_pages_drop(struct vm_space *s, uintptr_t start, uintptr_t end)
{
    ck_assert(mutex_is_mine(&s->lock));
    ck_assert_uint_lt(dropped_count, ARRAY_SIZE(dropped));
    dropped[dropped_count++] = (struct dropped){s, start, end};
}

void vm_pages_protect(struct vm_space *s, uintptr_t start, uintptr_t end,
                      unsigned flags)
{
    ck_assert_uint_eq(flags & (VM_WRITE | VM_SHARED), VM_SHARED);
    vm_pages_drop(s, start, end);
}

bool vm_space_try_get(struct vm_space *s)
{
    if (s->refs == 0)
        return false;
    s->refs++;
    return true;
}

void vm_space_put(struct vm_space *s)
{
    s->refs--;
}

/* Opens every test. */
static void fresh(void)
{
    memset(areas, 0, sizeof(areas));
    memset(spaces, 0, sizeof(spaces));
    object = (struct vm_object){.ops = &no_ops};
    other = (struct vm_object){.ops = &no_ops};
    area_count = dropped_count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(spaces); i++) {
        mutex_init(&spaces[i].lock);
        spaces[i].refs = 1;
    }
}

/* Maps pages of o from index on at addr. */
static struct vm_area *area_add(struct vm_space *s, struct vm_object *o,
                                uintptr_t addr, uint64_t index, size_t pages)
{
    struct vm_area *a = &areas[area_count++];
    struct rb_node **link = &s->areas.node, *parent = NULL;

    *a = (struct vm_area){
        .start = addr,
        .end = addr + pages * PAGE_SIZE,
        .space = s,
        .object = o,
        .offset = index * PAGE_SIZE,
    };
    while (*link) {
        parent = *link;
        link =
            addr < vm_area_of(parent)->start ? &parent->left : &parent->right;
    }
    rb_insert(&s->areas, parent, link, &a->node);
    vm_object_attach(a);
    return a;
}

static void assert_dropped(unsigned i, struct vm_space *s, uintptr_t start,
                           uintptr_t end)
{
    ck_assert_uint_lt(i, dropped_count);
    ck_assert_ptr_eq(dropped[i].space, s);
    ck_assert_uint_eq(dropped[i].start, start);
    ck_assert_uint_eq(dropped[i].end, end);
}

START_TEST(an_object_without_areas_drops_nothing)
{
    fresh();
    vm_object_drop(&object, 0);
    ck_assert_uint_eq(dropped_count, 0);
}
END_TEST

START_TEST(drops_what_lies_behind_the_first_page)
{
    fresh();
    area_add(&spaces[0], &object, 0x100000, 0, 8);
    area_add(&spaces[0], &object, 0x200000, 6, 2);
    area_add(&spaces[0], &object, 0x300000, 2, 2);
    area_add(&spaces[0], &other, 0x400000, 0, 8);
    vm_object_drop(&object, 4);
    ck_assert_uint_eq(dropped_count, 2);
    assert_dropped(0, &spaces[0], 0x104000, 0x108000);
    assert_dropped(1, &spaces[0], 0x200000, 0x202000);
    ck_assert_uint_eq(spaces[0].refs, 1);
}
END_TEST

START_TEST(forbids_stores_to_shared_mappings_of_a_range)
{
    fresh();
    area_add(&spaces[0], &object, 0x100000, 0, 8)->flags =
        VM_SHARED | VM_READ | VM_WRITE;
    area_add(&spaces[0], &object, 0x200000, 0, 8)->flags = VM_READ | VM_WRITE;
    area_add(&spaces[1], &object, 0x300000, 5, 8)->flags =
        VM_SHARED | VM_READ | VM_WRITE;
    vm_object_protect(&object, 2, 6);
    ck_assert_uint_eq(dropped_count, 2);
    for (unsigned i = 0; i < 2; i++) {
        if (dropped[i].space == &spaces[0])
            assert_dropped(i, &spaces[0], 0x102000, 0x106000);
        else
            assert_dropped(i, &spaces[1], 0x300000, 0x301000);
    }
}
END_TEST

START_TEST(visits_every_space_once)
{
    fresh();
    for (size_t i = 0; i < 3; i++) {
        area_add(&spaces[i], &object, 0x100000, 0, 2);
        area_add(&spaces[i], &object, 0x200000, 0, 1);
    }
    for (unsigned round = 1; round <= 2; round++) {
        dropped_count = 0;
        vm_object_drop(&object, 0);
        ck_assert_uint_eq(dropped_count, 6);
        for (size_t i = 0; i < 3; i++)
            ck_assert_uint_eq(spaces[i].refs, 1);
    }
}
END_TEST

START_TEST(leaves_a_dying_space_alone)
{
    fresh();
    area_add(&spaces[0], &object, 0x100000, 0, 2);
    area_add(&spaces[1], &object, 0x100000, 0, 2);
    spaces[0].refs = 0;
    vm_object_drop(&object, 1);
    ck_assert_uint_eq(dropped_count, 1);
    assert_dropped(0, &spaces[1], 0x101000, 0x102000);
}
END_TEST

START_TEST(a_detached_area_is_forgotten)
{
    struct vm_area *a;

    fresh();
    a = area_add(&spaces[0], &object, 0x100000, 0, 2);
    vm_object_detach(a);
    vm_object_drop(&object, 0);
    ck_assert_uint_eq(dropped_count, 0);
}
END_TEST

START_TEST(the_number_of_drops_may_wrap)
{
    fresh();
    area_add(&spaces[0], &object, 0x100000, 0, 2);
    object.drops = UINT32_MAX;
    vm_object_drop(&object, 0);
    ck_assert_uint_eq(dropped_count, 1);
}
END_TEST

UNIT_SUITE(kernel_vm_object, "kernel/vm_object",
           an_object_without_areas_drops_nothing,
           drops_what_lies_behind_the_first_page,
           forbids_stores_to_shared_mappings_of_a_range,
           visits_every_space_once, leaves_a_dying_space_alone,
           a_detached_area_is_forgotten, the_number_of_drops_may_wrap)
