// SPDX-License-Identifier: MIT
/*
 * tree: changes to the tree of names: what mkdir(2), link(2), unlink(2),
 * rename(2) and their relatives do once their arguments are in the kernel.
 *
 * Errors are those of the man pages. Modes come with the umask applied. All
 * of them take the tree lock and may sleep.
 */
#pragma once

#include "vfs/path.h"

/* Makes a directory, symbolic link, device node or regular file; made may be
 * NULL, else gets a reference on its dentry. */
int tree_make(const struct path_start *start, const char *path,
              const struct vnode_make *what, struct dentry **made);
/* As mkdir -p: the directories that path lacks, with mode. */
int tree_make_directories(const struct path_start *start, const char *path,
                          uint32_t mode);
/* The same for path without its last component. */
int tree_make_parents(const struct path_start *start, const char *path,
                      uint32_t mode);
/* Gives the file behind old one more name. */
int tree_link(struct dentry *old, const struct path_start *start,
              const char *path);
/* Makes the node for a name that is free, and gives it that name; borrowed.
 * The tree lock is held. For open(2). */
int tree_make_named(const struct path_last *last, const struct vnode_make *what,
                    const struct cred *c, struct dentry **child);
/* Makes a regular file in the directory that path leads to, without a name:
 * *made, a reference, is one that is not found. linkable: tree_link may give
 * it its first. -EOPNOTSUPP where the file system cannot. */
int tree_make_unnamed(const struct path_start *start, const char *path,
                      unsigned flags, const struct vnode_make *what,
                      bool linkable, struct dentry **made);
int tree_unlink(const struct path_start *start, const char *path);
int tree_rmdir(const struct path_start *start, const char *path);
/* flags: RENAME_NOREPLACE, RENAME_EXCHANGE (-EINVAL for others). */
int tree_rename(const struct path_start *from, const char *from_path,
                const struct path_start *to, const char *to_path,
                unsigned flags);
