// SPDX-License-Identifier: MIT
/*
 * clone: new threads and processes: clone(2), clone3, fork(2), vfork(2).
 *
 * What is made is not seen by others, or has not begun to run, until nothing
 * can fail any more.
 */
#include "abi/capability.h"
#include "abi/sched.h"
#include "abi/signal.h"
#include "kernel/cpu.h"
#include "kernel/cred.h"
#include "kernel/doctor.h"
#include "kernel/fpu.h"
#include "kernel/page.h"
#include "kernel/pid.h"
#include "kernel/sched.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "lib/string.h"
#include "syscalls/define.h"
#include "syscalls/pidfd.h"
#include "vfs/fd.h"
#include "vfs/fs_context.h"

#define NAMESPACES                                                 \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | \
     CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME)
/* The last four mean nothing where nobody is traced and no I/O scheduled. */
#define KNOWN                                                          \
    (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_PIDFD | \
     CLONE_VFORK | CLONE_PARENT | CLONE_THREAD | CLONE_SYSVSEM |       \
     CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID |         \
     CLONE_CHILD_CLEARTID | CLONE_CLEAR_SIGHAND | CLONE_DETACHED |     \
     CLONE_UNTRACED | CLONE_PTRACE | CLONE_IO)
#define SET_TID_MAX 32 /* nested pid namespaces */

/* 0, or why Linux refuses these flags, or we do. */
static int check_flags(const struct abi_clone_args *a)
{
    uint64_t f = a->flags;

    if (((f & CLONE_THREAD) && !(f & CLONE_SIGHAND)) ||
        ((f & CLONE_SIGHAND) && !(f & CLONE_VM)) ||
        ((f & CLONE_SIGHAND) && (f & CLONE_CLEAR_SIGHAND)) ||
        ((f & CLONE_FS) && (f & (CLONE_NEWNS | CLONE_NEWUSER))) ||
        ((f & CLONE_PIDFD) && (f & (CLONE_THREAD | CLONE_DETACHED))) ||
        ((f & CLONE_THREAD) && (f & (CLONE_NEWUSER | CLONE_NEWPID))))
        return -EINVAL;
    if ((f & CLONE_PARENT) && process_current()->pid == 1)
        return -EINVAL;
    if (f & (NAMESPACES | ~(uint64_t)KNOWN)) {
        doctor_refused("clone", "flags=0x%lx", f);
        return (f & NAMESPACES) && !(f & CLONE_NEWUSER) &&
                       !capable(CAP_SYS_ADMIN)
                   ? -EPERM
                   : -EINVAL;
    }
    if ((f & CLONE_SETTLS) && a->tls >= VM_USER_END)
        return -EPERM;
    return 0;
}

static int share_or_copy(struct thread *t, const struct thread *parent,
                         uint64_t flags)
{
    if (flags & CLONE_FILES) {
        fd_table_get(parent->files);
        t->files = parent->files;
    } else {
        t->files = fd_table_copy(parent->files);
    }
    if (flags & CLONE_FS) {
        fs_context_get(parent->fs);
        t->fs = parent->fs;
    } else {
        t->fs = fs_context_copy(parent->fs);
    }
    return t->files && t->fs ? 0 : -ENOMEM;
}

/* What t takes over from the thread that makes it. */
static void inherit(struct thread *t, struct thread *parent,
                    const struct abi_clone_args *a)
{
    fpu_save(parent->fpu);
    fpu_area_copy(t->fpu, parent->fpu);
    t->signal_mask = parent->signal_mask;
    memcpy(t->name, parent->name, sizeof(t->name));
    t->ioprio = parent->ioprio;
    t->mempolicy = parent->mempolicy;
    t->mempolicy_nodes = parent->mempolicy_nodes;
    t->personality = parent->personality;
    t->fs_base = a->flags & CLONE_SETTLS ? a->tls : msr_read(MSR_FS_BASE);
    t->gs_base = msr_read(MSR_KERNEL_GS_BASE);
    if (a->flags & CLONE_CHILD_SETTID)
        t->set_child_tid = a->child_tid;
    if (a->flags & CLONE_CHILD_CLEARTID)
        t->clear_child_tid = a->child_tid;
    if (!(a->flags & CLONE_VM)) {
        t->rseq = parent->rseq;
        t->rseq_signature = parent->rseq_signature;
    }
    if (!(a->flags & CLONE_VM) || (a->flags & CLONE_VFORK)) {
        t->altstack_sp = parent->altstack_sp;
        t->altstack_size = parent->altstack_size;
        t->altstack_flags = parent->altstack_flags;
    }
}

/* A thread of p that does not run yet. */
static struct thread *make_thread(struct process *p,
                                  const struct abi_clone_args *a)
{
    struct thread *parent = thread_current(), *t;
    struct regs regs = *thread_regs(parent);

    regs_complete(&regs);
    regs.rax = 0;
    if (a->stack)
        regs.rsp = a->stack + a->stack_size;
    t = thread_create(p, &regs);
    if (!t)
        return NULL;
    if (share_or_copy(t, parent, a->flags) < 0) {
        thread_discard(t);
        return NULL;
    }
    inherit(t, parent, a);
    return t;
}

/* An address that cannot be written is no error, as on Linux. */
static void tell_parent(const struct thread *t, const struct abi_clone_args *a)
{
    if (a->flags & CLONE_PARENT_SETTID)
        (void)put_user(t->tid, (int user *)(uintptr_t)a->parent_tid);
}

