// SPDX-License-Identifier: MIT
/*
 * signal: signal numbers, actions and what is told about a signal; signal(7),
 * sigaction(2), sigaltstack(2).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SIGHUP    1
#define SIGINT    2
#define SIGQUIT   3
#define SIGILL    4
#define SIGTRAP   5
#define SIGABRT   6
#define SIGIOT    6
#define SIGBUS    7
#define SIGFPE    8
#define SIGKILL   9
#define SIGUSR1   10
#define SIGSEGV   11
#define SIGUSR2   12
#define SIGPIPE   13
#define SIGALRM   14
#define SIGTERM   15
#define SIGSTKFLT 16
#define SIGCHLD   17
#define SIGCONT   18
#define SIGSTOP   19
#define SIGTSTP   20
#define SIGTTIN   21
#define SIGTTOU   22
#define SIGURG    23
#define SIGXCPU   24
#define SIGXFSZ   25
#define SIGVTALRM 26
#define SIGPROF   27
#define SIGWINCH  28
#define SIGIO     29
#define SIGPOLL   SIGIO
#define SIGPWR    30
#define SIGSYS    31

/* The kernel's own bounds; the C library keeps the first real-time signals. */
#define ABI_SIGRTMIN 32
#define ABI_SIGRTMAX 64
#define ABI_NSIG     64

#define SIG_BLOCK   0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

/* Values of a handler address; SIG_DFL, SIG_IGN of the C library. */
#define ABI_SIG_DFL 0
#define ABI_SIG_IGN 1

#define SA_NOCLDSTOP 0x00000001
#define SA_NOCLDWAIT 0x00000002
#define SA_SIGINFO   0x00000004
#define SA_RESTORER  0x04000000
#define SA_ONSTACK   0x08000000
#define SA_RESTART   0x10000000
#define SA_NODEFER   0x40000000
#define SA_RESETHAND 0x80000000

#define SS_ONSTACK    1
#define SS_DISABLE    2
#define SS_AUTODISARM (1U << 31)
#define MINSIGSTKSZ   2048

/* si_code: from where in general, then by signal. */
#define SI_USER    0
#define SI_KERNEL  0x80
#define SI_QUEUE   -1
#define SI_TIMER   -2
#define SI_MESGQ   -3
#define SI_ASYNCIO -4
#define SI_SIGIO   -5
#define SI_TKILL   -6

#define ILL_ILLOPC    1
#define ILL_ILLOPN    2
#define ILL_ILLADR    3
#define ILL_ILLTRP    4
#define ILL_PRVOPC    5
#define ILL_PRVREG    6
#define ILL_COPROC    7
#define ILL_BADSTK    8
#define FPE_INTDIV    1
#define FPE_INTOVF    2
#define FPE_FLTDIV    3
#define FPE_FLTOVF    4
#define FPE_FLTUND    5
#define FPE_FLTRES    6
#define FPE_FLTINV    7
#define FPE_FLTSUB    8
#define SEGV_MAPERR   1
#define SEGV_ACCERR   2
#define SEGV_PKUERR   4
#define BUS_ADRALN    1
#define BUS_ADRERR    2
#define BUS_OBJERR    3
#define TRAP_BRKPT    1
#define TRAP_TRACE    2
#define TRAP_HWBKPT   4
#define CLD_EXITED    1
#define CLD_KILLED    2
#define CLD_DUMPED    3
#define CLD_TRAPPED   4
#define CLD_STOPPED   5
#define CLD_CONTINUED 6
#define SYS_SECCOMP   1

#define SIGEV_SIGNAL    0
#define SIGEV_NONE      1
#define SIGEV_THREAD    2
#define SIGEV_THREAD_ID 4

/* The action of rt_sigaction(2); the C library's struct is another one. */
struct abi_sigaction {
    uint64_t sa_handler;
    uint64_t sa_flags;
    uint64_t sa_restorer;
    uint64_t sa_mask; /* bit signal - 1 */
};

/* stack_t */
struct abi_stack {
    uint64_t ss_sp;
    int32_t ss_flags;
    uint32_t abi_pad;
    uint64_t ss_size;
};

/* siginfo_t. Which member of the union holds depends on si_signo, si_code. */
struct abi_siginfo {
    int32_t si_signo;
    int32_t si_errno;
    int32_t si_code;
    int32_t abi_pad;
    union {
        struct { /* kill, sigqueue; value: sigqueue only */
            int32_t pid;
            uint32_t uid;
            uint64_t value;
        } rt;
        struct { /* timer_create */
            int32_t tid;
            int32_t overrun;
            uint64_t value;
        } timer;
        struct { /* SIGCHLD */
            int32_t pid;
            uint32_t uid;
            int32_t status;
            uint32_t abi_pad;
            int64_t utime, stime;
        } child;
        struct { /* SIGILL, SIGFPE, SIGSEGV, SIGBUS, SIGTRAP */
            uint64_t addr;
            int16_t addr_lsb;
        } fault;
        struct { /* SIGPOLL */
            int64_t band;
            int32_t fd;
        } poll;
        struct { /* SIGSYS */
            uint64_t call_addr;
            int32_t nr;
            uint32_t arch;
        } sys;
        uint8_t bytes[112];
    } u;
};

/* How timer_create(2) notifies; sigevent(7). */
struct abi_sigevent {
    uint64_t sigev_value;
    int32_t sigev_signo;
    int32_t sigev_notify; /* SIGEV_* */
    int32_t sigev_tid;    /* SIGEV_THREAD_ID */
    uint32_t abi_pad[11];
};

_Static_assert(sizeof(struct abi_sigevent) == 64, "Linux ABI");
_Static_assert(sizeof(struct abi_sigaction) == 32, "Linux ABI");
_Static_assert(sizeof(struct abi_stack) == 24, "Linux ABI");
_Static_assert(sizeof(struct abi_siginfo) == 128, "Linux ABI");
_Static_assert(offsetof(struct abi_siginfo, u) == 16, "Linux ABI");
