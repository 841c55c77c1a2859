// SPDX-License-Identifier: MIT
/*
 * tree: creating, linking, removing and renaming names. Each function checks
 * what its man page lists, in the order in which Linux finds the errors, lets
 * the file system do its part, and then changes the name cache; what can fail
 * comes before what cannot be undone.
 */
#include "vfs/tree.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "kernel/cred.h"
#include "kernel/kmalloc.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "vfs/inotify.h"

/* May c add a name to dir, or take one away? */
static int may_change(const struct vnode *dir, const struct cred *c)
{
    if (vnode_writable(dir))
        return -EROFS;
    return vnode_permits(dir, W_OK | X_OK, c) ? 0 : -EACCES;
}

/* In a sticky directory names belong to the owner of their file. */
static int may_remove(const struct vnode *dir, const struct vnode *victim,
                      const struct cred *c)
{
    int err = may_change(dir, c);

    if (!err && (dir->mode & S_ISVTX) && c->fsuid != victim->uid &&
        !vnode_owned(dir, c))
        err = -EPERM;
    return err;
}

/* What a new node takes from a set-group-id directory (inode(7)). */
static void inherit_group(const struct vnode *dir, struct vnode_make *what,
                          const struct cred *c)
{
    const uint32_t runs_as_group = S_ISGID | S_IXGRP;

    if (!(dir->mode & S_ISGID))
        return;
    what->gid = dir->gid;
    if (S_ISDIR(what->mode))
        what->mode |= S_ISGID;
    else if ((what->mode & runs_as_group) == runs_as_group &&
             !cred_in_group(c, dir->gid) && !cred_has(c, CAP_FSETID))
        what->mode &= ~(uint32_t)S_ISGID;
}

static struct vnode_name name_of(const struct path_last *last)
{
    return (struct vnode_name){last->name, last->len};
}

int tree_make_named(const struct path_last *last, const struct vnode_make *what,
                    const struct cred *c, struct dentry **child)
{
    const struct vnode_name name = name_of(last);
    struct vnode *dir = last->parent->vnode, *v;
    struct vnode_make as = *what;
    int err = may_change(dir, c);

    if (err)
        return err;
    if ((S_ISCHR(as.mode) || S_ISBLK(as.mode)) && !cred_has(c, CAP_MKNOD))
        return -EPERM;
    if (!dir->ops->make)
        return -EPERM;
    inherit_group(dir, &as, c);
    err = dir->ops->make(dir, &name, &as, &v);
    if (err)
        return err;
    err = dentry_link(last->parent, last->name, last->len, v, child);
    if (err)
        dir->ops->unlink(dir, &name, v); /* its first name is not to be */
    else
        inotify_name(dir, last->name, last->len, v, IN_CREATE);
    vnode_put(v);
    return err;
}

/* tree_make_unnamed, the directory being found. */
static int make_unnamed_in(struct dentry *at, const struct vnode_make *what,
                           const struct cred *c, bool linkable,
                           struct dentry **made)
{
    struct vnode *dir = at->vnode, *v;
    struct vnode_make as = *what;
    char name[24];
    int len, err = may_change(dir, c);

    if (err)
        return err;
    if (!dir->ops->make_unnamed)
        return -EOPNOTSUPP;
    inherit_group(dir, &as, c);
    err = dir->ops->make_unnamed(dir, &as, &v);
    if (err)
        return err;
    v->linkable = linkable;
    len = snprintf(name, sizeof(name), "#%lu", v->ino); /* as Linux calls it */
    *made = dentry_create_unlinked(at, name, (size_t)len, v);
    vnode_put(v);
    return *made ? 0 : -ENOMEM;
}

int tree_make_unnamed(const struct path_start *start, const char *path,
                      unsigned flags, const struct vnode_make *what,
                      bool linkable, struct dentry **made)
{
    struct dentry *at;
    int err = path_walk(start, path, flags | PATH_DIRECTORY, &at);

    if (err)
        return err;
    dentry_tree_lock();
    err = make_unnamed_in(at, what, start->cred, linkable, made);
    dentry_tree_unlock();
    dentry_put(at);
    return err;
}

