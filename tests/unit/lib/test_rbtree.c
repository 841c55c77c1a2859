// SPDX-License-Identifier: MIT
/* Trees of many shapes keep their order and the rules of red-black trees. */
#include "tests/unit/unit.h"

#include "kernel/random.h"
#include "lib/rbtree.h"

#define COUNT 200

struct item {
    struct rb_node node;
    unsigned key;
    bool in_tree;
};

static struct item items[COUNT];
static struct rb_root root;

static void insert(struct item *x)
{
    struct rb_node **link = &root.node, *parent = NULL;

    while (*link) {
        parent = *link;
        link = x->key < rb_entry(parent, struct item, node)->key
                   ? &parent->left
                   : &parent->right;
    }
    rb_insert(&root, parent, link, &x->node);
    x->in_tree = true;
}

static void erase(struct item *x)
{
    rb_erase(&root, &x->node);
    x->in_tree = false;
}

/* Checks links and colours below n; returns how many black nodes each way
 * down passes. */
static unsigned check_node(const struct rb_node *n, const struct rb_node *up)
{
    unsigned left, right;

    if (!n)
        return 0;
    unit_check(n->parent == up, "wrong parent");
    unit_check(!(n->red && up && up->red), "a red node below a red one");
    left = check_node(n->left, n);
    right = check_node(n->right, n);
    unit_check(left == right, "%u and %u black nodes", left, right);
    return left + !n->red;
}

/* The tree holds exactly the items that are marked, in order both ways. */
static void check_tree(void)
{
    struct rb_node *n = rb_first(&root), *last = NULL;

    check_node(root.node, NULL);
    unit_check(!root.node || !root.node->red, "a red root");
    for (size_t i = 0; i < COUNT; i++) {
        if (!items[i].in_tree)
            continue;
        unit_check(n == &items[i].node, "item %zu is missing", i);
        unit_check(rb_prev(n) == last, "wrong node before item %zu", i);
        last = n;
        n = rb_next(n);
    }
    unit_check(!n, "too many nodes");
    unit_check(rb_last(&root) == last, "wrong last node");
}

static void reset(void)
{
    root.node = NULL;
    for (unsigned i = 0; i < COUNT; i++)
        items[i] = (struct item){.key = i};
}

START_TEST(empty_tree_has_no_first_or_last)
{
    reset();
    check_tree();
    ck_assert_ptr_null(rb_first(&root));
    ck_assert_ptr_null(rb_last(&root));
}
END_TEST

START_TEST(stays_balanced_when_keys_come_in_order)
{
    unsigned depth = 0;

    reset();
    for (size_t i = 0; i < COUNT; i++) {
        insert(&items[i]);
        check_tree();
    }
    for (struct rb_node *n = root.node; n; n = n->right)
        depth++;
    ck_assert_uint_le(depth, 2 * 8); /* 2 log2(COUNT + 1) */
    for (size_t i = 0; i < COUNT; i++) {
        erase(&items[i]);
        check_tree();
    }
}
END_TEST

START_TEST(survives_inserting_and_erasing_in_any_order)
{
    reset();
    for (int round = 0; round < 5000; round++) {
        struct item *x = &items[random_below(COUNT)];

        if (x->in_tree)
            erase(x);
        else
            insert(x);
        check_tree();
    }
}
END_TEST

UNIT_SUITE(lib_rbtree, "lib/rbtree", empty_tree_has_no_first_or_last,
           stays_balanced_when_keys_come_in_order,
           survives_inserting_and_erasing_in_any_order)
