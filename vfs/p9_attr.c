// SPDX-License-Identifier: MIT
/*
 * p9_attr: attributes. Those of a file that was changed here are asked for
 * again once the change is on the host, whose clock sets the times; a file with
 * bytes that the host has not got is written back before anybody is told.
 */
#include "abi/errno.h"
#include "abi/stat.h"
#include "abi/statfs.h"
#include "kernel/clock.h"
#include "vfs/p9_priv.h"

/* --- owners --- */

static uint32_t translate(bool maps, uint32_t id, uint32_t from, uint32_t to)
{
    return maps && id == from ? to : id;
}

uint32_t p9_gid_to_host(const struct p9_fs *fs, uint32_t gid)
{
    return translate(fs->maps_owner, gid, fs->as_gid, fs->host_gid);
}

static uint32_t uid_to_host(const struct p9_fs *fs, uint32_t uid)
{
    return translate(fs->maps_owner, uid, fs->as_uid, fs->host_uid);
}

/* Requests act as the host's user 0, whose files new ones are, or as whoever
 * runs the server. */
void p9_give_owner(struct p9_fs *fs, uint32_t fid, uint32_t uid, uint32_t gid)
{
    const struct p9_setattr a = {
        .valid = P9_SET_UID | P9_SET_GID,
        .uid = uid_to_host(fs, uid),
        .gid = p9_gid_to_host(fs, gid),
    };

    if (fs->maps_owner ? uid != fs->as_uid : uid != 0)
        p9_setattr(&fs->client, fid, &a);
}

/* --- what the host says --- */

/* Is what the host has something else than what we know of it? */
static bool changed_by_others(const struct p9_node *n, const struct p9_attr *a)
{
    return !n->wrote &&
           (a->mtime_ns != n->host_mtime_ns || a->size != n->host_size);
}

void p9_attr_enter(struct p9_node *n, const struct p9_attr *a)
{
    const struct p9_fs *fs = p9_fs(&n->vnode);
    struct vnode *v = &n->vnode;
    bool dirty = n->dirty.count != 0;

    if (!dirty && changed_by_others(n, a))
        p9_pages_drop_clean(n, 0, UINT64_MAX, SIZE_MAX);
    v->mode = (v->mode & S_IFMT) | (a->mode & 07777);
    v->uid = translate(fs->maps_owner, a->uid, fs->host_uid, fs->as_uid);
    v->gid = translate(fs->maps_owner, a->gid, fs->host_gid, fs->as_gid);
    v->nlink = (uint32_t)a->nlink;
    v->rdev = a->rdev;
    v->blocks = a->blocks;
    v->atime_ns = a->atime_ns;
    v->ctime_ns = a->ctime_ns;
    if (!dirty) {
        if (a->size < v->size)
            p9_pages_cut(n, a->size);
        v->size = a->size;
        v->mtime_ns = a->mtime_ns;
        n->wrote = false;
    }
    n->host_mtime_ns = a->mtime_ns;
    n->host_size = a->size;
    n->attr_ns = clock_monotonic_ns();
}

void p9_attr_expire(struct vnode *v)
{
    __atomic_store_n(&p9_node(v)->attr_ns, 0, __ATOMIC_RELAXED);
}

bool p9_attr_believed(const struct p9_node *n)
{
    uint64_t came = __atomic_load_n(&n->attr_ns, __ATOMIC_RELAXED);

    return n->orphan || (came && clock_monotonic_ns() - came < P9_BELIEVED_NS);
}

int p9_refresh(struct vnode *v)
{
    struct p9_node *n = p9_node(v);
    struct p9_attr a;
    int err = 0;

    if (n->dirty.count && !n->orphan)
        p9_flush_node(n); /* what fails is kept for fsync and close */
    if (p9_attr_believed(n))
        return 0;
    mutex_lock(&v->lock);
    if (!n->orphan)
        err = p9_getattr(&p9_fs(v)->client, n->fid, &a);
    if (!err && !n->orphan)
        p9_attr_enter(n, &a);
    mutex_unlock(&v->lock);
    /* A file that others have removed is what it was, to whom it is open. */
    return err == -ENOENT ? 0 : err;
}

int p9_change(struct vnode *v, const struct vnode_change *to)
{
    struct p9_fs *fs = p9_fs(v);
    struct p9_node *n = p9_node(v);
    struct p9_setattr a = {
        .mode = to->mode,
        .uid = uid_to_host(fs, to->uid),
        .gid = p9_gid_to_host(fs, to->gid),
        .atime_ns = to->atime_ns,
        .mtime_ns = to->mtime_ns,
    };
    int err;

    if (n->orphan)
        return 0; /* nobody else can see it */
    if (to->mask & CHANGE_MODE)
        a.valid |= P9_SET_MODE;
    if (to->mask & CHANGE_UID)
        a.valid |= P9_SET_UID;
    if (to->mask & CHANGE_GID)
        a.valid |= P9_SET_GID;
    if (to->mask & CHANGE_ATIME)
        a.valid |= P9_SET_ATIME | P9_SET_ATIME_TO;
    if (to->mask & CHANGE_MTIME)
        a.valid |= P9_SET_MTIME | P9_SET_MTIME_TO;
    err = p9_setattr(&fs->client, n->fid, &a);
    p9_attr_expire(v);
    n->wrote = true;
    return err;
}

int p9_statfs_fill(struct superblock *sb, struct abi_statfs *to)
{
    struct p9_fs *fs = container_of(sb, struct p9_fs, sb);
    struct p9_statfs s;
    int err = p9_statfs(&fs->client, p9_node(fs->root)->fid, &s);

    if (err)
        return err;
    to->f_bsize = to->f_frsize = s.bsize;
    to->f_namelen = s.namelen;
    to->f_blocks = s.blocks;
    to->f_bfree = s.bfree;
    to->f_bavail = s.bavail;
    to->f_files = s.files;
    to->f_ffree = s.ffree;
    return 0;
}
