// SPDX-License-Identifier: MIT
/* pidfd: it is readable once its process has ended. */
#include "syscalls/pidfd.h"

#include "abi/fcntl.h"
#include "abi/poll.h"
#include "abi/signal.h"
#include "kernel/cred.h"
#include "kernel/pid.h"
#include "kernel/signal.h"
#include "kernel/thread.h"
#include "syscalls/define.h"
#include "vfs/fd.h"

#define PIDFD_NONBLOCK O_NONBLOCK

static unsigned pidfd_poll(struct file *f, struct poll_table *t)
{
    struct pid *pid = f->private;
    unsigned long irq;
    bool ended;

    poll_wait(t, &pid->ended);
    irq = process_tree_lock();
    ended = !pid->process || pid->process->state >= PROCESS_ZOMBIE;
    process_tree_unlock(irq);
    return ended ? POLLIN | POLLRDNORM : 0;
}

static void pidfd_release(struct file *f)
{
    pid_put(f->private);
}

static const struct file_ops pidfd_ops = {
    .poll = pidfd_poll,
    .release = pidfd_release,
};

struct file *pidfd_create(struct pid *pid, uint32_t flags)
{
    struct file *f =
        file_create_anonymous(0600, &pidfd_ops, O_RDWR | flags, pid);

    if (f)
        pid_get(pid);
    return f;
}

struct pid *pidfd_pid(const struct file *f)
{
    return f->ops == &pidfd_ops ? f->private : NULL;
}

/* pidfd_open(2) */
SYSCALL_DEFINE2(pidfd_open, int, number, unsigned, flags)
{
    struct process *p;
    struct thread *t;
    struct file *f;

    if (number <= 0 || (flags & ~PIDFD_NONBLOCK))
        return -EINVAL;
    p = process_find(number);
    if (!p) {
        t = thread_find(number);
        thread_put(t);
        return t ? -EINVAL : -ESRCH;
    }
    f = pidfd_create(p->id, flags);
    process_put(p);
    return f ? fd_install_new(f, true) : -ENOMEM;
}

/* The process behind a descriptor, with a reference. */
static int process_of_fd(int fd, struct process **found)
{
    struct file *f = fd_get(fd);
    struct pid *pid;
    unsigned long irq;

    if (!f)
        return -EBADF;
    pid = pidfd_pid(f);
    *found = NULL;
    if (pid) {
        irq = process_tree_lock();
        *found = pid->process;
        if (*found)
            process_get(*found);
        process_tree_unlock(irq);
    }
    file_put(f);
    if (!pid)
        return -EBADF;
    return *found ? 0 : -ESRCH;
}

/* The program may send what it says, but not pretend to be the kernel. */
static int read_info(const struct abi_siginfo user *from, int sig,
                     const struct process *to, struct abi_siginfo *info)
{
    if (!from) {
        *info = (struct abi_siginfo){.si_signo = sig, .si_code = SI_USER};
        info->u.rt.pid = process_current()->pid;
        info->u.rt.uid = cred_current()->uid;
        return 0;
    }
    if (copy_from_user(info, from, sizeof(*info)))
        return -EFAULT;
    if (info->si_signo != sig)
        return -EINVAL;
    if (to != process_current() &&
        (info->si_code >= 0 || info->si_code == SI_TKILL))
        return -EPERM;
    return 0;
}

/* pidfd_send_signal(2) */
SYSCALL_DEFINE4(pidfd_send_signal, int, fd, int, sig,
                const struct abi_siginfo user *, from, unsigned, flags)
{
    struct abi_siginfo info;
    struct process *p;
    int err;

    if (flags)
        return -EINVAL;
    err = process_of_fd(fd, &p);
    if (err < 0)
        return err;
    err = sig < 0 || sig > ABI_NSIG ? -EINVAL : read_info(from, sig, p, &info);
    if (err == 0 && !kill_permitted(p))
        err = -EPERM;
    if (err == 0 && sig)
        err = signal_send_process(p, &info);
    process_put(p);
    return err;
}

/* The file behind a descriptor of p: its first thread's table says. */
static struct file *file_of_process(struct process *p, int fd)
{
    unsigned long irq = spin_lock(&p->lock);
    struct fd_table *table = NULL;
    struct file *f = NULL;

    if (!list_empty(&p->threads)) {
        table =
            list_first_entry(&p->threads, struct thread, process_node)->files;
        if (table)
            fd_table_get(table);
    }
    spin_unlock(&p->lock, irq);
    if (table) {
        f = fd_table_lookup(table, fd);
        fd_table_put(table);
    }
    return f;
}

/* pidfd_getfd(2) */
SYSCALL_DEFINE3(pidfd_getfd, int, pidfd, int, fd, unsigned, flags)
{
    struct process *p;
    struct file *f;
    int err;

    if (flags)
        return -EINVAL;
    err = process_of_fd(pidfd, &p);
    if (err < 0)
        return err;
    if (p->state >= PROCESS_ZOMBIE)
        err = -ESRCH;
    else if (!process_inspectable(p))
        err = -EPERM;
    f = err ? NULL : file_of_process(p, fd);
    process_put(p);
    if (err)
        return err;
    return f ? fd_install_new(f, true) : -EBADF;
}