static int check_new_name(const struct path_last *last, bool directory)
{
    if (last->kind != PATH_LAST_NAME || last->child)
        return -EEXIST;
    if (last->slash && !directory)
        return -ENOENT;
    return 0;
}

int tree_make(const struct path_start *start, const char *path,
              const struct vnode_make *what, struct dentry **made)
{
    struct path_last last;
    struct dentry *child;
    int err = path_walk_parent(start, path, 0, &last);

    if (err)
        return err;
    err = check_new_name(&last, S_ISDIR(what->mode));
    if (!err)
        err = tree_make_named(&last, what, start->cred, &child);
    if (!err && made) {
        dentry_get(child);
        *made = child;
    }
    path_last_done(&last);
    return err;
}

/* Makes the directories of path[0..len), one after the other. */
static int make_each(const struct path_start *start, const char *path,
                     size_t len, uint32_t mode)
{
    const struct vnode_make what = {.mode = S_IFDIR | mode};
    char prefix[PATH_MAX];
    int err = 0;

    if (len >= sizeof(prefix))
        return -ENAMETOOLONG;
    for (size_t i = 1; i <= len && !err; i++) {
        if (i < len && (path[i] != '/' || path[i - 1] == '/'))
            continue;
        memcpy(prefix, path, i);
        prefix[i] = '\0';
        err = tree_make(start, prefix, &what, NULL);
        if (err == -EEXIST)
            err = 0; /* if it is no directory, the next step finds out */
    }
    return err;
}

int tree_make_directories(const struct path_start *start, const char *path,
                          uint32_t mode)
{
    struct dentry *d;
    int err = make_each(start, path, strlen(path), mode);

    if (err)
        return err;
    err = path_walk(start, path, PATH_FOLLOW | PATH_DIRECTORY, &d);
    if (!err)
        dentry_put(d);
    return err;
}

int tree_make_parents(const struct path_start *start, const char *path,
                      uint32_t mode)
{
    size_t len = strlen(path);

    while (len > 0 && path[len - 1] == '/')
        len--;
    while (len > 0 && path[len - 1] != '/')
        len--;
    return make_each(start, path, len, mode);
}

int tree_link(struct dentry *old, const struct path_start *start,
              const char *path)
{
    struct vnode *v = old->vnode, *dir;
    struct vnode_name name;
    struct path_last last;
    struct dentry *child;
    int err = path_walk_parent(start, path, 0, &last);

    if (err)
        return err;
    dir = last.parent->vnode;
    name = name_of(&last);
    err = check_new_name(&last, false);
    if (err)
        goto done;
    if (dir->sb != v->sb)
        err = -EXDEV;
    else
        err = may_change(dir, start->cred);
    if (err)
        goto done;
    if (vnode_is_dir(v) || !dir->ops->link)
        err = -EPERM;
    else if (v->nlink == 0 && !v->linkable)
        err = -ENOENT; /* its last name is gone; it does not come back */
    else
        err = dir->ops->link(dir, &name, v);
    if (err)
        goto done;
    err = dentry_link(last.parent, last.name, last.len, v, &child);
    if (err) {
        dir->ops->unlink(dir, &name, v);
        goto done;
    }
    v->linkable = false;
    inotify_vnode(v, IN_ATTRIB);
    inotify_name(dir, last.name, last.len, v, IN_CREATE);
done:
    path_last_done(&last);
    return err;
}

/* Unlinks the name, and tells who watches. */
static void tell_removed(struct path_last *last)
{
    struct vnode *v = last->child->vnode;

    vnode_get(v);
    if (!vnode_is_dir(v))
        inotify_tell_vnode(v, IN_ATTRIB); /* it has a name less */
    dentry_unlink(last->child);
    inotify_tell_name(last->parent->vnode, last->name, last->len, v, IN_DELETE,
                      0);
    vnode_put(v);
}

static int remove_named(struct path_last *last)
{
    const struct vnode_name name = name_of(last);
    struct vnode *dir = last->parent->vnode;
    struct dentry *child = last->child;
    int err;

    if (child->mount)
        return -EBUSY;
    if (!dir->ops->unlink)
        return -EPERM;
    err = dir->ops->unlink(dir, &name, child->vnode);
    if (err)
        return err;
    if (inotify_any()) {
        tell_removed(last);
        return 0;
    }
    dentry_unlink(child);
    return 0;
}

