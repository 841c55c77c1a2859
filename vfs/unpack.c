// SPDX-License-Identifier: MIT
/*
 * unpack: from the entries of an archive to files in the root. Contents are
 * not copied: regular files become extents of the archive's memory. A later
 * entry replaces an earlier one of the same name; directories are kept, and
 * get the later one's mode and owner. An archive that gzip compressed is
 * unpacked into memory of its own first, and its place given back.
 */
#include "abi/errno.h"
#include "abi/stat.h"
#include "kernel/clock.h"
#include "kernel/kmalloc.h"
#include "kernel/page.h"
#include "lib/inflate.h"
#include "lib/printf.h"
#include "lib/rbtree.h"
#include "lib/string.h"
#include "vfs/cpio.h"
#include "vfs/ramfs.h"
#include "vfs/tree.h"
#include "vfs/vfs.h"

/* The first name of a file that has several. */
struct hard_link {
    struct rb_node node;
    uint32_t dev_major, dev_minor, ino;
    struct dentry *dentry; /* a reference */
};

struct unpack {
    struct path_start start;
    struct rb_root links; /* of the present archive */
    unsigned archive;
    const char *problem;
};

/* --- hard links --- */

static int compare_link(const struct hard_link *l, const struct cpio_entry *e)
{
    if (l->ino != e->ino)
        return l->ino < e->ino ? -1 : 1;
    if (l->dev_minor != e->dev_minor)
        return l->dev_minor < e->dev_minor ? -1 : 1;
    if (l->dev_major != e->dev_major)
        return l->dev_major < e->dev_major ? -1 : 1;
    return 0;
}

/* Where e's file is, or would be entered. */
static struct rb_node **find_link(struct unpack *u, const struct cpio_entry *e,
                                  struct rb_node **parent)
{
    struct rb_node **place = &u->links.node;

    *parent = NULL;
    while (*place) {
        int order = compare_link(rb_entry(*place, struct hard_link, node), e);

        if (order == 0)
            break;
        *parent = *place;
        place = order > 0 ? &(*parent)->left : &(*parent)->right;
    }
    return place;
}

static int remember_link(struct unpack *u, const struct cpio_entry *e,
                         struct dentry *d)
{
    struct rb_node *parent, **place = find_link(u, e, &parent);
    struct hard_link *l = kzalloc(sizeof(*l));

    if (!l)
        return -ENOMEM;
    l->dev_major = e->dev_major;
    l->dev_minor = e->dev_minor;
    l->ino = e->ino;
    dentry_get(d);
    l->dentry = d;
    rb_insert(&u->links, parent, place, &l->node);
    return 0;
}

static void forget_links(struct unpack *u)
{
    struct rb_node *n;

    while ((n = rb_first(&u->links))) {
        struct hard_link *l = rb_entry(n, struct hard_link, node);

        rb_erase(&u->links, n);
        dentry_put(l->dentry);
        kfree(l);
    }
}

/* --- entries --- */

/* Takes what has the name out of the way; a directory stays for a directory.
 * 1: it stayed. */
static int clear_name(struct unpack *u, const char *name, bool for_directory)
{
    struct dentry *d;
    bool is_dir;
    int err = path_walk(&u->start, name, for_directory ? PATH_FOLLOW : 0, &d);

    if (err == -ENOENT)
        return for_directory ? tree_unlink(&u->start, name) : 0;
    if (err)
        return err;
    is_dir = vnode_is_dir(d->vnode);
    dentry_put(d);
    if (is_dir && for_directory)
        return 1;
    return is_dir ? tree_rmdir(&u->start, name) : tree_unlink(&u->start, name);
}

static void set_attributes(struct vnode *v, const struct cpio_entry *e)
{
    v->mode = (v->mode & S_IFMT) | (e->mode & 07777);
    v->uid = e->uid;
    v->gid = e->gid;
    v->mtime_ns = (int64_t)(e->mtime * NSEC_PER_SEC);
}

/* Creates the node, with the directories that the archive only implies. */
static int make_node(struct unpack *u, const struct cpio_entry *e,
                     struct dentry **made)
{
    const struct vnode_make what = {
        .mode = e->mode & (S_IFMT | 07777),
        .uid = e->uid,
        .gid = e->gid,
        .rdev = abi_makedev(e->rdev_major, e->rdev_minor),
        .target = (const char *)e->data,
        .target_len = e->size,
    };
    int err = tree_make(&u->start, e->name, &what, made);

