// SPDX-License-Identifier: MIT
/*
 * p9_fs: mounting, and the nodes of a file system, one for each file of the
 * host that somebody uses or the name cache knows.
 */
#include "vfs/p9_fs.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "abi/statfs.h"
#include "kernel/clock.h"
#include "kernel/kmalloc.h"
#include "lib/string.h"
#include "vfs/dentry.h"
#include "vfs/devfs.h"
#include "vfs/p9_priv.h"
#include "vfs/pipe.h"
#include "vfs/ref.h"

static int open_node(struct vnode *v, struct file *f)
{
    switch (v->mode & S_IFMT) {
    case S_IFREG:
        return p9_file_open(v, f);
    case S_IFDIR:
        return p9_dir_open(v, f);
    case S_IFCHR:
        return devfs_open(v, f);
    case S_IFIFO:
        return pipe_open_fifo(v, f);
    default:
        return -ENXIO;
    }
}

static const struct vnode_ops node_ops = {
    .open = open_node,
    .truncate = p9_truncate,
    .lookup = p9_lookup,
    .recheck = p9_recheck,
    .make = p9_make,
    .link = p9_link_node,
    .unlink = p9_unlink_node,
    .rename = p9_rename_node,
    .refresh = p9_refresh,
    .change = p9_change,
    .sync = p9_sync,
    .release = p9_node_release,
};

/* --- the table --- */

static struct rb_node **find_place(struct p9_fs *fs, uint64_t path,
                                   struct rb_node **parent)
{
    struct rb_node **link = &fs->nodes.node;

    *parent = NULL;
    while (*link) {
        struct p9_node *n = rb_entry(*link, struct p9_node, node);

        if (n->path == path)
            break;
        *parent = *link;
        link = path < n->path ? &(*parent)->left : &(*parent)->right;
    }
    return link;
}

static void unhash(struct p9_fs *fs, struct p9_node *n)
{
    if (n->hashed)
        rb_erase(&fs->nodes, &n->node);
    n->hashed = false;
}

