// SPDX-License-Identifier: MIT
/*
 * vnode: the life of a vnode, its attributes, and what all kinds share.
 */
#include "vfs/vnode.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/resource.h"
#include "abi/stat.h"
#include "kernel/clock.h"
#include "kernel/cred.h"
#include "kernel/kmalloc.h"
#include "kernel/panic.h"
#include "kernel/signal.h"
#include "kernel/thread.h"
#include "lib/printf.h"
#include "vfs/dentry.h"
#include "vfs/inotify.h"
#include "vfs/lock.h"
#include "vfs/mount.h"
#include "vfs/ref.h"
#include "vfs/xattr.h"

/* Minor numbers of devices that exist in name only, as st_dev. */
static uint32_t next_dev = 1;

void superblock_init(struct superblock *sb, const char *type, uint64_t magic)
{
    uint32_t minor = __atomic_fetch_add(&next_dev, 1, __ATOMIC_RELAXED);

    *sb = (struct superblock){
        .type = type,
        .dev = abi_makedev(0, minor),
        .magic = magic,
        .next_ino = 1,
    };
}

int superblock_sync(struct superblock *sb)
{
    return sb->fs_ops && sb->fs_ops->sync ? sb->fs_ops->sync(sb) : 0;
}

void vnode_init(struct vnode *v, struct superblock *sb,
                const struct vnode_ops *ops, const struct vnode_make *what)
{
    int64_t now = (int64_t)clock_realtime_ns();

    *v = (struct vnode){
        .ops = ops,
        .sb = sb,
        .refs = 1,
        .mode = what->mode,
        .uid = what->uid,
        .gid = what->gid,
        .nlink = 1,
        .rdev = what->rdev,
        .ino = __atomic_fetch_add(&sb->next_ino, 1, __ATOMIC_RELAXED),
        .atime_ns = now,
        .mtime_ns = now,
        .ctime_ns = now,
        .btime_ns = now,
    };
    mutex_init(&v->io_lock);
    mutex_init(&v->lock);
    list_init(&v->names);
}

void vnode_get(struct vnode *v)
{
    ref_get(&v->refs);
}

void vnode_put(struct vnode *v)
{
    if (!ref_put(&v->refs))
        return;
    might_sleep();
    assert(list_empty(&v->names));
    if (v->locks)
        lock_list_destroy(v);
    if (v->watches)
        inotify_vnode_gone(v);
    if (v->xattrs.node)
        xattr_free_all(v);
    v->ops->release(v);
}

void vnode_release_anonymous(struct vnode *v)
{
    kfree(v);
}

static const struct vnode_ops anonymous_ops = {
    .release = vnode_release_anonymous,
};

struct vnode *vnode_create_anonymous(uint32_t mode, uint64_t rdev)
{
    static struct superblock anonymous_sb = {.type = "anon", .next_ino = 1};
    const struct vnode_make what = {.mode = mode, .rdev = rdev};
    struct vnode *v = kmalloc(sizeof(*v));

    if (v)
        vnode_init(v, &anonymous_sb, &anonymous_ops, &what);
    return v;
}

void vnode_object_get(struct vm_object *o)
{
    vnode_get(container_of(o, struct vnode, object));
}

void vnode_object_put(struct vm_object *o)
{
    vnode_put(container_of(o, struct vnode, object));
}

struct vnode *vnode_of_object(struct vm_object *o)
{
    if (!o || o->ops->get != vnode_object_get)
        return NULL;
    return container_of(o, struct vnode, object);
}

void vnode_object_name(struct vm_object *o, char *buf, size_t size)
{
    struct vnode *v = container_of(o, struct vnode, object);
    struct dentry *d = NULL;

    dentry_tree_lock();
    if (!list_empty(&v->names)) {
        d = list_first_entry(&v->names, struct dentry, alias);
        dentry_get(d);
    }
    dentry_tree_unlock();
    if (!d || dentry_path(d, mount_root(), buf, size) < 0)
        snprintf(buf, size, "(deleted)");
    if (d)
        dentry_put(d);
}

bool vnode_is_dir(const struct vnode *v)
{
    return S_ISDIR(v->mode);
}

bool vnode_is_regular(const struct vnode *v)
{
    return S_ISREG(v->mode);
}

bool vnode_is_symlink(const struct vnode *v)
{
    return S_ISLNK(v->mode);
}

uint64_t vnode_size_limit(void)
{
    const struct process *p = process_current();

    return p ? MIN(p->limits[RLIMIT_FSIZE].soft, (uint64_t)INT64_MAX)
             : INT64_MAX;
}

