// SPDX-License-Identifier: MIT
/* signal_name: what people call signals. */
#include "abi/signal.h"
#include "kernel/signal.h"
#include "lib/printf.h"

const char *signal_short_name(int sig)
{
    static const char *const names[] = {
        [SIGHUP] = "HUP",       [SIGINT] = "INT",       [SIGQUIT] = "QUIT",
        [SIGILL] = "ILL",       [SIGTRAP] = "TRAP",     [SIGABRT] = "ABRT",
        [SIGBUS] = "BUS",       [SIGFPE] = "FPE",       [SIGKILL] = "KILL",
        [SIGUSR1] = "USR1",     [SIGSEGV] = "SEGV",     [SIGUSR2] = "USR2",
        [SIGPIPE] = "PIPE",     [SIGALRM] = "ALRM",     [SIGTERM] = "TERM",
        [SIGSTKFLT] = "STKFLT", [SIGCHLD] = "CHLD",     [SIGCONT] = "CONT",
        [SIGSTOP] = "STOP",     [SIGTSTP] = "TSTP",     [SIGTTIN] = "TTIN",
        [SIGTTOU] = "TTOU",     [SIGURG] = "URG",       [SIGXCPU] = "XCPU",
        [SIGXFSZ] = "XFSZ",     [SIGVTALRM] = "VTALRM", [SIGPROF] = "PROF",
        [SIGWINCH] = "WINCH",   [SIGIO] = "IO",         [SIGPWR] = "PWR",
        [SIGSYS] = "SYS",
    };

    return sig > 0 && (size_t)sig < ARRAY_SIZE(names) ? names[sig] : NULL;
}

const char *signal_name(int sig, char *buf, size_t size)
{
    const char *name = signal_short_name(sig);

    if (name)
        snprintf(buf, size, "SIG%s", name);
    else
        snprintf(buf, size, "SIGRT%d", sig);
    return buf;
}
