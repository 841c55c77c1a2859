// SPDX-License-Identifier: MIT
/* fs: see the header. */
#include <string.h>

#include "tests/unit/vfs/fs.h"

#include "vfs/mount.h"
#include "vfs/tree.h"
#include "vfs/vfs.h"

void fs_up(void)
{
    ck_assert_int_eq(vfs_init(), 0);
}

void fs_down(void)
{
    vfs_fini();
}

struct path_start fs_root(void)
{
    struct path_start start;

    vfs_kernel_start(&start);
    return start;
}

static int make(const char *path, const struct vnode_make *what)
{
    struct path_start start = fs_root();

    return tree_make(&start, path, what, NULL);
}

int fs_mkdir(const char *path)
{
    return make(path, &(struct vnode_make){.mode = S_IFDIR | 0755});
}

int fs_symlink(const char *target, const char *path)
{
    return make(path, &(struct vnode_make){.mode = S_IFLNK | 0777,
                                           .target = target,
                                           .target_len = strlen(target)});
}

int fs_touch(const char *path)
{
    return make(path, &(struct vnode_make){.mode = S_IFREG | 0644});
}

int fs_link(const char *old, const char *path)
{
    struct path_start start = fs_root();
    struct dentry *d;
    int err = path_walk(&start, old, 0, &d);

    if (err)
        return err;
    err = tree_link(d, &start, path);
    dentry_put(d);
    return err;
}

int fs_unlink(const char *path)
{
    struct path_start start = fs_root();

    return tree_unlink(&start, path);
}

int fs_rmdir(const char *path)
{
    struct path_start start = fs_root();

    return tree_rmdir(&start, path);
}

int fs_rename(const char *from, const char *to, unsigned flags)
{
    struct path_start start = fs_root();

    return tree_rename(&start, from, &start, to, flags);
}

int fs_walk(const char *path, unsigned flags)
{
    struct path_start start = fs_root();
    struct dentry *d;
    int err = path_walk(&start, path, flags, &d);

    if (!err)
        dentry_put(d);
    return err;
}

static struct vnode *find(const char *path, unsigned flags)
{
    struct path_start start = fs_root();
    struct dentry *d;
    struct vnode *v;

    ck_assert_msg(path_walk(&start, path, flags, &d) == 0, "no %s", path);
    v = d->vnode;
    dentry_put(d);
    return v;
}

bool fs_same(const char *path, const char *other)
{
    return find(path, PATH_FOLLOW) == find(other, PATH_FOLLOW);
}

struct vnode *fs_vnode(const char *path)
{
    return find(path, 0);
}

struct file *fs_open(const char *path, uint32_t flags)
{
    struct path_start start = fs_root();
    struct file *f;
    int err = file_open(&start, path, flags, 0644, &f);

    ck_assert_msg(err == 0, "open %s: error %d", path, err);
    return f;
}

int fs_open_error(const char *path, uint32_t flags)
{
    struct path_start start = fs_root();
    struct file *f;
    int err = file_open(&start, path, flags, 0644, &f);

    if (!err)
        file_put(f);
    return err;
}

ssize_t fs_read(struct file *f, void *buf, size_t len)
{
    const struct uio_vec vec = {(uintptr_t)buf, len};
    struct uio u;

    uio_init(&u, &vec, 1, false);
    return file_read(f, &u, NULL);
}

ssize_t fs_write(struct file *f, const void *buf, size_t len)
{
    const struct uio_vec vec = {(uintptr_t)buf, len};
    struct uio u;

    uio_init(&u, &vec, 1, false);
    return file_write(f, &u, NULL);
}

void fs_put_text(const char *path, const char *text)
{
    struct file *f = fs_open(path, O_WRONLY | O_CREAT | O_TRUNC);

    ck_assert_int_eq(fs_write(f, text, strlen(text)), strlen(text));
    file_put(f);
}

bool fs_has_text(const char *path, const char *text)
{
    struct file *f = fs_open(path, O_RDONLY);
    char buf[4096];
    ssize_t n = fs_read(f, buf, sizeof(buf));

    file_put(f);
    return n == (ssize_t)strlen(text) && !memcmp(buf, text, (size_t)n);
}
