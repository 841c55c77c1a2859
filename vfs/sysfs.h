// SPDX-License-Identifier: MIT
/*
 * sysfs: what programs ask of the machine: sysfs(5). The paths that have been
 * seen to be read, with what is so here; no tree of devices.
 */
#pragma once

struct dentry;

/* The root of a sysfs, a reference; all share one superblock. NULL: no
 * memory. */
struct dentry *sysfs_create_root(void);
