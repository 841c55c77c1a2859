// SPDX-License-Identifier: MIT
/* pseudo: nodes, names and directories. The texts are in pseudo_file.c. */
#include "vfs/pseudo.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/limits.h"
#include "abi/stat.h"
#include "kernel/kmalloc.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "vfs/pseudo_priv.h"

static const struct vnode_ops pseudo_ops, pseudo_link_ops;

void (*pseudo_owner)(const struct pseudo_key *k, uint32_t *uid, uint32_t *gid);

/* One number for the same thing, whenever somebody looks. */
static uint64_t node_ino(const struct pseudo_entry *e,
                         const struct pseudo_key *k)
{
    uint64_t h = (uintptr_t)e ^ (uint64_t)(uint32_t)k->pid << 32;

    h = (h ^ (h >> 31)) * 0x9e3779b97f4a7c15;
    h += (uint64_t)(uint32_t)k->tid << 32 | k->index;
    h = (h ^ (h >> 29)) * 0xbf58476d1ce4e5b9;
    return (h >> 24) + 2; /* 40 bits; 1 is the root */
}

/* A link's target, as text of its own; *target is NULL without one. */
static int make_target(const struct pseudo_entry *e, const struct pseudo_key *k,
                       char **target)
{
    struct text t = {0};
    int err;

    if (e->constant) {
        *target = kstrndup(e->constant, strlen(e->constant));
        return *target ? 0 : -ENOMEM;
    }
    err = e->show(&t, k);
    if (!err && t.failed)
        err = -ENOMEM;
    if (!err) {
        *target = kzalloc(t.len + 1);
        if (*target) {
            const struct uio_vec vec = {(uintptr_t)*target, t.len};
            struct uio u;

            uio_init(&u, &vec, 1, true);
            text_copy(&t, 0, &u);
        } else {
            err = -ENOMEM;
        }
    }
    text_clear(&t);
    return err;
}

static int node_create(struct superblock *sb, const struct pseudo_entry *e,
                       const struct pseudo_key *k, struct vnode **v)
{
    struct pseudo_node *n = kzalloc(sizeof(*n));
    struct vnode_make what = {.mode = e->mode};
    char *target = NULL;
    int err = 0;

    if (!n)
        return -ENOMEM;
    if (k->pid && pseudo_owner)
        pseudo_owner(k, &what.uid, &what.gid);
    if (e->bits)
        what.mode = (what.mode & S_IFMT) | e->bits(k);
    if (S_ISLNK(e->mode))
        err = make_target(e, k, &target);
    if (err) {
        kfree(n);
        return err;
    }
    vnode_init(&n->vnode, sb, e->follow ? &pseudo_link_ops : &pseudo_ops,
               &what);
    n->vnode.ino = node_ino(e, k);
    n->vnode.nlink = S_ISDIR(e->mode) ? 2 : 1;
    n->vnode.target = target;
    n->entry = e;
    n->key = *k;
    *v = &n->vnode;
    return 0;
}

static void node_release(struct vnode *v)
{
    kfree((char *)v->target);
    kfree(pseudo_node(v));
}

int pseudo_create(struct superblock *sb, const char *type, uint64_t magic,
                  const struct pseudo_entry *root, struct vnode **v)
{
    const struct pseudo_key none = {0};
    int err;

    if (!sb->type)
        superblock_init(sb, type, magic);
    sb->ops = &pseudo_ops;
    sb->passing = true;
    err = node_create(sb, root, &none, v);
    if (!err)
        (*v)->ino = 1;
    return err;
}

const struct pseudo_key *pseudo_key(const struct file *f)
{
    return &pseudo_node(f->vnode)->key;
}

int pseudo_parse(const char *text, int64_t *value)
{
    bool negative;
    int64_t n = 0;

    while (*text == ' ' || *text == '\t')
        text++;
    negative = *text == '-';
    text += negative;
    if (*text < '0' || *text > '9')
        return -EINVAL;
    while (*text >= '0' && *text <= '9') {
        if (n > INT64_MAX / 16)
            return -EINVAL;
        n = n * 10 + (*text++ - '0');
    }
    while (*text == ' ' || *text == '\n')
        text++;
    if (*text)
        return -EINVAL;
    *value = negative ? -n : n;
    return 0;
}

/* --- children ------------------------------------------------------------ */

static struct pseudo_key child_key(const struct pseudo_dir *dir,
                                   const struct pseudo_key *k, unsigned n)
{
    struct pseudo_key child = *k;

    switch (dir->number) {
    case PSEUDO_PID:
        child.pid = (int)n;
        child.tid = (int)n;
        break;
    case PSEUDO_TID:
        child.tid = (int)n;
        break;
    case PSEUDO_INDEX:
        child.index = n;
        break;
    }
    return child;
}

static bool entry_exists(const struct pseudo_entry *e,
                         const struct pseudo_key *k)
{
    return !e->exists || e->exists(k);
}

