// SPDX-License-Identifier: MIT
/*
 * ramfs: nodes and directories. Directories have no contents of their own:
 * the name cache holds their entries. A node dies with its last name, open
 * file and mapping.
 */
#include "vfs/ramfs.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "abi/statfs.h"
#include "kernel/kmalloc.h"
#include "lib/string.h"
#include "vfs/dentry.h"
#include "vfs/devfs.h"
#include "vfs/pipe.h"
#include "vfs/ramfs_priv.h"
#include "vfs/ref.h"

#define DIR_ENTRY_SIZE 20 /* what an entry adds to st_size, as on tmpfs */

static void node_release(struct vnode *v)
{
    struct ramfs *fs = ramfs_of(v);

    ramfs_uncharge(fs, v->blocks / (PAGE_SIZE / 512));
    page_tree_truncate(&ramfs_node(v)->pages, 0);
    ramfs_extent_cut(ramfs_node(v), 0);
    kfree((char *)v->target);
    kfree((char *)ramfs_node(v)->title);
    kfree(ramfs_node(v));
    if (ref_put(&fs->nodes))
        kfree(fs);
}

static int node_create(struct superblock *sb, const struct vnode_make *what,
                       struct vnode **made)
{
    struct ramfs *fs = container_of(sb, struct ramfs, sb);
    struct ramfs_node *n;
    struct vnode *v;

    if (fs->max_nodes && fs->nodes >= fs->max_nodes)
        return -ENOSPC;
    n = kzalloc(sizeof(*n));
    if (!n)
        return -ENOMEM;
    v = &n->vnode;
    vnode_init(v, sb, sb->ops, what);
    if (S_ISLNK(what->mode)) {
        v->target = kstrndup(what->target, what->target_len);
        if (!v->target)
            goto free_node;
        v->size = what->target_len;
    } else if (S_ISDIR(what->mode)) {
        v->nlink = 2;
        v->size = 2 * DIR_ENTRY_SIZE;
    } else if (S_ISREG(what->mode)) {
        v->object.ops = &ramfs_object_ops;
        n->seals = F_SEAL_SEAL; /* as on tmpfs */
    }
    ref_get(&fs->nodes);
    *made = v;
    return 0;

free_node:
    kfree(n);
    return -ENOMEM;
}

/* --- names --- */

static void dir_changed(struct vnode *dir, int entries, int links)
{
    mutex_lock(&dir->lock);
    dir->size += (uint64_t)((int64_t)entries * DIR_ENTRY_SIZE);
    dir->nlink += (uint32_t)links;
    vnode_touch_modified(dir);
    mutex_unlock(&dir->lock);
}

static void links_changed(struct vnode *v, int links)
{
    mutex_lock(&v->lock);
    v->nlink += (uint32_t)links;
    vnode_touch_changed(v);
    mutex_unlock(&v->lock);
}

static int ramfs_make(struct vnode *dir, const struct vnode_name *name,
                      const struct vnode_make *what, struct vnode **made)
{
    int err = node_create(dir->sb, what, made);

    (void)name;
    if (!err)
        dir_changed(dir, 1, S_ISDIR(what->mode) ? 1 : 0);
    return err;
}

static int ramfs_make_unnamed(struct vnode *dir, const struct vnode_make *what,
                              struct vnode **made)
{
    int err = node_create(dir->sb, what, made);

    if (!err)
        (*made)->nlink = 0;
    return err;
}

static int ramfs_link(struct vnode *dir, const struct vnode_name *name,
                      struct vnode *v)
{
    (void)name;
    links_changed(v, 1);
    dir_changed(dir, 1, 0);
    return 0;
}

static int ramfs_unlink(struct vnode *dir, const struct vnode_name *name,
                        struct vnode *victim)
{
    bool is_dir = vnode_is_dir(victim);

    (void)name;
    links_changed(victim, is_dir ? -2 : -1);
    dir_changed(dir, -1, is_dir ? -1 : 0);
    return 0;
}

/* v goes from one directory to another. */
static void moved(struct vnode *from, struct vnode *to, struct vnode *v)
{
    int links = vnode_is_dir(v) ? 1 : 0;

    dir_changed(from, -1, -links);
    dir_changed(to, 1, links);
    links_changed(v, 0);
}

