// SPDX-License-Identifier: MIT
/*
 * fs_context: what paths of a process are relative to: the current directory,
 * the root directory, and the umask. clone's CLONE_FS shares it.
 *
 * Locking: context->lock covers the fields.
 */
#pragma once

#include "kernel/lock.h"
#include "vfs/path.h"

struct fs_context {
    uint32_t refs;
    struct spinlock lock;
    struct dentry *root, *cwd; /* references */
    uint32_t umask;
};

/* One with the root of all as root and current directory and umask 022; NULL
 * without memory. */
struct fs_context *fs_context_create(void);
void fs_context_get(struct fs_context *c);
void fs_context_put(struct fs_context *c);
/* A new one with the same contents (fork); NULL without memory. */
struct fs_context *fs_context_copy(struct fs_context *c);

/* dir must be a directory; takes its own reference. */
void fs_context_set_cwd(struct fs_context *c, struct dentry *dir);
void fs_context_set_root(struct fs_context *c, struct dentry *dir);

/* The start of a walk by user 0, with references; base NULL: the current
 * directory. */
void fs_context_start(struct fs_context *c, struct dentry *base,
                      struct path_start *start);
void path_start_put(struct path_start *start);

/* The calling thread's own. */
struct fs_context *fs_context_current(void);
