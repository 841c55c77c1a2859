// SPDX-License-Identifier: MIT
/*
 * path: the walk. What is left to be walked is a stack of texts: the path
 * itself at the bottom, above it the targets of the links being followed. The
 * tree lock, held all the time, keeps every dentry and target in place.
 */
#include "vfs/path.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "lib/string.h"
#include "vfs/mount.h"

struct walk {
    const struct path_start *start;
    struct dentry *root; /* of absolute paths; `..` stops there */
    struct dentry *at;
    const char *rest[ABI_SYMLINKS_MAX + 1];
    unsigned depth; /* of the text being read */
    unsigned links; /* followed so far */
    bool jumped;    /* the last step was a link that is no path */
};

/* The next component, or NULL when all texts are used up. */
static const char *next_component(struct walk *w, size_t *len)
{
    for (;;) {
        const char *p = w->rest[w->depth];
        const char *end;

        while (*p == '/')
            p++;
        if (*p) {
            for (end = p; *end && *end != '/'; end++)
                ;
            *len = (size_t)(end - p);
            w->rest[w->depth] = end;
            return p;
        }
        if (w->depth == 0)
            return NULL;
        w->depth--;
    }
}

/* Was that the last component? If so: did a slash follow? */
static bool at_end(const struct walk *w, bool *slash)
{
    *slash = false;
    for (unsigned i = w->depth + 1; i-- > 0;) {
        for (const char *p = w->rest[i]; *p; p++) {
            if (*p != '/')
                return false;
            *slash = true;
        }
    }
    return true;
}

/* Goes on to d, or to what is mounted there. */
static int enter(struct walk *w, struct dentry *d)
{
    if (unlikely(d->mount) && (w->start->resolve & RESOLVE_NO_XDEV))
        return -EXDEV;
    while (d->mount)
        d = d->mount->root;
    w->at = d;
    return 0;
}

/* Goes to the directory above, which the root does not have. */
static int leave(struct walk *w)
{
    unsigned resolve = w->start->resolve;

    if (w->at == w->root)
        return resolve & RESOLVE_BENEATH ? -EXDEV : 0;
    if (w->at->root_of && (resolve & RESOLVE_NO_XDEV))
        return -EXDEV;
    w->at = dentry_above(w->at);
    return 0;
}

/* Goes where a link leads that is more than a text. */
static int follow_to_file(struct walk *w, struct vnode *link)
{
    unsigned resolve = w->start->resolve;
    struct dentry *to;
    int err;

    if (resolve & (RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS))
        return -ELOOP;
    if (resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT))
        return -EXDEV;
    err = link->ops->follow(link, &to);
    if (!err)
        err = dentry_keep(to);
    if (!err && (resolve & RESOLVE_NO_XDEV) &&
        mount_id_of(to) != mount_id_of(w->at))
        err = -EXDEV;
    if (!err) {
        w->at = to;
        w->jumped = true;
    }
    return err;
}

static int follow_link(struct walk *w, const struct dentry *link)
{
    const char *target = link->vnode->target;

    if (++w->links > ABI_SYMLINKS_MAX ||
        (w->start->resolve & RESOLVE_NO_SYMLINKS))
        return -ELOOP;
    if (link->vnode->ops->follow)
        return follow_to_file(w, link->vnode);
    if (!*target)
        return -ENOENT;
    if (*target == '/' && (w->start->resolve & RESOLVE_BENEATH))
        return -EXDEV;
    if (*target == '/' && (w->start->resolve & RESOLVE_NO_XDEV) &&
        mount_id_of(w->root) != mount_id_of(w->at))
        return -EXDEV;
    if (*target == '/')
        w->at = w->root;
    w->rest[++w->depth] = target;
    return 0;
}

static int end_at(const struct walk *w, enum path_last_kind kind,
                  struct path_last *last)
{
    last->parent = w->at;
    last->kind = kind;
    if (kind != PATH_LAST_FILE && !w->at->linked && w->at->parent)
        return -ENOENT; /* the directory has been removed */
    return 0;
}

