// SPDX-License-Identifier: MIT
/* ramfs_priv: what ramfs.c (names, nodes) and ramfs_file.c (data) share. */
#pragma once

#include "vfs/file.h"
#include "vfs/page_tree.h"
#include "vfs/vnode.h"

/* A file system, with what it may hold; 0: as much as there is memory. */
struct ramfs {
    struct superblock sb;
    uint32_t nodes, max_nodes; /* nodes: a reference each */
    uint64_t pages, max_pages; /* of data; changed atomically */
    uint32_t mode, uid, gid;   /* of the root, as the mount asked for */
};

struct ramfs_node {
    struct vnode vnode;
    /*
     * Regular files; covered by vnode.lock. A page that is in pages is the
     * file's; else, below extent_size, the extent holds the bytes; else they
     * are zeros. extent_size never exceeds the file's size. The node has a
     * reference on every whole, aligned page of the extent.
     */
    struct page_tree pages;
    const uint8_t *extent;
    uint64_t extent_size;
    uint32_t seals;    /* F_SEAL_*; changed with io_lock held, too */
    const char *title; /* of a file without a name; else NULL; fixed */
};

static inline struct ramfs_node *ramfs_node(struct vnode *v)
{
    return container_of(v, struct ramfs_node, vnode);
}

static inline struct ramfs *ramfs_of(const struct vnode *v)
{
    return container_of(v->sb, struct ramfs, sb);
}

/* Counts n pages more. -ENOSPC when that is more than fs may hold. */
int ramfs_charge(struct ramfs *fs, uint64_t n);
void ramfs_uncharge(struct ramfs *fs, uint64_t n);

/* Reads mount options into fs, and says what of it is so. -EINVAL. */
int ramfs_parse_options(struct ramfs *fs, const char *options);
extern const struct superblock_ops ramfs_super_ops;

extern const struct file_ops ramfs_file_ops;
extern const struct vm_object_ops ramfs_object_ops;

/* vnode_ops.truncate of regular files. */
int ramfs_truncate(struct vnode *v, uint64_t size);

/* vnode_ops.fallocate. */
int ramfs_fallocate(struct vnode *v, int mode, uint64_t start, uint64_t len);

/* SEEK_DATA or SEEK_HOLE of lseek(2): -ENXIO. The lock is held. */
int64_t ramfs_seek_space(struct ramfs_node *n, int64_t offset, bool hole);

/* The file's page at index, made when there is none, with a reference for the
 * caller. The lock is held. -ENOMEM, -ENOSPC. */
int ramfs_get_page(struct ramfs_node *n, uint64_t index, struct page **page);

/* Ends the extent at size, and lets go of the pages behind. Lock held. */
void ramfs_extent_cut(struct ramfs_node *n, uint64_t size);
