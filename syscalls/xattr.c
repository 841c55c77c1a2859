// SPDX-License-Identifier: MIT
/*
 * xattr: extended attributes (xattr(7)). No file system here keeps any, and
 * the calls answer what Linux answers for such a one: the list is empty, and
 * everything else is EOPNOTSUPP, once the file has been found.
 */
#include "abi/fcntl.h"
#include "syscalls/at_path.h"
#include "syscalls/define.h"
#include "vfs/fd.h"
#include "vfs/vnode.h"

#define NAME_MAX_LEN 255 /* XATTR_NAME_MAX */

/* 0 when path names a file. */
static long find_path(const char user *path, unsigned at_flags)
{
    struct vnode *v;
    int err = at_path_vnode(AT_FDCWD, path, at_flags, &v);

    if (err < 0)
        return err;
    vnode_put(v);
    return 0;
}

static long find_fd(int fd)
{
    struct file *f = fd_get(fd);
    long err = !f || (f->mode & FILE_PATH) ? -EBADF : 0;

    if (f)
        file_put(f);
    return err;
}

/* What a call that names an attribute answers, file being 0 or an error. */
static long with_name(long file, const char user *name)
{
    char text[NAME_MAX_LEN + 1];
    ssize_t len = strncpy_from_user(text, name, sizeof(text));

    if (len == -EFAULT)
        return len;
    if (len <= 0)
        return -ERANGE;
    return file < 0 ? file : -EOPNOTSUPP;
}

SYSCALL_DEFINE5(setxattr, const char user *, path, const char user *, name,
                const void user *, value, size_t, size, int, flags)
{
    (void)value, (void)size, (void)flags;
    return with_name(find_path(path, 0), name);
}
SYSCALL_PARTIAL(setxattr, "no file system keeps extended attributes");

SYSCALL_DEFINE5(lsetxattr, const char user *, path, const char user *, name,
                const void user *, value, size_t, size, int, flags)
{
    (void)value, (void)size, (void)flags;
    return with_name(find_path(path, AT_SYMLINK_NOFOLLOW), name);
}
SYSCALL_PARTIAL(lsetxattr, "no file system keeps extended attributes");

SYSCALL_DEFINE5(fsetxattr, int, fd, const char user *, name, const void user *,
                value, size_t, size, int, flags)
{
    (void)value, (void)size, (void)flags;
    return with_name(find_fd(fd), name);
}
SYSCALL_PARTIAL(fsetxattr, "no file system keeps extended attributes");

SYSCALL_DEFINE4(getxattr, const char user *, path, const char user *, name,
                void user *, value, size_t, size)
{
    (void)value, (void)size;
    return with_name(find_path(path, 0), name);
}
SYSCALL_PARTIAL(getxattr, "no file system keeps extended attributes");

SYSCALL_DEFINE4(lgetxattr, const char user *, path, const char user *, name,
                void user *, value, size_t, size)
{
    (void)value, (void)size;
    return with_name(find_path(path, AT_SYMLINK_NOFOLLOW), name);
}
SYSCALL_PARTIAL(lgetxattr, "no file system keeps extended attributes");

SYSCALL_DEFINE4(fgetxattr, int, fd, const char user *, name, void user *, value,
                size_t, size)
{
    (void)value, (void)size;
    return with_name(find_fd(fd), name);
}
SYSCALL_PARTIAL(fgetxattr, "no file system keeps extended attributes");

SYSCALL_DEFINE3(listxattr, const char user *, path, char user *, list, size_t,
                size)
{
    (void)list, (void)size;
    return find_path(path, 0);
}

SYSCALL_DEFINE3(llistxattr, const char user *, path, char user *, list, size_t,
                size)
{
    (void)list, (void)size;
    return find_path(path, AT_SYMLINK_NOFOLLOW);
}

SYSCALL_DEFINE3(flistxattr, int, fd, char user *, list, size_t, size)
{
    (void)list, (void)size;
    return find_fd(fd);
}

SYSCALL_DEFINE2(removexattr, const char user *, path, const char user *, name)
{
    return with_name(find_path(path, 0), name);
}
SYSCALL_PARTIAL(removexattr, "no file system keeps extended attributes");

SYSCALL_DEFINE2(lremovexattr, const char user *, path, const char user *, name)
{
    return with_name(find_path(path, AT_SYMLINK_NOFOLLOW), name);
}
SYSCALL_PARTIAL(lremovexattr, "no file system keeps extended attributes");

SYSCALL_DEFINE2(fremovexattr, int, fd, const char user *, name)
{
    return with_name(find_fd(fd), name);
}
SYSCALL_PARTIAL(fremovexattr, "no file system keeps extended attributes");
