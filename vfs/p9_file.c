// SPDX-License-Identifier: MIT
/*
 * p9_file: open regular files.
 *
 * A node has at most two handles that are open on the host, one to read and
 * one to write, which all its open files and mappings share: what each of them
 * may do has been checked. They stay open for a moment after the last close.
 * Reads and writes go through the page cache; writes come to the host by
 * close(2), fsync(2) and its relatives, and after a moment by themselves.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "kernel/page.h"
#include "lib/string.h"
#include "vfs/p9_priv.h"

/* --- handles --- */

int p9_open_fid(struct p9_node *n, uint32_t flags, uint32_t *fid)
{
    struct p9_client *c = &p9_fs(&n->vnode)->client;
    uint32_t new = p9_fid_new(c);
    struct p9_qid qid;
    int err;

    mutex_lock(&n->vnode.lock);
    err = p9_walk(c, n->fid, new, NULL, 0, NULL);
    mutex_unlock(&n->vnode.lock);
    if (err)
        return err;
    err = p9_open(c, new, flags, &qid);
    /* A file that may be written, but not read: pages that are written in part
     * cannot be had, see p9_write_through. */
    if (err == -EACCES && flags == O_RDWR)
        err = p9_open(c, new, O_WRONLY, &qid) ? -EACCES : 1;
    if (err < 0)
        p9_forget(c, new);
    else
        *fid = new;
    return err;
}

/* What the host thinks of an open file that it cannot name any more. */
static int open_orphan(const struct p9_node *n, bool write)
{
    if (write ? n->write_fid != P9_NO_FID
              : n->read_fid != P9_NO_FID || n->write_reads)
        return 0;
    return -ESTALE;
}

/* open_lock is held. */
static int need_handle(struct p9_node *n, bool write)
{
    int err;

    if (n->orphan)
        return open_orphan(n, write);
    if (write && n->write_fid == P9_NO_FID) {
        err = p9_open_fid(n, O_RDWR, &n->write_fid);
        n->write_reads = err == 0;
        return err < 0 ? err : 0;
    }
    if (!write && n->read_fid == P9_NO_FID && !n->write_reads)
        return p9_open_fid(n, O_RDONLY, &n->read_fid);
    return 0;
}

void p9_close_later(struct p9_node *n)
{
    struct p9_fs *fs = p9_fs(&n->vnode);

    mutex_lock(&fs->lock);
    if (list_empty(&n->idle_node))
        list_add_tail(&fs->idle, &n->idle_node);
    mutex_unlock(&fs->lock);
    p9_keeper_wake(fs);
}

void p9_close_idle(struct p9_node *n)
{
    struct p9_client *c = &p9_fs(&n->vnode)->client;

    mutex_lock(&n->open_lock);
    if (!n->opens && !__atomic_load_n(&n->maps, __ATOMIC_ACQUIRE) &&
        !n->dirty.count) {
        p9_forget(c, n->read_fid);
        p9_forget(c, n->write_fid);
        n->read_fid = n->write_fid = P9_NO_FID;
        n->write_reads = false;
    }
    mutex_unlock(&n->open_lock);
}

/* --- reading --- */

/* How many pages to read from index on: what is asked for, and more when that
 * goes on where the last one ended. */
static unsigned plan(struct p9_node *n, uint64_t index, size_t len)
{
    const unsigned most = 128;
    size_t want = ALIGN_UP(len, PAGE_SIZE) / PAGE_SIZE + 1;

    if (index == n->ahead_next)
        n->ahead = MIN(MAX(2 * n->ahead, 8u), most);
    else
        n->ahead = 0;
    want = MIN(MAX(want, (size_t)n->ahead), (size_t)most);
    n->ahead_next = index + want;
    return (unsigned)want;
}

/* A page that is at hand, or NULL; a reference. */
static struct page *page_at_hand(struct p9_node *n, uint64_t index)
{
    struct page *p = page_tree_get(&n->pages, index);

