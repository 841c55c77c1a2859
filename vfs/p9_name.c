// SPDX-License-Identifier: MIT
/*
 * p9_name: names. The name cache holds those that were looked up; it is asked
 * whether they are still right when they have not been for a while. The tree
 * lock is held in all of these.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "kernel/clock.h"
#include "vfs/dentry.h"
#include "vfs/p9_priv.h"

/* A new fid for name in dir. */
static int walk_to(struct vnode *dir, const char *name, size_t len,
                   uint32_t *fid, struct p9_qid *qid)
{
    struct p9_client *c = &p9_fs(dir)->client;

    if (p9_node(dir)->orphan)
        return -ENOENT;
    *fid = p9_fid_new(c);
    return p9_walk(c, p9_node(dir)->fid, *fid, name, len, qid);
}

int p9_lookup(struct vnode *dir, const char *name, size_t len,
              struct vnode **found)
{
    struct p9_fs *fs = p9_fs(dir);
    struct p9_qid qid;
    struct p9_attr a;
    uint32_t fid;
    int err = walk_to(dir, name, len, &fid, &qid);

    if (err)
        return err;
    err = p9_getattr(&fs->client, fid, &a);
    if (err) {
        p9_forget(&fs->client, fid);
        return err;
    }
    return p9_node_of(fs, fid, &a, found);
}

int p9_recheck(struct dentry *d)
{
    struct vnode *dir = d->parent->vnode;
    struct p9_node *n = p9_node(d->vnode);
    uint64_t now = clock_monotonic_ns();
    struct p9_qid qid;
    uint32_t fid;
    int err;

    if (now - d->checked_ns < P9_BELIEVED_NS)
        return 0;
    err = walk_to(dir, d->name, d->name_len, &fid, &qid);
    if (err)
        return err == -ENOENT ? -ENOENT : 0;
    p9_forget(&p9_fs(dir)->client, fid);
    if (qid.path != n->path)
        return -ENOENT; /* another file has the name now */
    d->checked_ns = now;
    return 0;
}

/* --- making --- */

/* A regular file comes open: the one who makes it mostly wants to write. */
static int make_file(struct vnode *dir, const struct vnode_name *name,
                     const struct vnode_make *what, uint32_t *open_fid)
{
    struct p9_fs *fs = p9_fs(dir);
    struct p9_client *c = &fs->client;
    struct p9_qid qid;
    uint32_t fid = p9_fid_new(c);
    int err = p9_walk(c, p9_node(dir)->fid, fid, NULL, 0, NULL);

    if (err)
        return err;
    err = p9_create(c, fid, name->text, name->len, O_RDWR | O_CREAT | O_EXCL,
                    what->mode & 07777, p9_gid_to_host(fs, what->gid), &qid);
    if (err)
        p9_forget(c, fid);
    else
        *open_fid = fid;
    return err;
}

static int make_other(struct vnode *dir, const struct vnode_name *name,
                      const struct vnode_make *what)
{
    struct p9_fs *fs = p9_fs(dir);
    struct p9_client *c = &fs->client;
    uint32_t fid = p9_node(dir)->fid, gid = p9_gid_to_host(fs, what->gid);
    int err;

    switch (what->mode & S_IFMT) {
    case S_IFDIR:
        return p9_mkdir(c, fid, name->text, name->len, what->mode & 07777, gid);
    case S_IFLNK:
        return p9_symlink(c, fid, name->text, name->len, what->target,
                          what->target_len, gid);
    default:
        err = p9_mknod(c, fid, name->text, name->len, what->mode, what->rdev,
                       gid);
        /* QEMU refuses to touch special files, with an error of open(2). */
        return err == -ENXIO ? -EPERM : err;
    }
}

/* The new file's node, with its owner right. */
static int find_made(struct vnode *dir, const struct vnode_name *name,
                     const struct vnode_make *what, struct vnode **made)
{
    struct p9_fs *fs = p9_fs(dir);
    struct p9_qid qid;
    struct p9_attr a;
    uint32_t fid;
    int err = walk_to(dir, name->text, name->len, &fid, &qid);

    if (err)
        return err;
    p9_give_owner(fs, fid, what->uid, what->gid);
    err = p9_getattr(&fs->client, fid, &a);
    if (err) {
        p9_forget(&fs->client, fid);
        return err;
    }
    return p9_node_of(fs, fid, &a, made);
}

/* The handle that making a file gave becomes its node's. */
static void keep_open(struct vnode *v, uint32_t fid)
{
    struct p9_node *n = p9_node(v);

    mutex_lock(&n->open_lock);
    if (n->write_fid == P9_NO_FID) {
        n->write_fid = fid;
        n->write_reads = true;
        fid = P9_NO_FID;
    }
    mutex_unlock(&n->open_lock);
    p9_forget(&p9_fs(v)->client, fid);
    p9_close_later(n);
}

int p9_make(struct vnode *dir, const struct vnode_name *name,
            const struct vnode_make *what, struct vnode **made)
{
    uint32_t open_fid = P9_NO_FID;
    int err;

    if (p9_node(dir)->orphan)
        return -ENOENT;
    if (S_ISREG(what->mode))
        err = make_file(dir, name, what, &open_fid);
    else
        err = make_other(dir, name, what);
    if (err)
        return err;
    p9_attr_expire(dir);
    err = find_made(dir, name, what, made);
    if (!err && open_fid != P9_NO_FID)
        keep_open(*made, open_fid);
    else
        p9_forget(&p9_fs(dir)->client, open_fid);
    return err;
}

int p9_link_node(struct vnode *dir, const struct vnode_name *name,
                 struct vnode *v)
{
    int err = p9_node(dir)->orphan || p9_node(v)->orphan
                  ? -ENOENT
                  : p9_link(&p9_fs(dir)->client, p9_node(dir)->fid,
                            p9_node(v)->fid, name->text, name->len);

    if (err)
        return err;
    p9_attr_expire(dir);
    p9_attr_expire(v);
    v->nlink++;
    return 0;
}

/* --- taking away --- */

/* v has lost a name. */
static void lost_name(struct vnode *v)
{
    if (vnode_is_dir(v) || v->nlink <= 1) {
        p9_node_orphan(p9_node(v));
    } else {
        v->nlink--;
        p9_attr_expire(v);
    }
}

int p9_unlink_node(struct vnode *dir, const struct vnode_name *name,
                   struct vnode *victim)
{
    int err = p9_unlink(&p9_fs(dir)->client, p9_node(dir)->fid, name->text,
                        name->len, vnode_is_dir(victim));

    if (err)
        return err;
    p9_attr_expire(dir);
    lost_name(victim);
    return 0;
}

int p9_rename_node(const struct vnode_rename *r)
{
    int err;

    if (r->exchange)
        return -EINVAL; /* the protocol has no word for it */
    err = p9_rename(&p9_fs(r->from)->client, p9_node(r->from)->fid,
                    r->from_name.text, r->from_name.len, p9_node(r->to)->fid,
                    r->to_name.text, r->to_name.len);
    if (err)
        return err;
    p9_attr_expire(r->from);
    p9_attr_expire(r->to);
    p9_attr_expire(r->v);
    if (r->other)
        lost_name(r->other);
    return 0;
}
