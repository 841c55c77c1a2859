// SPDX-License-Identifier: MIT
/*
 * signalfd: which signals are there depends on who asks: those of the thread
 * that reads or polls, and of its process. Every signal that is queued wakes
 * all who wait for one, and each looks at its own.
 */
#include "vfs/signalfd.h"

#include "abi/errno.h"
#include "abi/event.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "kernel/kmalloc.h"
#include "kernel/signal.h"
#include "vfs/file.h"

struct signalfd {
    uint64_t mask; /* one word, read and replaced as a whole */
};

static uint64_t mask_of(const struct file *f)
{
    const struct signalfd *s = f->private;

    return __atomic_load_n(&s->mask, __ATOMIC_RELAXED);
}

static bool is_pending(const struct file *f)
{
    return signal_pending_mask() & mask_of(f);
}

/* What signalfd(2) tells of each kind of signal. */
static struct abi_signalfd_siginfo describe(const struct abi_siginfo *info)
{
    struct abi_signalfd_siginfo s = {
        .ssi_signo = (uint32_t)info->si_signo,
        .ssi_errno = info->si_errno,
        .ssi_code = info->si_code,
    };

    if (info->si_code == SI_TIMER) {
        s.ssi_tid = (uint32_t)info->u.timer.tid;
        s.ssi_overrun = (uint32_t)info->u.timer.overrun;
        s.ssi_ptr = info->u.timer.value;
        s.ssi_int = (int32_t)info->u.timer.value;
    } else if (info->si_code <= 0 || info->si_code == SI_KERNEL) {
        s.ssi_pid = (uint32_t)info->u.rt.pid;
        s.ssi_uid = info->u.rt.uid;
        s.ssi_ptr = info->u.rt.value;
        s.ssi_int = (int32_t)info->u.rt.value;
    } else if (info->si_signo == SIGCHLD) {
        s.ssi_pid = (uint32_t)info->u.child.pid;
        s.ssi_uid = info->u.child.uid;
        s.ssi_status = info->u.child.status;
        s.ssi_utime = (uint64_t)info->u.child.utime;
        s.ssi_stime = (uint64_t)info->u.child.stime;
    } else if (info->si_signo == SIGIO) {
        s.ssi_band = (uint32_t)info->u.poll.band;
        s.ssi_fd = info->u.poll.fd;
    } else if (info->si_signo == SIGSYS) {
        s.ssi_call_addr = info->u.sys.call_addr;
        s.ssi_syscall = info->u.sys.nr;
        s.ssi_arch = info->u.sys.arch;
    } else {
        s.ssi_addr = info->u.fault.addr;
        s.ssi_addr_lsb = (uint16_t)info->u.fault.addr_lsb;
    }
    return s;
}

/* Moves what is there; bytes, or -EFAULT. */
static ssize_t take(struct file *f, struct uio *u)
{
    struct abi_signalfd_siginfo s;
    struct abi_siginfo info;
    ssize_t n = 0;

    while (u->left >= sizeof(s) && signal_take(mask_of(f), &info)) {
        s = describe(&info);
        if (uio_put(u, &s, sizeof(s)) < sizeof(s))
            return n ? n : -EFAULT;
        n += (ssize_t)sizeof(s);
    }
    return n;
}

static ssize_t signalfd_read(struct file *f, struct uio *u, uint64_t *pos)
{
    ssize_t n;
    int err;

    (void)pos;
    if (u->left < sizeof(struct abi_signalfd_siginfo))
        return -EINVAL;
    for (;;) {
        n = take(f, u);
        if (n)
            return n;
        if (f->flags & O_NONBLOCK)
            return -EAGAIN;
        err = wait_event(&signal_arrivals, is_pending(f), WAIT_FOREVER);
        if (err)
            return err;
    }
}

static unsigned signalfd_poll(struct file *f, struct poll_table *t)
{
    poll_wait(t, &signal_arrivals);
    return is_pending(f) ? POLLIN : 0;
}

static void signalfd_release(struct file *f)
{
    kfree(f->private);
}

static const struct file_ops signalfd_ops = {
    .name = "[signalfd]",
    .read = signalfd_read,
    .poll = signalfd_poll,
    .release = signalfd_release,
    .seek_ignored = true,
};

struct file *signalfd_create(uint64_t mask, uint32_t flags)
{
    struct signalfd *s = kzalloc(sizeof(*s));
    struct file *f;

    if (!s)
        return NULL;
    s->mask = mask & ~SIGNAL_UNBLOCKABLE;
    f = file_create_anonymous(0600, &signalfd_ops,
                              O_RDWR | (flags & SFD_NONBLOCK), s);
    if (!f)
        kfree(s);
    return f;
}

bool signalfd_is_file(const struct file *f)
{
    return f->ops == &signalfd_ops;
}

void signalfd_set_mask(struct file *f, uint64_t mask)
{
    struct signalfd *s = f->private;

    __atomic_store_n(&s->mask, mask & ~SIGNAL_UNBLOCKABLE, __ATOMIC_RELAXED);
    wait_queue_wake_all(&signal_arrivals);
}
