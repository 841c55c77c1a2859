// SPDX-License-Identifier: MIT
/*
 * procfs: what the kernel knows of processes and of itself, as files: proc(5).
 * A table of entries (vfs/pseudo.h) for the whole, one for a process, one for
 * sysctl values; a file says what is so, or is not there.
 */
#pragma once

struct dentry;

/* The root of a proc file system, a reference; all share one superblock. NULL:
 * no memory. */
struct dentry *procfs_create_root(void);