int tree_unlink(const struct path_start *start, const char *path)
{
    struct path_last last;
    int err = path_walk_parent(start, path, 0, &last);

    if (err)
        return err;
    if (last.kind != PATH_LAST_NAME)
        err = -EISDIR;
    else if (!last.child)
        err = -ENOENT;
    else if (last.slash)
        err = vnode_is_dir(last.child->vnode) ? -EISDIR : -ENOTDIR;
    else
        err = may_remove(last.parent->vnode, last.child->vnode, start->cred);
    if (!err)
        err = vnode_is_dir(last.child->vnode) ? -EISDIR : remove_named(&last);
    path_last_done(&last);
    return err;
}

int tree_rmdir(const struct path_start *start, const char *path)
{
    struct path_last last;
    int err = path_walk_parent(start, path, 0, &last);

    if (err)
        return err;
    if (last.kind == PATH_LAST_ROOT)
        err = -EBUSY;
    else if (last.kind == PATH_LAST_DOT)
        err = -EINVAL;
    else if (last.kind == PATH_LAST_DOTDOT)
        err = -ENOTEMPTY;
    else if (!last.child)
        err = -ENOENT;
    else
        err = may_remove(last.parent->vnode, last.child->vnode, start->cred);
    if (err)
        goto done;
    if (!vnode_is_dir(last.child->vnode))
        err = -ENOTDIR;
    else if (last.child->mount)
        err = -EBUSY;
    else if (last.child->child_count)
        err = -ENOTEMPTY;
    else
        err = remove_named(&last);
done:
    path_last_done(&last);
    return err;
}

/* --- rename --- */

/* Kinds and slashes of both ends, before anything is compared. */
static int check_rename_ends(const struct path_last *from,
                             const struct path_last *to, unsigned flags)
{
    if (from->parent->vnode->sb != to->parent->vnode->sb)
        return -EXDEV;
    if (from->kind != PATH_LAST_NAME)
        return -EBUSY;
    if (to->kind != PATH_LAST_NAME)
        return (flags & RENAME_NOREPLACE) ? -EEXIST : -EBUSY;
    if (!from->child)
        return -ENOENT;
    if ((flags & RENAME_NOREPLACE) && to->child)
        return -EEXIST;
    if ((flags & RENAME_EXCHANGE) && !to->child)
        return -ENOENT;
    if (!vnode_is_dir(from->child->vnode) &&
        (from->slash || (!(flags & RENAME_EXCHANGE) && to->slash)))
        return -ENOTDIR;
    if ((flags & RENAME_EXCHANGE) && to->slash &&
        !vnode_is_dir(to->child->vnode))
        return -ENOTDIR;
    return 0;
}

/* Permission to take both names, and to give directories another parent. */
static int may_rename(const struct path_last *from, const struct path_last *to,
                      unsigned flags, const struct cred *c)
{
    const struct vnode *a = from->parent->vnode, *b = to->parent->vnode;
    const struct vnode *old = from->child->vnode;
    const struct vnode *new = to->child ? to->child->vnode : NULL;
    int err = may_remove(a, old, c);

    if (!err)
        err = new ? may_remove(b, new, c) : may_change(b, c);
    if (err || a == b)
        return err;
    if (vnode_is_dir(old) && !vnode_permits(old, W_OK, c))
        return -EACCES;
    if ((flags & RENAME_EXCHANGE) && vnode_is_dir(new) &&
        !vnode_permits(new, W_OK, c))
        return -EACCES;
    return 0;
}

