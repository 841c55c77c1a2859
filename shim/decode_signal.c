// SPDX-License-Identifier: MIT
/* decode_signal: signals, their sets and actions, and what is told of one. */
#include "shim/decode_priv.h"

#include "abi/signal.h"
#include "kernel/signal.h"

/* Without "SIG". The real-time ones are counted from the kernel's first. */
static void short_signal_name(struct text *t, unsigned signal)
{
    if (signal == ABI_SIGRTMIN)
        text_add(t, "RTMIN");
    else if (signal > ABI_SIGRTMIN && signal <= ABI_SIGRTMAX)
        text_add(t, "RT_%u", signal - ABI_SIGRTMIN);
    else
        text_add(t, "%s", signal_short_name((int)signal));
}

void decode_signal_name(struct text *t, unsigned signal)
{
    if (signal == 0 || signal > ABI_SIGRTMAX) {
        text_add(t, "%d", (int)signal);
        return;
    }
    text_add(t, "SIG");
    short_signal_name(t, signal);
}

void decode_arg_signal(struct decode *d, unsigned i)
{
    decode_signal_name(d->text, (unsigned)d->args[i]);
}

static unsigned count_bits(uint64_t mask)
{
    unsigned n = 0;

    for (; mask; mask &= mask - 1)
        n++;
    return n;
}

/* A set of more than two thirds shows as what it lacks: ~[KILL STOP]. */
void decode_sigset(struct decode *d, uint64_t mask)
{
    bool inverted = count_bits(mask) >= 2 * ABI_NSIG / 3;
    bool first = true;

    text_add(d->text, inverted ? "~[" : "[");
    if (inverted)
        mask = ~mask;
    for (unsigned signal = 1; signal <= ABI_NSIG; signal++) {
        if (!(mask & 1ul << (signal - 1)))
            continue;
        if (!first)
            text_addc(d->text, ' ');
        first = false;
        short_signal_name(d->text, signal);
    }
    text_addc(d->text, ']');
}

void decode_arg_sigset(struct decode *d, unsigned i)
{
    uint64_t mask;

    if (decode_fetch(d, d->args[i], &mask, sizeof(mask)))
        decode_sigset(d, mask);
}

/* pselect6(2): one pointer to a mask's address and size. */
void decode_arg_sigset_arg(struct decode *d, unsigned i)
{
    uint64_t arg[2], mask;

    if (!decode_fetch(d, d->args[i], arg, sizeof(arg)))
        return;
    text_add(d->text, "{sigmask=");
    if (decode_fetch(d, arg[0], &mask, sizeof(mask)))
        decode_sigset(d, mask);
    text_add(d->text, ", sigsetsize=%lu}", (unsigned long)arg[1]);
}

void decode_arg_sigaction(struct decode *d, unsigned i)
{
    struct abi_sigaction a;

    if (!decode_fetch(d, d->args[i], &a, sizeof(a)))
        return;
    if (a.sa_handler == ABI_SIG_DFL || a.sa_handler == ABI_SIG_IGN)
        text_add(d->text, "{sa_handler=%s",
                 a.sa_handler == ABI_SIG_DFL ? "SIG_DFL" : "SIG_IGN");
    else
        text_add(d->text, "{sa_handler=0x%lx", (long)a.sa_handler);
    text_add(d->text, ", sa_mask=");
    decode_sigset(d, a.sa_mask);
    text_add(d->text, ", sa_flags=");
    flags_print(d->text, &flags_sigaction, a.sa_flags);
    if (a.sa_flags & SA_RESTORER) {
        text_add(d->text, ", sa_restorer=");
        decode_addr(d, a.sa_restorer);
    }
    text_addc(d->text, '}');
}

void decode_arg_stack(struct decode *d, unsigned i)
{
    struct abi_stack s;

    if (!decode_fetch(d, d->args[i], &s, sizeof(s)))
        return;
    text_add(d->text, "{ss_sp=");
    decode_addr(d, s.ss_sp);
    text_add(d->text, ", ss_flags=");
    flags_print(d->text, &flags_sigaltstack, (uint32_t)s.ss_flags);
    text_add(d->text, ", ss_size=%lu}", (unsigned long)s.ss_size);
}

