// SPDX-License-Identifier: MIT
/*
 * ramfs: a file system whose data lives in kernel pages.
 *
 * A regular file may begin as an extent of memory that came with the machine
 * (the initial RAM disk): its whole, page-aligned pages are the file's pages
 * without a copy; other parts are copied when someone needs them as a page.
 */
#pragma once

#include "vfs/vnode.h"

struct dentry;
struct file_ops;

/* A new, empty file system: its root directory's vnode, a reference. The
 * superblock belongs to it and goes with its last vnode. -ENOMEM. */
int ramfs_create(const char *type, uint32_t root_mode, struct vnode **root);
/* The same as mount(2) asks for it: of type tmpfs or ramfs, with the options
 * of tmpfs(5); the dentry of its root, a reference. -EINVAL. */
int ramfs_mount(const char *type, const char *options, struct dentry **root);
/* The same with the dentry that a mount wants; a reference. NULL: no memory. */
struct dentry *ramfs_create_root(const char *type, uint32_t root_mode);

/*
 * A regular, empty file that has no name and no file system that is mounted;
 * it lives as long as descriptors and mappings. title, copied, is what
 * messages and /proc/self/maps call it; seals are F_SEAL_*. -ENOMEM.
 */
int ramfs_create_unnamed(const struct vnode_make *what, const char *title,
                         uint32_t seals, struct vnode **v);

/* For file_create over such a vnode. */
const struct file_ops *ramfs_file_operations(void);

/* F_GET_SEALS: the seals of a regular file of a ramfs; -EINVAL for others.
 * They are stable while io_lock is held. */
int ramfs_seals(const struct vnode *v);

/* F_ADD_SEALS. -EINVAL, -EPERM for a file that is sealed against it, -EBUSY
 * for F_SEAL_WRITE while someone may store through a mapping. May sleep. */
int ramfs_add_seals(struct vnode *v, uint32_t seals);

/*
 * Makes data[0..size) the contents of a regular file of a ramfs that has none
 * yet. The memory lies in the direct map and is used for nothing else: stores
 * into the file change it. Takes the one reference that each of its whole,
 * aligned pages has (page_adopt), and drops it when the file lets go of the
 * page; other parts must stay. -EINVAL for other vnodes, -EEXIST for a file
 * with contents.
 */
int ramfs_set_extent(struct vnode *v, const void *data, size_t size);

/* How many pages of memory the data of all files in memory take. */
uint64_t ramfs_total_pages(void);
