// SPDX-License-Identifier: MIT
/*
 * xattr: extended attributes (xattr(7)). Names and values pass through the
 * kernel's memory: a file's lock is not held while the program's is touched.
 */
#include "abi/xattr.h"

#include "abi/fcntl.h"
#include "kernel/cred.h"
#include "kernel/kmalloc.h"
#include "kernel/thread.h"
#include "syscalls/at_path.h"
#include "syscalls/define.h"
#include "vfs/fd.h"
#include "vfs/vnode.h"
#include "vfs/xattr.h"

/* Which file a call means. */
struct target {
    const char user *path;
    int fd; /* used unless by_path */
    bool by_path, nofollow;
};

#define BY_PATH(p) \
    ((struct target){.path = (p), .by_path = true, .nofollow = false})
#define BY_LINK(p) \
    ((struct target){.path = (p), .by_path = true, .nofollow = true})
#define BY_FD(n) ((struct target){.fd = (n)})

/* A reference in *v. */
static long find(struct target t, struct vnode **v)
{
    struct file *f;

    if (t.by_path)
        return at_path_vnode(AT_FDCWD, t.path,
                             t.nofollow ? AT_SYMLINK_NOFOLLOW : 0, v);
    f = fd_get(t.fd);
    if (f && !(f->mode & FILE_PATH)) {
        *v = f->vnode;
        vnode_get(*v);
        file_put(f);
        return 0;
    }
    if (f)
        file_put(f);
    return -EBADF;
}

static long copy_name(char name[XATTR_NAME_MAX + 1], const char user *from)
{
    ssize_t len = strncpy_from_user(name, from, XATTR_NAME_MAX + 1);

    if (len == -EFAULT)
        return len;
    return len <= 0 ? -ERANGE : 0;
}

/* --- set --- */

static long set_copied(struct target t, const char *name, const void *value,
                       size_t size, int flags)
{
    struct vnode *v;
    long err = find(t, &v);

    if (err)
        return err;
    err = xattr_set(v, name, value, size, flags, cred_current());
    vnode_put(v);
    return err;
}

static long set(struct target t, const char user *name_from,
                const void user *value_from, size_t size, int flags)
{
    char name[XATTR_NAME_MAX + 1];
    void *value = NULL;
    long err;

    if (flags & ~(XATTR_CREATE | XATTR_REPLACE))
        return -EINVAL;
    err = copy_name(name, name_from);
    if (err)
        return err;
    if (size > XATTR_SIZE_MAX)
        return -E2BIG;
    if (size) {
        value = kmalloc(size);
        if (!value)
            return -ENOMEM;
        err = copy_from_user(value, value_from, size) ? -EFAULT : 0;
    }
    if (!err)
        err = set_copied(t, name, value ? value : "", size, flags);
    kfree(value);
    return err;
}

/* setxattr(2) */
SYSCALL_DEFINE5(setxattr, const char user *, path, const char user *, name,
                const void user *, value, size_t, size, int, flags)
{
    return set(BY_PATH(path), name, value, size, flags);
}

/* lsetxattr(2) */
SYSCALL_DEFINE5(lsetxattr, const char user *, path, const char user *, name,
                const void user *, value, size_t, size, int, flags)
{
    return set(BY_LINK(path), name, value, size, flags);
}

/* fsetxattr(2) */
SYSCALL_DEFINE5(fsetxattr, int, fd, const char user *, name, const void user *,
                value, size_t, size, int, flags)
{
    return set(BY_FD(fd), name, value, size, flags);
}

/* --- get and list --- */

/* The value of name, or the list of names when name is NULL. */
static long read_out(struct target t, const char *name, void user *to,
                     size_t size, size_t most)
{
    size_t room = MIN(size, most);
    void *buf = NULL;
    struct vnode *v;
    long n = find(t, &v);

    if (n)
        return n;
    if (room)
        buf = kmalloc(room);
    if (room && !buf)
        n = -ENOMEM;
    else if (name)
        n = xattr_get(v, name, buf, room, cred_current());
    else
        n = xattr_list(v, buf, room, cred_current());
    vnode_put(v);
    if (n == -ERANGE && size >= most)
        n = -E2BIG; /* more than the call can ever hand out */
    if (n > 0 && room && copy_to_user(to, buf, (size_t)n))
        n = -EFAULT;
    kfree(buf);
    return n;
}

static long get(struct target t, const char user *name_from, void user *value,
                size_t size)
{
    char name[XATTR_NAME_MAX + 1];
    long err = copy_name(name, name_from);

    return err ? err : read_out(t, name, value, size, XATTR_SIZE_MAX);
}

/* getxattr(2) */
SYSCALL_DEFINE4(getxattr, const char user *, path, const char user *, name,
                void user *, value, size_t, size)
{
    return get(BY_PATH(path), name, value, size);
}

/* lgetxattr(2) */
SYSCALL_DEFINE4(lgetxattr, const char user *, path, const char user *, name,
                void user *, value, size_t, size)
{
    return get(BY_LINK(path), name, value, size);
}

/* fgetxattr(2) */
SYSCALL_DEFINE4(fgetxattr, int, fd, const char user *, name, void user *, value,
                size_t, size)
{
    return get(BY_FD(fd), name, value, size);
}

/* listxattr(2) */
SYSCALL_DEFINE3(listxattr, const char user *, path, char user *, list, size_t,
                size)
{
    return read_out(BY_PATH(path), NULL, list, size, XATTR_LIST_MAX);
}

/* llistxattr(2) */
SYSCALL_DEFINE3(llistxattr, const char user *, path, char user *, list, size_t,
                size)
{
    return read_out(BY_LINK(path), NULL, list, size, XATTR_LIST_MAX);
}

/* flistxattr(2) */
SYSCALL_DEFINE3(flistxattr, int, fd, char user *, list, size_t, size)
{
    return read_out(BY_FD(fd), NULL, list, size, XATTR_LIST_MAX);
}

/* --- remove --- */

static long remove_one(struct target t, const char user *name_from)
{
    char name[XATTR_NAME_MAX + 1];
    struct vnode *v;
    long err = copy_name(name, name_from);

    if (!err)
        err = find(t, &v);
    if (err)
        return err;
    err = xattr_remove(v, name, cred_current());
    vnode_put(v);
    return err;
}

/* removexattr(2) */
SYSCALL_DEFINE2(removexattr, const char user *, path, const char user *, name)
{
    return remove_one(BY_PATH(path), name);
}

/* lremovexattr(2) */
SYSCALL_DEFINE2(lremovexattr, const char user *, path, const char user *, name)
{
    return remove_one(BY_LINK(path), name);
}

/* fremovexattr(2) */
SYSCALL_DEFINE2(fremovexattr, int, fd, const char user *, name)
{
    return remove_one(BY_FD(fd), name);
}