static const struct flag_set *codes_of(int signal)
{
    switch (signal) {
    case SIGSEGV:
        return &flags_segv_code;
    case SIGBUS:
        return &flags_bus_code;
    case SIGFPE:
        return &flags_fpe_code;
    case SIGILL:
        return &flags_ill_code;
    case SIGTRAP:
        return &flags_trap_code;
    case SIGCHLD:
        return &flags_child_code;
    default:
        return &flags_siginfo_code;
    }
}

static void print_fault_info(struct text *t, const struct abi_siginfo *info)
{
    if (info->u.fault.addr)
        text_add(t, ", si_addr=0x%lx", (long)info->u.fault.addr);
    else
        text_add(t, ", si_addr=NULL");
}

static void print_call_info(struct text *t, const struct abi_siginfo *info)
{
    unsigned nr = (unsigned)info->u.sys.nr;

    text_add(t,
             ", si_call_addr=0x%lx, si_syscall=", (long)info->u.sys.call_addr);
    if (nr < syscall_count && syscall_infos[nr].name)
        text_add(t, "__NR_%s", syscall_infos[nr].name);
    else
        text_add(t, "%u", nr);
    text_add(t, ", si_arch=0x%x", info->u.sys.arch);
}

static void print_signal_code(struct text *t, const struct abi_siginfo *info)
{
    bool general = info->si_code <= 0 || info->si_code == SI_KERNEL;
    const struct flag_set *codes =
        general ? &flags_siginfo_code : codes_of(info->si_signo);

    text_add(t, ", si_code=");
    if (info->si_signo == SIGSYS && info->si_code == SYS_SECCOMP)
        text_add(t, "SYS_SECCOMP");
    else
        flags_print(t, codes, (uint32_t)info->si_code);
}

static void print_value(struct text *t, uint64_t value)
{
    text_add(t, ", si_value={int=%d, ptr=", (int)value);
    text_add(t, value ? "0x%lx}" : "NULL}", (long)value);
}

void decode_siginfo(struct text *t, const struct abi_siginfo *info)
{
    if (!info->si_signo) { /* waitid(2) that found nobody */
        text_add(t, "{}");
        return;
    }
    text_add(t, "{si_signo=");
    decode_signal_name(t, (unsigned)info->si_signo);
    print_signal_code(t, info);
    if (info->si_code == SI_TIMER) {
        text_add(t, ", si_timerid=%#x, si_overrun=%d", info->u.timer.tid,
                 info->u.timer.overrun);
        print_value(t, info->u.timer.value);
    } else if (info->si_code <= 0) {
        text_add(t, ", si_pid=%d, si_uid=%u", info->u.rt.pid, info->u.rt.uid);
        if (info->si_code == SI_QUEUE)
            print_value(t, info->u.rt.value);
    } else if (info->si_signo == SIGCHLD) {
        text_add(t, ", si_pid=%d, si_uid=%u, si_status=", info->u.child.pid,
                 info->u.child.uid);
        if (info->si_code == CLD_EXITED)
            text_add(t, "%d", info->u.child.status);
        else
            decode_signal_name(t, (unsigned)info->u.child.status);
        text_add(t, ", si_utime=%ld, si_stime=%ld", (long)info->u.child.utime,
                 (long)info->u.child.stime);
    } else if (info->si_signo == SIGSYS) {
        print_call_info(t, info);
    } else if (codes_of(info->si_signo) != &flags_siginfo_code) {
        print_fault_info(t, info);
    }
    text_addc(t, '}');
}

void decode_arg_sigevent(struct decode *d, unsigned i)
{
    struct abi_sigevent e;

    if (!decode_fetch(d, d->args[i], &e, sizeof(e)))
        return;
    text_add(d->text, "{sigev_value={int=%d, ptr=", (int)e.sigev_value);
    decode_addr(d, e.sigev_value);
    text_add(d->text, "}, sigev_signo=");
    decode_signal_name(d->text, (unsigned)e.sigev_signo);
    text_add(d->text, ", sigev_notify=");
    flags_print(d->text, &flags_sigev, (uint32_t)e.sigev_notify);
    if (e.sigev_notify == SIGEV_THREAD_ID)
        text_add(d->text, ", sigev_notify_thread_id=%d", e.sigev_tid);
    text_addc(d->text, '}');
}

void decode_arg_siginfo(struct decode *d, unsigned i)
{
    struct abi_siginfo info;

    if (decode_fetch(d, d->args[i], &info, sizeof(info)))
        decode_siginfo(d->text, &info);
}
