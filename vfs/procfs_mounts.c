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

static void put_flags(struct text *t, unsigned flags)
{
    static const struct {
        unsigned flag;
        const char *word;
    } words[] = {
        {MS_SYNCHRONOUS, ",sync"},      {MS_DIRSYNC, ",dirsync"},
        {MS_NOSUID, ",nosuid"},         {MS_NODEV, ",nodev"},
        {MS_NOEXEC, ",noexec"},         {MS_NOATIME, ",noatime"},
        {MS_NODIRATIME, ",nodiratime"}, {MS_NOSYMFOLLOW, ",nosymfollow"},
        {MS_LAZYTIME, ",lazytime"},
    };

    text_puts(t, flags & MS_RDONLY ? "ro" : "rw");
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (flags & words[i].flag)
            text_puts(t, words[i].word);
    if (!(flags & (MS_NOATIME | MS_STRICTATIME)))
        text_puts(t, ",relatime");
}

static void put_options(struct text *t, struct superblock *sb)
{
    if (sb->fs_ops && sb->fs_ops->show_options)
        sb->fs_ops->show_options(sb, t);
}

static void put_mount(struct text *t, const struct mount *m, const char *path)
{
    text_put_escaped(t, m->source, ESCAPED);
    text_puts(t, " ");
    text_put_escaped(t, path, ESCAPED);
    text_printf(t, " %s ", m->sb->type);
    put_flags(t, m->sb->flags);
    put_options(t, m->sb);
    text_puts(t, " 0 0\n");
}

static void put_mountinfo(struct text *t, const struct mount *m,
                          const char *path)
{
    text_printf(t, "%d %d %u:%u / ", m->id,
                m->point ? mount_id_of(m->point) : 0, abi_major(m->sb->dev),
                abi_minor(m->sb->dev));
    text_put_escaped(t, path, ESCAPED);
    text_puts(t, " ");
    put_flags(t, m->sb->flags);
    text_printf(t, " - %s ", m->sb->type);
    text_put_escaped(t, m->source, ESCAPED);
    text_puts(t, m->sb->flags & MS_RDONLY ? " ro" : " rw");
    put_options(t, m->sb);
    text_puts(t, "\n");
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
