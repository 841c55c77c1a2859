// SPDX-License-Identifier: MIT
/*
 * rbtree: a node without a red flag is black, and so is a missing one. Two
 * rules hold between calls: a red node has no red child, and every way from
 * the root to a missing node passes the same number of black nodes. Mirror
 * images share their code through child().
 */
#include "lib/rbtree.h"

static bool is_red(const struct rb_node *n)
{
    return n && n->red;
}

/* The link to n's right (or left) child. */
static struct rb_node **child(struct rb_node *n, bool right)
{
    return right ? &n->right : &n->left;
}

/* Puts new where old hangs below its parent (NULL: the root). */
static void replace_child(struct rb_root *root, struct rb_node *parent,
                          struct rb_node *old, struct rb_node *new)
{
    if (!parent)
        root->node = new;
    else
        *child(parent, parent->right == old) = new;
}

/* Lets n's child on the other side rise, and n sink to the right (or left). */
static void rotate(struct rb_root *root, struct rb_node *n, bool right)
{
    struct rb_node *up = *child(n, !right);
    struct rb_node *moved = *child(up, right);

    *child(n, !right) = moved;
    if (moved)
        moved->parent = n;
    up->parent = n->parent;
    replace_child(root, n->parent, n, up);
    *child(up, right) = n;
    n->parent = up;
}

void rb_insert(struct rb_root *root, struct rb_node *parent,
               struct rb_node **link, struct rb_node *n)
{
    n->parent = parent;
    n->left = n->right = NULL;
    n->red = true;
    *link = n;

    while (is_red(n->parent)) {
        struct rb_node *p = n->parent, *grand = p->parent;
        bool p_right = grand->right == p;
        struct rb_node *uncle = *child(grand, !p_right);

        if (is_red(uncle)) {
            p->red = uncle->red = false;
            grand->red = true;
            n = grand;
            continue;
        }
        if ((p->right == n) != p_right) {
            rotate(root, p, p_right);
            p = n;
        }
        p->red = false;
        grand->red = true;
        rotate(root, grand, !p_right);
        break;
    }
    root->node->red = false;
}

/*
 * The ways through n (which may be missing) below parent are one black node
 * short: colours and turns nodes until they are not.
 */
static void restore_black(struct rb_root *root, struct rb_node *parent,
                          struct rb_node *n)
{
    while (parent && !is_red(n)) {
        bool n_right = parent->right == n;
        struct rb_node *sibling = *child(parent, !n_right);
        struct rb_node *near, *far;

        if (sibling->red) {
            sibling->red = false;
            parent->red = true;
            rotate(root, parent, n_right);
            sibling = *child(parent, !n_right);
        }
        near = *child(sibling, n_right);
        far = *child(sibling, !n_right);
        if (!is_red(near) && !is_red(far)) {
            sibling->red = true;
            n = parent;
            parent = n->parent;
            continue;
        }
        if (!is_red(far)) {
            near->red = false;
            sibling->red = true;
            rotate(root, sibling, !n_right);
            far = sibling;
            sibling = near;
        }
        sibling->red = parent->red;
        parent->red = far->red = false;
        rotate(root, parent, n_right);
        return;
    }
    if (n)
        n->red = false;
}

void rb_erase(struct rb_root *root, struct rb_node *n)
{
    struct rb_node *gone = n, *below, *parent;
    bool was_red;

    /* With two children it is the successor that leaves its place. */
    if (n->left && n->right)
        for (gone = n->right; gone->left;)
            gone = gone->left;
    below = gone->left ? gone->left : gone->right;
    parent = gone->parent;
    was_red = gone->red;
    if (below)
        below->parent = parent;
    replace_child(root, parent, gone, below);
    if (gone != n) { /* and takes n's */
        if (parent == n)
            parent = gone;
        gone->left = n->left;
        gone->right = n->right;
        gone->red = n->red;
        gone->parent = n->parent;
        gone->left->parent = gone;
        if (gone->right)
            gone->right->parent = gone;
        replace_child(root, n->parent, n, gone);
    }
    if (!was_red)
        restore_black(root, parent, below);
}

/* As far as possible to the right (or left) of n; NULL for NULL. */
static struct rb_node *outermost(struct rb_node *n, bool right)
{
    while (n && *child(n, right))
        n = *child(n, right);
    return n;
}

/* The next node to the right (or left) in order. */
static struct rb_node *step(const struct rb_node *n, bool right)
{
    struct rb_node *at = (struct rb_node *)n;

    if (*child(at, right))
        return outermost(*child(at, right), !right);
    while (at->parent && *child(at->parent, right) == at)
        at = at->parent;
    return at->parent;
}

struct rb_node *rb_first(const struct rb_root *root)
{
    return outermost(root->node, false);
}

struct rb_node *rb_last(const struct rb_root *root)
{
    return outermost(root->node, true);
}

struct rb_node *rb_next(const struct rb_node *n)
{
    return step(n, true);
}

struct rb_node *rb_prev(const struct rb_node *n)
{
    return step(n, false);
}
