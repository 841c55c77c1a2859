// SPDX-License-Identifier: MIT
/*
 * dentry: a name in a directory, and the cache of all of them.
 *
 * For file systems in memory the cache is the directory: a name exists when
 * its dentry is linked. Names are found by (parent, name) in one hash table
 * that grows with their number; a directory's entries are also in a tree in
 * the order of their creation, which is what getdents walks.
 *
 * A linked dentry holds a reference on its vnode and its parent, and is held
 * by being linked. One that has been unlinked lives on while someone refers
 * to it (an open file, a current directory), and keeps name and parent, but
 * is not found any more.
 *
 * A passing dentry belongs to a file system whose names come and go without a
 * word (/proc): each look-up makes one, and it lives as long as somebody
 * refers to it, at least until the tree lock is let go. It is in no table and
 * no directory's list.
 *
 * Locking: the tree lock covers the table, every parent, name, child and
 * linked flag, mount points, and vnode->names. It stands below the lock of an
 * address space: the program's memory must not be touched while it is held.
 */
#pragma once

#include "lib/base.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "vfs/vnode.h"

#define DENTRY_INLINE_NAME 32

struct mount;

struct dentry {
    uint32_t refs;
    uint32_t hash;
    struct dentry *hash_next;
    struct dentry *parent; /* a reference; NULL for a file system's root */
    struct vnode *vnode;   /* a reference */
    struct mount *mount;   /* on a mount point: what covers it */
    struct mount *root_of; /* on the root of a mounted file system */
    char *name;            /* NUL-terminated; inline_name or allocated */
    uint16_t name_len;
    bool linked;
    bool passing;
    bool rechecked;    /* the file system is asked whether it is still there */
    uint64_t position; /* d_off: grows with each entry of a directory */
    struct rb_node order; /* in parent->children, by position */
    struct rb_root children;
    uint64_t next_position; /* for the next child */
    size_t child_count;
    struct list_node alias; /* in vnode->names while linked */
    uint64_t checked_ns;    /* monotonic; the file system's own */
    char inline_name[DENTRY_INLINE_NAME];
};

/* The tree lock. May sleep. */
void dentry_tree_lock(void);
void dentry_tree_unlock(void);

/* Does the calling thread hold it? */
bool dentry_tree_is_mine(void);

/* A root without a name for a file system; takes no reference on root but its
 * own. NULL without memory. */
struct dentry *dentry_create_root(struct vnode *root);

/* References. The last put frees; any context that may take a mutex. */
void dentry_get(struct dentry *d);
void dentry_put(struct dentry *d);

/*
 * The linked child with this name; borrowed, valid while the lock is held.
 * -ENOENT, or what the file system's lookup says. Lock held.
 */
int dentry_lookup(struct dentry *parent, const char *name, size_t len,
                  struct dentry **child);

/* Drops the caller's reference once the tree lock is let go: until then d may
 * be used like a borrowed one. -ENOMEM: dropped already. Lock held. */
int dentry_keep(struct dentry *d);

/* Links a new child that refers to v. The name must be free. -ENOMEM. Lock
 * held. The result is borrowed. */
int dentry_link(struct dentry *parent, const char *name, size_t len,
                struct vnode *v, struct dentry **child);

/* A dentry below parent that nobody finds, as if it had been unlinked, for a
 * file that has no name yet. Returns a reference; NULL without memory. */
struct dentry *dentry_create_unlinked(struct dentry *parent, const char *name,
                                      size_t len, struct vnode *v);

/* Takes the name away. Lock held. The dentry may be freed by this. */
void dentry_unlink(struct dentry *d);

/* Memory for a name that dentry_move shall give; the caller frees it when
 * there is no move. NULL when none is needed. -ENOMEM. */
int dentry_name_reserve(const char *name, size_t len, char **reserved);

/* Moves d under another parent and name. Another dentry with that name must be
 * unlinked before the lock is let go. Takes reserved. Lock held. */
void dentry_move(struct dentry *d, struct dentry *parent, const char *name,
                 size_t len, char *reserved);

/* Exchanges two names: each dentry gets the other's place. Lock held. */
void dentry_exchange(struct dentry *a, struct dentry *b);

/* Is d the same as ancestor, or below it (across mounts)? Lock held. */
bool dentry_is_below(const struct dentry *d, const struct dentry *ancestor);

/* The first child at or after a position, or NULL. Lock held. */
struct dentry *dentry_child_at(struct dentry *dir, uint64_t position);

/* The dentry after d among those below top, in an order where parents come
 * before children, or NULL. Lock held. */
struct dentry *dentry_next_below(struct dentry *top, struct dentry *d);

/* The directory above d, which for the root of a mount is above the mount
 * point; d itself at the top. Borrowed. Lock held. */
struct dentry *dentry_above(struct dentry *d);

/*
 * The absolute path of d as seen from root: the length without NUL, or
 * -ENAMETOOLONG, or -ENOENT when d has been unlinked, or -EXDEV when it does
 * not lie below root. Takes the tree lock, or finds it held (_locked).
 */
ssize_t dentry_path(struct dentry *d, struct dentry *root, char *buf,
                    size_t size);
ssize_t dentry_path_locked(struct dentry *d, struct dentry *root, char *buf,
                           size_t size);

/* The same for people to read: with " (deleted)" behind a path that leads
 * there no more, and from its own root where d does not lie below root. */
void dentry_describe_locked(struct dentry *d, struct dentry *root, char *buf,
                            size_t size);

/* Unlinks everything below d: for a file system that goes away. Lock held. */
void dentry_unlink_below(struct dentry *d);
