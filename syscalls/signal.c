// SPDX-License-Identifier: MIT
/* signal: sending, catching and blocking signals. */
#include "kernel/signal.h"

#include "kernel/cred.h"
#include "kernel/process.h"
#include "kernel/restart.h"
#include "kernel/sched.h"
#include "kernel/signal_frame.h"
#include "kernel/thread.h"
#include "kernel/uaccess_inline.h"
#include "kernel/vm.h"
#include "kernel/wait.h"
#include "syscalls/define.h"
#include "syscalls/timespec.h"

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

/* Changes the mask and tells the old one. The arguments are in r, so that the
 * call that only asks need not load them. */
__attribute__((noinline)) static long change_mask(const struct regs *r)
{
    uint64_t before = thread_current()->signal_mask, mask;
    int how = (int)r->rdi;

    if (get_user(&mask, (const uint64_t user *)r->rsi) < 0)
        return -EFAULT;
    if (how == SIG_BLOCK)
        mask = before | mask;
    else if (how == SIG_UNBLOCK)
        mask = before & ~mask;
    else if (how != SIG_SETMASK)
        return -EINVAL;
    signal_set_mask(mask);
    return r->rdx ? put_user(before, (uint64_t user *)r->rdx) : 0;
}

/* rt_sigprocmask(2) */
SYSCALL_DEFINE4(rt_sigprocmask, int, how, const uint64_t user *, set,
                uint64_t user *, old, size_t, setsize)
{
    (void)how;
    if (setsize != sizeof(uint64_t))
        return -EINVAL;
    if (set)
        return change_mask(thread_regs(thread_current()));
    if ((intptr_t)old <= 0)
        return old ? -EFAULT : 0;
    return put_user64_inline(old, thread_current()->signal_mask);
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

/* SIGCONT goes to the whole session, whoever one is. */
static bool may_send(struct process *p, int sig)
{
    return kill_permitted(p) ||
           (sig == SIGCONT &&
            process_session_id(p) == process_session_id(process_current()));
}

static struct abi_siginfo info_from_caller(int sig, int code)
{
    struct abi_siginfo info = {.si_signo = sig, .si_code = code};

    info.u.rt.pid = process_current()->pid;
    info.u.rt.uid = cred_current()->uid;
    return info;
}

/* sig 0 only asks whether it could be sent. */
static int send(struct process *p, const struct abi_siginfo *info)
{
    if (info->si_signo < 0 || info->si_signo > ABI_NSIG)
        return -EINVAL;
    if (!may_send(p, info->si_signo))
        return -EPERM;
    return info->si_signo ? signal_send_process(p, info) : 0;
}

static long send_to_pid(int pid, const struct abi_siginfo *info)
{
    struct process *p = process_find(pid);
    long err = p ? send(p, info) : -ESRCH;

    process_put(p);
    return err;
}

/* To a group; group 0: to all but the first process and the caller. 0 if it
 * could be sent to one of them. */
static long send_to_many(int group, const struct abi_siginfo *info)
{
    struct process *p = process_next(group ? 1 : 2), *next;
    long result = -ESRCH;

    while (p) {
        bool meant =
            group ? process_group_id(p) == group : p != process_current();
        int err = meant ? send(p, info) : 0;

        if (meant && result != 0 &&
            (err == 0 || err != -EPERM || result == -ESRCH))
            result = err;
        next = process_next(p->pid + 1);
        process_put(p);
        p = next;
    }
    return result;
}

/* kill(2) */
SYSCALL_DEFINE2(kill, int, pid, int, sig)
{
    struct abi_siginfo info = info_from_caller(sig, SI_USER);

    if (sig < 0 || sig > ABI_NSIG)
        return -EINVAL;
    if (pid > 0)
        return send_to_pid(pid, &info);
    if (pid == INT32_MIN)
        return -ESRCH;
    if (pid == -1)
        return send_to_many(0, &info);
    return send_to_many(pid ? -pid : process_group_id(process_current()),
                        &info);
}

/* tgid 0: any process. */
static long send_to_thread(int tgid, int tid, const struct abi_siginfo *info)
{
    struct thread *t = thread_find(tid);
    int sig = info->si_signo;
    long err = 0;

    if (!t || (tgid && t->process->pid != tgid))
        err = -ESRCH;
    else if (sig < 0 || sig > ABI_NSIG)
        err = -EINVAL;
    else if (!may_send(t->process, sig))
        err = -EPERM;
    else if (sig)
        err = signal_send_thread(t, info);
    thread_put(t);
    return err;
}

/* tkill(2) */
SYSCALL_DEFINE2(tkill, int, tid, int, sig)
{
    struct abi_siginfo info = info_from_caller(sig, SI_TKILL);

    return tid > 0 ? send_to_thread(0, tid, &info) : -EINVAL;
}

/* tgkill(2) */
SYSCALL_DEFINE3(tgkill, int, tgid, int, tid, int, sig)
{
    struct abi_siginfo info = info_from_caller(sig, SI_TKILL);

    return tgid > 0 && tid > 0 ? send_to_thread(tgid, tid, &info) : -EINVAL;
}

/* What a program says of a signal; it may speak for the kernel, or as kill
 * does, to itself alone. */
static int info_get(const struct abi_siginfo user *from, int pid, int sig,
                    struct abi_siginfo *info)
{
    if (get_user(info, from) < 0)
        return -EFAULT;
    info->si_signo = sig;
    if ((info->si_code >= 0 || info->si_code == SI_TKILL) &&
        pid != process_current()->pid)
        return -EPERM;
    return 0;
}

/* rt_sigqueueinfo(2) */
SYSCALL_DEFINE3(rt_sigqueueinfo, int, pid, int, sig,
                const struct abi_siginfo user *, uinfo)
{
    struct abi_siginfo info;
    int err = info_get(uinfo, pid, sig, &info);

    return err < 0 ? err : send_to_pid(pid, &info);
}

/* rt_tgsigqueueinfo(2) */
SYSCALL_DEFINE4(rt_tgsigqueueinfo, int, tgid, int, tid, int, sig,
                const struct abi_siginfo user *, uinfo)
{
    struct abi_siginfo info;
    int err = info_get(uinfo, tgid, sig, &info);

    if (err < 0)
        return err;
    return tgid > 0 && tid > 0 ? send_to_thread(tgid, tid, &info) : -EINVAL;
}

/* rt_sigtimedwait(2): never restarted */
SYSCALL_DEFINE4(rt_sigtimedwait, const uint64_t user *, set,
                struct abi_siginfo user *, uinfo,
                const struct abi_timespec user *, timeout, size_t, setsize)
{
    struct abi_siginfo info;
    uint64_t mask, deadline;
    int sig;

    if (setsize != sizeof(mask))
        return -EINVAL;
    if (get_user(&mask, set) < 0)
        return -EFAULT;
    sig = deadline_of_timeout(timeout, &deadline);
    if (sig < 0)
        return sig;
    sig = signal_wait(mask, &info, deadline);
    if (sig > 0 && uinfo && copy_to_user(uinfo, &info, sizeof(info)) < 0)
        return -EFAULT;
    return sig;
}
