// SPDX-License-Identifier: MIT
/*
 * devfs: the character devices that are always there. A device node of any
 * file system opens the device with its number.
 */
#include "vfs/devfs.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "kernel/random.h"
#include "lib/string.h"
#include "vfs/console.h"
#include "vfs/file.h"
#include "vfs/pty.h"
#include "vfs/tree.h"

/* --- null, zero, full --- */

static ssize_t read_nothing(struct file *f, struct uio *u, uint64_t *pos)
{
    (void)f;
    (void)u;
    (void)pos;
    return 0;
}

static ssize_t read_zeros(struct file *f, struct uio *u, uint64_t *pos)
{
    size_t wanted = u->left, moved = uio_put_zeros(u, wanted);

    (void)f;
    (void)pos;
    return moved || !wanted ? (ssize_t)moved : -EFAULT;
}

static ssize_t write_nowhere(struct file *f, struct uio *u, uint64_t *pos)
{
    (void)f;
    (void)pos;
    return (ssize_t)u->left;
}

static ssize_t write_full(struct file *f, struct uio *u, uint64_t *pos)
{
    (void)f;
    (void)u;
    (void)pos;
    return -ENOSPC;
}

static int64_t seek_start(struct file *f, int64_t offset, int whence)
{
    (void)f;
    (void)offset;
    (void)whence;
    return 0;
}

static const struct file_ops null_ops = {
    .read = read_nothing, .write = write_nowhere, .seek = seek_start};
static const struct file_ops zero_ops = {
    .read = read_zeros, .write = write_nowhere, .seek = seek_start};
static const struct file_ops full_ops = {
    .read = read_zeros, .write = write_full, .seek = seek_start};

/* --- random --- */

#define RANDOM_STEP 256

static ssize_t random_read(struct file *f, struct uio *u, uint64_t *pos)
{
    size_t wanted = u->left;
    uint8_t bytes[RANDOM_STEP];

    (void)f;
    (void)pos;
    while (u->left) {
        size_t n = MIN(u->left, sizeof(bytes));

        random_bytes(bytes, n);
        if (uio_put(u, bytes, n) < n)
            break;
    }
    memset(bytes, 0, sizeof(bytes));
    return u->left < wanted || !wanted ? (ssize_t)(wanted - u->left) : -EFAULT;
}

static ssize_t random_write(struct file *f, struct uio *u, uint64_t *pos)
{
    size_t wanted = u->left;
    uint8_t bytes[RANDOM_STEP];

    (void)f;
    (void)pos;
    while (u->left) {
        size_t n = uio_get(u, bytes, sizeof(bytes));

        if (!n)
            break;
        random_mix(bytes, n);
    }
    return u->left < wanted || !wanted ? (ssize_t)(wanted - u->left) : -EFAULT;
}

static const struct file_ops random_ops = {
    .read = random_read, .write = random_write, .seek = seek_start};

/* --- the table --- */

struct device {
    const char *name;
    uint32_t major, minor, mode;
    const struct file_ops *ops; /* or: */
    int (*open)(struct vnode *v, struct file *f);
};

static int open_console(struct vnode *v, struct file *f)
{
    (void)v;
    console_attach(f, CONSOLE_STDOUT);
    return 0;
}

static const struct device devices[] = {
    {"null", 1, 3, 0666, &null_ops, NULL},
    {"zero", 1, 5, 0666, &zero_ops, NULL},
    {"full", 1, 7, 0666, &full_ops, NULL},
    {"random", 1, 8, 0666, &random_ops, NULL},
    {"urandom", 1, 9, 0666, &random_ops, NULL},
    {"tty", 5, 0, 0666, NULL, pty_open_controlling},
    {"ptmx", 5, 2, 0666, NULL, pty_open_master},
    {"console", 5, 1, 0600, NULL, open_console},
};

int devfs_open(struct vnode *v, struct file *f)
{
    if (abi_major(v->rdev) == PTY_SLAVE_MAJOR)
        return pty_open_slave(v, f);
    for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
        const struct device *d = &devices[i];

        if (v->rdev != abi_makedev(d->major, d->minor))
            continue;
        f->ops = d->ops ? d->ops : f->ops;
        return d->open ? d->open(v, f) : 0;
    }
    return -ENXIO;
}

static const struct {
    const char *name, *target;
} links[] = {
    {"fd", "/proc/self/fd"},
    {"stdin", "/proc/self/fd/0"},
    {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"},
};

int devfs_populate(const struct path_start *start)
{
    const struct vnode_make pts = {.mode = S_IFDIR | 0755};
    int err = 0;

    if (!err)
        err = tree_make(start, "pts", &pts, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(devices) && !err; i++) {
        const struct device *d = &devices[i];
        const struct vnode_make what = {
            .mode = S_IFCHR | d->mode,
            .rdev = abi_makedev(d->major, d->minor),
        };

        err = tree_make(start, d->name, &what, NULL);
    }
    for (size_t i = 0; i < ARRAY_SIZE(links) && !err; i++) {
        const struct vnode_make what = {
            .mode = S_IFLNK | 0777,
            .target = links[i].target,
            .target_len = strlen(links[i].target),
        };

        err = tree_make(start, links[i].name, &what, NULL);
    }
    return err;
}