    if (err == -ENOENT) {
        err = tree_make_parents(&u->start, e->name, 0755);
        if (!err)
            err = tree_make(&u->start, e->name, &what, made);
    }
    if (err == -EEXIST) {
        err = clear_name(u, e->name, S_ISDIR(e->mode));
        if (err == 1)
            return path_walk(&u->start, e->name, PATH_FOLLOW, made);
        if (!err)
            err = tree_make(&u->start, e->name, &what, made);
    }
    return err;
}

static int link_again(struct unpack *u, const struct cpio_entry *e,
                      struct dentry *first)
{
    int err = tree_link(first, &u->start, e->name);

    if (err == -ENOENT) {
        err = tree_make_parents(&u->start, e->name, 0755);
        if (!err)
            err = tree_link(first, &u->start, e->name);
    }
    if (err == -EEXIST) {
        err = clear_name(u, e->name, false);
        if (!err)
            err = tree_link(first, &u->start, e->name);
    }
    return err;
}

/* Contents may come with any of the names of a file, mostly the last. */
static int set_contents(struct dentry *d, const struct cpio_entry *e)
{
    int err = 0;

    if (!S_ISREG(e->mode) || !e->size)
        return 0;
    if (d->vnode->size)
        err = vnode_truncate(d->vnode, 0);
    return err ? err : ramfs_set_extent(d->vnode, e->data, e->size);
}

static int unpack_entry(struct unpack *u, const struct cpio_entry *e)
{
    bool shared = e->nlink > 1 && !S_ISDIR(e->mode);
    struct rb_node *parent, **place;
    struct dentry *d;
    int err;

    place = find_link(u, e, &parent);
    if (shared && *place) {
        d = rb_entry(*place, struct hard_link, node)->dentry;
        err = link_again(u, e, d);
        return err ? err : set_contents(d, e);
    }
    err = make_node(u, e, &d);
    if (err)
        return err;
    err = set_contents(d, e);
    if (!err && shared)
        err = remember_link(u, e, d);
    if (!err)
        set_attributes(d->vnode, e);
    dentry_put(d);
    return err;
}

/* What the file system cannot hold, before anything is done. */
static int check_entry(struct unpack *u, const struct cpio_entry *e)
{
    switch (e->mode & S_IFMT) {
    case S_IFLNK:
        if (e->size == 0 || e->size >= PATH_MAX || memchr(e->data, 0, e->size))
            u->problem = "a symbolic link has no proper target";
        break;
    case S_IFREG:
    case S_IFDIR:
    case S_IFCHR:
    case S_IFBLK:
    case S_IFIFO:
    case S_IFSOCK:
        break;
    default:
        u->problem = "an entry has an unknown file type";
    }
    return u->problem ? -EINVAL : 0;
}

/* "/", "." and "./" mean the root, which is there already. */
static bool names_root(const char *name)
{
    while (*name == '/' || (name[0] == '.' && (!name[1] || name[1] == '/')))
        name++;
    return !*name;
}

static const char *describe(int err)
{
    switch (err) {
    case -ENOMEM:
        return "memory ran out: give the machine more";
    case -ENOTDIR:
        return "a part of the path is not a directory";
    case -ENOTEMPTY:
    case -EISDIR:
        return "a directory is in the way";
    case -ENAMETOOLONG:
        return "a part of the path is longer than 255 bytes";
    case -ELOOP:
        return "too many symbolic links in the path";
    case -EBUSY:
        return "a file system is mounted there";
    default:
        return "it cannot be created";
    }
}

static int unpack_next(struct unpack *u, const struct cpio_entry *e,
                       struct vfs_unpack_result *result)
{
    int err;

    if (e->archive != u->archive) {
        forget_links(u);
        u->archive = e->archive;
    }
    if (names_root(e->name)) {
        set_attributes(u->start.root->vnode, e);
        return 0;
    }
    err = check_entry(u, e);
    if (!err)
        err = unpack_entry(u, e);
    if (err)
        snprintf(result->error, sizeof(result->error),
                 "cpio archive, offset %zu: %.60s: %s", e->offset, e->name,
                 u->problem ? u->problem : describe(err));
    return err;
}

/* --- compressed archives --- */

#define BLOCK_SIZE (PAGE_SIZE << PAGE_ORDER_MAX)

static void free_blocks(struct list_node *blocks)
{
    while (!list_empty(blocks)) {
        struct page *p = list_first_entry(blocks, struct page, node);

        list_del(&p->node);
        page_free(p);
    }
}

/* Makes the blocks of a run into its first n pages; the others go back. */
static void split_run(struct list_node *run, uint8_t *start, size_t n)
{
    size_t blocks = 0;

    while (!list_empty(run)) {
        struct page *p = list_first_entry(run, struct page, node);

        list_del(&p->node);
        page_split(p);
        blocks++;
    }
    for (size_t i = n; i < blocks * (BLOCK_SIZE / PAGE_SIZE); i++)
        page_put(page_of_virt(start + i * PAGE_SIZE));
}