bool p9_node_try_get(struct p9_node *n)
{
    uint32_t *count = &n->vnode.refs;
    uint32_t refs = __atomic_load_n(count, __ATOMIC_RELAXED);

    do {
        if (!refs)
            return false;
    } while (!__atomic_compare_exchange_n(count, &refs, refs + 1, false,
                                          __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
    return true;
}

/* The node with this number and kind, with a reference; or NULL, and then the
 * number is free. A number that now means another file was given out anew. */
static struct p9_node *find_node(struct p9_fs *fs, uint64_t path, uint32_t mode)
{
    struct rb_node *parent, **link = find_place(fs, path, &parent);
    struct p9_node *n;

    if (!*link)
        return NULL;
    n = rb_entry(*link, struct p9_node, node);
    if (!((n->vnode.mode ^ mode) & S_IFMT) && !n->orphan && p9_node_try_get(n))
        return n;
    unhash(fs, n);
    return NULL;
}

static void enter_node(struct p9_fs *fs, struct p9_node *n)
{
    struct rb_node *parent, **link = find_place(fs, n->path, &parent);

    rb_insert(&fs->nodes, parent, link, &n->node);
    n->hashed = true;
    list_add_tail(&fs->all, &n->all);
    if (++fs->node_count > P9_NODES_MAX)
        p9_keeper_wake(fs);
}

/* --- life --- */

static int node_create(struct p9_fs *fs, uint32_t fid, const struct p9_attr *a,
                       struct p9_node **made)
{
    const struct vnode_make what = {.mode = a->mode};
    struct p9_node *n = kzalloc(sizeof(*n));
    char *target = NULL;
    int err;

    if (!n)
        return -ENOMEM;
    if (S_ISLNK(a->mode)) {
        err = p9_readlink(&fs->client, fid, &target);
        if (err) {
            kfree(n);
            return err;
        }
    }
    vnode_init(&n->vnode, &fs->sb, fs->sb.ops, &what);
    n->vnode.ino = n->path = a->qid.path;
    n->vnode.target = target;
    if (S_ISREG(a->mode))
        n->vnode.object.ops = &p9_object_ops;
    n->fid = fid;
    n->read_fid = n->write_fid = P9_NO_FID;
    mutex_init(&n->open_lock);
    list_init(&n->fills);
    wait_queue_init(&n->filled);
    list_init(&n->all);
    list_init(&n->dirty_node);
    list_init(&n->cached_node);
    list_init(&n->idle_node);
    n->wrote = true; /* there are no pages that could be old */
    p9_attr_enter(n, a);
    *made = n;
    return 0;
}

/* What was just found is the best handle: an old one may name a path that has
 * changed on the host. */
static void renew(struct p9_fs *fs, struct p9_node *n, uint32_t fid,
                  const struct p9_attr *a)
{
    uint32_t old;

    mutex_lock(&n->vnode.lock);
    old = n->fid;
    n->fid = fid;
    p9_attr_enter(n, a);
    mutex_unlock(&n->vnode.lock);
    p9_forget(&fs->client, old);
}

int p9_node_of(struct p9_fs *fs, uint32_t fid, const struct p9_attr *a,
               struct vnode **found)
{
    struct p9_node *n;
    int err;

    /* Lookups come one after the other, under the tree lock: nobody else can
     * enter the same number between these two. */
    mutex_lock(&fs->lock);
    n = find_node(fs, a->qid.path, a->mode);
    mutex_unlock(&fs->lock);
    if (n) {
        renew(fs, n, fid, a);
    } else {
        err = node_create(fs, fid, a, &n);
        if (err) {
            p9_forget(&fs->client, fid);
            return err;
        }
        mutex_lock(&fs->lock);
        enter_node(fs, n);
        mutex_unlock(&fs->lock);
    }
    *found = &n->vnode;
    return 0;
}

void p9_node_orphan(struct p9_node *n)
{
    struct p9_fs *fs = p9_fs(&n->vnode);

    mutex_lock(&n->vnode.lock);
    n->orphan = true;
    n->vnode.nlink = 0;
    mutex_lock(&fs->lock);
    unhash(fs, n);
    mutex_unlock(&fs->lock);
    mutex_unlock(&n->vnode.lock);
}

void p9_node_release(struct vnode *v)
{
    struct p9_node *n = p9_node(v);
    struct p9_fs *fs = p9_fs(v);
    bool last;

    mutex_lock(&fs->lock);
    unhash(fs, n);
    list_del(&n->all);
    list_del(&n->cached_node);
    list_del(&n->idle_node);
    last = --fs->node_count == 0;
    mutex_unlock(&fs->lock);
    page_tree_truncate(&n->pages, 0);
    page_tree_truncate(&n->dirty, 0);
    p9_forget(&fs->client, n->read_fid);
    p9_forget(&fs->client, n->write_fid);
    p9_forget(&fs->client, n->fid);
    kfree((char *)v->target);
    kfree(n);
    if (last) { /* unmounted */
        __atomic_store_n(&fs->stop, true, __ATOMIC_RELEASE);
        p9_keeper_wake(fs);
    }
}

/* --- mounting --- */

static bool parse_number(const char *s, const char *end, uint32_t *v)
{
    uint32_t n = 0;

    if (s == end || end - s > 9)
        return false;
    for (; s < end; s++) {
        if (*s < '0' || *s > '9')
            return false;
        n = n * 10 + (uint32_t)(*s - '0');
    }
    *v = n;
    return true;
}

/* One of Linux's options that change nothing here: p[0..len). */
static bool is_ignored(const char *p, size_t len)
{
    static const char *const words[] = {"trans=virtio",
                                        "version=9p2000.L",
                                        "msize=",
                                        "cache=",
                                        "access=",
                                        "rw",
                                        "ro"};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        size_t n = strlen(words[i]);

        if (len >= n && !strncmp(p, words[i], n) &&
            (len == n || words[i][n - 1] == '='))
            return true;
    }
    return false;
}

/* One word, p[0..len). */
static int parse_option(struct p9_fs *fs, const char *p, size_t len)
{
    const struct {
        const char *name;
        uint32_t *value;
    } numbers[] = {{"hostuid=", &fs->host_uid},
                   {"hostgid=", &fs->host_gid},
                   {"uid=", &fs->as_uid},
                   {"gid=", &fs->as_gid}};

    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        size_t n = strlen(numbers[i].name);

        if (len <= n || strncmp(p, numbers[i].name, n))
            continue;
        fs->maps_owner |= numbers[i].value == &fs->host_uid;
        return parse_number(p + n, p + len, numbers[i].value) ? 0 : -EINVAL;
    }
    return !len || is_ignored(p, len) ? 0 : -EINVAL;
}

