// SPDX-License-Identifier: MIT
/*
 * cpio_write: a tree as a newc archive.
 */
#include "tools/elfin/cpio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
    PAGE = 4096,
    HEADER = 110,    /* "070701" and 13 fields of 8 hex digits */
    NAME_MAX_ = 4096 /* the longest name field that Linux takes, with NUL */
};

struct writer {
    int fd;
    uint64_t pos; /* bytes written or in buf */
    char *buf;
    size_t used;
    unsigned next_number;
    struct tree_inode *root;
    uint64_t total, progress; /* bytes of data in all; shown last */
    bool show_progress;
    char **bad;
};

enum { BUFFER = 256 * 1024 };

static int flush(struct writer *w)
{
    size_t done = 0;

    while (done < w->used) {
        ssize_t n = write(w->fd, w->buf + done, w->used - done);

        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0)
            done += (size_t)n;
    }
    w->used = 0;
    return 0;
}

static int put(struct writer *w, const void *data, size_t len)
{
    const char *p = data;

    while (len > 0) {
        size_t n = MIN(len, (size_t)BUFFER - w->used);

        memcpy(w->buf + w->used, p, n);
        w->used += n;
        w->pos += n;
        p += n;
        len -= n;
        if (w->used == BUFFER) {
            int err = flush(w);

            if (err)
                return err;
        }
    }
    return 0;
}

static int put_zeros(struct writer *w, size_t len)
{
    static const char zeros[PAGE + 4];

    return put(w, zeros, len);
}

/*
 * Header and name; name_size counts the NUL and any NULs that follow it. The
 * data is padded to 4 bytes, and so are header and name together.
 */
static int put_entry(struct writer *w, const struct tree_inode *i,
                     const char *name, size_t name_size, uint64_t size)
{
    char header[HEADER + 1];
    size_t len = strlen(name);
    int err;

    snprintf(header, sizeof(header),
             "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
             i->number, (unsigned)i->mode, (unsigned)i->uid, (unsigned)i->gid,
             S_ISDIR(i->mode) ? 2 : i->links,
             (unsigned)(i->mtime < 0 ? 0 : MIN(i->mtime, UINT32_MAX)),
             (unsigned)size, 0, 0, major(i->rdev), minor(i->rdev),
             (unsigned)name_size, 0);
    err = put(w, header, HEADER);
    if (!err)
        err = put(w, name, len);
    if (!err)
        err = put_zeros(w, name_size - len);
    if (!err)
        err = put_zeros(w, -w->pos & 3);
    return err;
}

/* How far the position after a header and a name of len is from a boundary. */
static size_t gap_after(uint64_t pos, size_t len)
{
    return (size_t)(-(pos + HEADER + len + 1) & (PAGE - 1));
}

/*
 * Finds the size of the name field that ends at a page boundary, writing a
 * filler first where the name field would become too long.
 */
static int align_data(struct writer *w, const char *name, size_t *name_size)
{
    size_t len = strlen(name), gap = gap_after(w->pos, len);

    if (len + 1 + gap > NAME_MAX_) {
        /*
         * The filler takes up the gap but for what a multiple of 4 leaves.
         * Where the gap is too small to hold a header, it takes a page more.
         */
        size_t filler = (gap < HEADER + 2 ? gap + PAGE : gap) & ~(size_t)3;
        int err = put_entry(w, w->root, ".", filler - HEADER, 0);

        if (err)
            return err;
        gap = gap_after(w->pos, len);
    }
    *name_size = len + 1 + gap;
    return 0;
}

static void show_progress(struct writer *w)
{
    if (!w->show_progress || w->pos - w->progress < 16 << 20)
        return;
    w->progress = w->pos;
    fprintf(stderr, "\relfin: packing %llu of %llu MiB\033[K",
            (unsigned long long)(w->pos >> 20),
            (unsigned long long)(w->total >> 20));
}

static int put_source(struct writer *w, const struct tree_inode *i)
{
    int fd = open(i->source, O_RDONLY | O_CLOEXEC), err = 0;
    uint64_t left = i->size;

    if (fd < 0)
        err = -errno;
    while (!err && left > 0) {
        char chunk[65536];
        ssize_t n = read(fd, chunk, MIN(left, sizeof(chunk)));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            err = n < 0 ? -errno : -ESTALE;
            break;
        }
        err = put(w, chunk, (size_t)n);
        if (err) {
            close(fd);
            return err; /* not the source's fault */
        }
        left -= (uint64_t)n;
        show_progress(w);
    }
    if (fd >= 0)
        close(fd);
    if (err)
        *w->bad = xstrdup(i->source);
    return err;
}

static int put_file(struct writer *w, struct tree_inode *i, const char *name)
{
    size_t name_size = strlen(name) + 1;
    bool data_here = !S_ISDIR(i->mode) && --i->left == 0;
    uint64_t size = data_here ? i->size : 0;
    int err = 0;

    if (!i->number)
        i->number = ++w->next_number;
    if (size > UINT32_MAX) {
        *w->bad = xstrdup(i->source ? i->source : name);
        return -EFBIG;
    }
    if (S_ISREG(i->mode) && size >= PAGE)
        err = align_data(w, name, &name_size);
    if (!err)
        err = put_entry(w, i, name, name_size, size);
    if (!err && size > 0)
        err = i->source ? put_source(w, i) : put(w, i->data, size);
    if (!err)
        err = put_zeros(w, -w->pos & 3);
    return err;
}

/* path is the name of e without a leading slash; "" for the root. */
static int put_tree(struct writer *w, const struct tree_entry *e,
                    const char *path)
{
    int err = put_file(w, e->inode, *path ? path : ".");

    for (size_t i = 0; !err && i < e->count; i++) {
        char *name =
            xasprintf("%s%s%s", path, *path ? "/" : "", e->children[i]->name);

        err = strlen(name) < NAME_MAX_ ? put_tree(w, e->children[i], name)
                                       : -ENAMETOOLONG;
        free(name);
    }
    return err;
}

static void prepare_inodes(struct writer *w, const struct tree *t)
{
    for (struct tree_inode *i = t->inodes; i; i = i->next) {
        i->left = i->links;
        i->number = 0;
        if (i->links && S_ISREG(i->mode))
            w->total += i->size;
    }
}

int cpio_write(struct tree *t, int fd, uint64_t *size, char **bad)
{
    struct tree_inode end = {.links = 1};
    struct writer w = {
        .fd = fd, .buf = xmalloc(BUFFER), .root = t->root->inode, .bad = bad};
    int err;

    *bad = NULL;
    prepare_inodes(&w, t);
    w.show_progress = w.total > 64 << 20 && isatty(STDERR_FILENO);
    err = put_tree(&w, t->root, "");
    if (!err)
        err = put_entry(&w, &end, "TRAILER!!!", 11, 0);
    /* QEMU and some readers want whole blocks. */
    if (!err)
        err = put_zeros(&w, -w.pos & 511);
    if (!err)
        err = flush(&w);
    if (w.progress)
        fprintf(stderr, "\r\033[K");
    free(w.buf);
    *size = w.pos;
    return err;
}
