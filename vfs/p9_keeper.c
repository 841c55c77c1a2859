// SPDX-License-Identifier: MIT
/*
 * p9_keeper: a thread of each file system that does what has time: writing back
 * what has been dirty for a moment, closing handles that nobody uses, and
 * letting go of names when there are very many. It sleeps while there is
 * nothing of this kind.
 */
#include "abi/errno.h"
#include "kernel/clock.h"
#include "kernel/sched.h"
#include "kernel/thread.h"
#include "vfs/dentry.h"
#include "vfs/p9_priv.h"

#define MOMENT_NS NSEC_PER_SEC
#define BATCH     64 /* names that one hold of the tree lock lets go */

void p9_keeper_wake(struct p9_fs *fs)
{
    if (!__atomic_exchange_n(&fs->work, true, __ATOMIC_ACQ_REL))
        wait_queue_wake_all(&fs->keeper);
}

static bool stops(struct p9_fs *fs)
{
    return __atomic_load_n(&fs->stop, __ATOMIC_ACQUIRE);
}

static bool has_work(struct p9_fs *fs)
{
    return __atomic_load_n(&fs->work, __ATOMIC_ACQUIRE);
}

/* --- handles --- */

/* Files whose last mapping went are idle now. */
static void find_unmapped(struct p9_fs *fs)
{
    struct p9_node *n;

    if (!__atomic_exchange_n(&fs->unmapped, false, __ATOMIC_ACQ_REL))
        return;
    mutex_lock(&fs->lock);
    list_for_each_entry (n, &fs->all, all)
        if ((n->read_fid != P9_NO_FID || n->write_fid != P9_NO_FID) &&
            !n->opens && list_empty(&n->idle_node))
            list_add_tail(&fs->idle, &n->idle_node);
    mutex_unlock(&fs->lock);
}

/* The first of a list of nodes, with a reference, taken off it; NULL: none.
 * Some may be on their way out. */
static struct p9_node *take_idle(struct p9_fs *fs)
{
    struct p9_node *n = NULL;

    mutex_lock(&fs->lock);
    while (!n && !list_empty(&fs->idle)) {
        n = list_first_entry(&fs->idle, struct p9_node, idle_node);
        list_del(&n->idle_node);
        if (!p9_node_try_get(n))
            n = NULL;
    }
    mutex_unlock(&fs->lock);
    return n;
}

static void close_handles(struct p9_fs *fs)
{
    struct p9_node *n;

    find_unmapped(fs);
    while ((n = take_idle(fs))) {
        p9_close_idle(n);
        vnode_put(&n->vnode);
    }
}

/* --- names --- */

/* The node that has been here longest, with a reference; it becomes the one
 * that came last. */
static struct p9_node *take_oldest(struct p9_fs *fs)
{
    struct p9_node *n = NULL;

    mutex_lock(&fs->lock);
    if (!list_empty(&fs->all)) {
        n = list_first_entry(&fs->all, struct p9_node, all);
        list_del(&n->all);
        list_add_tail(&fs->all, &n->all);
        if (!p9_node_try_get(n))
            n = NULL;
    }
    mutex_unlock(&fs->lock);
    return n;
}

/* Takes its names out of the cache, when that alone knows it. The tree lock is
 * held, and a reference on n. */
static void forget_names(struct p9_node *n)
{
    struct dentry *d, *next;
    uint32_t names = 0;

    list_for_each_entry (d, &n->vnode.names, alias) {
        if (d->refs > 1 || d->children.node || d->mount)
            return;
        names++;
    }
    if (n->vnode.refs != names + 1)
        return;
    list_for_each_entry_safe (d, next, &n->vnode.names, alias)
        dentry_unlink(d);
}

static void trim(struct p9_fs *fs)
{
    struct p9_node *n[BATCH];
    size_t left = fs->node_count;

    while (fs->node_count > P9_NODES_MAX && left && !stops(fs)) {
        size_t count = 0;

        dentry_tree_lock();
        for (; count < BATCH && left; left--) {
            n[count] = take_oldest(fs);
            if (n[count])
                forget_names(n[count++]);
        }
        dentry_tree_unlock();
        while (count)
            vnode_put(&n[--count]->vnode);
    }
}

/* --- the thread --- */

static void keep(void *arg)
{
    struct p9_fs *fs = arg;

    for (;;) {
        wait_event_always(&fs->keeper, has_work(fs));
        if (fs->node_count <= P9_NODES_MAX)
            wait_event(&fs->keeper, stops(fs),
                       clock_monotonic_ns() + MOMENT_NS);
        __atomic_store_n(&fs->work, false, __ATOMIC_RELEASE);
        if (stops(fs))
            break;
        p9_flush_all(fs);
        close_handles(fs);
        trim(fs);
    }
    p9_fs_destroy(fs);
}

int p9_keeper_start(struct p9_fs *fs)
{
    struct thread *t = thread_create_kernel("9p", keep, fs);

    if (!t)
        return -ENOMEM;
    sched_add(t);
    return 0;
}