    if (p)
        page_get(p);
    return p;
}

/* The page with the byte at pos, and how many of its bytes there are; 0 at the
 * end of the file, or an error. */
static ssize_t find_bytes(struct p9_node *n, uint64_t pos, size_t len,
                          struct page **page)
{
    uint64_t index = pos / PAGE_SIZE, size;
    unsigned ahead = 0;
    int err;

    mutex_lock(&n->vnode.lock);
    size = n->vnode.size;
    *page = pos < size ? page_at_hand(n, index) : NULL;
    if (pos < size && !*page)
        ahead = plan(n, index, len);
    mutex_unlock(&n->vnode.lock);
    if (pos >= size)
        return 0;
    if (!*page) {
        err = p9_page_get(n, index, ahead, page);
        if (err)
            return err == -ENXIO ? 0 : err; /* it became shorter */
    }
    return (ssize_t)MIN(PAGE_SIZE - (pos & PAGE_MASK), size - pos);
}

/* O_DIRECT: what the host has now. */
static int forget_range(struct vnode *v, uint64_t pos, size_t len)
{
    uint64_t first = pos / PAGE_SIZE, end = (pos + len) / PAGE_SIZE + 1;
    int err;

    mutex_lock(&v->io_lock);
    err = p9_writeback(p9_node(v), first, end);
    mutex_unlock(&v->io_lock);
    mutex_lock(&v->lock);
    p9_pages_drop_clean(p9_node(v), first, end, SIZE_MAX);
    mutex_unlock(&v->lock);
    return err;
}

static ssize_t file_read_pages(struct file *f, struct uio *u, uint64_t *pos)
{
    struct p9_node *n = p9_node(f->vnode);
    ssize_t total = 0, got = 0;
    bool faulted = false;

    if (*pos + u->left > f->vnode->size && !n->dirty.count)
        p9_refresh(f->vnode); /* others may have made it longer */
    if (f->flags & O_DIRECT)
        got = forget_range(f->vnode, *pos, u->left);
    while (u->left && !faulted && got >= 0) {
        size_t moved, len;
        struct page *p;

        got = find_bytes(n, *pos, u->left, &p);
        if (got <= 0)
            break;
        len = MIN((size_t)got, u->left);
        moved = uio_put(u, (uint8_t *)page_virt(p) + (*pos & PAGE_MASK), len);
        faulted = moved < len;
        page_put(p);
        *pos += moved;
        total += (ssize_t)moved;
    }
    if (total)
        return total;
    return faulted ? -EFAULT : got;
}

/* --- writing --- */

static void grown(struct vnode *v, uint64_t end)
{
    if (end > v->size)
        v->size = end;
    vnode_touch_modified(v);
}

/* The first way: into a page that is there. How many bytes; 0: it is not. */
static ssize_t write_present(struct p9_node *n, struct uio *u, uint64_t pos,
                             size_t len)
{
    uint64_t index = pos / PAGE_SIZE;
    struct page *p;
    size_t moved;
    int err = 0;

    mutex_lock(&n->vnode.lock);
    p = page_at_hand(n, index);
    if (p)
        err = p9_page_dirty(n, index, p);
    mutex_unlock(&n->vnode.lock);
    if (!p)
        return 0;
    moved =
        err ? 0 : uio_get(u, (uint8_t *)page_virt(p) + (pos & PAGE_MASK), len);
    page_put(p);
    if (err)
        return err;
    mutex_lock(&n->vnode.lock);
    if (moved)
        grown(&n->vnode, pos + moved);
    mutex_unlock(&n->vnode.lock);
    return moved ? (ssize_t)moved : -EFAULT;
}

/* Makes p, whose bytes from in_page on are new, the file's, or copies them to
 * the one that has come to be meanwhile. Takes p. */
