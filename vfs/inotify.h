// SPDX-License-Identifier: MIT
/*
 * inotify: files that tell what happens to other files: inotify(7).
 *
 * Whatever opens, reads or changes a file says so by one of the inline
 * functions here; as long as nobody watches anything each is one test. A watch
 * hangs on its vnode without a reference: when the vnode dies the watch goes
 * and says so. A watch on a directory tells of its entries too, which it knows
 * by the name that they are used by, not by the others they may have.
 *
 * Locking: the inotify lock, a spinlock, covers all watches and events.
 */
#pragma once

#include "abi/inotify.h"
#include "lib/base.h"
#include "vfs/file.h"

/* How many watches there are, of anybody. */
extern uint32_t inotify_watches;

static inline bool inotify_any(void)
{
    return unlikely(inotify_watches);
}

/* --- what happens; mask: one of IN_*, of which IN_ISDIR is added --- */

/* To an open file, or to the one that v is, by name d (NULL: it has none): the
 * directory is told, and who watches the file itself. */
void inotify_tell_file(struct file *f, uint32_t mask);
void inotify_tell_target(struct vnode *v, struct dentry *d, uint32_t mask);
/* To v itself, without its directory. */
void inotify_tell_vnode(struct vnode *v, uint32_t mask);
/* To the entry of dir with this name, which v has or had. */
void inotify_tell_name(struct vnode *dir, const char *name, size_t len,
                       const struct vnode *v, uint32_t mask, uint32_t cookie);

/* What v's names were told of a rename is held together by this number. */
uint32_t inotify_new_cookie(void);

static inline void inotify_file(struct file *f, uint32_t mask)
{
    if (inotify_any())
        inotify_tell_file(f, mask);
}

static inline void inotify_target(struct vnode *v, struct dentry *d,
                                  uint32_t mask)
{
    if (inotify_any())
        inotify_tell_target(v, d, mask);
}

static inline void inotify_vnode(struct vnode *v, uint32_t mask)
{
    if (inotify_any())
        inotify_tell_vnode(v, mask);
}

static inline void inotify_name(struct vnode *dir, const char *name, size_t len,
                                const struct vnode *v, uint32_t mask)
{
    if (inotify_any())
        inotify_tell_name(dir, name, len, v, mask, 0);
}

/* v has no references left; the watches on it go. For vnode_put. */
void inotify_vnode_gone(struct vnode *v);

/* --- the calls --- */

/* inotify_init1(2): a file; flags: IN_NONBLOCK. NULL: no memory. */
struct file *inotify_create(uint32_t flags);
bool inotify_is_file(const struct file *f);

/* inotify_add_watch(2) of a file that may be watched: the watch's number,
 * -EEXIST (IN_MASK_CREATE), -ENOSPC: there are too many; -ENOMEM. */
int inotify_add(struct file *f, struct vnode *v, uint32_t mask);
/* inotify_rm_watch(2): -EINVAL: there is no such watch. */
int inotify_remove(struct file *f, int wd);
