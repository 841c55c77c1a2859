// SPDX-License-Identifier: MIT
/*
 * page_tree: the pages of a file by their index: a radix tree, as high as the
 * highest index needs, so that a sparse file costs what it holds.
 *
 * The tree owns one reference on every page in it. Locking is the caller's.
 */
#pragma once

#include "kernel/page.h"
#include "lib/base.h"

struct page_tree_node;

struct page_tree {
    struct page_tree_node *root;
    unsigned height; /* levels; 0: empty */
    size_t count;    /* pages */
};

/* The page at index, or NULL; borrowed. */
struct page *page_tree_get(const struct page_tree *t, uint64_t index);

/* The first page at *index or above, whose index *index becomes; or NULL. */
struct page *page_tree_next(const struct page_tree *t, uint64_t *index);

/* Takes the caller's reference on p on success. The place must be free.
 * -ENOMEM leaves the pages as they were. */
int page_tree_insert(struct page_tree *t, uint64_t index, struct page *p);

/* Takes the page at index out; its reference becomes the caller's. It must be
 * there. */
void page_tree_remove(struct page_tree *t, uint64_t index);

/* Drops all pages at first and above. First 0 frees the tree's memory too. */
void page_tree_truncate(struct page_tree *t, uint64_t first);
