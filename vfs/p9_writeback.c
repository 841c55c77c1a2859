// SPDX-License-Identifier: MIT
/*
 * p9_writeback: dirty pages go to the host, as many that lie side by side as
 * one request takes.
 *
 * A page ceases to be dirty before its bytes are looked at: a store that comes
 * later through a mapping makes it dirty again, because the mapping has lost
 * its permission to store, too. io_lock keeps write(2) away meanwhile.
 */
#include "abi/errno.h"
#include "kernel/clock.h"
#include "kernel/panic.h"
#include "vfs/p9_priv.h"

#define RUN_MAX 128 /* pages of one request */

/* So many bytes must be free on the host, beside what waits here: else each
 * write that makes a file longer is tried at once. */
#define ROOM_WANTED MIB(64)

static void count_clean(struct p9_node *n, size_t pages)
{
    __atomic_sub_fetch(&p9_fs(&n->vnode)->dirty_pages, pages, __ATOMIC_RELAXED);
}

/* Takes the first run of dirty pages at or after *first, before end; how many.
 * The references are the caller's. */
static size_t take_run(struct p9_node *n, uint64_t *first, uint64_t end,
                       struct page **pages)
{
    size_t count = 0;

    mutex_lock(&n->vnode.lock);
    while (count < RUN_MAX) {
        uint64_t at = *first + count;
        struct page *p = page_tree_next(&n->dirty, &at);

        if (!p || at >= end || (count && at != *first + count))
            break;
        if (!count)
            *first = at;
        page_tree_remove(&n->dirty, at);
        pages[count++] = p;
    }
    mutex_unlock(&n->vnode.lock);
    count_clean(n, count);
    return count;
}

/* What could not be written stays dirty, if it is still the file's. */
static void put_back(struct p9_node *n, uint64_t first, struct page **pages,
                     size_t count)
{
    mutex_lock(&n->vnode.lock);
    for (size_t i = 0; i < count; i++)
        if (page_tree_get(&n->pages, first + i) == pages[i])
            p9_page_dirty(n, first + i, pages[i]);
    mutex_unlock(&n->vnode.lock);
}

static int write_run(struct p9_node *n, uint64_t first, struct page **pages,
                     size_t count)
{
    uint64_t pos = first * PAGE_SIZE, size = n->vnode.size;
    size_t len = count * PAGE_SIZE, done = 0;
    ssize_t moved;

    if (pos >= size)
        return 0;
    len = MIN(len, size - pos);
    while (done < len) {
        const struct p9_data data = {pages + done / PAGE_SIZE, done & PAGE_MASK,
                                     len - done};

        moved = p9_write(&p9_fs(&n->vnode)->client, n->write_fid, pos + done,
                         &data);
        if (moved < 0)
            return (int)moved;
        done += (size_t)moved;
    }
    return 0;
}

/* A disk may get room again; what else there is does not go away. */
static bool may_pass(int err)
{
    return err == -ENOSPC || err == -EDQUOT || err == -ENOMEM;
}

static void written_back(struct p9_node *n, int err)
{
    mutex_lock(&n->vnode.lock);
    n->wrote = true;
    if (err)
        n->error = err;
    if (!n->dirty.count)
        page_tree_truncate(&n->dirty, 0);
    mutex_unlock(&n->vnode.lock);
    p9_attr_expire(&n->vnode);
}

int p9_writeback(struct p9_node *n, uint64_t first, uint64_t end)
{
    bool mapped = vm_object_may_be_stored_to(&n->vnode.object);
    struct page *pages[RUN_MAX];
    bool any = false;
    size_t count;
    int err = 0;

    while (!err && (count = take_run(n, &first, end, pages))) {
        any = true;
        if (mapped)
            vm_object_protect(&n->vnode.object, first, first + count);
        err = n->write_fid == P9_NO_FID ? -EBADF
                                        : write_run(n, first, pages, count);
        if (err && may_pass(err))
            put_back(n, first, pages, count);
        for (size_t i = 0; i < count; i++)
            page_put(pages[i]);
        first += count;
    }
    if (any)
        written_back(n, err);
    return err;
}

