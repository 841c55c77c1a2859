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

/* A new, empty file system: its root directory's vnode, a reference. The
 * superblock belongs to it and goes with its last vnode. -ENOMEM. */
int ramfs_create(const char *type, uint32_t root_mode, struct vnode **root);

/*
 * Makes data[0..size) the contents of a regular file of a ramfs that has none
 * yet. The memory lies in the direct map and is used for nothing else: stores
 * into the file change it. Takes the one reference that each of its whole,
 * aligned pages has (page_adopt), and drops it when the file lets go of the
 * page; other parts must stay. -EINVAL for other vnodes, -EEXIST for a file
 * with contents.
 */
int ramfs_set_extent(struct vnode *v, const void *data, size_t size);
