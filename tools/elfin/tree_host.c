// SPDX-License-Identifier: MIT
/*
 * tree_host: files and directories of the host, put into a tree.
 */
#include "tools/elfin/tree.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static size_t hash_place(const struct tree *t, dev_t dev, ino_t ino)
{
    uint64_t h = ((uint64_t)ino ^ (uint64_t)dev << 32) * 0x9e3779b97f4a7c15ull;

    return (size_t)(h >> 20) & (t->hash_size - 1);
}

static void hash_put(struct tree *t, struct tree_inode *i)
{
    size_t at = hash_place(t, i->host_dev, i->host_ino);

    while (t->by_host[at])
        at = (at + 1) & (t->hash_size - 1);
    t->by_host[at] = i;
}

static void hash_add(struct tree *t, struct tree_inode *i)
{
    if (t->hash_count * 2 >= t->hash_size) {
        size_t old_size = t->hash_size;
        struct tree_inode **old = t->by_host;

        t->hash_size = MAX(old_size * 2, 64);
        t->by_host = xcalloc(t->hash_size, sizeof(struct tree_inode *));
        for (size_t n = 0; n < old_size; n++)
            if (old[n])
                hash_put(t, old[n]);
        free(old);
    }
    hash_put(t, i);
    t->hash_count++;
}

static struct tree_inode *hash_find(const struct tree *t, const struct stat *st)
{
    size_t at;

    if (!t->hash_size)
        return NULL;
    at = hash_place(t, st->st_dev, st->st_ino);
    for (; t->by_host[at]; at = (at + 1) & (t->hash_size - 1))
        if (t->by_host[at]->host_ino == st->st_ino &&
            t->by_host[at]->host_dev == st->st_dev)
            return t->by_host[at];
    return NULL;
}

static struct tree_inode attr_of(const struct stat *st)
{
    return (struct tree_inode){.mode = st->st_mode,
                               .mtime = st->st_mtime,
                               .rdev = st->st_rdev,
                               .host_dev = st->st_dev,
                               .host_ino = st->st_ino};
}

static int add_regular(struct tree *t, const char *path, const char *src,
                       const struct stat *st)
{
    struct tree_inode attr = attr_of(st), *i = hash_find(t, st);
    int err;

    if (i)
        return tree_add_link(t, path, i);
    if (access(src, R_OK) < 0)
        return -errno;
    attr.source = xstrdup(src);
    attr.size = (uint64_t)st->st_size;
    err = tree_add_inode(t, path, &attr, &i);
    if (!err)
        hash_add(t, i);
    return err;
}

static int add_symlink(struct tree *t, const char *path, const char *src,
                       const struct stat *st)
{
    struct tree_inode attr = attr_of(st);
    char text[4097];
    ssize_t n = readlink(src, text, sizeof(text) - 1);

    if (n < 0)
        return -errno;
    attr.size = (size_t)n;
    attr.owned_data = xstrndup(text, (size_t)n);
    attr.data = attr.owned_data;
    return tree_add_inode(t, path, &attr, NULL);
}

int tree_add_file(struct tree *t, const char *path, const char *src)
{
    struct stat st;

    if (stat(src, &st) < 0)
        return -errno;
    if (S_ISDIR(st.st_mode))
        return -EISDIR;
    if (!S_ISREG(st.st_mode))
        return -ENXIO;
    return add_regular(t, path, src, &st);
}

static int add_any(struct tree *t, const char *path, const char *src,
                   const struct stat *st, char **bad);

static int add_children(struct tree *t, const char *path, const char *src,
                        char **bad)
{
    DIR *dir = opendir(src);
    struct dirent *d;
    int err = 0;

    if (!dir)
        return -errno;
    while (!err && (d = readdir(dir))) {
        char *from, *to;
        struct stat st;

        if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
            continue;
        from = path_join(src, d->d_name);
        to = path_join(path, d->d_name);
        err = lstat(from, &st) < 0 ? -errno : add_any(t, to, from, &st, bad);
        if (err && !*bad)
            *bad = xstrdup(from);
        free(from);
        free(to);
    }
    closedir(dir);
    return err;
}

/* Sockets are left out. */
static int add_alone(struct tree *t, const char *path, const char *src,
                     const struct stat *st)
{
    struct tree_inode attr = attr_of(st);

    if (S_ISREG(st->st_mode))
        return add_regular(t, path, src, st);
    if (S_ISLNK(st->st_mode))
        return add_symlink(t, path, src, st);
    return S_ISSOCK(st->st_mode) ? 0 : tree_add_inode(t, path, &attr, NULL);
}

int tree_add_single(struct tree *t, const char *path, const char *src)
{
    struct stat st;

    return lstat(src, &st) < 0 ? -errno : add_alone(t, path, src, &st);
}

static int add_any(struct tree *t, const char *path, const char *src,
                   const struct stat *st, char **bad)
{
    int err = add_alone(t, path, src, st);

    if (!err && S_ISDIR(st->st_mode))
        err = add_children(t, path, src, bad);
    return err;
}

int tree_add_host(struct tree *t, const char *path, const char *src, char **bad)
{
    struct stat st;
    int err = stat(src, &st) < 0 ? -errno : add_any(t, path, src, &st, bad);

    if (err && !*bad)
        *bad = xstrdup(src);
    return err;
}