static int ramfs_rename(const struct vnode_rename *r)
{
    moved(r->from, r->to, r->v);
    if (r->exchange)
        moved(r->to, r->from, r->other);
    else if (r->other)
        return ramfs_unlink(r->to, &r->to_name, r->other);
    return 0;
}

/* --- directories as files --- */

/* Positions: 0 is `.`, 1 is `..`, the others are those of the dentries. */
static int ramfs_readdir(struct file *f, struct dir_reader *r, uint64_t *pos)
{
    struct dentry *dir = f->dentry;
    struct dentry *d;
    bool more = true;

    dentry_tree_lock();
    if (!dir->linked && dir->parent) {
        dentry_tree_unlock();
        return -ENOENT; /* removed */
    }
    if (*pos == 0) {
        more = r->emit(r, ".", 1, dir->vnode->ino, S_IFDIR >> 12, 1);
        *pos += more;
    }
    if (more && *pos == 1) {
        more = r->emit(r, "..", 2, dentry_above(dir)->vnode->ino, S_IFDIR >> 12,
                       2);
        *pos += more;
    }
    d = more ? dentry_child_at(dir, *pos) : NULL;
    while (d) {
        struct rb_node *next = rb_next(&d->order);

        more = r->emit(r, d->name, d->name_len, d->vnode->ino,
                       mode_to_dirent_type(d->vnode->mode), d->position + 1);
        if (!more)
            break;
        *pos = d->position + 1;
        d = next ? rb_entry(next, struct dentry, order) : NULL;
    }
    dentry_tree_unlock();
    return 0;
}

static int64_t ramfs_dir_seek(struct file *f, int64_t offset, int whence)
{
    if (whence != SEEK_SET && whence != SEEK_CUR)
        return -EINVAL;
    return file_seek_sized(f, offset, whence, 0);
}

static const struct file_ops ramfs_dir_ops = {
    .seek = ramfs_dir_seek,
    .readdir = ramfs_readdir,
};

static int ramfs_open(struct vnode *v, struct file *f)
{
    switch (v->mode & S_IFMT) {
    case S_IFREG:
        f->ops = &ramfs_file_ops;
        return 0;
    case S_IFDIR:
        f->ops = &ramfs_dir_ops;
        return 0;
    case S_IFCHR:
        return devfs_open(v, f);
    case S_IFIFO:
        return pipe_open_fifo(v, f);
    default:
        return -ENXIO; /* block devices, sockets */
    }
}

static const struct vnode_ops ramfs_ops = {
    .open = ramfs_open,
    .truncate = ramfs_truncate,
    .fallocate = ramfs_fallocate,
    .make = ramfs_make,
    .make_unnamed = ramfs_make_unnamed,
    .link = ramfs_link,
    .unlink = ramfs_unlink,
    .rename = ramfs_rename,
    .release = node_release,
};

/* A file system without a root yet. NULL: no memory. */
static struct ramfs *create(const char *type, uint32_t root_mode)
{
    struct ramfs *fs = kzalloc(sizeof(*fs));
    bool tmpfs = !strcmp(type, "tmpfs") || !strcmp(type, "devtmpfs");

    if (!fs)
        return NULL;
    superblock_init(&fs->sb, type, tmpfs ? TMPFS_MAGIC : RAMFS_MAGIC);
    fs->sb.ops = &ramfs_ops;
    fs->sb.fs_ops = &ramfs_super_ops;
    fs->sb.keeps_xattrs = true;
    fs->mode = root_mode;
    return fs;
}

/* The root, which keeps fs from now on. Frees fs when it fails. */
static int create_root(struct ramfs *fs, struct vnode **root)
{
    const struct vnode_make what = {
        .mode = S_IFDIR | fs->mode, .uid = fs->uid, .gid = fs->gid};
    int err = node_create(&fs->sb, &what, root);

    if (err)
        kfree(fs);
    return err;
}

int ramfs_create(const char *type, uint32_t root_mode, struct vnode **root)
{
    struct ramfs *fs = create(type, root_mode);

    return fs ? create_root(fs, root) : -ENOMEM;
}

