// SPDX-License-Identifier: MIT
/*
 * cpio_read: the files of a newc archive, put into a tree.
 *
 * The archive is not trusted: every length is checked against what is left of
 * it, and names cannot leave the tree.
 */
#include "tools/elfin/cpio.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

enum { HEADER = 110 };

enum field {
    F_INO,
    F_MODE,
    F_UID,
    F_GID,
    F_NLINK,
    F_MTIME,
    F_FILESIZE,
    F_DEVMAJOR,
    F_DEVMINOR,
    F_RDEVMAJOR,
    F_RDEVMINOR,
    F_NAMESIZE,
    F_CHECK,
    F_COUNT
};

struct reader {
    struct tree *tree;
    const char *data;
    size_t size, pos;
    struct {
        uint32_t ino, major, minor;
        struct tree_inode *inode;
    } * linked; /* hard-linked files seen in this archive */
    size_t linked_count;
};

static bool hex8(const char *s, uint32_t *out)
{
    uint32_t n = 0;

    for (int i = 0; i < 8; i++) {
        char c = s[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : 16;
        if (digit > 15)
            return false;
        n = n << 4 | digit;
    }
    *out = n;
    return true;
}

static char *problem_at(const struct reader *r, const char *what)
{
    return xasprintf("%s at byte %zu", what, r->pos);
}

/* The fields, name and data of the entry at pos; moves on behind it. */
static char *next_entry(struct reader *r, uint32_t *f, const char **name,
                        const char **data)
{
    const char *p = r->data + r->pos;
    size_t left = r->size - r->pos, data_at;

    if (left < HEADER)
        return problem_at(r, "it is cut off");
    if (memcmp(p, "07070", 5) || (p[5] != '1' && p[5] != '2'))
        return problem_at(r, "there is no newc header");
    for (int i = 0; i < F_COUNT; i++)
        if (!hex8(p + 6 + 8 * i, &f[i]))
            return problem_at(r, "there is a header that has no hex number");
    if (f[F_NAMESIZE] == 0 || f[F_NAMESIZE] > left - HEADER)
        return problem_at(r, "a name is cut off");
    *name = p + HEADER;
    if ((*name)[f[F_NAMESIZE] - 1] != '\0')
        return problem_at(r, "a name has no end");
    data_at = ALIGN_UP(r->pos + HEADER + f[F_NAMESIZE], 4);
    if (data_at > r->size || f[F_FILESIZE] > r->size - data_at)
        return problem_at(r, "the data of a file is cut off");
    *data = r->data + data_at;
    r->pos = MIN(ALIGN_UP(data_at + f[F_FILESIZE], 4), r->size);
    return NULL;
}

/* The inode that an earlier entry with the same number made, or NULL. */
static struct tree_inode *find_linked(const struct reader *r, const uint32_t *f)
{
    for (size_t i = 0; i < r->linked_count; i++)
        if (r->linked[i].ino == f[F_INO] &&
            r->linked[i].major == f[F_DEVMAJOR] &&
            r->linked[i].minor == f[F_DEVMINOR])
            return r->linked[i].inode;
    return NULL;
}

static void remember_linked(struct reader *r, const uint32_t *f,
                            struct tree_inode *inode)
{
    r->linked = xrealloc(r->linked, (r->linked_count + 1) * sizeof(*r->linked));
    r->linked[r->linked_count].ino = f[F_INO];
    r->linked[r->linked_count].major = f[F_DEVMAJOR];
    r->linked[r->linked_count].minor = f[F_DEVMINOR];
    r->linked[r->linked_count++].inode = inode;
}

static int add_entry(struct reader *r, const uint32_t *f, const char *name,
                     const char *data)
{
    struct tree_inode attr = {.mode = f[F_MODE],
                              .uid = f[F_UID],
                              .gid = f[F_GID],
                              .mtime = f[F_MTIME],
                              .rdev = makedev(f[F_RDEVMAJOR], f[F_RDEVMINOR]),
                              .size = f[F_FILESIZE],
                              .data = data};
    bool linked = S_ISREG(attr.mode) && f[F_NLINK] > 1;
    struct tree_inode *inode = linked ? find_linked(r, f) : NULL;
    char *path = path_normalise(name);
    int err;

    if (inode) {
        if (attr.size > 0) {
            inode->data = data;
            inode->size = attr.size;
        }
        err = tree_add_link(r->tree, path, inode);
    } else {
        err = tree_add_inode(r->tree, path, &attr, &inode);
        if (!err && linked)
            remember_linked(r, f, inode);
    }
    free(path);
    return err;
}

int cpio_read(struct tree *t, const char *data, size_t size, char **problem)
{
    struct reader r = {.tree = t, .data = data, .size = size};
    bool any = false;

    *problem = NULL;
    while (r.pos < size && !*problem) {
        uint32_t f[F_COUNT];
        const char *name = "", *content = "";
        int err;

        if (any && data[r.pos] == '\0') {
            r.pos++;
            continue;
        }
        *problem = next_entry(&r, f, &name, &content);
        if (*problem)
            break;
        any = true;
        if (!strcmp(name, "TRAILER!!!")) {
            r.linked_count = 0;
            continue;
        }
        err = add_entry(&r, f, name, content);
        if (err)
            *problem = xasprintf("%s: %s", name, strerror(-err));
    }
    free(r.linked);
    if (!any && !*problem)
        *problem = xstrdup("it is empty");
    return *problem ? -EINVAL : 0;
}
