// SPDX-License-Identifier: MIT
/* mount_types: the kinds of file systems, and those that are there from the
 * start. */
#include "abi/errno.h"
#include "abi/stat.h"
#include "lib/string.h"
#include "vfs/mount.h"
#include "vfs/p9_fs.h"
#include "vfs/path.h"
#include "vfs/procfs.h"
#include "vfs/ramfs.h"
#include "vfs/sysfs.h"
#include "vfs/tree.h"
#include "vfs/vfs.h"

static int create_proc(const struct mount_type *type, const char *source,
                       const char *options, struct dentry **root)
{
    (void)type;
    (void)source;
    (void)options;
    *root = procfs_create_root();
    return *root ? 0 : -ENOMEM;
}

static int create_sys(const struct mount_type *type, const char *source,
                      const char *options, struct dentry **root)
{
    (void)type;
    (void)source;
    (void)options;
    *root = sysfs_create_root();
    return *root ? 0 : -ENOMEM;
}

static int create_ram(const struct mount_type *type, const char *source,
                      const char *options, struct dentry **root)
{
    (void)source;
    return ramfs_mount(type->name, options, root);
}

const struct mount_type mount_types[] = {
    {.name = "sysfs", .create = create_sys},
    {.name = "tmpfs", .create = create_ram},
    {.name = "proc", .create = create_proc},
    {.name = "ramfs", .create = create_ram},
    {.name = "9p", .create = p9_fs_create, .keeps_data = true},
    {.name = NULL},
};

const struct mount_type *mount_type_find(const char *name)
{
    for (const struct mount_type *t = mount_types; t->name; t++)
        if (!strcmp(t->name, name))
            return t;
    return NULL;
}

int mount_new(const struct mount_type *type, struct dentry *point,
              const char *source, const char *options, unsigned flags)
{
    struct dentry *root;
    int err = type->create(type, source, options, &root);

    if (err)
        return err;
    err = mount_add(point, root, source, flags);
    dentry_put(root);
    return err;
}

int mount_at(const char *path, const char *type, const char *source,
             const char *options, unsigned flags)
{
    const struct mount_type *t = mount_type_find(type);
    struct path_start start;
    struct dentry *point;
    int err;

    if (!t)
        return -ENODEV;
    vfs_kernel_start(&start);
    err = tree_make_directories(&start, path, 0755);
    if (!err)
        err = path_walk(&start, path, PATH_FOLLOW | PATH_DIRECTORY, &point);
    if (err)
        return err;
    err = mount_new(t, point, source, options, flags);
    dentry_put(point);
    return err;
}

int mount_views(void)
{
    int err = mount_at("/proc", "proc", "proc", "", 0);

    return err ? err : mount_at("/sys", "sysfs", "sysfs", "", 0);
}