static int enter_written(struct p9_node *n, uint64_t index, struct page *p,
                         size_t in_page, size_t len)
{
    struct page *now;
    int err;

    mutex_lock(&n->vnode.lock);
    p9_fill_wait(n, index);
    now = page_at_hand(n, index);
    if (now) {
        memcpy((uint8_t *)page_virt(now) + in_page,
               (uint8_t *)page_virt(p) + in_page, len);
        page_put(p);
        p = now;
        err = 0;
    } else {
        page_get(p);
        err = p9_page_insert(n, index, p);
    }
    if (!err)
        err = p9_page_dirty(n, index, p);
    if (err && !now)
        p9_page_remove(n, index);
    if (!err)
        grown(&n->vnode, index * PAGE_SIZE + in_page + len);
    mutex_unlock(&n->vnode.lock);
    page_put(p);
    return err;
}

/* The second way: a page that need not be read, because nothing of what the
 * host has in it is left. */
static ssize_t write_new(struct p9_node *n, struct uio *u, uint64_t pos,
                         size_t len)
{
    size_t in_page = pos & PAGE_MASK, moved;
    uint64_t index = pos / PAGE_SIZE;
    bool behind = index * PAGE_SIZE >= n->vnode.size;
    struct page *p, *old = NULL;
    int err;

    p9_make_room(p9_fs(&n->vnode), 1);
    p = len == PAGE_SIZE ? page_alloc(0) : page_alloc_zeroed();
    if (!p)
        return -ENOMEM;
    moved = uio_get(u, (uint8_t *)page_virt(p) + in_page, len);
    if (!moved) {
        page_put(p);
        return -EFAULT;
    }
    if (moved < len && behind) {
        memset((uint8_t *)page_virt(p) + in_page + moved, 0, len - moved);
    } else if (moved < len) { /* the rest is the host's after all */
        err = p9_page_get(n, index, 1, &old);
        if (err) {
            page_put(p);
            return err;
        }
    }
    err = enter_written(n, index, p, in_page, moved);
    if (old)
        page_put(old); /* so long, it could not go */
    return err ? err : (ssize_t)moved;
}

/* Is nothing of what the host has in this page left after the write? */
static bool covers(const struct vnode *v, uint64_t pos, size_t len)
{
    uint64_t start = ALIGN_DOWN(pos, PAGE_SIZE);

    return start >= v->size ||
           (pos == start && (len == PAGE_SIZE || pos + len >= v->size));
}

static ssize_t write_page(struct p9_node *n, struct uio *u, uint64_t pos)
{
    size_t len = MIN(u->left, PAGE_SIZE - (pos & PAGE_MASK));
    struct page *p;
    ssize_t moved;
    int err;

    for (;;) {
        moved = write_present(n, u, pos, len);
        if (moved)
            return moved;
        if (covers(&n->vnode, pos, len))
            return write_new(n, u, pos, len);
        err = p9_page_get(n, pos / PAGE_SIZE, 1, &p);
        if (err)
            return err;
        page_put(p);
    }
}

/* Undoes what a page's worth of a write did that the host has no room for. */
static void take_back(struct p9_node *n, uint64_t old_size)
{
    mutex_lock(&n->vnode.lock);
    if (n->vnode.size > old_size) {
        p9_pages_cut(n, old_size);
        n->vnode.size = old_size;
    }
    mutex_unlock(&n->vnode.lock);
}

/* Where a file grows on a host that is nearly full, each page is tried at
 * once, so that write(2) tells. */
static ssize_t write_tried(struct p9_node *n, struct uio *u, uint64_t pos)
{
    uint64_t old_size = n->vnode.size;
    bool wary =
        pos + u->left > old_size && !p9_has_room(p9_fs(&n->vnode), u->left);
    ssize_t moved = write_page(n, u, pos);
    int err;

    if (moved <= 0 || !wary)
        return moved;
    err = p9_writeback(n, pos / PAGE_SIZE, pos / PAGE_SIZE + 1);
    if (!err)
        return moved;
    take_back(n, old_size);
    n->error = 0; /* told now */
    return err;
}

