// SPDX-License-Identifier: MIT
/*
 * rbtree: a red-black tree of nodes embedded in the caller's structures.
 *
 * The caller walks the tree itself to find the place for a new node (it alone
 * knows the order), links it there, and lets rb_insert restore the balance:
 *
 *     struct rb_node **link = &root->node, *parent = NULL;
 *     while (*link) {
 *         parent = *link;
 *         link = key < key_of(parent) ? &parent->left : &parent->right;
 *     }
 *     rb_insert(root, parent, link, &x->node);
 *
 * Locking is the caller's.
 */
#pragma once

#include "lib/base.h"

struct rb_node {
    struct rb_node *parent, *left, *right;
    bool red;
};

struct rb_root {
    struct rb_node *node;
};

/* Links n at *link below parent (NULL: as the root) and rebalances. */
void rb_insert(struct rb_root *root, struct rb_node *parent,
               struct rb_node **link, struct rb_node *n);
void rb_erase(struct rb_root *root, struct rb_node *n);

/* In order; NULL at the end, or of an empty tree. */
struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_last(const struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *n);
struct rb_node *rb_prev(const struct rb_node *n);

#define rb_entry(node, type, member) container_of(node, type, member)
