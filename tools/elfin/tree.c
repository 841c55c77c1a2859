// SPDX-License-Identifier: MIT
/*
 * tree: names and inodes of the root to be packed.
 */
#include "tools/elfin/tree.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_LINKS = 40 }; /* as Linux */

static struct tree_inode *inode_create(struct tree *t,
                                       const struct tree_inode *attr)
{
    struct tree_inode *i = xmalloc(sizeof(*i));

    *i = *attr;
    i->links = 0;
    i->next = t->inodes;
    t->inodes = i;
    return i;
}

void tree_init(struct tree *t)
{
    struct tree_inode root = {.mode = S_IFDIR | 0755, .mtime = time(NULL)};

    *t = (struct tree){.root = xcalloc(1, sizeof(*t->root))};
    t->root->name = xstrdup("");
    t->root->inode = inode_create(t, &root);
    t->root->inode->links = 1;
}

static void entry_destroy(struct tree_entry *e)
{
    for (size_t i = 0; i < e->count; i++)
        entry_destroy(e->children[i]);
    e->inode->links--;
    free(e->children);
    free(e->name);
    free(e);
}

void tree_fini(struct tree *t)
{
    entry_destroy(t->root);
    while (t->inodes) {
        struct tree_inode *i = t->inodes;

        t->inodes = i->next;
        free(i->source);
        free(i->owned_data);
        free(i);
    }
    free(t->by_host);
    *t = (struct tree){0};
}