/* The same once more when memory was short, and some could be had back. */
static ssize_t write_patiently(struct p9_node *n, struct uio *u, uint64_t pos)
{
    ssize_t moved = write_tried(n, u, pos);

    if (moved != -ENOMEM)
        return moved;
    p9_writeback(n, 0, UINT64_MAX);
    return p9_reclaim(p9_fs(&n->vnode), 64) ? write_tried(n, u, pos) : moved;
}

/* O_SYNC, O_DIRECT. */
static int write_through(struct file *f, uint64_t first, uint64_t end)
{
    struct p9_node *n = p9_node(f->vnode);
    int err = p9_writeback(n, first / PAGE_SIZE, (end - 1) / PAGE_SIZE + 1);

    if (!err && (f->flags & O_DSYNC))
        err = p9_fsync(&p9_fs(f->vnode)->client, n->write_fid,
                       (f->flags & O_SYNC) != O_SYNC);
    return err;
}

/* io_lock is held. */
static ssize_t write_pages(struct file *f, struct uio *u, uint64_t *pos)
{
    struct p9_node *n = p9_node(f->vnode);
    uint64_t start = *pos;
    ssize_t total = 0, moved = 0;
    int err;

    while (u->left && moved >= 0) {
        moved = write_patiently(n, u, *pos);
        if (moved > 0) {
            *pos += (uint64_t)moved;
            total += moved;
        }
        if (p9_too_dirty(p9_fs(f->vnode)))
            p9_writeback(n, 0, UINT64_MAX);
    }
    if (total && (f->flags & (O_DSYNC | O_DIRECT))) {
        err = write_through(f, start, *pos);
        if (err)
            return err;
    }
    return total ? total : moved;
}

/* Between the old end, which may lie within a page, and what comes behind it
 * there are zeros: a mapping may have stored something there. */
static void clear_behind_end(struct vnode *v, uint64_t pos)
{
    mutex_lock(&v->lock);
    if (pos > v->size)
        p9_pages_cut(p9_node(v), v->size);
    mutex_unlock(&v->lock);
}

static ssize_t file_write_pages(struct file *f, struct uio *u, uint64_t *pos)
{
    struct vnode *v = f->vnode;
    uint64_t limit = vnode_size_limit();
    ssize_t n;

    bool append = (f->flags & O_APPEND) || u->append;

    if (!u->left)
        return 0;
    if (append && !p9_node(v)->dirty.count)
        p9_refresh(v); /* others may have appended */
    mutex_lock(&v->io_lock);
    if (append)
        *pos = v->size;
    if (*pos >= limit) {
        n = vnode_size_exceeded(limit);
    } else {
        u->left = MIN(u->left, limit - *pos);
        vnode_drop_set_id(v);
        clear_behind_end(v, *pos);
        n = write_pages(f, u, pos);
    }
    mutex_unlock(&v->io_lock);
    return n;
}

/* --- the size --- */

/* The host cannot shorten what it cannot name: what is cut off becomes zeros
 * there, and the size is ours to know. */
static int clear_orphan(struct p9_node *n, uint64_t from, uint64_t to)
{
    struct page *zeros = page_alloc_zeroed();
    struct page *pages[16];
    struct p9_data data = {.pages = pages};
    ssize_t done = 0;

    if (!zeros)
        return -ENOMEM;
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
        pages[i] = zeros;
    for (; from < to && done >= 0; from += (uint64_t)MAX(done, 0)) {
        data.len = MIN(ARRAY_SIZE(pages) * PAGE_SIZE, to - from);
        done = p9_write(&p9_fs(&n->vnode)->client, n->write_fid, from, &data);
    }
    page_put(zeros);
    return done < 0 ? (int)done : 0;
}

