// SPDX-License-Identifier: MIT
/*
 * vfs: the root at boot, and the kernel's own use of files.
 */
#include "vfs/vfs.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/limits.h"
#include "abi/stat.h"
#include "kernel/cred.h"
#include "kernel/kmalloc.h"
#include "vfs/console.h"
#include "vfs/console_terminal.h"
#include "vfs/devfs.h"
#include "vfs/fd.h"
#include "vfs/mount.h"
#include "vfs/path.h"
#include "vfs/ramfs.h"
#include "vfs/tree.h"

void vfs_kernel_start(struct path_start *start)
{
    *start = (struct path_start){mount_root(), mount_root(), &cred_root, 0};
}

/* A new ramfs, mounted over point (NULL: as the root). */
static int mount_ramfs(const char *type, struct dentry *point, uint32_t mode)
{
    struct dentry *root = ramfs_create_root(type, mode);
    int err;

    if (!root)
        return -ENOMEM;
    err = mount_add(point, root, type, 0);
    dentry_put(root);
    return err;
}

static int mount_dev(const struct path_start *start)
{
    const struct vnode_make what = {.mode = S_IFDIR | 0755};
    struct path_start in_dev = *start;
    struct dentry *dev, *shm;
    int err = tree_make(start, "/dev", &what, &dev);

    if (err)
        return err;
    err = mount_ramfs("devtmpfs", dev, 0755);
    dentry_put(dev);
    if (err)
        return err;
    err = path_walk(start, "/dev", PATH_DIRECTORY, &in_dev.base);
    if (err)
        return err;
    err = devfs_populate(&in_dev);
    if (!err)
        err = tree_make(&in_dev, "shm", &what, &shm);
    dentry_put(in_dev.base);
    if (err)
        return err;
    err = mount_ramfs("tmpfs", shm, S_ISVTX | 0777);
    dentry_put(shm);
    return err;
}

int vfs_init(void)
{
    const struct vnode_make tmp = {.mode = S_IFDIR | S_ISVTX | 0777};
    struct path_start start;
    int err = mount_ramfs("rootfs", NULL, 0755);

    if (err)
        return err;
    vfs_kernel_start(&start);
    err = tree_make(&start, "/tmp", &tmp, NULL);
    if (!err)
        err = mount_dev(&start);
    if (err)
        vfs_fini();
    return err;
}

static void unmount(struct dentry *root)
{
    dentry_get(root);
    mount_remove(root);
    dentry_tree_lock();
    dentry_unlink_below(root);
    dentry_tree_unlock();
    dentry_put(root);
}

/* The last one goes first: it may lie in another. */
void vfs_fini(void)
{
    while (mount_first()) {
        const struct mount *last = mount_first();

        while (last->next)
            last = last->next;
        unmount(last->root);
    }
}

int vfs_open_kernel(const char *path, struct file **file)
{
    struct path_start start;
    int err;

    vfs_kernel_start(&start);
    err = file_open(&start, path, O_RDONLY, 0, file);
    if (!err && vnode_is_dir((*file)->vnode)) {
        file_put(*file);
        err = -EISDIR;
    }
    return err;
}

int vfs_for_each_executable(bool (*fn)(void *arg, const char *path,
                                       uint64_t size),
                            void *arg)
{
    struct dentry *root = mount_root(), *d = root;
    char *path = kmalloc(PATH_MAX);

    if (!path)
        return -ENOMEM;
    dentry_tree_lock();
    while ((d = dentry_next_below(root, d))) {
        if (!vnode_is_regular(d->vnode) || !(d->vnode->mode & 0111))
            continue;
        /* What no path can name cannot be executed either. */
        if (dentry_path_locked(d, root, path, PATH_MAX) < 0)
            continue;
        if (!fn(arg, path, d->vnode->size))
            break;
    }
    dentry_tree_unlock();
    kfree(path);
    return 0;
}

struct fd_table *vfs_create_console_fds(void)
{
    struct fd_table *t = fd_table_create();
    struct file *f, *terminal = NULL; /* one description, as after login(1) */

    for (int i = 0; t && i < CONSOLE_STREAMS; i++) {
        if (terminal && console_is_terminal((enum console_stream)i)) {
            file_get(f = terminal);
        } else if (console_open((enum console_stream)i, &f)) {
            fd_table_put(t);
            return NULL;
        }
        if (console_is_terminal((enum console_stream)i))
            terminal = f;
        /* There is room: the table is new. */
        fd_table_install(t, fd_table_reserve(t, 0, CONSOLE_STREAMS, false), f);
    }
    return t;
}
