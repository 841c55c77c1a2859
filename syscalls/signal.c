// SPDX-License-Identifier: MIT
/* signal: sending, catching and blocking signals. */
#include "kernel/signal.h"

#include "kernel/cred.h"
#include "kernel/restart.h"
#include "kernel/sched.h"
#include "kernel/signal_frame.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "kernel/wait.h"
#include "syscalls/define.h"

/* rt_sigaction(2) */
SYSCALL_DEFINE4(rt_sigaction, int, sig, const struct abi_sigaction user *, act,
                struct abi_sigaction user *, old, size_t, setsize)
{
    struct abi_sigaction action, before;

    if (setsize != sizeof(action.sa_mask))
        return -EINVAL;
    if (sig < 1 || sig > ABI_NSIG ||
        (act && (SIGNAL_BIT(sig) & SIGNAL_UNBLOCKABLE)))
        return -EINVAL;
    if (act && get_user(&action, act) < 0)
        return -EFAULT;
    signal_set_action(sig, act ? &action : NULL, &before);
    if (old && copy_to_user(old, &before, sizeof(before)) < 0)
        return -EFAULT;
    return 0;
}
SYSCALL_PARTIAL(rt_sigaction, "nothing stops or continues");

/* rt_sigprocmask(2) */
SYSCALL_DEFINE4(rt_sigprocmask, int, how, const uint64_t user *, set,
                uint64_t user *, old, size_t, setsize)
{
    uint64_t before = thread_current()->signal_mask, mask;

    if (setsize != sizeof(mask))
        return -EINVAL;
    if (set) {
        if (get_user(&mask, set) < 0)
            return -EFAULT;
        if (how == SIG_BLOCK)
            mask = before | mask;
        else if (how == SIG_UNBLOCK)
            mask = before & ~mask;
        else if (how != SIG_SETMASK)
            return -EINVAL;
        signal_set_mask(mask);
    }
    return old ? put_user(before, old) : 0;
}

/* rt_sigpending(2) */
SYSCALL_DEFINE2(rt_sigpending, uint64_t user *, set, size_t, setsize)
{
    uint64_t pending = signal_pending_mask() & thread_current()->signal_mask;

    if (setsize != sizeof(pending))
        return -EINVAL;
    return put_user(pending, set);
}

/* rt_sigreturn(2): the frame's registers replace those of this call. */
SYSCALL_DEFINE0(rt_sigreturn)
{
    return signal_return(thread_regs(thread_current()));
}

/* restart_syscall(2): made by the kernel alone. */
SYSCALL_DEFINE0(restart_syscall)
{
    struct restart_block b = thread_current()->restart;

    return b.again ? b.again(&b) : -EINTR;
}

/* rt_sigsuspend(2): always EINTR, after the handler ran. */
SYSCALL_DEFINE2(rt_sigsuspend, const uint64_t user *, set, size_t, setsize)
{
    struct thread *t = thread_current();
    uint64_t mask;

    if (setsize != sizeof(mask))
        return -EINVAL;
    if (get_user(&mask, set) < 0)
        return -EFAULT;
    t->saved_mask = t->signal_mask;
    signal_set_mask(mask);
    t->restore_mask = true;
    do {
        wait_prepare();
    } while (wait_sleep(WAIT_FOREVER) == 0);
    return -ERESTARTNOHAND;
}

/* pause(2) */
SYSCALL_DEFINE0(pause)
{
    do {
        wait_prepare();
    } while (wait_sleep(WAIT_FOREVER) == 0);
    return -ERESTARTNOHAND;
}

/* sigaltstack(2) */
SYSCALL_DEFINE2(sigaltstack, const struct abi_stack user *, ss,
                struct abi_stack user *, old)
{
    struct thread *t = thread_current();
    struct abi_stack now = {
        .ss_sp = t->altstack_sp,
        .ss_size = t->altstack_size,
        .ss_flags = t->altstack_size ? t->altstack_flags : SS_DISABLE,
    };
    uintptr_t sp = thread_regs(t)->rsp;
    struct abi_stack want;
    int err;

    if (signal_on_altstack(t, sp))
        now.ss_flags |= SS_ONSTACK;
    if (ss) {
        if (get_user(&want, ss) < 0)
            return -EFAULT;
        err = signal_set_altstack(t, sp, &want);
        if (err < 0)
            return err;
    }
    return old ? copy_to_user(old, &now, sizeof(now)) : 0;
}

static struct abi_siginfo info_from_caller(int sig, int code)
{
    struct abi_siginfo info = {.si_signo = sig, .si_code = code};

    info.u.rt.pid = process_current()->pid;
    info.u.rt.uid = cred_current()->uid;
    return info;
}

/* kill(2) */
SYSCALL_DEFINE2(kill, int, pid, int, sig)
{
    struct process *p = process_current();
    struct abi_siginfo info = info_from_caller(sig, SI_USER);

    if (sig < 0 || sig > ABI_NSIG)
        return -EINVAL;
    if (pid == -1)
        return -ESRCH; /* there is nobody but the caller */
    if (pid != 0 && pid != p->pid && pid != -p->pid)
        return -ESRCH;
    return sig ? signal_send_process(p, &info) : 0;
}
SYSCALL_PARTIAL(kill, "there is one process");

static long send_to_thread(int tid, int sig)
{
    struct abi_siginfo info = info_from_caller(sig, SI_TKILL);
    struct thread *t;
    int err;

    if (tid <= 0 || sig < 0 || sig > ABI_NSIG)
        return -EINVAL;
    t = thread_find(tid);
    if (!t)
        return -ESRCH;
    err = sig ? signal_send_thread(t, &info) : 0;
    thread_put(t);
    return err;
}

/* tkill(2) */
SYSCALL_DEFINE2(tkill, int, tid, int, sig)
{
    return send_to_thread(tid, sig);
}

/* tgkill(2) */
SYSCALL_DEFINE3(tgkill, int, tgid, int, tid, int, sig)
{
    if (tgid <= 0)
        return -EINVAL;
    if (tgid != process_current()->pid)
        return -ESRCH;
    return send_to_thread(tid, sig);
}
