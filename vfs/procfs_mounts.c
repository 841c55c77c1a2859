// SPDX-License-Identifier: MIT
/* procfs_mounts: /proc/PID/mounts and mountinfo (proc(5), fstab(5)). */
#include "abi/errno.h"
#include "abi/limits.h"
#include "abi/stat.h"
#include "kernel/kmalloc.h"
#include "vfs/fs_context.h"
#include "vfs/mount.h"
#include "vfs/procfs_priv.h"

#define ESCAPED " \t\n\\"

static void put_mount(struct text *t, const struct mount *m, const char *path)
{
    text_put_escaped(t, m->source, ESCAPED);
    text_puts(t, " ");
    text_put_escaped(t, path, ESCAPED);
    text_printf(t, " %s rw,relatime 0 0\n", m->sb->type);
}

static void put_mountinfo(struct text *t, const struct mount *m,
                          const char *path)
{
    text_printf(t, "%d %d %u:%u / ", m->id,
                m->point ? mount_id_of(m->point) : 0, abi_major(m->sb->dev),
                abi_minor(m->sb->dev));
    text_put_escaped(t, path, ESCAPED);
    text_printf(t, " rw,relatime - %s ", m->sb->type);
    text_put_escaped(t, m->source, ESCAPED);
    text_puts(t, " rw\n");
}

/* All mounts that the process sees, by what its root is. */
static int show_all(struct text *t, const struct pseudo_key *k,
                    void (*put)(struct text *t, const struct mount *m,
                                const char *path))
{
    struct fs_context *fs = procfs_fs(k);
    struct path_start start;
    char *path = kmalloc(PATH_MAX);

    if (!fs || !path) {
        if (fs)
            fs_context_put(fs);
        kfree(path);
        return fs ? -ENOMEM : -EINVAL;
    }
    fs_context_start(fs, NULL, &start);
    dentry_tree_lock();
    for (const struct mount *m = mount_first(); m; m = m->next)
        if (dentry_path_locked(m->root, start.root, path, PATH_MAX) > 0)
            put(t, m, path);
    dentry_tree_unlock();
    path_start_put(&start);
    fs_context_put(fs);
    kfree(path);
    return 0;
}

int procfs_show_mounts(struct text *t, const struct pseudo_key *k)
{
    return show_all(t, k, put_mount);
}

int procfs_show_mountinfo(struct text *t, const struct pseudo_key *k)
{
    return show_all(t, k, put_mountinfo);
}