static int tell_size(struct vnode *v, uint64_t size)
{
    const struct p9_setattr a = {.valid = P9_SET_SIZE, .size = size};
    struct p9_node *n = p9_node(v);
    int err;

    if (n->orphan)
        return size < v->size ? clear_orphan(n, size, v->size) : 0;
    mutex_lock(&v->lock);
    err = p9_setattr(&p9_fs(v)->client, n->fid, &a);
    mutex_unlock(&v->lock);
    return err;
}

int p9_truncate(struct vnode *v, uint64_t size)
{
    struct p9_node *n = p9_node(v);
    bool shrinks = size < v->size;
    int err = tell_size(v, size);

    if (err)
        return err;
    mutex_lock(&v->lock);
    p9_pages_cut(n, MIN(size, v->size));
    v->size = size;
    vnode_touch_modified(v);
    n->wrote = true;
    mutex_unlock(&v->lock);
    p9_attr_expire(v);
    if (shrinks)
        vm_object_drop(&v->object, ALIGN_UP(size, PAGE_SIZE) / PAGE_SIZE);
    return 0;
}

static int64_t file_seek_fresh(struct file *f, int64_t offset, int whence)
{
    struct vnode *v = f->vnode;
    uint64_t size;

    if (whence != SEEK_SET && whence != SEEK_CUR && !p9_node(v)->dirty.count)
        p9_refresh(v);
    mutex_lock(&v->lock);
    size = v->size;
    mutex_unlock(&v->lock);
    return file_seek_sized(f, offset, whence, size);
}

/* --- the end --- */

/* fsync(2) of a directory, which has no handle of its own. */
static int sync_directory(struct p9_node *n, bool data_only)
{
    struct p9_client *c = &p9_fs(&n->vnode)->client;
    uint32_t fid;
    int err;

    if (n->orphan)
        return 0;
    err = p9_open_fid(n, O_RDONLY | O_DIRECTORY, &fid);
    if (err)
        return err;
    err = p9_fsync(c, fid, data_only);
    p9_forget(c, fid);
    return err;
}

int p9_sync(struct vnode *v, bool data_only)
{
    struct p9_node *n = p9_node(v);
    uint32_t fid;
    int err;

    if (vnode_is_dir(v))
        return sync_directory(n, data_only);
    if (!vnode_is_regular(v))
        return 0;
    err = p9_flush_node(n);
    fid = n->write_fid != P9_NO_FID ? n->write_fid : n->read_fid;
    if (!err && fid != P9_NO_FID)
        err = p9_fsync(&p9_fs(v)->client, fid, data_only);
    return err;
}

int p9_sync_all(struct superblock *sb)
{
    return p9_flush_all(container_of(sb, struct p9_fs, sb));
}

/* close(2) of one descriptor: what it wrote is with the host. */
static int file_flush(struct file *f)
{
    return f->mode & FILE_WRITE ? p9_flush_node(p9_node(f->vnode)) : 0;
}

static void file_release(struct file *f)
{
    struct p9_node *n = p9_node(f->vnode);
    bool last;

    mutex_lock(&n->open_lock);
    last = --n->opens == 0;
    mutex_unlock(&n->open_lock);
    if (last)
        p9_close_later(n);
}

static const struct file_ops file_ops = {
    .read = file_read_pages,
    .write = file_write_pages,
    .seek = file_seek_fresh,
    .flush = file_flush,
    .release = file_release,
};

int p9_file_open(struct vnode *v, struct file *f)
{
    struct p9_node *n = p9_node(v);
    int err = 0;

    p9_refresh(v);
    mutex_lock(&n->open_lock);
    if (f->mode & FILE_WRITE)
        err = need_handle(n, true);
    if (!err && (f->mode & FILE_READ))
        err = need_handle(n, false);
    if (!err)
        n->opens++;
    mutex_unlock(&n->open_lock);
    if (!err)
        f->ops = &file_ops;
    return err;
}
