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
 * source, copied, is for /proc/mounts, flags are MS_* of mount(2). -EBUSY when
 * something is mounted there already, -ENOTDIR, -EINVAL for a point whose name
 * does not stay (in /proc), -ENOMEM. Takes references.
 */
int mount_add(struct dentry *point, struct dentry *root, const char *source,
              unsigned flags);

/* Takes the last mount on point away. -EINVAL when there is none, -EBUSY when
 * another is mounted below it. */
int mount_remove(struct dentry *root);

/* The root of all; borrowed, there for ever once mounted. NULL before. */
struct dentry *mount_root(void);

/* The first mount, whose next leads to the others. Lock held. */
const struct mount *mount_first(void);

/* Lets every file system put down what it has not yet (sync(2)). */
void mount_sync_all(void);

/* MS_* that a superblock keeps. */
#define MOUNT_FLAGS                                                  \
    (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_SYNCHRONOUS | \
     MS_DIRSYNC | MS_NOATIME | MS_NODIRATIME | MS_STRICTATIME |      \
     MS_NOSYMFOLLOW | MS_LAZYTIME)

/* The id of the mount that d lies in; 0: none any more. Lock held. */
int mount_id_of(const struct dentry *d);

/* A kind of file system that mount(2) can make. A new kind is a line in
 * mount_types.c. */
struct mount_type {
    const char *name;
    /*
     * A new file system: a reference on its root (dentry_create_root). source:
     * what shall be mounted; options: words with commas between them, which
     * may be empty. -EINVAL for options that it does not know, -ENOMEM, and
     * what else befalls it. May sleep.
     */
    int (*create)(const struct mount_type *type, const char *source,
                  const char *options, struct dentry **root);
    bool keeps_data; /* the source is something, and not only a word */
};

/* All of them, in mount_types.c; the name of the last is NULL. */
extern const struct mount_type mount_types[];

/* The type with this name, or NULL. */
const struct mount_type *mount_type_find(const char *name);

/* Mounts /proc and /sys at boot. -ENOMEM. */
int mount_views(void);

/* Makes a file system and mounts it over point, as mount_add. */
int mount_new(const struct mount_type *type, struct dentry *point,
              const char *source, const char *options, unsigned flags);

/* The same at boot, over the directory path, which is made when there is
 * none. */
int mount_at(const char *path, const char *type, const char *source,
             const char *options, unsigned flags);

/* Is d the root of a mount? */
bool mount_is_root(const struct dentry *d);

/* mount(2) with MS_REMOUNT: other options and flags for the file system whose
 * root d is. -EINVAL when it is none. */
int mount_change(struct dentry *d, const char *options, unsigned flags);

/*
 * umount2(2) of the file system whose root is root. Its files go with it.
 * -EINVAL when root is none, -EBUSY for the root of all, when something is
 * mounted below, or, unless detach, when something is in use.
 */
int mount_take_away(struct dentry *root, bool detach);