int vnode_size_exceeded(uint64_t limit)
{
    const struct abi_siginfo info = {.si_signo = SIGXFSZ, .si_code = SI_KERNEL};

    if (limit < INT64_MAX)
        signal_send_thread(thread_current(), &info);
    return -EFBIG;
}

int vnode_size_check(const struct vnode *v, uint64_t size)
{
    uint64_t limit = vnode_size_limit();

    return size > v->size && size > limit ? vnode_size_exceeded(limit) : 0;
}

/* Counts in direction by, unless it is counted in the other. */
static int count_use(struct vnode *v, int32_t by)
{
    int32_t n = __atomic_load_n(&v->writers, __ATOMIC_RELAXED);

    do {
        if (by > 0 ? n < 0 : n > 0)
            return -ETXTBSY;
    } while (!__atomic_compare_exchange_n(&v->writers, &n, n + by, false,
                                          __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
    return 0;
}

int vnode_add_writer(struct vnode *v)
{
    return count_use(v, 1);
}

void vnode_drop_writer(struct vnode *v)
{
    __atomic_fetch_sub(&v->writers, 1, __ATOMIC_RELEASE);
}

int vnode_add_runner(struct vnode *v)
{
    return count_use(v, -1);
}

void vnode_drop_runner(struct vnode *v)
{
    __atomic_fetch_add(&v->writers, 1, __ATOMIC_RELEASE);
}

int vnode_truncate(struct vnode *v, uint64_t size)
{
    int err;

    if (vnode_is_dir(v))
        return -EISDIR;
    if (!v->ops->truncate || !vnode_is_regular(v))
        return -EINVAL;
    if (size > INT64_MAX)
        return -EFBIG;
    if (vnode_writable(v))
        return -EROFS;
    mutex_lock(&v->io_lock);
    err = v->ops->truncate(v, size);
    if (!err)
        vnode_drop_set_id(v);
    mutex_unlock(&v->io_lock);
    return err;
}

int vnode_change_locked(struct vnode *v, const struct vnode_change *to)
{
    int err = v->ops->change ? v->ops->change(v, to) : 0;

    if (err)
        return err;
    if (to->mask & CHANGE_MODE)
        v->mode = (v->mode & S_IFMT) | to->mode;
    if (to->mask & CHANGE_UID)
        v->uid = to->uid;
    if (to->mask & CHANGE_GID)
        v->gid = to->gid;
    if (to->mask & CHANGE_ATIME)
        v->atime_ns = to->atime_ns;
    if (to->mask & CHANGE_MTIME)
        v->mtime_ns = to->mtime_ns;
    vnode_touch_changed(v);
    return 0;
}

void vnode_touch_modified(struct vnode *v)
{
    v->mtime_ns = v->ctime_ns = (int64_t)clock_realtime_ns();
}

void vnode_touch_changed(struct vnode *v)
{
    v->ctime_ns = (int64_t)clock_realtime_ns();
}

bool vnode_permits(const struct vnode *v, unsigned mask, const struct cred *c)
{
    uint32_t bits = v->mode;

    if ((mask & X_OK) && (v->sb->flags & MS_NOEXEC) && vnode_is_regular(v))
        return false;
    if ((bits & mask * 0111) == mask * 0111)
        return true; /* everybody may */
    if (c->fsuid == v->uid)
        bits >>= 6;
    else if ((bits >> 3 & 7) != (bits & 7) && cred_in_group(c, v->gid))
        bits >>= 3;
    if ((bits & mask) == mask)
        return true;
    if (!(mask & W_OK) && (vnode_is_dir(v) || mask == R_OK) &&
        cred_has(c, CAP_DAC_READ_SEARCH))
        return true;
    return (!(mask & X_OK) || vnode_is_dir(v) || (v->mode & 0111)) &&
           cred_has(c, CAP_DAC_OVERRIDE);
}

bool vnode_owned(const struct vnode *v, const struct cred *c)
{
    return c->fsuid == v->uid || cred_has(c, CAP_FOWNER);
}

void vnode_drop_set_id(struct vnode *v)
{
    uint32_t bits = v->mode & (S_ISUID | S_ISGID);

    /* Without execute permission for the group the bit means locks. */
    if ((bits & S_ISGID) && !(v->mode & S_IXGRP))
        bits &= ~(uint32_t)S_ISGID;
    if (!bits || !vnode_is_regular(v) || capable(CAP_FSETID))
        return;
    mutex_lock(&v->lock);
    vnode_change_locked(v, &(struct vnode_change){
                               .mask = CHANGE_MODE,
                               .mode = v->mode & ~bits & 07777,
                           });
    mutex_unlock(&v->lock);
}
