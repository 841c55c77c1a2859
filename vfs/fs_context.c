// SPDX-License-Identifier: MIT
/* fs_context: current directory, root and umask of a process. */
#include "vfs/fs_context.h"

#include "kernel/cred.h"
#include "kernel/kmalloc.h"
#include "vfs/mount.h"
#include "vfs/ref.h"

static struct fs_context *create(struct dentry *root, struct dentry *cwd,
                                 uint32_t umask)
{
    struct fs_context *c = kzalloc(sizeof(*c));

    if (!c)
        return NULL;
    dentry_get(root);
    dentry_get(cwd);
    c->refs = 1;
    c->root = root;
    c->cwd = cwd;
    c->umask = umask;
    return c;
}

struct fs_context *fs_context_create(void)
{
    return create(mount_root(), mount_root(), 022);
}

void fs_context_get(struct fs_context *c)
{
    ref_get(&c->refs);
}

void fs_context_put(struct fs_context *c)
{
    if (!ref_put(&c->refs))
        return;
    dentry_put(c->root);
    dentry_put(c->cwd);
    kfree(c);
}

struct fs_context *fs_context_copy(struct fs_context *c)
{
    struct path_start start;
    struct fs_context *copy;

    fs_context_start(c, NULL, &start);
    copy = create(start.root, start.base, c->umask);
    path_start_put(&start);
    return copy;
}

static void replace(struct fs_context *c, struct dentry **place,
                    struct dentry *dir)
{
    unsigned long irq_state;
    struct dentry *old;

    dentry_get(dir);
    irq_state = spin_lock(&c->lock);
    old = *place;
    *place = dir;
    spin_unlock(&c->lock, irq_state);
    dentry_put(old);
}

void fs_context_set_cwd(struct fs_context *c, struct dentry *dir)
{
    replace(c, &c->cwd, dir);
}

void fs_context_set_root(struct fs_context *c, struct dentry *dir)
{
    replace(c, &c->root, dir);
}

void fs_context_start(struct fs_context *c, struct dentry *base,
                      struct path_start *start)
{
    unsigned long irq_state = spin_lock(&c->lock);

    *start = (struct path_start){c->root, base ? base : c->cwd, &cred_root, 0};
    dentry_get(start->root);
    dentry_get(start->base);
    spin_unlock(&c->lock, irq_state);
}

void path_start_put(struct path_start *start)
{
    dentry_put(start->root);
    dentry_put(start->base);
}
