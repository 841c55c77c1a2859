// SPDX-License-Identifier: MIT
/*
 * table: what the generator writes (build/gen/syscall_table.c) from
 * abi/syscalls.tbl and the SYSCALL_DEFINEs of syscalls/.
 */
#pragma once

#include "kernel/regs.h"
#include "lib/base.h"

typedef long syscall_fn(const struct regs *r);

/*
 * What an argument or a result is, for the trace. abi/syscalls.tbl writes the
 * names in small letters; without one the type decides between the first five.
 * shim/decode.c and shim/flags.c say how each one is shown.
 */
// clang-format off
#define SYSCALL_KINDS(X) \
    X(INT) X(UINT) X(LONG) X(ULONG) X(ADDR) X(DEC) X(HEX) X(UNUSED) X(NEVER) \
    /* numbers with a meaning */ \
    X(FD) X(DIRFD) X(MODE) X(FILE_MODE) X(OPEN_MODE) X(ID) X(SIGNAL) \
    X(DEVICE) \
    /* text and bytes; their length is the next argument or the result */ \
    X(PATH) X(STR) X(BUF) X(HEX_BUF) X(ARGV) X(ENVP) \
    /* constants and flags */ \
    X(ACCESS) X(ARCH_PRCTL) X(AT_ACCESS_FLAGS) X(AT_FLAGS) \
    X(AT_REMOVE_FLAGS) X(CLOCKID) X(CLONE_FLAGS_ONLY) X(CLOSE_RANGE_FLAGS) \
    X(EPOLL_FLAGS) X(EPOLL_OP) X(EVENTFD_FLAGS) X(FADVISE) X(FALLOCATE) \
    X(FCNTL) X(FLOCK) X(FUTEX_OP) X(IOCTL) X(INOTIFY_MASK) X(ITIMER) \
    X(MADVISE) X(MAP_FLAGS) X(MEMBARRIER) X(MEMFD_FLAGS) X(MLOCKALL_FLAGS) \
    X(MREMAP_FLAGS) X(MSG_FLAGS) X(MSYNC_FLAGS) X(OPEN_FLAGS) \
    X(OPEN_FLAGS_ONLY) X(PIDFD_FLAGS) X(PRCTL) X(PRIO_WHICH) X(PROT) X(RANDOM_FLAGS) \
    X(RENAME_FLAGS) X(RESOURCE) X(RUSAGE_WHO) X(RWF) X(SCHED_POLICY) \
    X(SHM_OP) X(SHUT_HOW) X(SIGNALFD_FLAGS) X(SIG_HOW) X(SOCK_DOMAIN) X(SOCK_FLAGS) \
    X(SOCK_LEVEL) X(SOCK_OPTION) X(SOCK_PROTOCOL) X(SOCK_TYPE) \
    X(SPLICE_FLAGS) X(STATX_FLAGS) X(STATX_MASK) X(TFD_FLAGS) \
    X(TFD_SETTIME) X(TIMER_FLAGS) X(WAITID_TYPE) X(WAIT_OPTIONS) X(WHENCE) \
    X(XATTR_FLAGS) \
    /* what other arguments give a meaning */ \
    X(ARCH_PRCTL_ARG) X(CLONE_CHILD_TID) X(CLONE_FLAGS) \
    X(CLONE_PARENT_TID) X(FCNTL_ARG) X(FUTEX_ADDR2) X(FUTEX_TIMEOUT) \
    X(FUTEX_VAL) X(FUTEX_VAL3) X(IOCTL_ARG) X(MREMAP_ADDR) X(PRCTL_ARG) \
    X(PRCTL_REST) X(REMAIN) \
    /* pointers to structures, lists and numbers */ \
    X(CAP_DATA) X(CAP_HEADER) X(IPC_KEY) X(SHM_FLAGS) X(SIGEVENT) \
    X(CLONE_ARGS) X(CPU_SET) X(DIRENTS) X(EPOLL_EVENT) X(EPOLL_EVENTS) \
    X(FD_SET) X(ID_LIST) X(INT_PAIR) X(INT_PTR) X(IOVEC) X(ITIMERSPEC) \
    X(ITIMERVAL) X(LONG_PTR) X(MINCORE) X(MMSGHDR) X(MSGHDR) X(OFF_PTR) \
    X(OPEN_HOW) X(POLLFD) X(RLIMIT) X(RUSAGE) X(SCHED_PARAM) X(SIGACTION) X(SIGINFO) \
    X(SIGSET) X(SIGSET_ARG) X(SOCKADDR) X(SOCKLEN) X(SOCK_VALUE) X(STACK) X(STAT) \
    X(STATFS) X(STATX) X(SYSINFO) X(TIMESPEC) X(TIMESPEC_PAIR) X(TIMEVAL) \
    X(TIMEVAL_PAIR) X(TIMEZONE) X(TMS) X(UINT_PTR) X(UTSNAME) \
    X(WAIT_STATUS) \
    /* results alone */ \
    X(POLL) X(SELECT)

