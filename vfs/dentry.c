// SPDX-License-Identifier: MIT
/*
 * dentry: the hash table of names, and the shape of the tree.
 *
 * The table doubles when it holds more names than buckets. Without memory to
 * grow it stays as it is: slower, but right.
 */
#include "vfs/dentry.h"

#include "abi/errno.h"
#include "abi/limits.h"
#include "kernel/clock.h"
#include "kernel/kmalloc.h"
#include "kernel/lock.h"
#include "kernel/panic.h"
#include "kernel/random.h"
#include "lib/string.h"
#include "vfs/mount.h"
#include "vfs/ref.h"

/* Cookies 0 and 1 belong to . and .., see ramfs_readdir. */
#define FIRST_POSITION 2

static struct mutex tree_lock = MUTEX_INIT(tree_lock);

/* Covered by the tree lock. */
static struct {
    struct dentry **buckets;
    size_t size; /* a power of two, or 0 */
    size_t count;
    uint64_t seed; /* a program cannot choose names that collide */
} table;

void dentry_tree_lock(void)
{
    mutex_lock(&tree_lock);
}

bool dentry_tree_is_mine(void)
{
    return mutex_is_mine(&tree_lock);
}

/* References that go when the tree lock is let go; covered by it. */
struct kept {
    struct kept *next;
    struct dentry *dentry;
};
static struct kept *kept;

static void drop(struct kept *k)
{
    while (k) {
        struct kept *next = k->next;

        dentry_put(k->dentry);
        kfree(k);
        k = next;
    }
}

void dentry_tree_unlock(void)
{
    struct kept *k = kept;

    if (likely(!k)) {
        mutex_unlock(&tree_lock);
        return;
    }
    kept = NULL;
    mutex_unlock(&tree_lock);
    drop(k);
}

int dentry_keep(struct dentry *d)
{
    struct kept *k = kmalloc(sizeof(*k));

    if (!k) {
        dentry_put(d);
        return -ENOMEM;
    }
    *k = (struct kept){kept, d};
    kept = k;
    return 0;
}

/* --- the table --- */

/* Up to 8 bytes as one number. (The built-in copies are single moves: the
 * kernel is compiled without the compiler knowing memcpy.) */
static uint64_t name_word(const char *name, size_t len)
{
    uint64_t word = 0, last = 0;

    if (len == 8) {
        __builtin_memcpy(&word, name, 8);
        return word;
    }
    if (len >= 4) {
        __builtin_memcpy(&word, name, 4);
        __builtin_memcpy(&last, name + len - 4, 4);
    } else if (len) {
        word = (uint8_t)name[0] | (uint64_t)(uint8_t)name[len / 2] << 8;
        last = (uint8_t)name[len - 1];
    }
    return word | last << 32;
}

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0x9e3779b97f4a7c15;
    return h ^ h >> 32;
}

static uint32_t hash_name(const struct dentry *parent, const char *name,
                          size_t len)
{
    uint64_t h = table.seed ^ (uintptr_t)parent ^ len;

    for (; len > 8; len -= 8, name += 8)
        h = mix(h, name_word(name, 8));
    h = mix(h, name_word(name, len));
    h ^= h >> 29;
    h *= 0xbf58476d1ce4e5b9;
    return (uint32_t)(h >> 32);
}

static struct dentry **bucket_of(uint32_t hash)
{
    return &table.buckets[hash & (table.size - 1)];
}

/* Makes room for one more. Fails only when there is no table at all. */
static int table_reserve(void)
{
    size_t old_size = table.size, new_size = old_size ? old_size * 2 : 256;
    struct dentry **old = table.buckets, **new;

    if (table.count < table.size)
        return 0;
    new = kzalloc(new_size * sizeof(*new));
    if (!new)
        return old_size ? 0 : -ENOMEM;
    if (!old_size)
        table.seed = random_u64();
    table.buckets = new;
    table.size = new_size;
    for (size_t i = 0; i < old_size; i++) {
        while (old[i]) {
            struct dentry *d = old[i];

            old[i] = d->hash_next;
            d->hash_next = *bucket_of(d->hash);
            *bucket_of(d->hash) = d;
        }
    }
    kfree(old);
    return 0;
}

