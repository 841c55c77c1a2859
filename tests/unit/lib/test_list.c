// SPDX-License-Identifier: MIT
/* Lists keep order, and nodes know whether they are on one. */
#include "tests/unit/unit.h"

#include "lib/list.h"

struct item {
    int key;
    struct list_node node;
};

static struct list_node head = LIST_INIT(head);

/* The keys of the list as a decimal number. */
static int keys(void)
{
    struct item *x;
    int n = 0;

    list_for_each_entry (x, &head, node)
        n = 10 * n + x->key;
    return n;
}

START_TEST(adds_at_either_end)
{
    struct item one = {.key = 1}, two = {.key = 2}, three = {.key = 3};

    list_init(&head);
    ck_assert(list_empty(&head));
    ck_assert_int_eq(keys(), 0);
    list_add_tail(&head, &two.node);
    list_add_tail(&head, &three.node);
    list_add(&head, &one.node);
    ck_assert(!list_empty(&head));
    ck_assert_int_eq(keys(), 123);
    ck_assert_ptr_eq(list_first_entry(&head, struct item, node), &one);
}
END_TEST

START_TEST(removed_node_is_on_no_list)
{
    struct item one = {.key = 1}, two = {.key = 2};

    list_init(&head);
    list_add_tail(&head, &one.node);
    list_add_tail(&head, &two.node);
    list_del(&one.node);
    ck_assert_int_eq(keys(), 2);
    ck_assert(list_empty(&one.node));
    list_del(&one.node);
    ck_assert_int_eq(keys(), 2);
}
END_TEST

START_TEST(walk_may_remove_what_it_stands_on)
{
    struct item items[5], *x, *next;

    list_init(&head);
    for (int i = 0; i < 5; i++) {
        items[i].key = i + 1;
        list_add_tail(&head, &items[i].node);
    }
    list_for_each_entry_safe (x, next, &head, node)
        if (x->key % 2)
            list_del(&x->node);
    ck_assert_int_eq(keys(), 24);
}
END_TEST

UNIT_SUITE(lib_list, "lib/list", adds_at_either_end, removed_node_is_on_no_list,
           walk_may_remove_what_it_stands_on)
