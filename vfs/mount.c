// SPDX-License-Identifier: MIT
/*
 * mount: the list of mounts, and their links into the tree.
 */
#include "vfs/mount.h"

#include "abi/errno.h"
#include "abi/mount.h"
#include "kernel/kmalloc.h"
#include "lib/string.h"

static struct mount *mounts; /* the root of all is the first */

struct dentry *mount_root(void)
{
    return mounts ? mounts->root : NULL;
}

const struct mount *mount_first(void)
{
    return mounts;
}

/* The first mount with an id above this one; a reference on its root. */
static struct dentry *root_after(int id, int *found)
{
    struct dentry *root = NULL;

    dentry_tree_lock();
    for (const struct mount *m = mounts; m && !root; m = m->next) {
        if (m->id > id) {
            root = m->root;
            dentry_get(root);
            *found = m->id;
        }
    }
    dentry_tree_unlock();
    return root;
}

void mount_sync_all(void)
{
    struct dentry *root;
    int id = 0;

    while ((root = root_after(id, &id))) {
        superblock_sync(root->vnode->sb);
        dentry_put(root);
    }
}

int mount_id_of(const struct dentry *d)
{
    while (d->parent)
        d = d->parent;
    return d->root_of ? d->root_of->id : 0;
}

static int mount_check(const struct dentry *point, const struct dentry *root)
{
    if (!vnode_is_dir(root->vnode))
        return -ENOTDIR;
    if (root->root_of)
        return -EBUSY;
    if (!point)
        return mounts ? -EBUSY : 0;
    if (!vnode_is_dir(point->vnode))
        return -ENOTDIR;
    if (point->passing)
        return -EINVAL;
    return point->mount ? -EBUSY : 0;
}

int mount_add(struct dentry *point, struct dentry *root, const char *source,
              unsigned flags)
{
    struct mount *m = kzalloc(sizeof(*m)), **last = &mounts;
    static int last_id;
    int err = -ENOMEM;

    if (m)
        m->source = kstrndup(source, strlen(source));
    if (!m || !m->source)
        goto free;
    dentry_tree_lock();
    err = mount_check(point, root);
    if (err)
        goto unlock;
    dentry_get(root);
    m->id = ++last_id;
    m->root = root;
    m->sb = root->vnode->sb;
    m->sb->flags = flags & MOUNT_FLAGS;
    root->root_of = m;
    if (point) {
        dentry_get(point);
        m->point = point;
        point->mount = m;
    }
    while (*last)
        last = &(*last)->next;
    *last = m;
    dentry_tree_unlock();
    return 0;

unlock:
    dentry_tree_unlock();
free:
    if (m)
        kfree(m->source);
    kfree(m);
    return err;
}

int mount_remove(struct dentry *root)
{
    struct mount *m, **link = &mounts;
    int err = -EINVAL;

    dentry_tree_lock();
    m = root->root_of;
    if (!m)
        goto unlock;
    err = -EBUSY;
    for (struct mount *o = mounts; o; o = o->next) {
        if (o != m && o->point && dentry_is_below(o->point, root))
            goto unlock;
    }
    while (*link != m)
        link = &(*link)->next;
    *link = m->next;
    root->root_of = NULL;
    if (m->point)
        m->point->mount = NULL;
    dentry_tree_unlock();
    dentry_put(m->root);
    dentry_put(m->point);
    kfree(m->source);
    kfree(m);
    return 0;

unlock:
    dentry_tree_unlock();
    return err;
}

bool mount_is_root(const struct dentry *d)
{
    bool is;

    dentry_tree_lock();
    is = d->root_of;
    dentry_tree_unlock();
    return is;
}

int mount_change(struct dentry *d, const char *options, unsigned flags)
{
    struct superblock *sb = d->vnode->sb;
    int err = 0;

    if (!mount_is_root(d))
        return -EINVAL;
    if ((flags & MS_RDONLY) && !(sb->flags & MS_RDONLY) &&
        __atomic_load_n(&sb->writers, __ATOMIC_RELAXED))
        return -EBUSY;
    if (sb->fs_ops && sb->fs_ops->remount)
        err = sb->fs_ops->remount(sb, options);
    if (!err)
        sb->flags = flags & MOUNT_FLAGS;
    return err;
}

/* --- umount2(2) ---------------------------------------------------------- */

/* Does somebody refer to d besides the tree? own: the tree's references. */
static bool in_use(const struct dentry *d, size_t own)
{
    return d->refs > own + d->child_count ||
           (own == 1 && d->vnode->refs > 1 && d->vnode->nlink <= 1);
}

static bool any_in_use(struct dentry *root, size_t own)
{
    struct dentry *d = root;

    if (in_use(root, own))
        return true;
    while ((d = dentry_next_below(root, d)))
        if (in_use(d, 1))
            return true;
    return false;
}

int mount_take_away(struct dentry *root, bool detach)
{
    int err = 0;

    superblock_sync(root->vnode->sb); /* what has to be written is in use */
    dentry_tree_lock();
    if (!root->root_of)
        err = -EINVAL;
    else if (!root->root_of->point)
        err = -EBUSY;
    /* the creator's reference has gone; the mount's and the caller's stay */
    else if (!detach && any_in_use(root, 2))
        err = -EBUSY;
    dentry_tree_unlock();
    if (!err)
        err = mount_remove(root);
    if (err)
        return err;
    dentry_tree_lock();
    dentry_unlink_below(root);
    dentry_tree_unlock();
    return 0;
}
