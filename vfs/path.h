// SPDX-License-Identifier: MIT
/*
 * path: from a path to a dentry (path_resolution(7)).
 *
 * A walk runs under the tree lock. Symbolic links are followed in every
 * component but the last, and there as the caller says; at most 40 in all
 * (-ELOOP). A path that ends in a slash must lead to a directory.
 *
 * Errors: -ENOENT (also for an empty path), -ENOTDIR, -EACCES for a directory
 * that may not be searched, -ENAMETOOLONG for a
 * component above 255 bytes or a path above 4095, -ELOOP, -ENOMEM; -EXDEV and
 * -EAGAIN by RESOLVE_*.
 */
#pragma once

#include "abi/limits.h"
#include "vfs/dentry.h"

enum path_flags {
    PATH_FOLLOW = 1,    /* the last component, when it is a link */
    PATH_DIRECTORY = 2, /* must be a directory: -ENOTDIR */
    PATH_EMPTY = 4,     /* an empty path means the start itself */
};

/* Where a walk begins; borrowed. */
struct path_start {
    struct dentry *root;     /* of absolute paths and links; `..` stops there */
    struct dentry *base;     /* of relative paths */
    const struct cred *cred; /* who walks, and owns what is made */
    unsigned resolve;        /* RESOLVE_* of openat2(2) */
};

/* Finds what path names; returns a reference in *found. May sleep. */
int path_walk(const struct path_start *start, const char *path, unsigned flags,
              struct dentry **found);

enum path_last_kind {
    PATH_LAST_NAME,   /* an ordinary name */
    PATH_LAST_DOT,    /* the path ends in . */
    PATH_LAST_DOTDOT, /* the path ends in .. */
    PATH_LAST_ROOT,   /* the path is made of slashes */
    PATH_LAST_FILE,   /* a link led to child by another way than a name */
};

/* The last component of a path, for calls that create or remove a name. */
struct path_last {
    struct dentry *parent; /* a directory, still linked */
    enum path_last_kind kind;
    const char *name; /* not NUL-terminated; within the path or a link */
    size_t len;
    bool slash;           /* something must be a directory: a slash follows */
    struct dentry *child; /* what has the name now, or NULL; borrowed */
};

/*
 * Walks to the directory of the last component. On success the tree lock is
 * held, until path_last_done. PATH_FOLLOW: when the last component is a link,
 * goes on to the name that it points to. child is not moved on to what is
 * mounted on it.
 */
int path_walk_parent(const struct path_start *start, const char *path,
                     unsigned flags, struct path_last *last);
/* The same with the lock held already, and held when it fails too. */
int path_walk_parent_locked(const struct path_start *start, const char *path,
                            unsigned flags, struct path_last *last);
void path_last_done(struct path_last *last);
