// SPDX-License-Identifier: MIT
/*
 * xattr: the attributes of one vnode, in a tree by name. The class of a name,
 * what stands before the first dot, says who may use it (xattr(7)).
 */
#include "vfs/xattr.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "abi/xattr.h"
#include "kernel/cred.h"
#include "kernel/kmalloc.h"
#include "lib/rbtree.h"
#include "lib/string.h"
#include "vfs/vnode.h"

struct xattr {
    struct rb_node node; /* in vnode.xattrs, by name; vnode.lock */
    size_t size;         /* of the value */
    size_t name_size;    /* with the NUL */
    char name[];         /* the value follows */
};

enum xattr_class { CLASS_OTHER, CLASS_USER, CLASS_TRUSTED, CLASS_SECURITY };

/* *rest: the name within the class. */
static enum xattr_class class_of(const char *name, const char **rest)
{
    static const struct {
        const char *prefix;
        enum xattr_class class;
    } classes[] = {
        {"user.", CLASS_USER},
        {"trusted.", CLASS_TRUSTED},
        {"security.", CLASS_SECURITY},
    };

    for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
        size_t len = strlen(classes[i].prefix);

        *rest = name + len;
        if (!strncmp(name, classes[i].prefix, len))
            return classes[i].class;
    }
    *rest = name;
    return CLASS_OTHER;
}

static bool is_capability(const char *name)
{
    return !strcmp(name, "security.capability");
}

static int may_use(const struct vnode *v, unsigned mask, const struct cred *c)
{
    return vnode_permits(v, mask, c) ? 0 : -EACCES;
}

/* May c read (R_OK) or change (W_OK) the attribute, and is there such a class
 * at all? In Linux's order: what does not exist is refused by its class. */
static int check(const struct vnode *v, const char *name, unsigned mask,
                 const struct cred *c)
{
    const char *rest;
    int err = 0, hidden = mask & W_OK ? -EPERM : -ENODATA;

    if ((mask & W_OK) && vnode_writable(v))
        return -EROFS;
    switch (class_of(name, &rest)) {
    case CLASS_USER:
        if (!vnode_is_regular(v) && !vnode_is_dir(v))
            return hidden;
        if ((mask & W_OK) && vnode_is_dir(v) && (v->mode & S_ISVTX) &&
            !vnode_owned(v, c))
            return -EPERM;
        err = may_use(v, mask, c);
        break;
    case CLASS_TRUSTED:
        if (!cred_has(c, CAP_SYS_ADMIN))
            return hidden;
        break;
    case CLASS_SECURITY:
        if ((mask & W_OK) &&
            !cred_has(c, is_capability(name) ? CAP_SETFCAP : CAP_SYS_ADMIN))
            return -EPERM;
        break;
    case CLASS_OTHER:
        err = may_use(v, mask, c);
        return err ? err : -EOPNOTSUPP;
    }
    if (err)
        return err;
    if (!v->sb->keeps_xattrs)
        return -EOPNOTSUPP;
    return *rest ? 0 : -EINVAL;
}

/* The attribute, or NULL with the place for it. Lock held. */
static struct xattr *find(struct vnode *v, const char *name,
                          struct rb_node **parent, struct rb_node ***link)
{
    *link = &v->xattrs.node;
    *parent = NULL;
    while (**link) {
        struct xattr *x = rb_entry(**link, struct xattr, node);
        int order = strcmp(name, x->name);

        if (!order)
            return x;
        *parent = **link;
        *link = order < 0 ? &(*parent)->left : &(*parent)->right;
    }
    return NULL;
}

static struct xattr *create(const char *name, const void *value, size_t size)
{
    size_t name_size = strlen(name) + 1;
    struct xattr *x = kmalloc(sizeof(*x) + name_size + size);

    if (!x)
        return NULL;
    x->size = size;
    x->name_size = name_size;
    memcpy(x->name, name, name_size);
    memcpy(x->name + name_size, value, size);
    return x;
}

