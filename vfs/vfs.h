// SPDX-License-Identifier: MIT
/*
 * vfs: setting up the file systems at boot, and the kernel's own use of files.
 *
 * Context: boot, in a thread that may sleep; kernel paths start at the root.
 */
#pragma once

#include "lib/base.h"

struct dentry;
struct fd_table;
struct file;
struct path_start;

/* Mounts a ramfs as the root, with /dev (devices) and /tmp. -ENOMEM. */
int vfs_init(void);

/* Frees all of it again, once nothing is open any more: for tests. */
void vfs_fini(void);

/* What was found in an archive, or what is wrong with it. */
struct vfs_unpack_result {
    size_t entries;
    char error[160]; /* one line: what is wrong, where, what to do */
};

/*
 * Unpacks newc archives (cpio(5)), also several in a row, into the root. The
 * files refer to the archive's memory, [data, data + size) in the direct map,
 * which is theirs from now on: page_adopt has given its pages a reference each,
 * and those that are whole pages of a file go with the file. 0, or a negative
 * errno with the reason in result->error; what came before the error stays
 * unpacked.
 */
int vfs_unpack_cpio(const void *data, size_t size,
                    struct vfs_unpack_result *result);

/* Is this the beginning of an archive that vfs_unpack_cpio understands, or of
 * a compressed one, which it refuses with a reason? */
bool vfs_is_archive(const void *data, size_t size);

/* Makes a regular file of memory, which becomes the file's as above; its
 * directories are made too. An existing file is replaced. */
int vfs_add_extent_file(const char *path, const void *data, size_t size,
                        uint32_t mode);

/* Opens an absolute path for reading; a reference in *file. Errors as
 * open(2), -EISDIR for a directory. */
int vfs_open_kernel(const char *path, struct file **file);

/*
 * Calls fn for every regular file of the root file system that has an execute
 * bit, with its path and size, until fn returns false. Symbolic links are not
 * followed, other file systems not entered. The tree lock is held: fn must not
 * use files. -ENOMEM.
 */
int vfs_for_each_executable(bool (*fn)(void *arg, const char *path,
                                       uint64_t size),
                            void *arg);

/* A table with 0, 1 and 2 on the console's streams; NULL without memory. */
struct fd_table *vfs_create_console_fds(void);

/* The start of walks of the kernel itself: the root of all, borrowed. */
void vfs_kernel_start(struct path_start *start);
