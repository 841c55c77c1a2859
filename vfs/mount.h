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
    int id;       /* as mountinfo tells it */
    char *source; /* what mount(2) was told to mount */
};

/*
 * Mounts the file system with this root over point (NULL: as the root of all).
 * source, copied, is for /proc/mounts. -EBUSY when something is mounted there
 * already, -ENOTDIR, -EINVAL for a point whose name does not stay (in /proc),
 * -ENOMEM. Takes references.
 */
int mount_add(struct dentry *point, struct dentry *root, const char *source);

/* Takes the last mount on point away. -EINVAL when there is none, -EBUSY when
 * another is mounted below it. */
int mount_remove(struct dentry *root);

/* The root of all; borrowed, there for ever once mounted. NULL before. */
struct dentry *mount_root(void);

/* The first mount, whose next leads to the others. Lock held. */
const struct mount *mount_first(void);

/* The id of the mount that d lies in; 0: none any more. Lock held. */
int mount_id_of(const struct dentry *d);

/* A kind of file system that mount(2) can make. */
struct mount_type {
    const char *name;
    struct dentry *(*create)(
        const char *name); /* a reference; NULL: no memory */
};

/* All of them, in mount_types.c; the name of the last is NULL. */
extern const struct mount_type mount_types[];

/* The type with this name, or NULL. */
const struct mount_type *mount_type_find(const char *name);

/* Mounts /proc and /sys at boot. -ENOMEM. */
int mount_views(void);

/* Makes a file system and mounts it over point, as mount_add. */
int mount_new(const struct mount_type *type, struct dentry *point,
              const char *source);

/*
 * umount2(2) of the file system whose root is root. Its files go with it.
 * -EINVAL when root is none, -EBUSY for the root of all, when something is
 * mounted below, or, unless detach, when something is in use.
 */
int mount_take_away(struct dentry *root, bool detach);
