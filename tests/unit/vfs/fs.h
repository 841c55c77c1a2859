// SPDX-License-Identifier: MIT
/*
 * fs: a root file system for a test, and short words for what tests do in it.
 * Paths are absolute. What a test opened or got it gives back itself.
 */
#pragma once

#include "tests/unit/unit.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "vfs/file.h"
#include "vfs/path.h"

/* The whole of vfs_init, and its opposite. */
void fs_up(void);
void fs_down(void);

struct path_start fs_root(void);

/* These return what the calls return: 0 or a negative errno. */
int fs_mkdir(const char *path);
int fs_symlink(const char *target, const char *path);
int fs_touch(const char *path); /* an empty file, which must not be there */
int fs_link(const char *old, const char *path);
int fs_unlink(const char *path);
int fs_rmdir(const char *path);
int fs_rename(const char *from, const char *to, unsigned flags);

/* The result of a walk that follows links, without keeping the dentry. */
int fs_walk(const char *path, unsigned flags);

/* Does path lead to the same vnode as other? */
bool fs_same(const char *path, const char *other);
/* The vnode at path, which must be there; borrowed, links not followed. */
struct vnode *fs_vnode(const char *path);

/* open(2) that must succeed; a reference. */
struct file *fs_open(const char *path, uint32_t flags);
int fs_open_error(const char *path, uint32_t flags);

/* read(2) and write(2) at the file's offset, with memory of the program. */
ssize_t fs_read(struct file *f, void *buf, size_t len);
ssize_t fs_write(struct file *f, const void *buf, size_t len);

/* Writes text to a new file; reads a file and compares. */
void fs_put_text(const char *path, const char *text);
bool fs_has_text(const char *path, const char *text);