void p9_settle(struct p9_node *n)
{
    struct p9_fs *fs = p9_fs(&n->vnode);
    bool listed = false;

    mutex_lock(&n->vnode.lock);
    mutex_lock(&fs->lock);
    if (!n->dirty.count && !list_empty(&n->dirty_node)) {
        list_del(&n->dirty_node);
        listed = true;
    }
    mutex_unlock(&fs->lock);
    mutex_unlock(&n->vnode.lock);
    if (listed)
        vnode_put(&n->vnode);
}

/* The error that nobody has been told of. */
static int take_error(struct p9_node *n)
{
    int err;

    mutex_lock(&n->vnode.lock);
    err = n->error;
    n->error = 0;
    mutex_unlock(&n->vnode.lock);
    return err;
}

int p9_flush_node(struct p9_node *n)
{
    if (n->dirty.count) {
        mutex_lock(&n->vnode.io_lock);
        p9_writeback(n, 0, UINT64_MAX);
        mutex_unlock(&n->vnode.io_lock);
    }
    p9_settle(n);
    return n->error ? take_error(n) : 0;
}

/* The first dirty node, which goes to the end of the list; a reference. */
static struct p9_node *next_dirty(struct p9_fs *fs)
{
    struct p9_node *n = NULL;

    mutex_lock(&fs->lock);
    if (!list_empty(&fs->dirty)) {
        n = list_first_entry(&fs->dirty, struct p9_node, dirty_node);
        list_del(&n->dirty_node);
        list_add_tail(&fs->dirty, &n->dirty_node);
        vnode_get(&n->vnode);
    }
    mutex_unlock(&fs->lock);
    return n;
}

static size_t count_dirty(struct p9_fs *fs)
{
    struct list_node *at;
    size_t count = 0;

    mutex_lock(&fs->lock);
    for (at = fs->dirty.next; at != &fs->dirty; at = at->next)
        count++;
    mutex_unlock(&fs->lock);
    return count;
}

int p9_flush_all(struct p9_fs *fs)
{
    struct p9_node *n;
    int err = 0, one;

    /* Once around: what becomes dirty meanwhile is for the next time. */
    for (size_t left = count_dirty(fs); left && (n = next_dirty(fs)); left--) {
        mutex_lock(&n->vnode.io_lock);
        one = p9_writeback(n, 0, UINT64_MAX);
        mutex_unlock(&n->vnode.io_lock);
        err = err ? err : one;
        p9_settle(n);
        vnode_put(&n->vnode);
    }
    return err;
}

/* --- how much may wait --- */

bool p9_has_room(struct p9_fs *fs, size_t len)
{
    uint64_t waits = __atomic_load_n(&fs->dirty_pages, __ATOMIC_RELAXED);
    uint64_t now = clock_monotonic_ns();
    struct p9_statfs s;

    if (!fs->room_checked_ns || now - fs->room_checked_ns > P9_BELIEVED_NS) {
        fs->room_checked_ns = now;
        fs->room = 0;
        if (!p9_statfs(&fs->client, p9_node(fs->root)->fid, &s) &&
            !__builtin_mul_overflow(s.bavail, (uint64_t)s.bsize, &fs->room) &&
            s.ffree == 0 && s.files)
            fs->room = 0;
    }
    return fs->room >= ROOM_WANTED + waits * PAGE_SIZE + len;
}

bool p9_too_dirty(const struct p9_fs *fs)
{
    struct page_stats s;
    size_t dirty = __atomic_load_n(&fs->dirty_pages, __ATOMIC_RELAXED);

    if (dirty < 256)
        return false;
    page_get_stats(&s);
    return dirty > MIN(s.total / 16, 16384ul);
}
