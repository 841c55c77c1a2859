// SPDX-License-Identifier: MIT
/* mount: file systems that come and go: mount(2) and umount2(2). */
#include "abi/mount.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "kernel/cred.h"
#include "kernel/kmalloc.h"
#include "kernel/page.h"
#include "lib/string.h"
#include "syscalls/at_path.h"
#include "syscalls/define.h"
#include "vfs/mount.h"

/* What mount(2) is told, copied into the kernel. */
struct words {
    char *source, *type, *options;
};

/* A string of the program of at most size - 1 bytes; NULL is an empty one. */
static int copy_word(const char user *from, size_t size, char **word)
{
    ssize_t len;

    *word = kzalloc(size);
    if (!*word)
        return -ENOMEM;
    len = from ? strncpy_from_user(*word, from, size) : 0;
    return len == -ENAMETOOLONG ? -EINVAL : MIN((int)len, 0);
}

/* The options: what lies in the page's reach, as mount(2) has it. */
static int copy_options(const char user *from, char **options)
{
    *options = kzalloc(PAGE_SIZE);
    if (!*options)
        return -ENOMEM;
    if (from && !copy_from_user_partial(*options, from, PAGE_SIZE - 1))
        return -EFAULT;
    return 0;
}

static void free_words(struct words *w)
{
    kfree(w->source);
    kfree(w->type);
    kfree(w->options);
}

static int mount_type_at(struct dentry *point, const struct words *w,
                         unsigned flags)
{
    const struct mount_type *type = mount_type_find(w->type);

    if (!*w->type)
        return -EINVAL;
    if (!type)
        return -ENODEV;
    return mount_new(type, point, *w->source ? w->source : "none", w->options,
                     flags);
}

/* Which of the things that mount(2) can do is asked for. */
static int mount_do(struct dentry *point, const struct words *w, unsigned flags)
{
    if (flags & MS_REMOUNT)
        return mount_change(point, w->options, flags);
    if (flags & (MS_BIND | MS_MOVE))
        return -EINVAL;
    if (flags & (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE))
        return mount_is_root(point) ? 0 : -EINVAL;
    return mount_type_at(point, w, flags);
}

/* mount(2) */
SYSCALL_DEFINE5(mount, const char user *, source, const char user *, target,
                const char user *, type, unsigned long, mountflags,
                const void user *, data)
{
    unsigned flags = (unsigned)mountflags;
    struct words w = {0};
    struct dentry *point;
    long err;

    if ((flags & MS_MGC_MSK) == MS_MGC_VAL)
        flags &= ~MS_MGC_MSK;
    err = copy_word(type, PAGE_SIZE, &w.type);
    if (!err)
        err = copy_word(source, PAGE_SIZE, &w.source);
    if (!err)
        err = copy_options(data, &w.options);
    if (!err)
        err = at_path_walk(AT_FDCWD, target, PATH_FOLLOW, &point);
    if (!err) {
        err = capable(CAP_SYS_ADMIN) ? mount_do(point, &w, flags) : -EPERM;
        dentry_put(point);
    }
    free_words(&w);
    return err;
}

SYSCALL_PARTIAL(mount, "MS_BIND and MS_MOVE are refused (EINVAL); propagation "
                       "is accepted and changes nothing");

/* umount2(2) */
SYSCALL_DEFINE2(umount2, const char user *, target, int, flags)
{
    struct dentry *d;
    long err;

    if (flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW))
        return -EINVAL;
    if (!capable(CAP_SYS_ADMIN))
        return -EPERM;
    if ((flags & MNT_EXPIRE) && (flags & (MNT_FORCE | MNT_DETACH)))
        return -EINVAL;
    err = at_path_walk(AT_FDCWD, target,
                       flags & UMOUNT_NOFOLLOW ? 0 : PATH_FOLLOW, &d);
    if (err)
        return err;
    err = mount_take_away(d, flags & MNT_DETACH);
    dentry_put(d);
    return err;
}
