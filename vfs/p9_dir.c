// SPDX-License-Identifier: MIT
/*
 * p9_dir: directories as files. Each open one has a handle of its own on the
 * host, and a piece of its entries, as they came; a position is the host's
 * cookie of the entry before.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "kernel/kmalloc.h"
#include "kernel/page.h"
#include "vfs/dentry.h"
#include "vfs/p9_priv.h"

#define BUFFER_ORDER 3 /* 32 KiB */
#define BUFFER_PAGES (1u << BUFFER_ORDER)

struct p9_dir {
    uint32_t fid;
    uint64_t next; /* the position of what the buffer holds next */
    struct p9_buf buf;
    struct page *pages[BUFFER_PAGES]; /* one block */
};

/* Entries from pos on; 1: there are none. */
static int fetch(struct file *f, struct p9_dir *d, uint64_t pos)
{
    const struct p9_data data = {
        .pages = d->pages,
        .len = BUFFER_PAGES * PAGE_SIZE,
    };
    ssize_t n = p9_readdir(&p9_fs(f->vnode)->client, d->fid, pos, &data);

    d->buf = (struct p9_buf){.data = page_virt(d->pages[0])};
    if (n < 0)
        return (int)n;
    d->buf.size = (size_t)n;
    d->next = pos;
    return n == 0;
}

/* The number of the directory above, which `..` leads to. */
static uint64_t number_above(struct file *f)
{
    uint64_t ino;

    dentry_tree_lock();
    ino = dentry_above(f->dentry)->vnode->ino;
    dentry_tree_unlock();
    return ino;
}

static bool emit(struct file *f, struct dir_reader *r, const struct p9_entry *e)
{
    uint64_t ino = e->qid.path;

    if (e->len == 2 && e->name[0] == '.' && e->name[1] == '.')
        ino = number_above(f);
    return r->emit(r, e->name, e->len, ino, e->type, e->next);
}

static int dir_read(struct file *f, struct dir_reader *r, uint64_t *pos)
{
    struct p9_dir *d = f->private;
    struct p9_entry e;
    int err;

    for (;;) {
        size_t before = d->buf.at;

        if (before == d->buf.size || d->next != *pos) {
            err = fetch(f, d, *pos);
            if (err)
                return err == 1 ? 0 : err;
            continue;
        }
        if (!p9_get_entry(&d->buf, &e)) {
            d->buf.size = d->buf.at = 0;
            return -EIO;
        }
        if (!emit(f, r, &e)) {
            d->buf.at = before;
            return 0;
        }
        d->next = *pos = e.next;
    }
}

static int64_t dir_seek(struct file *f, int64_t offset, int whence)
{
    if (whence != SEEK_SET && whence != SEEK_CUR)
        return -EINVAL;
    return file_seek_sized(f, offset, whence, 0);
}

static void dir_release(struct file *f)
{
    struct p9_dir *d = f->private;

    if (!d)
        return;
    p9_forget(&p9_fs(f->vnode)->client, d->fid);
    for (unsigned i = 0; i < BUFFER_PAGES; i++)
        page_put(d->pages[i]);
    kfree(d);
}

static const struct file_ops dir_ops = {
    .seek = dir_seek,
    .readdir = dir_read,
    .release = dir_release,
};

int p9_dir_open(struct vnode *v, struct file *f)
{
    struct p9_dir *d = kzalloc(sizeof(*d));
    struct page *block = page_alloc(BUFFER_ORDER);
    int err = -ENOMEM;

    if (!d || !block)
        goto free;
    err = p9_open_fid(p9_node(v), O_RDONLY | O_DIRECTORY, &d->fid);
    if (err)
        goto free;
    page_split(block);
    for (unsigned i = 0; i < BUFFER_PAGES; i++)
        d->pages[i] = block + i;
    f->private = d;
    f->ops = &dir_ops;
    return 0;

free:
    if (block)
        page_free(block);
    kfree(d);
    return err;
}
