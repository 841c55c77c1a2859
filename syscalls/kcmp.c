// SPDX-License-Identifier: MIT
/* kcmp: do two processes share a thing? kcmp(2) */
#include "abi/errno.h"
#include "kernel/cred.h"
#include "kernel/thread.h"
#include "syscalls/define.h"
#include "vfs/fd.h"

enum {
    KCMP_FILE,
    KCMP_VM,
    KCMP_FILES,
    KCMP_FS,
    KCMP_SIGHAND,
    KCMP_IO,
    KCMP_SYSVSEM,
    KCMP_EPOLL_TFD,
};

/* 0: the same; 1 and 2 are an order that means nothing else. */
static long compare(const void *a, const void *b)
{
    if (a == b)
        return 0;
    return (uintptr_t)a < (uintptr_t)b ? 1 : 2;
}

static struct file *file_of(const struct thread *t, unsigned long fd)
{
    return fd <= INT32_MAX ? fd_table_lookup(t->files, (int)fd) : NULL;
}

static long compare_files(const struct thread *a, unsigned long fd_a,
                          const struct thread *b, unsigned long fd_b)
{
    struct file *f = file_of(a, fd_a), *g = file_of(b, fd_b);
    long result = f && g ? compare(f, g) : -EBADF;

    if (f)
        file_put(f);
    if (g)
        file_put(g);
    return result;
}

static long compare_threads(const struct thread *a, const struct thread *b,
                            int type, unsigned long idx1, unsigned long idx2)
{
    switch (type) {
    case KCMP_FILE:
        return compare_files(a, idx1, b, idx2);
    case KCMP_VM:
        return compare(a->process->space, b->process->space);
    case KCMP_FILES:
        return compare(a->files, b->files);
    case KCMP_FS:
        return compare(a->fs, b->fs);
    case KCMP_SIGHAND:
        return compare(a->process->actions, b->process->actions);
    case KCMP_IO: /* no thread has a context of its own for these two */
    case KCMP_SYSVSEM:
        return 0;
    case KCMP_EPOLL_TFD:
        return -EOPNOTSUPP;
    default:
        return -EINVAL;
    }
}

/* kcmp(2) */
SYSCALL_DEFINE5(kcmp, int, pid1, int, pid2, int, type, unsigned long, idx1,
                unsigned long, idx2)
{
    struct thread *a = thread_find(pid1), *b = thread_find(pid2);
    long result = -ESRCH;

    if (a && b && !a->futexes_left && !b->futexes_left)
        result =
            process_inspectable(a->process) && process_inspectable(b->process)
                ? compare_threads(a, b, type, idx1, idx2)
                : -EPERM;
    thread_put(a);
    thread_put(b);
    return result;
}
SYSCALL_PARTIAL(kcmp, "KCMP_EPOLL_TFD answers EOPNOTSUPP");