static long clone_thread(const struct abi_clone_args *a)
{
    struct thread *t = make_thread(process_current(), a);
    int tid;

    if (!t)
        return -EAGAIN;
    tell_parent(t, a);
    tid = t->tid; /* t may end as soon as it runs */
    sched_add(t);
    return tid;
}

/* The file of CLONE_PIDFD behind a new descriptor, which the program knows. */
static int give_pidfd(struct process *child, const struct abi_clone_args *a)
{
    struct file *f = pidfd_create(child->id, 0);
    int fd;

    if (!f)
        return -ENOMEM;
    fd = fd_reserve(true);
    if (fd < 0) {
        file_put(f);
        return fd;
    }
    if (put_user(fd, (int user *)(uintptr_t)a->pidfd)) {
        fd_unreserve(fd);
        file_put(f);
        return -EFAULT;
    }
    fd_install(fd, f);
    return 0;
}

/* The caller's parent for CLONE_PARENT, whose child the new one is. */
static void publish(struct process *child, const struct abi_clone_args *a)
{
    struct process *self = process_current();

    child->exit_signal = a->exit_signal <= ABI_NSIG ? (int)a->exit_signal : 0;
    if (a->flags & CLONE_PARENT)
        child->exit_signal = self->exit_signal;
    process_publish(child, self, a->flags & CLONE_PARENT);
}

static void vfork_wait(struct process *child)
{
    wait_event_killable(&child->vfork_wait, !child->vfork_held);
}

static long clone_process(const struct abi_clone_args *a)
{
    struct process *child = process_fork(a->flags);
    struct thread *t;
    int err = -ENOMEM, pid;

    if (!child)
        return -ENOMEM;
    t = make_thread(child, a);
    if (!t)
        goto discard;
    err = a->flags & CLONE_PIDFD ? give_pidfd(child, a) : 0;
    if (err < 0) {
        thread_discard(t);
        goto discard;
    }
    pid = child->pid;
    child->vfork_held = a->flags & CLONE_VFORK;
    tell_parent(t, a);
    process_get(child);
    publish(child, a);
    sched_add(t);
    if (a->flags & CLONE_VFORK)
        vfork_wait(child);
    process_put(child);
    return pid;
discard:
    process_discard(child);
    return err;
}

static long clone(const struct abi_clone_args *a)
{
    int err = check_flags(a);

    if (err == 0)
        err = thread_limit_check();
    if (err < 0)
        return err;
    return a->flags & CLONE_THREAD ? clone_thread(a) : clone_process(a);
}

/* clone(2), with the argument order of x86-64 */
SYSCALL_DEFINE5(clone, uint64_t, flags, uintptr_t, stack, int user *,
                parent_tid, int user *, child_tid, uintptr_t, tls)
{
    struct abi_clone_args a = {
        .flags = (uint32_t)flags & ~(uint64_t)CSIGNAL,
        .pidfd = (uintptr_t)parent_tid,
        .parent_tid = (uintptr_t)parent_tid,
        .child_tid = (uintptr_t)child_tid,
        .exit_signal = flags & CSIGNAL,
        .stack = stack,
        .tls = tls,
    };

    if ((a.flags & CLONE_PIDFD) && (a.flags & CLONE_PARENT_SETTID))
        return -EINVAL;
    return clone(&a);
}
SYSCALL_PARTIAL(clone, "there are no namespaces (EPERM, EINVAL)");

/* Longer arguments than we know must be zeros. */
static int get_clone_args(struct abi_clone_args *a,
                          const struct abi_clone_args user *args, size_t size)
{
    uint8_t more;

    if (size > PAGE_SIZE)
        return -E2BIG;
    if (size < CLONE_ARGS_SIZE_VER0)
        return -EINVAL;
    for (size_t at = sizeof(*a); at < size; at++) {
        if (get_user(&more, (const uint8_t user *)args + at))
            return -EFAULT;
        if (more)
            return -E2BIG;
    }
    return copy_from_user(a, args, MIN(size, sizeof(*a)));
}

/* clone3: see clone(2) */
SYSCALL_DEFINE2(clone3, const struct abi_clone_args user *, args, size_t, size)
{
    struct abi_clone_args a = {0};
    int err = get_clone_args(&a, args, size);

    if (err < 0)
        return err;
    if ((a.flags & (CSIGNAL & ~CLONE_NEWTIME)) || a.exit_signal > ABI_NSIG ||
        (a.stack == 0) != (a.stack_size == 0) ||
        (a.set_tid == 0) != (a.set_tid_size == 0) ||
        a.set_tid_size > SET_TID_MAX || (a.flags & CLONE_DETACHED))
        return -EINVAL;
    if ((a.flags & (CLONE_THREAD | CLONE_PARENT)) && a.exit_signal)
        return -EINVAL;
    if (a.set_tid_size) {
        doctor_refused("clone3", "set_tid_size=%lu", a.set_tid_size);
        return -EPERM;
    }
    return clone(&a);
}
SYSCALL_PARTIAL(clone3, "there are no namespaces (EPERM, EINVAL), no control "
                        "groups (EINVAL), and set_tid is refused (EPERM)");

/* fork(2) */
SYSCALL_DEFINE0(fork)
{
    const struct abi_clone_args a = {.exit_signal = SIGCHLD};

    return clone(&a);
}

/* vfork(2) */
SYSCALL_DEFINE0(vfork)
{
    const struct abi_clone_args a = {
        .flags = CLONE_VM | CLONE_VFORK,
        .exit_signal = SIGCHLD,
    };

    return clone(&a);
}
