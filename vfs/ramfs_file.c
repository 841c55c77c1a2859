// SPDX-License-Identifier: MIT
/*
 * ramfs_file: the data of regular files: reading, writing, truncating, and
 * pages for mappings.
 *
 * vnode->lock is let go before the program's memory is touched: that memory
 * may be a mapping of this very file. The page in use is held by a reference
 * instead. Writers are kept apart by io_lock.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "kernel/clock.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "vfs/ramfs.h"
#include "vfs/ramfs_priv.h"

#define BLOCKS_PER_PAGE (PAGE_SIZE / 512)

/* The page of memory that this page of the extent is; NULL: it is none. */
static struct page *extent_page(const struct ramfs_node *n, uint64_t index)
{
    if (index >= n->extent_size / PAGE_SIZE ||
        !IS_ALIGNED((uintptr_t)n->extent, PAGE_SIZE))
        return NULL;
    return page_of_virt(n->extent + index * PAGE_SIZE);
}

/* The page of memory that the extent's byte at pos lies in, when all of it is
 * the extent's, and goes with it; else NULL. */
static struct page *extent_memory(const struct ramfs_node *n, uint64_t pos)
{
    uintptr_t start = (uintptr_t)n->extent;
    uintptr_t at = ALIGN_DOWN(start + pos, PAGE_SIZE);

    if (at < start || at + PAGE_SIZE > start + n->extent_size)
        return NULL;
    return page_of_virt((const void *)at);
}

static int insert_page(struct ramfs_node *n, uint64_t index, struct page *p,
                       bool new_block)
{
    struct ramfs *fs = ramfs_of(&n->vnode);
    int err = new_block ? ramfs_charge(fs, 1) : 0;

    if (err)
        goto put_page;
    err = page_tree_insert(&n->pages, index, p);
    if (err)
        goto uncharge;
    if (new_block)
        n->vnode.blocks += BLOCKS_PER_PAGE;
    return 0;

uncharge:
    if (new_block)
        ramfs_uncharge(fs, 1);
put_page:
    page_put(p);
    return err;
}

int ramfs_get_page(struct ramfs_node *n, uint64_t index, struct page **page)
{
    uint64_t offset = index * PAGE_SIZE;
    bool in_extent = offset < n->extent_size;
    struct page *p = page_tree_get(&n->pages, index);
    int err;

    if (!p)
        p = extent_page(n, index);
    if (p) {
        page_get(p);
        *page = p;
        return 0;
    }
    p = page_alloc_zeroed();
    if (!p)
        return -ENOMEM;
    if (in_extent)
        memcpy(page_virt(p), n->extent + offset,
               MIN(PAGE_SIZE, n->extent_size - offset));
    err = insert_page(n, index, p, !in_extent);
    if (err)
        return err;
    page_get(p);
    *page = p;
    return 0;
}

/* --- read --------------------------------------------------------------------
 */

/* A piece of the file as one run of bytes. */
struct piece {
    size_t len;
    const uint8_t *data; /* NULL: zeros */
    struct page *page;   /* a reference to be put, or NULL */
};

/* The run at pos, of at most max bytes; len 0 at the end of the file. */
static void find_piece(struct ramfs_node *n, uint64_t pos, size_t max,
                       struct piece *piece)
{
    size_t in_page = pos & PAGE_MASK;
    uint64_t size;

    *piece = (struct piece){0};
    mutex_lock(&n->vnode.lock);
    size = n->vnode.size;
    if (pos >= size)
        goto unlock;
    max = MIN(max, size - pos);
    piece->len = MIN(max, PAGE_SIZE - in_page);
    piece->page = page_tree_get(&n->pages, pos / PAGE_SIZE);
    if (!piece->page)
        piece->page = extent_page(n, pos / PAGE_SIZE);
    if (piece->page) {
        page_get(piece->page);
        piece->data = (const uint8_t *)page_virt(piece->page) + in_page;
    } else if (pos < n->extent_size) {
        const uint8_t *data = n->extent + pos;

        piece->page = extent_memory(n, pos);
        if (piece->page)
            page_get(piece->page);
        piece->len = MIN(piece->len, PAGE_SIZE - ((uintptr_t)data & PAGE_MASK));
        piece->len = MIN(piece->len, n->extent_size - pos);
        piece->data = data;
    }
unlock:
    mutex_unlock(&n->vnode.lock);
}