/* Where name is among e's children, or where it belongs. */
static size_t child_place(const struct tree_entry *e, const char *name,
                          size_t len, bool *found)
{
    size_t low = 0, high = e->count;

    *found = false;
    while (low < high) {
        size_t mid = (low + high) / 2;
        const char *other = e->children[mid]->name;
        int c = strncmp(name, other, len);

        if (c == 0 && other[len])
            c = -1;
        if (c == 0) {
            *found = true;
            return mid;
        }
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

static struct tree_entry *child_find(const struct tree_entry *e,
                                     const char *name, size_t len)
{
    bool found;
    size_t i = child_place(e, name, len, &found);

    return found ? e->children[i] : NULL;
}

static struct tree_entry *child_add(struct tree_entry *dir, const char *name,
                                    size_t len, struct tree_inode *inode)
{
    struct tree_entry *e = xcalloc(1, sizeof(*e));
    bool found;
    size_t i = child_place(dir, name, len, &found);

    e->name = xstrndup(name, len);
    e->parent = dir;
    e->inode = inode;
    inode->links++;
    dir->children =
        xrealloc(dir->children, (dir->count + 1) * sizeof(*dir->children));
    memmove(&dir->children[i + 1], &dir->children[i],
            (dir->count - i) * sizeof(*dir->children));
    dir->children[i] = e;
    dir->count++;
    return e;
}

static struct tree_entry *make_dir(struct tree *t, struct tree_entry *parent,
                                   const char *name, size_t len)
{
    struct tree_inode attr = {.mode = S_IFDIR | 0755,
                              .mtime = t->root->inode->mtime};

    return child_add(parent, name, len, inode_create(t, &attr));
}

/* The text of a symbolic link; its data is not NUL-terminated. */
static char *link_text(const struct tree_inode *i)
{
    return xstrndup(i->data ? i->data : "", i->size);
}

/*
 * Walks path from dir. With make, missing directories are made; without, a
 * missing part gives NULL and -ENOENT. The walk starts anew with the text of
 * each link, so links counts them against loops.
 */
static int walk(struct tree *t, struct tree_entry *dir, const char *path,
                bool follow_last, bool make, unsigned links,
                struct tree_entry **out)
{
    struct tree_entry *e = *path == '/' ? t->root : dir;

    for (;;) {
        struct tree_entry *next;
        size_t n;

        path += strspn(path, "/");
        n = strcspn(path, "/");
        if (n == 0)
            break;
        if (!S_ISDIR(e->inode->mode))
            return -ENOTDIR;
        if (n == 1 && path[0] == '.') {
            next = e;
        } else if (n == 2 && path[0] == '.' && path[1] == '.') {
            next = e->parent ? e->parent : e;
        } else {
            next = child_find(e, path, n);
            if (!next && !make)
                return -ENOENT;
            if (!next)
                next = make_dir(t, e, path, n);
        }
        path += n;
        if (S_ISLNK(next->inode->mode) &&
            (follow_last || path[strspn(path, "/")])) {
            char *text = link_text(next->inode);
            int err = links >= MAX_LINKS
                          ? -ELOOP
                          : walk(t, e, text, true, make, links + 1, &next);

            free(text);
            if (err)
                return err;
        }
        e = next;
    }
    *out = e;
    return 0;
}

struct tree_entry *tree_lookup(const struct tree *t, const char *path,
                               bool follow)
{
    struct tree_entry *e = NULL;

    /* Without make the walk changes nothing. */
    if (walk((struct tree *)(uintptr_t)t, t->root, path, follow, false, 0, &e))
        return NULL;
    return e;
}

char *tree_path(const struct tree_entry *e)
{
    char *above, *path;

    if (!e->parent)
        return xstrdup("/");
    above = tree_path(e->parent);
    path = path_join(above, e->name);
    free(above);
    return path;
}

int tree_add_dir(struct tree *t, const char *path)
{
    struct tree_entry *e;
    int err = walk(t, t->root, path, true, true, 0, &e);

    if (!err && !S_ISDIR(e->inode->mode))
        err = -ENOTDIR;
    return err;
}

int tree_add_link(struct tree *t, const char *path, struct tree_inode *inode)
{
    char *clean = path_normalise(path), *above = path_parent(clean);
    const char *name = strrchr(clean, '/') + 1;
    struct tree_entry *dir, *old;
    int err = walk(t, t->root, above, true, true, 0, &dir);

    if (err)
        goto end;
    err = -ENOTDIR;
    if (!S_ISDIR(dir->inode->mode))
        goto end;
    err = -EISDIR;
    old = *name ? child_find(dir, name, strlen(name)) : t->root;
    if (old && (!*name || S_ISDIR(old->inode->mode)))
        goto end;
    err = 0;
    if (!old) {
        child_add(dir, name, strlen(name), inode);
    } else if (old->inode != inode) {
        old->inode->links--;
        old->inode = inode;
        inode->links++;
    }
end:
    free(clean);
    free(above);
    return err;
}

/* A directory that is there already takes the new attributes. */
static int add_dir_inode(struct tree *t, const char *path,
                         const struct tree_inode *attr, struct tree_inode **out)
{
    struct tree_entry *e;
    int err = walk(t, t->root, path, true, true, 0, &e);

    if (err)
        return err;
    if (!S_ISDIR(e->inode->mode))
        return -ENOTDIR;
    e->inode->mode = attr->mode;
    e->inode->uid = attr->uid;
    e->inode->gid = attr->gid;
    e->inode->mtime = attr->mtime;
    if (out)
        *out = e->inode;
    return 0;
}

int tree_add_inode(struct tree *t, const char *path,
                   const struct tree_inode *attr, struct tree_inode **out)
{
    struct tree_inode *i;

    if (S_ISDIR(attr->mode))
        return add_dir_inode(t, path, attr, out);
    i = inode_create(t, attr);
    if (out)
        *out = i;
    return tree_add_link(t, path, i);
}

int tree_add_data(struct tree *t, const char *path, const char *data,
                  size_t size, mode_t mode)
{
    struct tree_inode attr = {.mode = S_IFREG | (mode & 07777),
                              .mtime = t->root->inode->mtime,
                              .data = data,
                              .size = size};

    return tree_add_inode(t, path, &attr, NULL);
}

int tree_add_text(struct tree *t, const char *path, const char *text,
                  mode_t mode)
{
    struct tree_inode attr = {.mode = S_IFREG | (mode & 07777),
                              .mtime = t->root->inode->mtime,
                              .owned_data = xstrdup(text),
                              .size = strlen(text)};

    attr.data = attr.owned_data;
    return tree_add_inode(t, path, &attr, NULL);
}