static void table_insert(struct dentry *d)
{
    struct dentry **bucket;

    d->hash = hash_name(d->parent, d->name, d->name_len);
    bucket = bucket_of(d->hash);
    d->hash_next = *bucket;
    *bucket = d;
    table.count++;
}

static void table_remove(struct dentry *d)
{
    struct dentry **link = bucket_of(d->hash);

    while (*link != d)
        link = &(*link)->hash_next;
    *link = d->hash_next;
    table.count--;
}

static void table_free_if_empty(void)
{
    if (table.count)
        return;
    kfree(table.buckets);
    table.buckets = NULL;
    table.size = 0;
}

static struct dentry *table_find(const struct dentry *parent, const char *name,
                                 size_t len)
{
    uint32_t hash;

    if (!table.size)
        return NULL;
    hash = hash_name(parent, name, len);
    for (struct dentry *d = *bucket_of(hash); d; d = d->hash_next) {
        if (d->hash == hash && d->parent == parent && d->name_len == len &&
            !memcmp(d->name, name, len))
            return d;
    }
    return NULL;
}

/* --- life --- */

static struct dentry *dentry_create(struct vnode *v)
{
    struct dentry *d = kzalloc(sizeof(*d));

    if (!d)
        return NULL;
    d->refs = 1;
    d->next_position = FIRST_POSITION;
    vnode_get(v);
    d->vnode = v;
    list_init(&d->alias);
    return d;
}

/* Storage for a name: d's own when it is short. NULL: no memory. */
static char *name_store(struct dentry *d, const char *name, size_t len)
{
    char *to = d->inline_name;

    if (len >= DENTRY_INLINE_NAME)
        return kstrndup(name, len);
    memcpy(to, name, len);
    to[len] = '\0';
    return to;
}

static void name_free(struct dentry *d)
{
    if (d->name != d->inline_name)
        kfree(d->name);
}

struct dentry *dentry_create_root(struct vnode *root)
{
    struct dentry *d = dentry_create(root);

    if (d)
        d->name = d->inline_name;
    return d;
}

void dentry_get(struct dentry *d)
{
    ref_get(&d->refs);
}

void dentry_put(struct dentry *d)
{
    while (d && ref_put(&d->refs)) {
        struct dentry *parent = d->parent;

        assert((!d->linked || d->passing) && !d->children.node);
        name_free(d);
        vnode_put(d->vnode);
        kfree(d);
        d = parent;
    }
}

/* --- the tree --- */

/* Enters d as the last child of d->parent, under d->name. */
static void attach(struct dentry *d)
{
    struct dentry *parent = d->parent;
    struct rb_node **link = &parent->children.node, *above = NULL;

    while (*link) {
        struct dentry *c = rb_entry(*link, struct dentry, order);

        above = *link;
        link = d->position < c->position ? &above->left : &above->right;
    }
    rb_insert(&parent->children, above, link, &d->order);
    parent->child_count++;
    table_insert(d);
}

static void detach(struct dentry *d)
{
    table_remove(d);
    rb_erase(&d->parent->children, &d->order);
    d->parent->child_count--;
}

int dentry_link(struct dentry *parent, const char *name, size_t len,
                struct vnode *v, struct dentry **child)
{
    struct dentry *d;

    if (table_reserve())
        return -ENOMEM;
    d = dentry_create(v);
    if (!d)
        goto free_table;
    d->name = name_store(d, name, len);
    if (!d->name)
        goto free_dentry;
    d->name_len = (uint16_t)len;
    dentry_get(parent);
    d->parent = parent;
    d->position = parent->next_position++;
    attach(d);
    d->linked = true;
    d->rechecked = parent->vnode->ops->recheck != NULL;
    if (d->rechecked)
        d->checked_ns = clock_monotonic_ns();
    list_add_tail(&v->names, &d->alias);
    *child = d;
    return 0;

free_dentry:
    vnode_put(v);
    kfree(d);
free_table:
    table_free_if_empty();
    return -ENOMEM;
}

