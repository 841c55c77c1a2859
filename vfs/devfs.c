// SPDX-License-Identifier: MIT
/*
 * devfs: the character devices that are always there. A device node of any
 * file system opens the device with its number.
 *
 * /dev/stdin, stdout and stderr open anew what the process's descriptor 0, 1
 * or 2 refers to; on Linux they are links into /proc/self/fd, with the same
 * effect.
 */
#include "vfs/devfs.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "kernel/random.h"
#include "lib/string.h"
#include "vfs/console.h"
#include "vfs/fd.h"
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

/* There is no terminal that could control the process. */
static int open_tty(struct vnode *v, struct file *f)
{
    (void)v;
    (void)f;
    return -ENXIO;
}

#define STDIO_MAJOR 240 /* of the numbers for local use */

static void adopt_target(struct file *f, const struct file *old)
{
    vnode_get(old->vnode);
    vnode_put(f->vnode);
    f->vnode = old->vnode;
    if (old->dentry)
        dentry_get(old->dentry);
    dentry_put(f->dentry);
    f->dentry = old->dentry;
}

/* Makes f a new description of what descriptor 0, 1 or 2 refers to. */
static int open_stdio(struct vnode *v, struct file *f)
{
    struct file *old = fd_get((int)abi_minor(v->rdev));
    struct vnode *target;
    int err = -ENXIO; /* pipes and sockets cannot be opened anew */

    if (!old)
        return -ENOENT;
    target = old->vnode;
    if (S_ISCHR(target->mode) && abi_major(target->rdev) == STDIO_MAJOR) {
        err = -ELOOP; /* an O_PATH descriptor of such a device */
    } else if (console_is_file(old)) {
        adopt_target(f, old);
        f->ops = old->ops;
        f->private = old->private;
        err = 0;
    } else if (target->ops->open) {
        adopt_target(f, old);
        err = target->ops->open(target, f);
    }
    file_put(old);
    return err;
}

static const struct device devices[] = {
    {"null", 1, 3, 0666, &null_ops, NULL},
    {"zero", 1, 5, 0666, &zero_ops, NULL},
    {"full", 1, 7, 0666, &full_ops, NULL},
    {"random", 1, 8, 0666, &random_ops, NULL},
    {"urandom", 1, 9, 0666, &random_ops, NULL},
    {"tty", 5, 0, 0666, NULL, open_tty},
    {"console", 5, 1, 0600, NULL, open_console},
    {"stdin", STDIO_MAJOR, 0, 0666, NULL, open_stdio},
    {"stdout", STDIO_MAJOR, 1, 0666, NULL, open_stdio},
    {"stderr", STDIO_MAJOR, 2, 0666, NULL, open_stdio},
};

int devfs_open(struct vnode *v, struct file *f)
{
    for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
        const struct device *d = &devices[i];

        if (v->rdev != abi_makedev(d->major, d->minor))
            continue;
        f->ops = d->ops ? d->ops : f->ops;
        return d->open ? d->open(v, f) : 0;
    }
    return -ENXIO;
}

int devfs_populate(const struct path_start *start)
{
    const struct vnode_make shm = {.mode = S_IFDIR | S_ISVTX | 0777};
    int err = tree_make(start, "shm", &shm, NULL);

    for (size_t i = 0; i < ARRAY_SIZE(devices) && !err; i++) {
        const struct device *d = &devices[i];
        const struct vnode_make what = {
            .mode = S_IFCHR | d->mode,
            .rdev = abi_makedev(d->major, d->minor),
        };

        err = tree_make(start, d->name, &what, NULL);
    }
    return err;
}
