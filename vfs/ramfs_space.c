// SPDX-License-Identifier: MIT
/*
 * ramfs_space: fallocate(2): pages that a file gets before they are written,
 * and holes, which lseek(2) finds. A page that is mapped, or lies over the
 * extent, is cleared where it is; the others go back to the system.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "kernel/vm_object.h"
#include "lib/string.h"
#include "vfs/ramfs_priv.h"

/* Whether the pages of a range that are not there fit into free memory: a
 * large request must not take all of it before it fails. */
static bool fits(struct ramfs_node *n, uint64_t first, uint64_t end)
{
    struct page_stats stats;
    uint64_t there = n->pages.count;
    const struct ramfs *fs = ramfs_of(&n->vnode);

    if (fs->max_pages &&
        end - first > there + fs->max_pages - MIN(fs->pages, fs->max_pages))
        return false;
    page_get_stats(&stats);
    return end - first <= there || end - first - there <= stats.free;
}

static int reserve(struct ramfs_node *n, uint64_t first, uint64_t end)
{
    struct page *p;
    int err = 0;

    if (!fits(n, first, end))
        return -ENOSPC;
    for (uint64_t i = first; i < end && !err; i++) {
        mutex_lock(&n->vnode.lock);
        err = ramfs_get_page(n, i, &p);
        mutex_unlock(&n->vnode.lock);
        if (!err)
            page_put(p);
    }
    return err == -ENOMEM ? -ENOSPC : err;
}

/* Zeros within one page that stays. */
static int clear_part(struct ramfs_node *n, uint64_t from, uint64_t to)
{
    struct page *p;
    int err;

    if (from == to)
        return 0;
    mutex_lock(&n->vnode.lock);
    p = page_tree_get(&n->pages, from / PAGE_SIZE);
    if (p || from < n->extent_size) {
        err = ramfs_get_page(n, from / PAGE_SIZE, &p);
        if (!err) {
            memset((uint8_t *)page_virt(p) + (from & PAGE_MASK), 0, to - from);
            page_put(p);
        }
    } else {
        err = 0; /* it is a hole already */
    }
    mutex_unlock(&n->vnode.lock);
    return err;
}

static int clear_page(struct ramfs_node *n, uint64_t index)
{
    bool in_extent = index * PAGE_SIZE < n->extent_size;
    struct page *p;

    mutex_lock(&n->vnode.lock);
    p = page_tree_get(&n->pages, index);
    if (p && !in_extent && __atomic_load_n(&p->refs, __ATOMIC_ACQUIRE) == 1) {
        page_tree_remove(&n->pages, index);
        page_put(p);
        n->vnode.blocks -= PAGE_SIZE / 512;
        ramfs_uncharge(ramfs_of(&n->vnode), 1);
        p = NULL;
    }
    mutex_unlock(&n->vnode.lock);
    if (!p && !in_extent)
        return 0;
    return clear_part(n, index * PAGE_SIZE, (index + 1) * PAGE_SIZE);
}

/* The first byte from pos on that lies in a page, or in the extent. */
static uint64_t next_data(const struct ramfs_node *n, uint64_t pos)
{
    uint64_t index = pos / PAGE_SIZE;

    if (pos < ALIGN_UP(n->extent_size, PAGE_SIZE))
        return pos;
    if (!page_tree_next(&n->pages, &index))
        return UINT64_MAX;
    return MAX(pos, index * PAGE_SIZE);
}

/* The first from pos on that lies in neither. */
static uint64_t next_hole(const struct ramfs_node *n, uint64_t pos)
{
    uint64_t first = MAX(pos, ALIGN_UP(n->extent_size, PAGE_SIZE));
    uint64_t index = first / PAGE_SIZE;

    while (page_tree_get(&n->pages, index))
        index++;
    return MAX(first, index * PAGE_SIZE);
}

int64_t ramfs_seek_space(struct ramfs_node *n, int64_t offset, bool hole)
{
    uint64_t size = n->vnode.size, found;

    if (offset < 0 || (uint64_t)offset >= size)
        return -ENXIO;
    if (hole)
        return (int64_t)MIN(next_hole(n, (uint64_t)offset), size);
    found = next_data(n, (uint64_t)offset);
    return found < size ? (int64_t)found : -ENXIO;
}

/* The bytes of a file from start to end become zeros. */
static int clear(struct ramfs_node *n, uint64_t start, uint64_t end)
{
    uint64_t first = ALIGN_UP(start, PAGE_SIZE);
    uint64_t last = ALIGN_DOWN(end, PAGE_SIZE);
    uint64_t pages = ALIGN_UP(n->vnode.size, PAGE_SIZE) / PAGE_SIZE;
    int err;

    if (first > last) /* within one page */
        return clear_part(n, start, end);
    err = clear_part(n, start, first);
    for (uint64_t i = first / PAGE_SIZE;
         i < MIN(last / PAGE_SIZE, MAX(pages, n->pages.count)) && !err; i++)
        err = clear_page(n, i);
    return err ? err : clear_part(n, last, end);
}

int ramfs_fallocate(struct vnode *v, int mode, uint64_t start, uint64_t len)
{
    struct ramfs_node *n = ramfs_node(v);
    bool grows = !(mode & FALLOC_FL_KEEP_SIZE) && start + len > v->size;
    int err = 0;

    if (mode &
        ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
        return -EOPNOTSUPP;
    if ((grows && (n->seals & F_SEAL_GROW)) ||
        ((mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) &&
         (n->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))))
        return -EPERM;
    if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
        err = clear(n, start, start + len);
    if (!err && !(mode & FALLOC_FL_PUNCH_HOLE))
        err = reserve(n, start / PAGE_SIZE,
                      ALIGN_UP(start + len, PAGE_SIZE) / PAGE_SIZE);
    if (err)
        return err;
    mutex_lock(&v->lock);
    if (grows)
        v->size = start + len;
    vnode_touch_modified(v);
    mutex_unlock(&v->lock);
    return 0;
}