struct dentry *dentry_create_unlinked(struct dentry *parent, const char *name,
                                      size_t len, struct vnode *v)
{
    struct dentry *d = dentry_create(v);

    if (!d)
        return NULL;
    d->name = name_store(d, name, len);
    if (!d->name) {
        vnode_put(v);
        kfree(d);
        return NULL;
    }
    d->name_len = (uint16_t)len;
    dentry_get(parent);
    d->parent = parent;
    return d;
}

void dentry_unlink(struct dentry *d)
{
    detach(d);
    table_free_if_empty();
    list_del(&d->alias);
    d->linked = false;
    dentry_put(d);
}

/* A name of a file system that keeps none; borrowed until the unlock. */
static int make_passing(struct dentry *parent, const char *name, size_t len,
                        struct vnode *v, struct dentry **child)
{
    struct dentry *d = dentry_create(v);

    if (!d)
        return -ENOMEM;
    d->name = name_store(d, name, len);
    if (!d->name) {
        vnode_put(v);
        kfree(d);
        return -ENOMEM;
    }
    d->name_len = (uint16_t)len;
    dentry_get(parent);
    d->parent = parent;
    d->linked = d->passing = true;
    *child = d;
    return dentry_keep(d);
}

/* Does something below d cover it, or lie on it? */
static bool holds_mount(struct dentry *d)
{
    struct dentry *at = d;

    do {
        if (at->mount)
            return true;
    } while ((at = dentry_next_below(d, at)));
    return false;
}

/* Unlinks d and all below it. A walk may have borrowed any of them: they stay
 * until the lock is let go. -ENOMEM: not all of them went. */
static int unlink_kept(struct dentry *d)
{
    struct dentry *at = d, *parent;

    for (;;) {
        while (at->children.node)
            at = rb_entry(rb_first(&at->children), struct dentry, order);
        parent = at->parent;
        dentry_get(at);
        if (dentry_keep(at))
            return -ENOMEM;
        dentry_unlink(at);
        if (at == d)
            return 0;
        at = parent;
    }
}

/* Is a name that the cache has still right? One that is not goes. */
static bool is_there(struct dentry *d)
{
    return d->parent->vnode->ops->recheck(d) == 0 || holds_mount(d) ||
           unlink_kept(d);
}

int dentry_lookup(struct dentry *parent, const char *name, size_t len,
                  struct dentry **child)
{
    struct vnode *dir = parent->vnode, *found;
    int err;

    *child = table_find(parent, name, len);
    if (*child && (likely(!(*child)->rechecked) || is_there(*child)))
        return 0;
    *child = NULL;
    if (!dir->ops->lookup)
        return -ENOENT;
    err = dir->ops->lookup(dir, name, len, &found);
    if (err)
        return err;
    if (dir->sb->passing)
        err = make_passing(parent, name, len, found, child);
    else
        err = dentry_link(parent, name, len, found, child);
    vnode_put(found);
    return err;
}

int dentry_name_reserve(const char *name, size_t len, char **reserved)
{
    *reserved = NULL;
    if (len < DENTRY_INLINE_NAME)
        return 0;
    *reserved = kstrndup(name, len);
    return *reserved ? 0 : -ENOMEM;
}

void dentry_move(struct dentry *d, struct dentry *parent, const char *name,
                 size_t len, char *reserved)
{
    struct dentry *old_parent = d->parent;

    dentry_get(parent);
    detach(d);
    name_free(d);
    d->name = reserved ? reserved : name_store(d, name, len);
    d->name_len = (uint16_t)len;
    d->parent = parent;
    d->position = parent->next_position++;
    attach(d);
    dentry_put(old_parent);
}

void dentry_exchange(struct dentry *a, struct dentry *b)
{
    char inline_name[DENTRY_INLINE_NAME];
    bool a_inline = a->name == a->inline_name;
    bool b_inline = b->name == b->inline_name;
    char *name = a->name;
    uint16_t len = a->name_len;
    struct dentry *parent = a->parent;
    uint64_t position = a->position;

    detach(a);
    detach(b);
    memcpy(inline_name, a->inline_name, sizeof(inline_name));
    memcpy(a->inline_name, b->inline_name, sizeof(inline_name));
    memcpy(b->inline_name, inline_name, sizeof(inline_name));
    a->name = b_inline ? a->inline_name : b->name;
    b->name = a_inline ? b->inline_name : name;
    a->name_len = b->name_len;
    b->name_len = len;
    a->parent = b->parent; /* the references change hands */
    b->parent = parent;
    a->position = b->position;
    b->position = position;
    attach(a);
    attach(b);
}