/* The groups of `trace=%GROUP`, as strace has them. */
#define SYSCALL_GROUPS(X) \
    X(FILE) X(DESC) X(MEMORY) X(PROCESS) X(SIGNAL) X(NETWORK)
// clang-format on

#define SYSCALL_KIND_ENUM(name)  SYSCALL_##name,
#define SYSCALL_GROUP_ENUM(name) SYSCALL_GROUP_NR_##name,
#define SYSCALL_GROUP_BIT_ENUM(name) \
    SYSCALL_GROUP_##name = 1 << SYSCALL_GROUP_NR_##name,

enum syscall_kind { SYSCALL_KINDS(SYSCALL_KIND_ENUM) SYSCALL_KIND_COUNT };
enum { SYSCALL_GROUPS(SYSCALL_GROUP_ENUM) SYSCALL_GROUP_COUNT };
enum syscall_group { SYSCALL_GROUPS(SYSCALL_GROUP_BIT_ENUM) };

/* Which way an argument's memory goes. */
enum syscall_direction { SYSCALL_IN, SYSCALL_WRITTEN, SYSCALL_BOTH };

/* What only the command and the tests read is not in the kernel's image. */
#ifdef ELFIN_KERNEL
#define SYSCALL_HOST(...)
#else
#define SYSCALL_HOST(...) __VA_ARGS__
#endif

struct syscall_arg {
    uint8_t kind;                   /* enum syscall_kind */
    uint8_t direction;              /* enum syscall_direction */
    bool narrow;                    /* of 32 bits */
    SYSCALL_HOST(const char *type;) /* "const char user *" */
    SYSCALL_HOST(const char *name;) /* "path" */
};

struct syscall_info {
    const char *name; /* NULL: Linux has no call with this number */
    uint8_t nargs;
    bool implemented;
    uint8_t result; /* enum syscall_kind */
    uint8_t groups; /* SYSCALL_GROUP_* */
    const struct syscall_arg *args;
    SYSCALL_HOST(const char *partial;) /* what is missing, or NULL */
};

/* What the generator writes. */
#define SYSCALL_ARG(type_, name_, kind_, direction_, narrow_)      \
    {                                                              \
        .kind = kind_, .direction = direction_, .narrow = narrow_, \
        SYSCALL_HOST(.type = type_, .name = name_)                 \
    }
#define SYSCALL_ARGS(...)        \
    (const struct syscall_arg[]) \
    {                            \
        __VA_ARGS__              \
    }
#define SYSCALL_INFO(name_, nargs_, implemented_, result_, groups_, partial_, \
                     args_)                                                   \
    {                                                                         \
        .name = name_, .nargs = nargs_, .implemented = implemented_,          \
        .result = result_, .groups = groups_, .args = args_,                  \
        SYSCALL_HOST(.partial = partial_)                                     \
    }

/* Indexed by number; handlers are never NULL: a hole holds syscall_missing. */
extern const unsigned syscall_count;
extern syscall_fn *const syscall_handlers[];
extern const struct syscall_info syscall_infos[];

/* Answers for every number without a handler; shim/dispatch.c. */
long syscall_missing(const struct regs *r);