static int parse_options(struct p9_fs *fs, const char *options)
{
    int err = 0;

    while (options && *options && !err) {
        const char *end = strchr(options, ',');
        size_t len = end ? (size_t)(end - options) : strlen(options);

        err = parse_option(fs, options, len);
        options = end ? end + 1 : NULL;
    }
    return err;
}

static const struct superblock_ops fs_ops = {
    .statfs = p9_statfs_fill,
    .sync = p9_sync_all,
};

/* All that are mounted, or not yet gone. */
static struct mutex systems_lock = MUTEX_INIT(systems_lock);
static struct list_node systems = LIST_INIT(systems);

static struct p9_fs *fs_create(void)
{
    struct p9_fs *fs = kzalloc(sizeof(*fs));

    if (!fs)
        return NULL;
    superblock_init(&fs->sb, "9p", V9FS_MAGIC);
    fs->sb.ops = &node_ops;
    fs->sb.fs_ops = &fs_ops;
    fs->sb.keeps_xattrs = true;
    fs->sb.xattr_ops = &p9_xattr_ops;
    mutex_init(&fs->lock);
    list_init(&fs->all);
    list_init(&fs->dirty);
    list_init(&fs->cached);
    list_init(&fs->idle);
    wait_queue_init(&fs->keeper);
    return fs;
}

/* The root's node; the session is open. */
static int attach(struct p9_fs *fs, struct vnode **root)
{
    uint32_t fid = p9_fid_new(&fs->client);
    struct p9_qid qid;
    struct p9_attr a;
    int err = p9_attach(&fs->client, fid, &qid);

    if (err)
        return err;
    err = p9_getattr(&fs->client, fid, &a);
    if (!err && !S_ISDIR(a.mode))
        err = -ENOTDIR;
    if (err)
        return err;
    return p9_node_of(fs, fid, &a, root);
}

void p9_fs_destroy(struct p9_fs *fs)
{
    mutex_lock(&systems_lock);
    list_del(&fs->system);
    mutex_unlock(&systems_lock);
    p9_client_close(&fs->client);
    kfree(fs);
}

int p9_fs_create(const struct mount_type *type, const char *source,
                 const char *options, struct dentry **root)
{
    struct p9_fs *fs = fs_create();
    struct vnode *v;
    int err;

    (void)type;
    if (!fs)
        return -ENOMEM;
    err = parse_options(fs, options);
    if (!err)
        err = p9_client_open(&fs->client, source);
    if (err)
        goto free;
    err = attach(fs, &v);
    if (err)
        goto close;
    fs->root = v;
    err = p9_keeper_start(fs);
    if (!err) {
        mutex_lock(&systems_lock);
        list_add_tail(&systems, &fs->system);
        mutex_unlock(&systems_lock);
        *root = dentry_create_root(v);
        err = *root ? 0 : -ENOMEM;
        vnode_put(v); /* the last one: the keeper cleans up */
        return err;
    }
    vnode_put(v);
close:
    p9_client_close(&fs->client);
free:
    kfree(fs);
    return err;
}

/* --- all of them --- */

size_t p9_fs_reclaim(size_t pages)
{
    struct p9_fs *fs;
    size_t n = 0;

    mutex_lock(&systems_lock);
    list_for_each_entry (fs, &systems, system)
        if (n < pages)
            n += p9_reclaim(fs, pages - n);
    list_for_each_entry (fs, &systems, system)
        if (n < pages)
            n += p9_reclaim_mapped(fs, pages - n);
    mutex_unlock(&systems_lock);
    return n;
}

static void count_cached(struct p9_fs *fs, struct p9_cached *c)
{
    const struct p9_node *n;

    mutex_lock(&fs->lock);
    list_for_each_entry (n, &fs->cached, cached_node)
        c->pages += n->pages.count; /* about */
    mutex_unlock(&fs->lock);
    c->dirty += __atomic_load_n(&fs->dirty_pages, __ATOMIC_RELAXED);
}

struct p9_cached p9_fs_cached(void)
{
    struct p9_cached c = {0};
    struct p9_fs *fs;

    mutex_lock(&systems_lock);
    list_for_each_entry (fs, &systems, system)
        count_cached(fs, &c);
    mutex_unlock(&systems_lock);
    c.dirty = MIN(c.dirty, c.pages);
    return c;
}