/* tmpfs(5): anybody may make files, in the root too. */
int ramfs_mount(const char *type, const char *options, struct dentry **root)
{
    struct ramfs *fs = create(type, S_ISVTX | 0777);
    struct page_stats pages;
    struct vnode *v;
    int err;

    if (!fs)
        return -ENOMEM;
    page_get_stats(&pages);
    if (!strcmp(type, "tmpfs")) {
        fs->max_pages = pages.total / 2;
        fs->max_nodes = (uint32_t)MIN(pages.total / 2, UINT32_MAX);
    } else {
        fs->mode = 0755;
    }
    err = ramfs_parse_options(fs, options);
    if (err) {
        kfree(fs);
        return err;
    }
    err = create_root(fs, &v);
    if (err)
        return err;
    *root = dentry_create_root(v);
    vnode_put(v);
    return *root ? 0 : -ENOMEM;
}

struct dentry *ramfs_create_root(const char *type, uint32_t mode)
{
    struct dentry *root;
    struct vnode *v;

    if (ramfs_create(type, mode, &v))
        return NULL;
    root = dentry_create_root(v);
    vnode_put(v);
    return root;
}

/* The file system of all files without a name: it is never mounted, and stays.
 */
static struct superblock *unnamed_superblock(void)
{
    static struct mutex lock = MUTEX_INIT(lock);
    static struct ramfs fs;

    mutex_lock(&lock);
    if (!fs.nodes) {
        superblock_init(&fs.sb, "tmpfs", RAMFS_MAGIC);
        fs.sb.ops = &ramfs_ops;
        fs.sb.keeps_xattrs = true;
        fs.nodes = 1;
    }
    mutex_unlock(&lock);
    return &fs.sb;
}

int ramfs_create_unnamed(const struct vnode_make *what, const char *title,
                         uint32_t seals, struct vnode **v)
{
    char *copy = kstrndup(title, strlen(title));
    int err;

    if (!copy)
        return -ENOMEM;
    err = node_create(unnamed_superblock(), what, v);
    if (err) {
        kfree(copy);
        return err;
    }
    (*v)->nlink = 0;
    ramfs_node(*v)->title = copy;
    ramfs_node(*v)->seals = seals;
    return 0;
}

/* --- seals --- */

#define SEALS                                                   \
    (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | \
     F_SEAL_FUTURE_WRITE)

int ramfs_seals(const struct vnode *v)
{
    if (v->ops != &ramfs_ops || !vnode_is_regular(v))
        return -EINVAL;
    return (int)container_of(v, const struct ramfs_node, vnode)->seals;
}

int ramfs_add_seals(struct vnode *v, uint32_t seals)
{
    struct ramfs_node *n = ramfs_node(v);
    int err = 0;

    if (ramfs_seals(v) < 0 || (seals & ~SEALS))
        return -EINVAL;
    mutex_lock(&v->io_lock);
    mutex_lock(&v->lock);
    if (n->seals & F_SEAL_SEAL)
        err = -EPERM;
    else if ((seals & ~n->seals & F_SEAL_WRITE) &&
             vm_object_may_be_stored_to(&v->object))
        err = -EBUSY;
    else
        n->seals |= seals;
    mutex_unlock(&v->lock);
    mutex_unlock(&v->io_lock);
    return err;
}

int ramfs_set_extent(struct vnode *v, const void *data, size_t size)
{
    struct ramfs_node *n = ramfs_node(v);
    int err = 0;

    if (v->ops != &ramfs_ops || !vnode_is_regular(v) || size > INT64_MAX)
        return -EINVAL;
    mutex_lock(&v->lock);
    if (v->size || n->pages.count) {
        err = -EEXIST;
    } else {
        n->extent = data;
        n->extent_size = size;
        v->size = size;
        v->blocks = ALIGN_UP((uint64_t)size, PAGE_SIZE) / 512;
        ramfs_charge(ramfs_of(v), v->blocks / (PAGE_SIZE / 512));
    }
    mutex_unlock(&v->lock);
    return err;
}