struct dentry *dentry_above(struct dentry *d)
{
    while (d->root_of && d->root_of->point)
        d = d->root_of->point;
    return d->parent ? d->parent : d;
}

bool dentry_is_below(const struct dentry *d, const struct dentry *ancestor)
{
    for (;;) {
        if (d == ancestor)
            return true;
        if (d->root_of && d->root_of->point)
            d = d->root_of->point;
        else if (d->parent)
            d = d->parent;
        else
            return false;
    }
}

struct dentry *dentry_child_at(struct dentry *dir, uint64_t position)
{
    struct rb_node *n = dir->children.node;
    struct dentry *best = NULL;

    while (n) {
        struct dentry *c = rb_entry(n, struct dentry, order);

        if (c->position >= position) {
            best = c;
            n = n->left;
        } else {
            n = n->right;
        }
    }
    return best;
}

struct dentry *dentry_next_below(struct dentry *top, struct dentry *d)
{
    struct rb_node *n = rb_first(&d->children);

    while (!n && d != top) {
        n = rb_next(&d->order);
        d = d->parent;
    }
    return n ? rb_entry(n, struct dentry, order) : NULL;
}

void dentry_unlink_below(struct dentry *d)
{
    struct dentry *top = d;

    while (d != top || d->children.node) {
        if (d->children.node) {
            d = rb_entry(rb_first(&d->children), struct dentry, order);
        } else {
            struct dentry *parent = d->parent;

            dentry_unlink(d);
            d = parent;
        }
    }
}

/* --- paths --- */

/* Writes the path backwards from buf + size; the index where it starts. With
 * deleted, what is not below root or has been unlinked has one as well. */
static ssize_t path_backwards(struct dentry *d, struct dentry *root, char *buf,
                              size_t size, bool *deleted)
{
    size_t at = size;

    buf[--at] = '\0';
    while (d != root) {
        if (d->root_of && d->root_of->point) {
            d = d->root_of->point;
            continue;
        }
        if (!d->parent && deleted)
            break;
        if (!d->parent)
            return -EXDEV;
        if (!d->linked && !deleted)
            return -ENOENT;
        if (!d->linked)
            *deleted = true;
        if (at < (size_t)d->name_len + 1)
            return -ENAMETOOLONG;
        at -= d->name_len;
        memcpy(buf + at, d->name, d->name_len);
        buf[--at] = '/';
        d = d->parent;
    }
    if (at == size - 1) {
        if (at == 0)
            return -ENAMETOOLONG;
        buf[--at] = '/';
    }
    return (ssize_t)at;
}

ssize_t dentry_path_locked(struct dentry *d, struct dentry *root, char *buf,
                           size_t size)
{
    ssize_t at;

    if (size == 0)
        return -ENAMETOOLONG;
    at = path_backwards(d, root, buf, size, NULL);
    if (at < 0)
        return at;
    memmove(buf, buf + at, size - (size_t)at);
    return (ssize_t)(size - (size_t)at - 1);
}

void dentry_describe_locked(struct dentry *d, struct dentry *root, char *buf,
                            size_t size)
{
    static const char mark[] = " (deleted)";
    bool deleted = false;
    ssize_t at = path_backwards(d, root, buf, size - sizeof(mark), &deleted);
    size_t len;

    if (at < 0) {
        buf[0] = '\0';
        return;
    }
    len = size - sizeof(mark) - (size_t)at - 1;
    memmove(buf, buf + at, len + 1);
    if (deleted)
        memcpy(buf + len, mark, sizeof(mark));
}

ssize_t dentry_path(struct dentry *d, struct dentry *root, char *buf,
                    size_t size)
{
    ssize_t len;

    dentry_tree_lock();
    len = dentry_path_locked(d, root, buf, size);
    dentry_tree_unlock();
    return len;
}
