// SPDX-License-Identifier: MIT
/*
 * p9_pages: the page cache of regular files.
 *
 * Pages that are in pages hold what the file holds. Those that are in dirty as
 * well, with a second reference, hold more than the host has; a node with dirty
 * pages has a reference on itself. What is in neither is read from the host
 * when it is wanted: the range is entered in fills first, so that everybody
 * else who wants one of these pages waits, and what comes is not older than
 * what somebody has written meanwhile.
 *
 * A clean page whose only reference is the tree's may go at any time.
 */
#include "abi/errno.h"
#include "kernel/panic.h"
#include "lib/string.h"
#include "vfs/p9_priv.h"

#define FILL_MAX     128 /* pages at once */
#define BLOCK_ORDER  4   /* of memory for a long fill */
#define AROUND_PAGES 16  /* read for a fault */

int p9_page_insert(struct p9_node *n, uint64_t index, struct page *p)
{
    struct p9_fs *fs = p9_fs(&n->vnode);
    int err = page_tree_insert(&n->pages, index, p);

    if (err) {
        page_put(p);
        return err;
    }
    mutex_lock(&fs->lock);
    list_del(&n->cached_node);
    list_add_tail(&fs->cached, &n->cached_node);
    mutex_unlock(&fs->lock);
    return 0;
}

void p9_page_remove(struct p9_node *n, uint64_t index)
{
    struct page *p = page_tree_get(&n->pages, index);

    if (!p)
        return;
    page_tree_remove(&n->pages, index);
    page_put(p);
}

/* --- dirt --- */

int p9_page_dirty(struct p9_node *n, uint64_t index, struct page *p)
{
    struct p9_fs *fs = p9_fs(&n->vnode);
    int err;

    if (page_tree_get(&n->dirty, index))
        return 0;
    err = page_tree_insert(&n->dirty, index, p);
    if (err)
        return err;
    page_get(p);
    __atomic_add_fetch(&fs->dirty_pages, 1, __ATOMIC_RELAXED);
    if (n->dirty.count > 1)
        return 0;
    mutex_lock(&fs->lock);
    if (list_empty(&n->dirty_node)) {
        vnode_get(&n->vnode);
        list_add_tail(&fs->dirty, &n->dirty_node);
    }
    mutex_unlock(&fs->lock);
    p9_keeper_wake(fs);
    return 0;
}

/* --- filling --- */

static bool is_filling(const struct p9_node *n, uint64_t index)
{
    const struct p9_fill *f;

    list_for_each_entry (f, &n->fills, node)
        if (index >= f->first && index < f->end)
            return true;
    return false;
}

void p9_fill_wait(struct p9_node *n, uint64_t index)
{
    while (is_filling(n, index)) {
        uint32_t seen = n->fills_done;

        mutex_unlock(&n->vnode.lock);
        wait_event_always(&n->filled,
                          __atomic_load_n(&n->fills_done, __ATOMIC_ACQUIRE) !=
                              seen);
        mutex_lock(&n->vnode.lock);
    }
}

/* Pages that are wanted from index on: up to most that are not there, on their
 * way or past the end. lock is held. */
static uint64_t fill_end(const struct p9_node *n, uint64_t index, unsigned most)
{
    uint64_t pages = (n->vnode.size + PAGE_MASK) / PAGE_SIZE;
    uint64_t end = index + 1;

    while (end < index + most && end < pages &&
           !page_tree_get(&n->pages, end) && !is_filling(n, end))
        end++;
    return end;
}

static void fill_done(struct p9_node *n, struct p9_fill *f)
{
    list_del(&f->node);
    __atomic_add_fetch(&n->fills_done, 1, __ATOMIC_RELEASE);
    wait_queue_wake_all(&n->filled);
}

/* Memory for the pages; how many there are, perhaps fewer. Where many are
 * wanted they come in blocks, which need fewer descriptors. */
static size_t alloc_pages(struct page **pages, size_t want)
{
    size_t n = 0;

    while (n < want) {
        unsigned order = want - n >= 1u << BLOCK_ORDER ? BLOCK_ORDER : 0;
        struct page *p = page_alloc(order);

        if (!p && order)
            p = page_alloc(order = 0);
        if (!p)
            break;
        if (order)
            page_split(p);
        for (size_t i = 0; i < 1u << order; i++)
            pages[n++] = p + i;
    }
    return n;
}

static uint32_t readable_fid(const struct p9_node *n)
{
    if (n->read_fid != P9_NO_FID)
        return n->read_fid;
    return n->write_reads ? n->write_fid : P9_NO_FID;
}

