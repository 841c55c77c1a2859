// SPDX-License-Identifier: MIT
/*
 * at_path: the pair of a directory descriptor and a path of the program, as
 * openat(2) and its relatives take it.
 */
#pragma once

#include "kernel/uaccess.h"
#include "vfs/path.h"

struct vnode;

struct at_path {
    struct path_start start; /* references */
    const char *path;
    char *large; /* what path lies in when it is long */
    char small[160];
};

/*
 * Copies the path, and finds where it starts: the directory behind fd, the
 * current directory for AT_FDCWD. An absolute path does not look at fd.
 * -EFAULT, -ENAMETOOLONG, -ENOMEM, -EBADF, -ENOTDIR for a descriptor without
 * a place in the tree (whether it is a directory shows during the walk).
 * at_path_put gives all back.
 */
int at_path_get(struct at_path *at, int fd, const char user *path);
/* The same for a walk with RESOLVE_*; an absolute path may look at fd then. */
int at_path_get_resolve(struct at_path *at, int fd, const char user *path,
                        unsigned resolve);
void at_path_put(struct at_path *at);

/* A path that was not found (err is -ENOENT) is noted for kernel/doctor.h;
 * at_path_walk does so by itself. */
void at_path_note(const struct at_path *at, long err);

/* What path names; a reference. flags: PATH_*. */
int at_path_walk(int fd, const char user *path, unsigned flags,
                 struct dentry **found);

/*
 * The same for calls that take AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH: with an
 * empty path and AT_EMPTY_PATH, the file behind fd, of whatever kind. follow:
 * unless AT_SYMLINK_NOFOLLOW is given.
 */
int at_path_vnode(int fd, const char user *path, unsigned at_flags,
                  struct vnode **found);

/* The same with the name that it was found by, a reference too; NULL: fd's
 * file has none. */
int at_path_named(int fd, const char user *path, unsigned at_flags,
                  struct vnode **found, struct dentry **name);