/* As a file system mounted with relatime. */
static void accessed(struct file *f)
{
    const int64_t day_ns = 24 * 3600 * (int64_t)NSEC_PER_SEC;
    struct vnode *v = f->vnode;
    int64_t now;

    if (f->flags & O_NOATIME)
        return;
    mutex_lock(&v->lock);
    now = (int64_t)clock_realtime_ns();
    if (v->atime_ns <= v->mtime_ns || v->atime_ns <= v->ctime_ns ||
        v->atime_ns < now - day_ns)
        v->atime_ns = now;
    mutex_unlock(&v->lock);
}

static ssize_t ramfs_read(struct file *f, struct uio *u, uint64_t *pos)
{
    struct ramfs_node *n = ramfs_node(f->vnode);
    bool faulted = false;
    ssize_t total = 0;

    while (u->left && !faulted) {
        struct piece piece;
        size_t moved;

        find_piece(n, *pos, u->left, &piece);
        if (!piece.len)
            break;
        if (piece.data)
            moved = uio_put(u, piece.data, piece.len);
        else
            moved = uio_put_zeros(u, piece.len);
        if (piece.page)
            page_put(piece.page);
        faulted = moved < piece.len;
        *pos += moved;
        total += (ssize_t)moved;
    }
    if (faulted && !total)
        return -EFAULT;
    accessed(f);
    return total;
}

/* --- write -------------------------------------------------------------------
 */

static void written(struct vnode *v, uint64_t end)
{
    mutex_lock(&v->lock);
    if (end > v->size)
        v->size = end;
    vnode_touch_modified(v);
    mutex_unlock(&v->lock);
}

/* Writes until a page boundary; the count, -EFAULT or -ENOMEM. */
static ssize_t write_page(struct ramfs_node *n, struct uio *u, uint64_t pos)
{
    size_t in_page = pos & PAGE_MASK;
    size_t len = MIN(u->left, PAGE_SIZE - in_page), moved;
    struct page *p;
    int err;

    if ((n->seals & F_SEAL_GROW) && pos + len > n->vnode.size)
        return -EPERM;
    mutex_lock(&n->vnode.lock);
    err = ramfs_get_page(n, pos / PAGE_SIZE, &p);
    mutex_unlock(&n->vnode.lock);
    if (err)
        return err;
    moved = uio_get(u, (uint8_t *)page_virt(p) + in_page, len);
    page_put(p);
    if (moved)
        written(&n->vnode, pos + moved);
    return moved ? (ssize_t)moved : -EFAULT;
}