/* The number that a name of a child says; false: it is no such name. */
static bool number_of(const char *prefix, const char *name, size_t len,
                      unsigned *n)
{
    size_t skip = strlen(prefix);
    uint64_t value = 0;

    if (len <= skip || len > skip + 10 || memcmp(name, prefix, skip))
        return false;
    if (name[skip] == '0' && len > skip + 1)
        return false;
    for (size_t i = skip; i < len; i++) {
        if (name[i] < '0' || name[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(name[i] - '0');
    }
    *n = (unsigned)value;
    return value <= INT32_MAX;
}

static int pseudo_lookup(struct vnode *v, const char *name, size_t len,
                         struct vnode **found)
{
    const struct pseudo_node *n = pseudo_node(v);
    const struct pseudo_dir *dir = n->entry->dir;
    unsigned wanted, least;

    for (size_t i = 0; i < dir->count; i++) {
        const struct pseudo_entry *e = &dir->entries[i];

        if (strlen(e->name) == len && !memcmp(e->name, name, len) &&
            entry_exists(e, &n->key))
            return node_create(v->sb, e, &n->key, found);
    }
    if (dir->child && number_of(dir->child->name, name, len, &wanted)) {
        struct pseudo_key k = child_key(dir, &n->key, wanted);

        least = wanted;
        if (dir->next(&n->key, &least) && least == wanted)
            return node_create(v->sb, dir->child, &k, found);
    }
    return -ENOENT;
}

/* --- directories as files ------------------------------------------------ */

/* Positions: 0 and 1 for . and .., then the table, then by number. */
#define FIRST_ENTRY  2
#define FIRST_NUMBER (UINT64_C(1) << 32)

static bool emit_entry(struct dir_reader *r, const struct pseudo_entry *e,
                       const struct pseudo_key *k, const char *name,
                       uint64_t next)
{
    return r->emit(r, name, strlen(name), node_ino(e, k),
                   mode_to_dirent_type(e->mode), next);
}

static bool emit_table(struct dir_reader *r, const struct pseudo_node *n,
                       uint64_t *pos)
{
    const struct pseudo_dir *dir = n->entry->dir;

    for (; *pos - FIRST_ENTRY < dir->count; ++*pos) {
        const struct pseudo_entry *e = &dir->entries[*pos - FIRST_ENTRY];

        if (entry_exists(e, &n->key) &&
            !emit_entry(r, e, &n->key, e->name, *pos + 1))
            return false;
    }
    return true;
}

static void emit_numbers(struct dir_reader *r, const struct pseudo_node *n,
                         uint64_t *pos)
{
    const struct pseudo_dir *dir = n->entry->dir;
    unsigned number = (unsigned)(*pos - FIRST_NUMBER);

    while (number <= INT32_MAX && dir->next(&n->key, &number)) {
        struct pseudo_key k = child_key(dir, &n->key, number);
        char name[32];

        snprintf(name, sizeof(name), "%s%u", dir->child->name, number);
        if (!emit_entry(r, dir->child, &k, name, FIRST_NUMBER + number + 1))
            return;
        *pos = FIRST_NUMBER + ++number;
    }
}

static int pseudo_readdir(struct file *f, struct dir_reader *r, uint64_t *pos)
{
    const struct pseudo_node *n = pseudo_node(f->vnode);
    bool more = true;

    dentry_tree_lock();
    if (*pos == 0) {
        more = r->emit(r, ".", 1, f->vnode->ino, S_IFDIR >> 12, 1);
        *pos += more;
    }
    if (more && *pos == 1) {
        more = r->emit(r, "..", 2, dentry_above(f->dentry)->vnode->ino,
                       S_IFDIR >> 12, FIRST_ENTRY);
        *pos += more;
    }
    if (more && *pos < FIRST_NUMBER)
        more = emit_table(r, n, pos);
    if (more && *pos < FIRST_NUMBER)
        *pos = FIRST_NUMBER;
    if (more && n->entry->dir->child)
        emit_numbers(r, n, pos);
    dentry_tree_unlock();
    return 0;
}

static int64_t pseudo_dir_seek(struct file *f, int64_t offset, int whence)
{
    if (whence != SEEK_SET && whence != SEEK_CUR)
        return -EINVAL;
    return file_seek_sized(f, offset, whence, 0);
}

static const struct file_ops pseudo_dir_ops = {
    .seek = pseudo_dir_seek,
    .readdir = pseudo_readdir,
};

/* --- nodes --------------------------------------------------------------- */

static int pseudo_open(struct vnode *v, struct file *f)
{
    const struct pseudo_entry *e = pseudo_node(v)->entry;

    if (S_ISDIR(e->mode)) {
        f->ops = &pseudo_dir_ops;
        return 0;
    }
    if ((f->mode & FILE_WRITE) && !(v->mode & 0222))
        return -EACCES;
    if (e->ops) {
        f->ops = e->ops;
        return 0;
    }
    return pseudo_file_open(f);
}

/* O_TRUNC is common before a write, and means nothing here. */
static int pseudo_truncate(struct vnode *v, uint64_t size)
{
    (void)v;
    (void)size;
    return 0;
}

static int pseudo_follow(struct vnode *v, struct dentry **to)
{
    const struct pseudo_node *n = pseudo_node(v);

    return n->entry->follow(&n->key, to);
}

static const struct vnode_ops pseudo_ops = {
    .open = pseudo_open,
    .truncate = pseudo_truncate,
    .lookup = pseudo_lookup,
    .release = node_release,
};

static const struct vnode_ops pseudo_link_ops = {
    .follow = pseudo_follow,
    .release = node_release,
};
