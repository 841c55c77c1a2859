// SPDX-License-Identifier: MIT
/*
 * mount: the list of mounts, and their links into the tree.
 */
#include "vfs/mount.h"

#include "abi/errno.h"
#include "kernel/kmalloc.h"

static struct mount *mounts; /* the root of all is the first */

struct dentry *mount_root(void)
{
    return mounts ? mounts->root : NULL;
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
    return point->mount ? -EBUSY : 0;
}

int mount_add(struct dentry *point, struct dentry *root)
{
    struct mount *m = kzalloc(sizeof(*m)), **last = &mounts;
    int err;

    if (!m)
        return -ENOMEM;
    dentry_tree_lock();
    err = mount_check(point, root);
    if (err)
        goto unlock;
    dentry_get(root);
    m->root = root;
    m->sb = root->vnode->sb;
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
    kfree(m);
    return 0;

unlock:
    dentry_tree_unlock();
    return err;
}