/* Reads count pages, whole: behind the host's end there are zeros. */
static int read_pages(struct p9_node *n, uint64_t first, struct page **pages,
                      size_t count)
{
    uint64_t pos = first * PAGE_SIZE;
    size_t size = count * PAGE_SIZE, done = 0;
    uint32_t fid = readable_fid(n);
    ssize_t got = 1;

    if (fid == P9_NO_FID)
        return -EACCES;
    if (n->vnode.size > pos)
        size = MIN(size, n->vnode.size - pos);
    while (done < size && got > 0) {
        const struct p9_data data = {pages + done / PAGE_SIZE, done & PAGE_MASK,
                                     size - done};

        got = p9_read(&p9_fs(&n->vnode)->client, fid, pos + done, &data);
        done += (size_t)MAX(got, 0);
    }
    if (got < 0)
        return (int)got;
    for (size_t end = count * PAGE_SIZE, len; done < end; done += len) {
        len = PAGE_SIZE - (done & PAGE_MASK);
        memset((uint8_t *)page_virt(pages[done / PAGE_SIZE]) +
                   (done & PAGE_MASK),
               0, len);
    }
    return 0;
}

/* Enters what was read; the first page is handed to the caller, too. lock is
 * held. */
static int enter_pages(struct p9_node *n, const struct p9_fill *f,
                       struct page **pages, size_t count, struct page **page)
{
    int err = 0;

    *page = pages[0];
    page_get(*page);
    for (size_t i = 0; i < count; i++) {
        if (err)
            page_put(pages[i]);
        else
            err = p9_page_insert(n, f->first + i, pages[i]);
    }
    if (err && !page_tree_get(&n->pages, f->first)) {
        page_put(*page);
        return err;
    }
    return 0;
}

/* f has been entered. The page at f->first, with a reference. */
static int fill(struct p9_node *n, struct p9_fill *f, struct page **page)
{
    struct page *pages[FILL_MAX];
    size_t count;
    int err = -ENOMEM;

    p9_make_room(p9_fs(&n->vnode), f->end - f->first);
    count = alloc_pages(pages, f->end - f->first);
    if (!count && p9_reclaim(p9_fs(&n->vnode), FILL_MAX))
        count = alloc_pages(pages, 1);
    if (count)
        err = read_pages(n, f->first, pages, count);
    mutex_lock(&n->vnode.lock);
    if (!err) {
        err = enter_pages(n, f, pages, count, page);
    } else {
        while (count)
            page_put(pages[--count]);
    }
    fill_done(n, f);
    mutex_unlock(&n->vnode.lock);
    return err;
}

int p9_page_get(struct p9_node *n, uint64_t index, unsigned ahead,
                struct page **page)
{
    struct p9_fill f = {.first = index};
    struct vnode *v = &n->vnode;

    mutex_lock(&v->lock);
    p9_fill_wait(n, index);
    if (!v->size || index > (v->size - 1) / PAGE_SIZE) {
        mutex_unlock(&v->lock);
        return -ENXIO;
    }
    *page = page_tree_get(&n->pages, index);
    if (*page) {
        page_get(*page);
        mutex_unlock(&v->lock);
        return 0;
    }
    f.end = fill_end(n, index, MIN(MAX(ahead, 1u), (unsigned)FILL_MAX));
    list_add(&n->fills, &f.node);
    mutex_unlock(&v->lock);
    return fill(n, &f, page);
}

/* --- letting go --- */

void p9_pages_cut(struct p9_node *n, uint64_t size)
{
    struct p9_fs *fs = p9_fs(&n->vnode);
    uint64_t kept = ALIGN_UP(size, PAGE_SIZE) / PAGE_SIZE;
    size_t in_page = size & PAGE_MASK, dirty = n->dirty.count;
    struct page *p = page_tree_get(&n->pages, size / PAGE_SIZE);

    if (in_page && p)
        memset((uint8_t *)page_virt(p) + in_page, 0, PAGE_SIZE - in_page);
    page_tree_truncate(&n->dirty, kept);
    page_tree_truncate(&n->pages, kept);
    __atomic_sub_fetch(&fs->dirty_pages, dirty - n->dirty.count,
                       __ATOMIC_RELAXED);
}

size_t p9_pages_drop_clean(struct p9_node *n, uint64_t first, uint64_t end,
                           size_t most)
{
    struct page *p;
    size_t done = 0;

    for (; done < most; first++) {
        p = page_tree_next(&n->pages, &first);
        if (!p || first >= end)
            break;
        if (__atomic_load_n(&p->refs, __ATOMIC_ACQUIRE) != 1)
            continue;
        page_tree_remove(&n->pages, first);
        page_put(p);
        done++;
    }
    if (!n->pages.count)
        page_tree_truncate(&n->pages, 0);
    n->hand = first;
    return done;
}

/* From where the last time ended, and then from the beginning. */
static size_t drop_some(struct p9_node *n, size_t want)
{
    uint64_t from = n->hand;
    size_t done = p9_pages_drop_clean(n, from, UINT64_MAX, want);

    if (done < want && from)
        done += p9_pages_drop_clean(n, 0, from, want - done);
    return done;
}

