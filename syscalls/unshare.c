// SPDX-License-Identifier: MIT
/* unshare: what a thread ceases to share: unshare(2). There is one namespace
 * of each kind, and nobody can leave it. */
#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/sched.h"
#include "kernel/cred.h"
#include "kernel/doctor.h"
#include "kernel/thread.h"
#include "syscalls/define.h"
#include "vfs/fd.h"
#include "vfs/fs_context.h"

#define NAMESPACES                                                 \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | \
     CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME)
#define ALONE (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)

static int check_flags(uint64_t flags)
{
    if (flags & ~(uint64_t)(NAMESPACES | ALONE | CLONE_FS | CLONE_FILES |
                            CLONE_SYSVSEM))
        return -EINVAL;
    if ((flags & ALONE) && process_current()->thread_count > 1)
        return -EINVAL;
    if (!(flags & NAMESPACES))
        return 0;
    doctor_refused("unshare", "flags=0x%lx", flags);
    return (flags & CLONE_NEWUSER) || capable(CAP_SYS_ADMIN) ? -EINVAL : -EPERM;
}

static int unshare_fs(struct thread *t)
{
    struct fs_context *old = t->fs, *own = fs_context_copy(old);

    if (!own)
        return -ENOMEM;
    t->fs = own;
    fs_context_put(old);
    return 0;
}

static int unshare_files(struct thread *t)
{
    struct fd_table *old = t->files, *own = fd_table_copy(old);

    if (!own)
        return -ENOMEM;
    t->files = own;
    fd_table_put(old);
    return 0;
}

/* unshare(2) */
SYSCALL_DEFINE1(unshare, uint64_t, flags)
{
    struct thread *t = thread_current();
    int err = check_flags(flags);

    if (!err && (flags & CLONE_FS))
        err = unshare_fs(t);
    if (!err && (flags & CLONE_FILES))
        err = unshare_files(t);
    return err;
}
SYSCALL_PARTIAL(unshare, "there are no namespaces (EPERM, EINVAL)");

/* setns(2): no descriptor stands for a namespace. */
SYSCALL_DEFINE2(setns, int, fd, int, nstype)
{
    struct file *f = fd_get(fd);

    (void)nstype;
    if (!f)
        return -EBADF;
    file_put(f);
    return -EINVAL;
}
SYSCALL_PARTIAL(setns, "there are no namespaces (EINVAL)");
