// SPDX-License-Identifier: MIT
/* thread: clone(2), and what the C library sets per thread. */
#include "abi/prctl.h"
#include "abi/rseq.h"
#include "abi/sched.h"
#include "kernel/cpu.h"
#include "kernel/doctor.h"
#include "kernel/fpu.h"
#include "kernel/rseq.h"
#include "kernel/sched.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "lib/string.h"
#include "syscalls/define.h"
#include "syscalls/timespec.h"
#include "vfs/fd.h"
#include "vfs/fs_context.h"

/* What a thread, as opposed to a process, must share. */
#define THREAD_FLAGS (CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)
/* What else is known; the last four mean nothing where nobody is traced and
 * no I/O is scheduled. */
#define THREAD_OPTIONS                                                 \
    (CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | CLONE_SETTLS |           \
     CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | \
     CLONE_DETACHED | CLONE_UNTRACED | CLONE_PTRACE | CLONE_IO)

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

/* Addresses that cannot be written are no error, as on Linux. */
static void publish_tid(struct thread *t, const struct abi_clone_args *a)
{
    if (a->flags & CLONE_PARENT_SETTID)
        (void)put_user(t->tid, (int user *)(uintptr_t)a->parent_tid);
    if (a->flags & CLONE_CHILD_SETTID)
        (void)put_user(t->tid, (int user *)(uintptr_t)a->child_tid);
}

/* 0, or why these flags make no thread. */
static int check_flags(uint64_t flags)
{
    if (((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND)) ||
        ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM)))
        return -EINVAL;
    if ((flags & THREAD_FLAGS) != THREAD_FLAGS) {
        doctor_refused("clone", "flags=0x%lx", flags);
        return -ENOSYS;
    }
    flags &= ~(uint64_t)(THREAD_FLAGS | THREAD_OPTIONS);
    if (flags)
        doctor_refused("clone", "flags=0x%lx", flags);
    return flags ? -EINVAL : 0;
}

static long clone_thread(const struct abi_clone_args *a, uintptr_t sp)
{
    struct thread *parent = thread_current(), *t;
    struct regs regs = *thread_regs(parent);
    int err, tid;

    err = check_flags(a->flags);
    if (err < 0)
        return err;
    if (a->flags & CLONE_SETTLS && a->tls >= VM_USER_END)
        return -EPERM;
    regs.rax = 0;
    if (sp)
        regs.rsp = sp;
    t = thread_create(parent->process, &regs);
    if (!t)
        return -EAGAIN;
    if (share_or_copy(t, parent, a->flags) < 0) {
        thread_discard(t);
        return -EAGAIN;
    }
    publish_tid(t, a);
    fpu_save(parent->fpu);
    fpu_area_copy(t->fpu, parent->fpu);
    t->signal_mask = parent->signal_mask;
    memcpy(t->name, parent->name, sizeof(t->name));
    t->fs_base = a->flags & CLONE_SETTLS ? a->tls : msr_read(MSR_FS_BASE);
    t->gs_base = msr_read(MSR_KERNEL_GS_BASE);
    if (a->flags & CLONE_CHILD_CLEARTID)
        t->clear_child_tid = a->child_tid;
    tid = t->tid; /* t may end as soon as it runs */
    sched_add(t);
    return tid;
}

/* clone(2), with the argument order of x86-64 */
SYSCALL_DEFINE5(clone, uint64_t, flags, uintptr_t, stack, int user *,
                parent_tid, int user *, child_tid, uintptr_t, tls)
{
    struct abi_clone_args a = {
        .flags = flags & ~(uint64_t)CSIGNAL,
        .parent_tid = (uintptr_t)parent_tid,
        .child_tid = (uintptr_t)child_tid,
        .exit_signal = flags & CSIGNAL,
        .tls = tls,
    };

    return clone_thread(&a, stack);
}
SYSCALL_PARTIAL(clone, "makes threads only; new processes answer ENOSYS");

/* clone3: as clone(2) says */
SYSCALL_DEFINE2(clone3, const struct abi_clone_args user *, args, size_t, size)
{
    struct abi_clone_args a = {0};

    if (size < CLONE_ARGS_SIZE_VER0)
        return -EINVAL;
    if (size > sizeof(a))
        return -E2BIG;
    if (copy_from_user(&a, args, size) < 0)
        return -EFAULT;
    if ((a.stack == 0) != (a.stack_size == 0) || (a.flags & CSIGNAL))
        return -EINVAL;
    return clone_thread(&a, a.stack + a.stack_size);
}
SYSCALL_PARTIAL(clone3, "makes threads only; new processes answer ENOSYS, and "
                        "set_tid is ignored");

/* set_tid_address(2) */
SYSCALL_DEFINE1(set_tid_address, int user *, tidptr)
{
    thread_current()->clear_child_tid = (uintptr_t)tidptr;
    return thread_current()->tid;
}

/* rseq(2) */
SYSCALL_DEFINE4(rseq, struct abi_rseq user *, rseq, uint32_t, len, int, flags,
                uint32_t, sig)
{
    if (flags & ~RSEQ_FLAG_UNREGISTER)
        return -EINVAL;
    if (flags & RSEQ_FLAG_UNREGISTER)
        return rseq_unregister((uintptr_t)rseq, len, sig);
    return rseq_register((uintptr_t)rseq, len, sig);
}

/* arch_prctl(2) */
SYSCALL_DEFINE2(arch_prctl, int, code, uintptr_t, addr)
{
    switch (code) {
    case ARCH_SET_FS:
        if (addr >= VM_USER_END)
            return -EPERM;
        msr_write(MSR_FS_BASE, addr);
        return 0;
    case ARCH_SET_GS:
        if (addr >= VM_USER_END)
            return -EPERM;
        msr_write(MSR_KERNEL_GS_BASE, addr);
        return 0;
    case ARCH_GET_FS:
        return put_user(msr_read(MSR_FS_BASE), (uint64_t user *)addr);
    case ARCH_GET_GS:
        return put_user(msr_read(MSR_KERNEL_GS_BASE), (uint64_t user *)addr);
    default:
        /* The C library asks for shadow stacks at each start. */
        if (code != ABI_ARCH_CET_STATUS)
            doctor_refused("arch_prctl", "code=0x%x", code);
        return -EINVAL;
    }
}
SYSCALL_PARTIAL(arch_prctl, "ARCH_SET_FS, _SET_GS, _GET_FS and _GET_GS");
