// SPDX-License-Identifier: MIT
/*
 * xattr: extended attributes of files: names with values, by which programs
 * keep what a file's attributes have no room for (xattr(7)).
 *
 * Kept by the vnodes of file systems in memory (superblock.keeps_xattrs), in
 * the classes user, trusted and security, as on tmpfs, or elsewhere
 * (superblock.xattr_ops); for all other vnodes and classes the answer is
 * -EOPNOTSUPP. A name is NUL-terminated and at most
 * XATTR_NAME_MAX long; buffers are the kernel's. What c may do is checked
 * here. May sleep; takes vnode.lock.
 */
#pragma once

#include "lib/base.h"

struct cred;
struct vnode;

/* The length of the value; buf gets it unless size is 0. -ENODATA, -ERANGE:
 * it is longer than size. */
ssize_t xattr_get(struct vnode *v, const char *name, void *buf, size_t size,
                  const struct cred *c);

/* flags: XATTR_CREATE (-EEXIST), XATTR_REPLACE (-ENODATA); size is at most
 * XATTR_SIZE_MAX. -EPERM, -EACCES, -EINVAL, -ENOSPC: no memory. */
int xattr_set(struct vnode *v, const char *name, const void *value, size_t size,
              int flags, const struct cred *c);

/* -ENODATA, -EPERM, -EACCES. */
int xattr_remove(struct vnode *v, const char *name, const struct cred *c);

/* The names that c may know of, each with its NUL, in ascending order; how
 * long they are in all. buf gets them unless size is 0: -ERANGE. */
ssize_t xattr_list(struct vnode *v, char *buf, size_t size,
                   const struct cred *c);

/* Of file systems that keep them elsewhere. What the caller may do has been
 * checked; the meaning is that of the functions above. May sleep. */
struct xattr_ops {
    ssize_t (*get)(struct vnode *v, const char *name, void *buf, size_t size);
    int (*set)(struct vnode *v, const char *name, const void *value,
               size_t size, int flags);
    int (*remove)(struct vnode *v, const char *name);
    ssize_t (*list)(struct vnode *v, char *buf, size_t size);
};

/* Frees all that v has; nobody else refers to v any more. */
void xattr_free_all(struct vnode *v);