size_t p9_reclaim(struct p9_fs *fs, size_t want)
{
    struct p9_node *n, *next;
    size_t done = 0;

    mutex_lock(&fs->lock);
    list_for_each_entry_safe (n, next, &fs->cached, cached_node) {
        if (done >= want)
            break;
        /* The other way round, and so only when nobody has it. */
        if (!mutex_trylock(&n->vnode.lock))
            continue;
        done += drop_some(n, want - done);
        if (!n->pages.count)
            list_del(&n->cached_node);
        mutex_unlock(&n->vnode.lock);
    }
    mutex_unlock(&fs->lock);
    return done;
}

/* The node with pages that was filled longest ago, with a reference; it becomes
 * the latest. NULL: none, or one on its way out. */
static struct p9_node *next_cached(struct p9_fs *fs)
{
    struct p9_node *n = NULL;

    mutex_lock(&fs->lock);
    if (!list_empty(&fs->cached)) {
        n = list_first_entry(&fs->cached, struct p9_node, cached_node);
        list_del(&n->cached_node);
        if (p9_node_try_get(n))
            list_add_tail(&fs->cached, &n->cached_node);
        else
            n = NULL;
    }
    mutex_unlock(&fs->lock);
    return n;
}

static size_t reclaim_node(struct p9_node *n, size_t want)
{
    struct vnode *v = &n->vnode;
    size_t done;

    if (mutex_trylock(&v->io_lock)) {
        p9_writeback(n, 0, UINT64_MAX);
        vm_object_forget(&v->object);
        mutex_unlock(&v->io_lock);
    }
    mutex_lock(&v->lock);
    done = drop_some(n, want);
    mutex_unlock(&v->lock);
    p9_settle(n);
    return done;
}

size_t p9_reclaim_mapped(struct p9_fs *fs, size_t want)
{
    size_t done = 0, left = fs->node_count;
    struct p9_node *n;

    for (; done < want && left; left--) {
        n = next_cached(fs);
        if (!n)
            continue;
        done += reclaim_node(n, want - done);
        vnode_put(&n->vnode);
    }
    return done;
}

void p9_make_room(struct p9_fs *fs, size_t pages)
{
    struct page_stats s;

    page_get_stats(&s);
    if (s.free < s.total / 16 + pages)
        p9_reclaim(fs, pages + 64);
}

/* --- mappings --- */

static int object_get_page(struct vm_object *o, uint64_t index, bool write,
                           struct page **page)
{
    struct vnode *v = container_of(o, struct vnode, object);
    struct p9_node *n = p9_node(v);
    int err = p9_page_get(n, index, AROUND_PAGES, page);

    if (err || !write)
        return err;
    mutex_lock(&v->lock);
    if (page_tree_get(&n->pages, index) != *page)
        err = -ENXIO; /* it was cut off meanwhile */
    else
        err = p9_page_dirty(n, index, *page);
    if (!err)
        vnode_touch_modified(v);
    mutex_unlock(&v->lock);
    if (err)
        page_put(*page);
    return err;
}

static void object_peek_pages(struct vm_object *o, uint64_t index, unsigned n,
                              struct page **pages)
{
    struct vnode *v = container_of(o, struct vnode, object);
    const struct p9_node *node = p9_node(v);
    uint64_t end;

    mutex_lock(&v->lock);
    end = (v->size + PAGE_MASK) / PAGE_SIZE;
    for (unsigned i = 0; i < n; i++, index++) {
        pages[i] = index < end ? page_tree_get(&node->pages, index) : NULL;
        if (pages[i])
            page_get(pages[i]);
    }
    mutex_unlock(&v->lock);
}

static void object_attached(struct vm_object *o)
{
    struct vnode *v = container_of(o, struct vnode, object);

    __atomic_add_fetch(&p9_node(v)->maps, 1, __ATOMIC_RELAXED);
}

static void object_detached(struct vm_object *o)
{
    struct vnode *v = container_of(o, struct vnode, object);
    struct p9_fs *fs = p9_fs(v);

    if (__atomic_sub_fetch(&p9_node(v)->maps, 1, __ATOMIC_ACQ_REL))
        return;
    __atomic_store_n(&fs->unmapped, true, __ATOMIC_RELEASE);
    p9_keeper_wake(fs);
}

static int object_sync(struct vm_object *o)
{
    return p9_sync(container_of(o, struct vnode, object), true);
}

const struct vm_object_ops p9_object_ops = {
    .get_page = object_get_page,
    .peek_pages = object_peek_pages,
    .get = vnode_object_get,
    .put = vnode_object_put,
    .attached = object_attached,
    .detached = object_detached,
    .sync = object_sync,
    .name = vnode_object_name,
};