static ssize_t ramfs_write(struct file *f, struct uio *u, uint64_t *pos)
{
    struct ramfs_node *n = ramfs_node(f->vnode);
    uint64_t limit = vnode_size_limit();
    ssize_t total = 0, moved = 0;

    if (!u->left)
        return 0;
    mutex_lock(&f->vnode->io_lock);
    if ((f->flags & O_APPEND) || u->append)
        *pos = f->vnode->size;
    if (n->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
        moved = -EPERM;
    else if (*pos >= limit)
        moved = vnode_size_exceeded(limit);
    else
        u->left = MIN(u->left, limit - *pos);
    if (!moved)
        vnode_drop_set_id(f->vnode);
    while (u->left && moved >= 0) {
        moved = write_page(n, u, *pos);
        if (moved > 0) {
            *pos += (uint64_t)moved;
            total += moved;
        }
    }
    mutex_unlock(&f->vnode->io_lock);
    return total ? total : moved;
}

/* --- truncate ----------------------------------------------------------------
 */

/*
 * Zeros behind the new end within its page. A page that is the extent's own
 * stays the file's, as it may be mapped; a part that would be copied when
 * needed is cut by extent_size alone.
 */
static int cut_page(struct ramfs_node *n, uint64_t size)
{
    uint64_t index = size / PAGE_SIZE;
    size_t in_page = size & PAGE_MASK;
    struct page *p = page_tree_get(&n->pages, index);

    if (!in_page)
        return 0;
    if (!p) {
        p = extent_page(n, index);
        if (!p)
            return 0;
        page_get(p);
        if (insert_page(n, index, p, false))
            return -ENOMEM;
    }
    memset((uint8_t *)page_virt(p) + in_page, 0, PAGE_SIZE - in_page);
    return 0;
}

/* Of an aligned extent, the page that the cut goes through is the file's own
 * by now; else it stays with the part that is left. */
void ramfs_extent_cut(struct ramfs_node *n, uint64_t size)
{
    uintptr_t start = (uintptr_t)n->extent, at = start + size;
    uintptr_t end = ALIGN_DOWN(start + n->extent_size, PAGE_SIZE);

    if (IS_ALIGNED(start, PAGE_SIZE))
        at = ALIGN_DOWN(at, PAGE_SIZE);
    else
        at = ALIGN_UP(at, PAGE_SIZE);
    for (; at < end; at += PAGE_SIZE)
        page_put(page_of_virt((const void *)at));
    n->extent_size = MIN(n->extent_size, size);
}

/* Drops what lies behind size, and counts what is left. */
static void drop_behind(struct ramfs_node *n, uint64_t size)
{
    uint64_t kept = ALIGN_UP(size, PAGE_SIZE) / PAGE_SIZE;
    uint64_t extent = ALIGN_UP(n->extent_size, PAGE_SIZE) / PAGE_SIZE;
    size_t pages = n->pages.count;
    uint64_t blocks = n->vnode.blocks;

    /* Pages that lie over the extent are not counted apart from it. */
    page_tree_truncate(&n->pages, MAX(kept, extent));
    n->vnode.blocks -= (pages - n->pages.count) * BLOCKS_PER_PAGE;
    page_tree_truncate(&n->pages, kept);
    if (kept < extent)
        n->vnode.blocks -= (extent - kept) * BLOCKS_PER_PAGE;
    ramfs_extent_cut(n, size);
    ramfs_uncharge(ramfs_of(&n->vnode),
                   (blocks - n->vnode.blocks) / BLOCKS_PER_PAGE);
}

int ramfs_truncate(struct vnode *v, uint64_t size)
{
    struct ramfs_node *n = ramfs_node(v);
    bool shrinks;
    int err = 0;

    if ((size < v->size && (n->seals & F_SEAL_SHRINK)) ||
        (size > v->size && (n->seals & F_SEAL_GROW)))
        return -EPERM;
    mutex_lock(&v->lock);
    shrinks = size < v->size;
    if (shrinks) {
        err = cut_page(n, size);
        if (err)
            goto unlock;
        drop_behind(n, size);
    }
    v->size = size;
    vnode_touch_modified(v);
unlock:
    mutex_unlock(&v->lock);
    /* Now that no fault can find the pages: io_lock keeps others from growing
     * the file before this is done. */
    if (shrinks && !err)
        vm_object_drop(&v->object, ALIGN_UP(size, PAGE_SIZE) / PAGE_SIZE);
    return err;
}

/* --- files and mappings ------------------------------------------------------
 */

static int64_t ramfs_seek(struct file *f, int64_t offset, int whence)
{
    int64_t pos;

    mutex_lock(&f->vnode->lock);
    if (whence == SEEK_DATA || whence == SEEK_HOLE)
        pos =
            ramfs_seek_space(ramfs_node(f->vnode), offset, whence == SEEK_HOLE);
    else
        pos = file_seek_sized(f, offset, whence, f->vnode->size);
    mutex_unlock(&f->vnode->lock);
    return pos;
}

const struct file_ops ramfs_file_ops = {
    .read = ramfs_read,
    .write = ramfs_write,
    .seek = ramfs_seek,
};

const struct file_ops *ramfs_file_operations(void)
{
    return &ramfs_file_ops;
}

static int object_get_page(struct vm_object *o, uint64_t index, bool write,
                           struct page **page)
{
    struct vnode *v = container_of(o, struct vnode, object);
    int err = -ENXIO;

    mutex_lock(&v->lock);
    if (v->size && index <= (v->size - 1) / PAGE_SIZE)
        err = ramfs_get_page(ramfs_node(v), index, page);
    if (!err && write)
        vnode_touch_modified(v);
    mutex_unlock(&v->lock);
    return err;
}

static void object_peek_pages(struct vm_object *o, uint64_t index, unsigned n,
                              struct page **pages)
{
    struct vnode *v = container_of(o, struct vnode, object);
    const struct ramfs_node *node = ramfs_node(v);
    uint64_t end;

    mutex_lock(&v->lock);
    end = v->size / PAGE_SIZE + ((v->size & PAGE_MASK) != 0);
    for (unsigned i = 0; i < n; i++, index++) {
        struct page *p = NULL;

        if (index < end)
            p = page_tree_get(&node->pages, index);
        if (!p && index < end)
            p = extent_page(node, index);
        if (p)
            page_get(p);
        pages[i] = p;
    }
    mutex_unlock(&v->lock);
}

static void object_name(struct vm_object *o, char *buf, size_t size)
{
    struct vnode *v = container_of(o, struct vnode, object);

    if (ramfs_node(v)->title)
        snprintf(buf, size, "%s", ramfs_node(v)->title);
    else
        vnode_object_name(o, buf, size);
}

const struct vm_object_ops ramfs_object_ops = {
    .get_page = object_get_page,
    .peek_pages = object_peek_pages,
    .get = vnode_object_get,
    .put = vnode_object_put,
    .name = object_name,
};
