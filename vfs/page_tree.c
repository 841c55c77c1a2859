// SPDX-License-Identifier: MIT
/*
 * page_tree: each level of the tree resolves six bits of the index. Nodes that
 * lose their last page by truncation in their middle stay until the tree is
 * truncated further down.
 */
#include "vfs/page_tree.h"

#include "abi/errno.h"
#include "kernel/kmalloc.h"
#include "kernel/panic.h"

#define LEVEL_BITS 6
#define FANOUT     (1u << LEVEL_BITS)

struct page_tree_node {
    void *slot[FANOUT]; /* nodes, or pages on the lowest level (1) */
};

static unsigned slot_at(uint64_t index, unsigned level)
{
    return (unsigned)(index >> (level - 1) * LEVEL_BITS) & (FANOUT - 1);
}

/* Does a tree of this height have a place for index? */
static bool height_covers(unsigned height, uint64_t index)
{
    return height * LEVEL_BITS >= 64 || index >> height * LEVEL_BITS == 0;
}

struct page *page_tree_get(const struct page_tree *t, uint64_t index)
{
    void *p = t->root;

    if (!p || !height_covers(t->height, index))
        return NULL;
    for (unsigned level = t->height; p && level > 0; level--)
        p = ((struct page_tree_node *)p)->slot[slot_at(index, level)];
    return p;
}

/* The first page at from (counted from the node's own start) or above. */
static struct page *next_below(const struct page_tree_node *n, unsigned level,
                               uint64_t from, uint64_t *index)
{
    unsigned shift = (level - 1) * LEVEL_BITS;
    uint64_t within = from & ((1ull << shift) - 1);
    struct page *p;

    for (uint64_t i = from >> shift; i < FANOUT; i++, within = 0) {
        if (!n->slot[i])
            continue;
        *index = 0;
        p = level == 1 ? n->slot[i]
                       : next_below(n->slot[i], level - 1, within, index);
        if (p) {
            *index += i << shift;
            return p;
        }
    }
    return NULL;
}

struct page *page_tree_next(const struct page_tree *t, uint64_t *index)
{
    if (!t->root || !height_covers(t->height, *index))
        return NULL;
    return next_below(t->root, t->height, *index, index);
}

/* Adds levels on top until index has a place. */
static int raise(struct page_tree *t, uint64_t index)
{
    while (t->height == 0 || !height_covers(t->height, index)) {
        struct page_tree_node *n = kzalloc(sizeof(*n));

        if (!n)
            return -ENOMEM;
        n->slot[0] = t->root;
        t->root = n;
        t->height++;
    }
    return 0;
}

int page_tree_insert(struct page_tree *t, uint64_t index, struct page *p)
{
    struct page_tree_node *n;

    if (raise(t, index))
        return -ENOMEM;
    n = t->root;
    for (unsigned level = t->height; level > 1; level--) {
        void **slot = &n->slot[slot_at(index, level)];

        if (!*slot)
            *slot = kzalloc(sizeof(*n));
        if (!*slot)
            return -ENOMEM;
        n = *slot;
    }
    assert(!n->slot[slot_at(index, 1)]);
    n->slot[slot_at(index, 1)] = p;
    t->count++;
    return 0;
}

void page_tree_remove(struct page_tree *t, uint64_t index)
{
    struct page_tree_node *n = t->root;

    for (unsigned level = t->height; level > 1; level--)
        n = n->slot[slot_at(index, level)];
    n->slot[slot_at(index, 1)] = NULL;
    t->count--;
}

/* Drops what lies at first (counted from the node's own start) and above. */
static void truncate_node(struct page_tree *t, struct page_tree_node *n,
                          unsigned level, uint64_t first)
{
    unsigned shift = (level - 1) * LEVEL_BITS;
    uint64_t within = first & ((1ull << shift) - 1);

    for (uint64_t i = first >> shift; i < FANOUT; i++, within = 0) {
        if (!n->slot[i])
            continue;
        if (level == 1) {
            page_put(n->slot[i]);
            t->count--;
        } else {
            truncate_node(t, n->slot[i], level - 1, within);
            if (within)
                continue; /* its beginning stays */
            kfree(n->slot[i]);
        }
        n->slot[i] = NULL;
    }
}

void page_tree_truncate(struct page_tree *t, uint64_t first)
{
    if (!t->root || !height_covers(t->height, first))
        return;
    truncate_node(t, t->root, t->height, first);
    if (first == 0) {
        kfree(t->root);
        t->root = NULL;
        t->height = 0;
    }
}
