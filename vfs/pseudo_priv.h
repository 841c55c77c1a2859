// SPDX-License-Identifier: MIT
/* pseudo_priv: what pseudo.c (names) and pseudo_file.c (texts) share. */
#pragma once

#include "vfs/pseudo.h"

struct pseudo_node {
    struct vnode vnode;
    const struct pseudo_entry *entry;
    struct pseudo_key key;
};

static inline struct pseudo_node *pseudo_node(const struct vnode *v)
{
    return container_of(v, struct pseudo_node, vnode);
}

/* Prepares f as a file with a text. -ENOMEM. */
int pseudo_file_open(struct file *f);
