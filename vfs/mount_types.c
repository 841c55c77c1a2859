// SPDX-License-Identifier: MIT
/* mount_types: the kinds of file systems, and those that are there from the
 * start. */
#include "abi/errno.h"
#include "abi/stat.h"
#include "lib/string.h"
#include "vfs/mount.h"
#include "vfs/path.h"
#include "vfs/procfs.h"
#include "vfs/ramfs.h"
#include "vfs/sysfs.h"
#include "vfs/tree.h"
#include "vfs/vfs.h"

static struct dentry *create_proc(const char *name)
{
    (void)name;
    return procfs_create_root();
}

static struct dentry *create_sys(const char *name)
{
    (void)name;
    return sysfs_create_root();
}

/* tmpfs(5): anybody may make files, in the root too. */
static struct dentry *create_ram(const char *name)
{
    return ramfs_create_root(name, S_ISVTX | 0777);
}

const struct mount_type mount_types[] = {
    {"sysfs", create_sys}, {"tmpfs", create_ram}, {"proc", create_proc},
    {"ramfs", create_ram}, {NULL, NULL},
};

const struct mount_type *mount_type_find(const char *name)
{
    for (const struct mount_type *t = mount_types; t->name; t++)
        if (!strcmp(t->name, name))
            return t;
    return NULL;
}

int mount_new(const struct mount_type *type, struct dentry *point,
              const char *source)
{
    struct dentry *root = type->create(type->name);
    int err;

    if (!root)
        return -ENOMEM;
    err = mount_add(point, root, source);
    dentry_put(root);
    return err;
}

static int mount_at(const char *path, const char *type)
{
    const struct vnode_make what = {.mode = S_IFDIR | 0755};
    struct path_start start;
    struct dentry *point;
    int err;

    vfs_kernel_start(&start);
    err = tree_make(&start, path, &what, &point);
    if (err)
        return err;
    err = mount_new(mount_type_find(type), point, type);
    dentry_put(point);
    return err;
}

int mount_views(void)
{
    int err = mount_at("/proc", "proc");

    return err ? err : mount_at("/sys", "sysfs");
}
