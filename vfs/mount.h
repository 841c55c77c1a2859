// SPDX-License-Identifier: MIT
/*
 * mount: a file system in its place in the tree of names.
 *
 * The root of a mounted file system covers the mount point: a walk that
 * reaches the point goes on at the root, and `..` leads back. A file system is
 * mounted in one place at most, so that a dentry alone says where it is.
 *
 * Locking: the tree lock.
 */
#pragma once

#include "vfs/dentry.h"

struct mount {
    struct mount *next;   /* of all mounts, in the order of mounting */
    struct dentry *point; /* a reference; NULL for the root of all */
    struct dentry *root;  /* a reference */
    struct superblock *sb;
};

/*
 * Mounts sb, whose root is given, over point (NULL: as the root of all).
 * -EBUSY when something is mounted there already, -ENOTDIR, -ENOMEM. Takes
 * references.
 */
int mount_add(struct dentry *point, struct dentry *root);

/* Takes the last mount on point away. -EINVAL when there is none, -EBUSY when
 * another is mounted below it. */
int mount_remove(struct dentry *root);

/* The root of all; borrowed, there for ever once mounted. NULL before. */
struct dentry *mount_root(void);