/* May from's node take to's place? */
static int check_replace(const struct path_last *from,
                         const struct path_last *to, unsigned flags,
                         const struct cred *c)
{
    const struct dentry *old = from->child, *new = to->child;
    int err;

    if (dentry_is_below(to->parent, old))
        return -EINVAL; /* a directory into itself */
    if (new &&dentry_is_below(from->parent, new))
        return (flags & RENAME_EXCHANGE) ? -EINVAL : -ENOTEMPTY;
    err = may_rename(from, to, flags, c);
    if (err)
        return err;
    if (old->mount || (new &&new->mount))
        return -EBUSY;
    if (!new || (flags & RENAME_EXCHANGE))
        return 0;
    if (vnode_is_dir(old->vnode) && !vnode_is_dir(new->vnode))
        return -ENOTDIR;
    if (!vnode_is_dir(old->vnode) && vnode_is_dir(new->vnode))
        return -EISDIR;
    return new->child_count ? -ENOTEMPTY : 0;
}

/* One name's way, as inotify(7) tells it. */
static void tell_moved(const struct path_last *from, const struct path_last *to,
                       struct vnode *v, struct vnode *victim)
{
    uint32_t cookie = inotify_new_cookie();

    inotify_tell_name(from->parent->vnode, from->name, from->len, v,
                      IN_MOVED_FROM, cookie);
    inotify_tell_name(to->parent->vnode, to->name, to->len, v, IN_MOVED_TO,
                      cookie);
    if (victim)
        inotify_tell_vnode(victim, IN_ATTRIB);
    inotify_tell_vnode(v, IN_MOVE_SELF);
}

/* Lets the file system do its part. */
static int rename_below(const struct path_last *from,
                        const struct path_last *to, bool exchange)
{
    const struct vnode_rename r = {
        .from = from->parent->vnode,
        .to = to->parent->vnode,
        .from_name = name_of(from),
        .to_name = name_of(to),
        .v = from->child->vnode,
        .other = to->child ? to->child->vnode : NULL,
        .exchange = exchange,
    };

    return r.from->ops->rename(&r);
}

static int exchange(struct path_last *from, struct path_last *to)
{
    int err = rename_below(from, to, true);

    if (err)
        return err;
    dentry_exchange(from->child, to->child);
    if (inotify_any()) {
        tell_moved(from, to, from->child->vnode, NULL);
        tell_moved(to, from, to->child->vnode, NULL);
    }
    return 0;
}

static int replace(struct path_last *from, struct path_last *to)
{
    struct dentry *victim = to->child;
    char *name;
    int err;

    err = dentry_name_reserve(to->name, to->len, &name);
    if (err)
        return err;
    err = rename_below(from, to, false);
    if (err) {
        kfree(name);
        return err;
    }
    dentry_move(from->child, to->parent, to->name, to->len, name);
    if (inotify_any())
        tell_moved(from, to, from->child->vnode, victim ? victim->vnode : NULL);
    if (victim)
        dentry_unlink(victim);
    return 0;
}

static int rename_named(struct path_last *from, struct path_last *to,
                        unsigned flags, const struct cred *c)
{
    int err = check_rename_ends(from, to, flags);

    if (!err && to->child && from->child->vnode == to->child->vnode)
        return 0; /* two names of one file: nothing to do, by POSIX */
    if (!err)
        err = check_replace(from, to, flags, c);
    if (!err && !from->parent->vnode->ops->rename)
        err = -EPERM;
    if (err)
        return err;
    if (flags & RENAME_EXCHANGE)
        return exchange(from, to);
    return replace(from, to);
}

/* The second walk may have found that names of the first are there no more. */
static bool has_gone(const struct path_last *last)
{
    return (last->child && !last->child->linked) ||
           (!last->parent->linked && last->parent->parent);
}

int tree_rename(const struct path_start *from, const char *from_path,
                const struct path_start *to, const char *to_path,
                unsigned flags)
{
    struct path_last a, b;
    int err;

    if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE))
        return -EINVAL;
    if ((flags & RENAME_NOREPLACE) && (flags & RENAME_EXCHANGE))
        return -EINVAL;
    dentry_tree_lock();
    err = path_walk_parent_locked(from, from_path, 0, &a);
    if (!err)
        err = path_walk_parent_locked(to, to_path, 0, &b);
    if (!err && has_gone(&a))
        err = -ENOENT;
    if (!err)
        err = rename_named(&a, &b, flags, from->cred);
    dentry_tree_unlock();
    return err;
}
