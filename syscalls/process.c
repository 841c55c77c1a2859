// SPDX-License-Identifier: MIT
/* process: ids of processes and threads, and how they end. */
#include "kernel/shutdown.h"
#include "kernel/thread.h"
#include "syscalls/define.h"

/* exit_group(2): ends all threads. */
SYSCALL_DEFINE1(exit_group, int, status)
{
    process_exit(SHUTDOWN_EXITED, status & 0xff);
}

/* exit(2): ends the calling thread alone. */
SYSCALL_DEFINE1(exit, int, status)
{
    thread_exit(status);
}

/* getpid(2) */
SYSCALL_LEAF(getpid);
SYSCALL_DEFINE0(getpid)
{
    return process_current()->pid;
}

/* getppid(2): the first process has no parent, and Linux then says 0. */
SYSCALL_LEAF(getppid);
SYSCALL_DEFINE0(getppid)
{
    return process_parent_id(process_current());
}

/* gettid(2) */
SYSCALL_LEAF(gettid);
SYSCALL_DEFINE0(gettid)
{
    return thread_current()->tid;
}