ssize_t xattr_get(struct vnode *v, const char *name, void *buf, size_t size,
                  const struct cred *c)
{
    struct rb_node *parent, **link;
    struct xattr *x;
    ssize_t n = check(v, name, R_OK, c);

    if (n)
        return n;
    if (v->sb->xattr_ops)
        return v->sb->xattr_ops->get(v, name, buf, size);
    mutex_lock(&v->lock);
    x = find(v, name, &parent, &link);
    if (!x) {
        n = -ENODATA;
    } else if (size && size < x->size) {
        n = -ERANGE;
    } else {
        n = (ssize_t)x->size;
        if (size)
            memcpy(buf, x->name + x->name_size, x->size);
    }
    mutex_unlock(&v->lock);
    return n;
}

/* capabilities(7): the kinds of values whose user is this machine's root. */
static bool capability_fits(const void *value, size_t size)
{
    uint32_t magic;

    if (size != XATTR_CAPS_SZ_2 && size != XATTR_CAPS_SZ_3)
        return false;
    memcpy(&magic, value, sizeof(magic));
    return (magic & VFS_CAP_REVISION_MASK) ==
           (size == XATTR_CAPS_SZ_2 ? VFS_CAP_REVISION_2 : VFS_CAP_REVISION_3);
}

int xattr_set(struct vnode *v, const char *name, const void *value, size_t size,
              int flags, const struct cred *c)
{
    struct rb_node *parent, **link;
    struct xattr *new, *old;
    int err = check(v, name, W_OK, c);

    if (err)
        return err;
    if (is_capability(name) && !capability_fits(value, size))
        return -EINVAL;
    if (v->sb->xattr_ops)
        return v->sb->xattr_ops->set(v, name, value, size, flags);
    new = create(name, value, size);
    if (!new)
        return -ENOSPC;
    mutex_lock(&v->lock);
    old = find(v, name, &parent, &link);
    if (old && (flags & XATTR_CREATE)) {
        err = -EEXIST;
    } else if (!old && (flags & XATTR_REPLACE)) {
        err = -ENODATA;
    } else {
        if (old) {
            rb_erase(&v->xattrs, &old->node);
            find(v, name, &parent, &link);
        }
        rb_insert(&v->xattrs, parent, link, &new->node);
        vnode_touch_changed(v);
    }
    mutex_unlock(&v->lock);
    kfree(err ? new : old);
    return err;
}

int xattr_remove(struct vnode *v, const char *name, const struct cred *c)
{
    struct rb_node *parent, **link;
    struct xattr *x;
    int err = check(v, name, W_OK, c);

    if (err)
        return err;
    if (v->sb->xattr_ops)
        return v->sb->xattr_ops->remove(v, name);
    mutex_lock(&v->lock);
    x = find(v, name, &parent, &link);
    if (x) {
        rb_erase(&v->xattrs, &x->node);
        vnode_touch_changed(v);
    }
    mutex_unlock(&v->lock);
    kfree(x);
    return x ? 0 : -ENODATA;
}

ssize_t xattr_list(struct vnode *v, char *buf, size_t size,
                   const struct cred *c)
{
    bool all = cred_has(c, CAP_SYS_ADMIN);
    const char *rest;
    size_t used = 0;

    if (v->sb->xattr_ops)
        return v->sb->xattr_ops->list(v, buf, size);
    mutex_lock(&v->lock);
    for (struct rb_node *n = rb_first(&v->xattrs); n; n = rb_next(n)) {
        struct xattr *x = rb_entry(n, struct xattr, node);

        if (!all && class_of(x->name, &rest) == CLASS_TRUSTED)
            continue;
        if (size && size - used < x->name_size) {
            mutex_unlock(&v->lock);
            return -ERANGE;
        }
        if (size)
            memcpy(buf + used, x->name, x->name_size);
        used += x->name_size;
    }
    mutex_unlock(&v->lock);
    return (ssize_t)used;
}

void xattr_free_all(struct vnode *v)
{
    struct rb_node *n;

    while ((n = rb_first(&v->xattrs))) {
        rb_erase(&v->xattrs, n);
        kfree(rb_entry(n, struct xattr, node));
    }
}
