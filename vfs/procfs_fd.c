// SPDX-License-Identifier: MIT
/* procfs_fd: /proc/PID/fd and fdinfo: open files by their descriptors. */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/limits.h"
#include "abi/stat.h"
#include "kernel/kmalloc.h"
#include "vfs/fd.h"
#include "vfs/mount.h"
#include "vfs/procfs_priv.h"

/* A reference, or NULL. */
static struct file *find(const struct pseudo_key *k)
{
    struct fd_table *files = procfs_files(k);
    struct file *f;

    if (!files)
        return NULL;
    f = fd_table_lookup(files, (int)k->index);
    fd_table_put(files);
    return f;
}

static bool next_fd(const struct pseudo_key *k, unsigned *n)
{
    struct fd_table *files = procfs_files(k);
    bool found;

    if (!files)
        return false;
    found = fd_table_next(files, n);
    fd_table_put(files);
    return found;
}

/* --- fd ------------------------------------------------------------------ */

static int show_link(struct text *t, const struct pseudo_key *k)
{
    struct file *f = find(k);
    char *path;

    if (!f)
        return -ENOENT;
    path = kmalloc(PATH_MAX);
    if (path) {
        file_describe_locked(f, mount_root(), path, PATH_MAX);
        text_puts(t, path);
        kfree(path);
    }
    file_put(f);
    return path ? 0 : -ENOMEM;
}

static int follow_link(const struct pseudo_key *k, struct dentry **to)
{
    struct file *f = find(k);

    if (!f)
        return -ENOENT;
    if (f->dentry) {
        dentry_get(f->dentry);
        *to = f->dentry;
    } else {
        *to = dentry_create_root(f->vnode);
        if (*to)
            (*to)->passing = true;
    }
    file_put(f);
    return *to ? 0 : -ENOMEM;
}

/* How the file is open, as the owner's permissions. */
static uint32_t link_bits(const struct pseudo_key *k)
{
    struct file *f = find(k);
    uint32_t bits = 0100;

    if (!f)
        return 0;
    if (f->mode & FILE_READ)
        bits |= 0400;
    if (f->mode & FILE_WRITE)
        bits |= 0200;
    file_put(f);
    return bits;
}

static const struct pseudo_entry fd_entry = {
    .name = "",
    .mode = S_IFLNK,
    .show = show_link,
    .follow = follow_link,
    .bits = link_bits,
};

const struct pseudo_dir procfs_fd_dir = {
    .child = &fd_entry,
    .number = PSEUDO_INDEX,
    .next = next_fd,
};

/* --- fdinfo -------------------------------------------------------------- */

static int mount_id(struct file *f)
{
    int id = 0;

    dentry_tree_lock();
    if (f->dentry)
        id = mount_id_of(f->dentry);
    dentry_tree_unlock();
    return id;
}

static int show_info(struct text *t, const struct pseudo_key *k)
{
    struct fd_table *files = procfs_files(k);
    struct file *f = files ? fd_table_lookup(files, (int)k->index) : NULL;
    int cloexec = f ? fd_table_cloexec(files, (int)k->index) : 0;

    if (files)
        fd_table_put(files);
    if (!f)
        return -ENOENT;
    text_printf(t, "pos:\t%lu\nflags:\t0%o\nmnt_id:\t%d\nino:\t%lu\n", f->pos,
                f->flags | (cloexec > 0 ? O_CLOEXEC : 0), mount_id(f),
                f->vnode->ino);
    if (f->ops->show_info)
        f->ops->show_info(f, t);
    file_put(f);
    return 0;
}

static const struct pseudo_entry info_entry = {
    .name = "",
    .mode = S_IFREG | 0444,
    .show = show_info,
};

const struct pseudo_dir procfs_fdinfo_dir = {
    .child = &info_entry,
    .number = PSEUDO_INDEX,
    .next = next_fd,
};