static enum path_last_kind kind_of(const char *name, size_t len)
{
    if (len == 1 && name[0] == '.')
        return PATH_LAST_DOT;
    if (len == 2 && name[0] == '.' && name[1] == '.')
        return PATH_LAST_DOTDOT;
    return PATH_LAST_NAME;
}

/* Search permission, which most directories give to everybody. */
static bool may_search(const struct walk *w)
{
    const struct vnode *dir = w->at->vnode;

    return (dir->mode & 0111) == 0111 ||
           vnode_permits(dir, X_OK, w->start->cred);
}

/* Walks to the end, or with last to the last component, which it fills in. */
static int walk(struct walk *w, unsigned flags, struct path_last *last)
{
    bool slash = false, end;
    const char *name;
    size_t len;

    while ((name = next_component(w, &len))) {
        enum path_last_kind kind = kind_of(name, len);
        struct dentry *child = NULL;
        int err = 0;

        w->jumped = false;
        end = at_end(w, &slash);
        if (!vnode_is_dir(w->at->vnode))
            return -ENOTDIR;
        if (!may_search(w))
            return -EACCES;
        if (len > NAME_MAX)
            return -ENAMETOOLONG;
        if (kind != PATH_LAST_NAME) {
            if (end && last)
                return end_at(w, kind, last);
            err = kind == PATH_LAST_DOTDOT ? leave(w) : 0;
            if (err)
                return err;
            continue;
        }
        if ((w->start->resolve & RESOLVE_CACHED) && w->at->vnode->ops->lookup)
            return -EAGAIN; /* it may have to be asked for */
        err = dentry_lookup(w->at, name, len, &child);
        if (err && !(err == -ENOENT && end && last))
            return err;
        if (child && vnode_is_symlink(child->vnode) &&
            (!end || (flags & PATH_FOLLOW) || (slash && !last))) {
            err = follow_link(w, child);
            if (err)
                return err;
            continue;
        }
        if (end && last) {
            last->name = name;
            last->len = len;
            last->slash = slash;
            last->child = child;
            return end_at(w, PATH_LAST_NAME, last);
        }
        err = enter(w, child);
        if (err)
            return err;
    }
    if (last && w->jumped)
        last->child = w->at;
    if (last)
        return end_at(w, w->jumped ? PATH_LAST_FILE : PATH_LAST_ROOT, last);
    if ((slash || (flags & PATH_DIRECTORY)) && !vnode_is_dir(w->at->vnode))
        return -ENOTDIR;
    return 0;
}

static int walk_begin(struct walk *w, const struct path_start *start,
                      const char *path, unsigned flags)
{
    unsigned scoped = RESOLVE_BENEATH | RESOLVE_IN_ROOT;

    w->start = start;
    w->root = start->resolve & scoped ? start->base : start->root;
    w->rest[0] = path;
    w->depth = w->links = 0;
    w->jumped = false;
    w->at = *path == '/' ? w->root : start->base;
    if (*path == '/' && (start->resolve & RESOLVE_BENEATH))
        return -EXDEV;
    if (!*path && !(flags & PATH_EMPTY))
        return -ENOENT;
    return 0;
}

int path_walk(const struct path_start *start, const char *path, unsigned flags,
              struct dentry **found)
{
    struct walk w;
    int err;

    dentry_tree_lock();
    err = walk_begin(&w, start, path, flags);
    if (!err)
        err = walk(&w, flags, NULL);
    if (!err) {
        dentry_get(w.at);
        *found = w.at;
    }
    dentry_tree_unlock();
    return err;
}

int path_walk_parent_locked(const struct path_start *start, const char *path,
                            unsigned flags, struct path_last *last)
{
    struct walk w;
    int err;

    memset(last, 0, sizeof(*last));
    err = walk_begin(&w, start, path, flags);
    if (!err)
        err = walk(&w, flags, last);
    return err;
}

int path_walk_parent(const struct path_start *start, const char *path,
                     unsigned flags, struct path_last *last)
{
    int err;

    dentry_tree_lock();
    err = path_walk_parent_locked(start, path, flags, last);
    if (err)
        dentry_tree_unlock();
    return err;
}

void path_last_done(struct path_last *last)
{
    (void)last;
    dentry_tree_unlock();
}
