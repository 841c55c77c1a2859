// SPDX-License-Identifier: MIT
/* wait: wait4(2) and waitid(2). */
#include "abi/fcntl.h"
#include "abi/signal.h"
#include "abi/wait.h"
#include "kernel/pid.h"
#include "kernel/process_wait.h"
#include "kernel/thread.h"
#include "syscalls/define.h"
#include "syscalls/pidfd.h"
#include "syscalls/usage.h"
#include "vfs/fd.h"

#define WAIT4_OPTIONS \
    (WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL)
#define WAITID_OPTIONS                                                   \
    (WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD | \
     __WCLONE | __WALL)

#define STATUS_CORE      0x80
#define STATUS_STOPPED   0x7f
#define STATUS_CONTINUED 0xffff

/* The status word of wait(2). */
static int status_word(const struct process_wait *w)
{
    switch (w->code) {
    case CLD_EXITED:
        return (w->status & 0xff) << 8;
    case CLD_DUMPED:
        return w->status | STATUS_CORE;
    case CLD_STOPPED:
        return w->status << 8 | STATUS_STOPPED;
    case CLD_CONTINUED:
        return STATUS_CONTINUED;
    default:
        return w->status;
    }
}

static int put_usage(struct abi_rusage user *to, const struct process_usage *u)
{
    struct abi_rusage r = rusage_from(u);

    return to ? copy_to_user(to, &r, sizeof(r)) : 0;
}

/* wait4(2) */
SYSCALL_DEFINE4(wait4, int, pid, int user *, status, int, options,
                struct abi_rusage user *, usage)
{
    struct process_wait w = {.options = (unsigned)options | WEXITED};
    int err;

    if ((unsigned)options & ~WAIT4_OPTIONS)
        return -EINVAL;
    if (pid == INT32_MIN)
        return -ESRCH;
    if (pid > 0) {
        w.which = P_PID;
        w.number = pid;
    } else if (pid != -1) {
        w.which = P_PGID;
        w.number = pid ? -pid : process_group_id(process_current());
    }
    err = process_wait(&w);
    if (err < 0)
        return err == -EAGAIN ? 0 : err;
    if (status && put_user(status_word(&w), status))
        return -EFAULT;
    return put_usage(usage, &w.usage) ? -EFAULT : w.pid;
}

static int put_info(struct abi_siginfo user *to, const struct process_wait *w)
{
    struct abi_siginfo info = {0};

    if (!to)
        return 0;
    if (w->pid) {
        info.si_signo = SIGCHLD;
        info.si_code = w->code;
        info.u.child.pid = w->pid;
        info.u.child.uid = w->uid;
        info.u.child.status = w->status;
    }
    /* Linux stores these fields alone. */
    return copy_to_user(to, &info, offsetof(struct abi_siginfo, u) + 12);
}

/* What the arguments of waitid mean. *f: the pidfd's file, to be put. */
static int choose(int which, int id, int options, struct process_wait *w,
                  struct file **f)
{
    w->which = which;
    w->number = id;
    w->options = (unsigned)options;
    switch (which) {
    case P_ALL:
        return 0;
    case P_PID:
        return id > 0 ? 0 : -EINVAL;
    case P_PGID:
        if (id == 0)
            w->number = process_group_id(process_current());
        return id >= 0 ? 0 : -EINVAL;
    case P_PIDFD:
        if (id < 0)
            return -EINVAL;
        *f = fd_get(id);
        w->who = *f ? pidfd_pid(*f) : NULL;
        if (*f && ((*f)->flags & O_NONBLOCK))
            w->options |= WNOHANG;
        return w->who ? 0 : -EBADF;
    default:
        return -EINVAL;
    }
}

/* waitid(2); the fifth argument is the kernel's own */
SYSCALL_DEFINE5(waitid, int, which, int, id, struct abi_siginfo user *, info,
                int, options, struct abi_rusage user *, usage)
{
    struct process_wait w = {0};
    struct file *f = NULL;
    int err;

    if (((unsigned)options & ~WAITID_OPTIONS) ||
        !(options & (WEXITED | WSTOPPED | WCONTINUED)))
        return -EINVAL;
    err = choose(which, id, options, &w, &f);
    if (err == 0)
        err = process_wait(&w);
    /* A pidfd that does not block says so; WNOHANG says nothing. */
    if (err == -EAGAIN && (options & WNOHANG))
        err = 0;
    if (f)
        file_put(f);
    if (err < 0)
        return err;
    if (w.pid && put_usage(usage, &w.usage))
        return -EFAULT;
    return put_info(info, &w);
}