/* Pages side by side, with one reference each. Memory that nobody has used yet
 * comes in its order; what lies apart is put aside meanwhile. */
static uint8_t *alloc_run(size_t pages)
{
    struct list_node run, aside;
    uint8_t *start = NULL;
    size_t len = 0;

    list_init(&run);
    list_init(&aside);
    while (len < pages * PAGE_SIZE) {
        struct page *p = page_alloc(PAGE_ORDER_MAX);

        if (!p) {
            free_blocks(&run);
            start = NULL;
            break;
        }
        if (page_virt(p) != start + len) {
            while (!list_empty(&run)) {
                struct list_node *n = run.next;

                list_del(n);
                list_add_tail(&aside, n);
            }
            start = page_virt(p);
            len = 0;
        }
        list_add_tail(&run, &p->node);
        len += BLOCK_SIZE;
    }
    if (start)
        split_run(&run, start, pages);
    free_blocks(&aside);
    return start;
}

/* Gives back the archive's whole pages. */
static void release(const uint8_t *from, size_t size)
{
    uintptr_t page = ALIGN_UP((uintptr_t)from, PAGE_SIZE);
    uintptr_t end = ALIGN_DOWN((uintptr_t)from + size, PAGE_SIZE);

    for (; page < end; page += PAGE_SIZE)
        page_put(page_of_virt((const void *)page));
}

/* What the member at in holds; its length in *len, its own in *used. */
static int decompress(struct inflate *s, const uint8_t *in, size_t left,
                      uint8_t **out, size_t *len, size_t *used)
{
    int err = inflate_member(s, in, left, NULL, 0, used, len);

    if (err)
        return err;
    *out = alloc_run(ALIGN_UP(*len, PAGE_SIZE) / PAGE_SIZE);
    if (!*out) {
        s->error = "memory ran out: give the machine more";
        return -ENOMEM;
    }
    return inflate_member(s, in, left, *out, *len, used, len);
}

static int unpack_archives(struct unpack *u, const void *data, size_t size,
                           bool compressed, struct vfs_unpack_result *result);

static int unpack_gzip(struct unpack *u, struct cpio *c,
                       struct vfs_unpack_result *result)
{
    struct inflate *s = kmalloc(sizeof(*s));
    const uint8_t *in = c->data + c->pos;
    size_t len, used;
    uint8_t *out;
    int err =
        s ? decompress(s, in, c->size - c->pos, &out, &len, &used) : -ENOMEM;

    if (err)
        snprintf(result->error, sizeof(result->error), "gzip, offset %zu: %s",
                 c->pos, s ? s->error : describe(err));
    kfree(s);
    if (err)
        return err;
    release(in, used);
    c->pos += used;
    forget_links(u);
    return unpack_archives(u, out, len, true, result);
}

static int unpack_archives(struct unpack *u, const void *data, size_t size,
                           bool compressed, struct vfs_unpack_result *result)
{
    struct cpio_entry e;
    struct cpio c;
    int more, err = 0;

    cpio_init(&c, data, size);
    while (!err && (more = cpio_next(&c, &e)) != 0) {
        if (more == CPIO_GZIP && compressed) {
            more = -EINVAL;
            c.error = "it is compressed twice";
        }
        if (more < 0) {
            err = more;
            snprintf(result->error, sizeof(result->error),
                     "cpio archive, offset %zu: %s", c.pos, c.error);
        } else if (more == CPIO_GZIP) {
            err = unpack_gzip(u, &c, result);
        } else {
            err = unpack_next(u, &e, result);
            result->entries++;
        }
    }
    forget_links(u);
    return err;
}

int vfs_unpack_cpio(const void *data, size_t size,
                    struct vfs_unpack_result *result)
{
    struct unpack u = {0};

    *result = (struct vfs_unpack_result){0};
    vfs_kernel_start(&u.start);
    return unpack_archives(&u, data, size, false, result);
}

bool vfs_is_archive(const void *data, size_t size)
{
    return cpio_recognises(data, size);
}

int vfs_add_extent_file(const char *path, const void *data, size_t size,
                        uint32_t mode)
{
    struct unpack u = {0};
    const struct cpio_entry e = {
        .name = path,
        .name_len = strlen(path),
        .data = data,
        .size = size,
        .mode = S_IFREG | (mode & 07777),
        .nlink = 1,
        .mtime = (uint32_t)(clock_realtime_ns() / NSEC_PER_SEC),
    };

    vfs_kernel_start(&u.start);
    return unpack_entry(&u, &e);
}
