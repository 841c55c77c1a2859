// SPDX-License-Identifier: MIT
/* process_group: process groups and sessions. */
#include "kernel/process_group.h"

#include "kernel/thread.h"
#include "syscalls/define.h"

/* What ask says of the process pid; 0: the caller. */
static long of_process(int pid, int (*ask)(struct process *p))
{
    struct process *p;
    long id;

    if (pid == 0)
        return ask(process_current());
    p = process_find(pid);
    if (!p)
        return -ESRCH;
    id = ask(p);
    process_put(p);
    return id;
}

/* setpgid(2) */
SYSCALL_DEFINE2(setpgid, int, pid, int, pgid)
{
    return process_group_set(pid, pgid);
}

/* getpgid(2) */
SYSCALL_DEFINE1(getpgid, int, pid)
{
    return of_process(pid, process_group_id);
}

/* getpgrp(2) */
SYSCALL_DEFINE0(getpgrp)
{
    return process_group_id(process_current());
}

/* setsid(2) */
SYSCALL_DEFINE0(setsid)
{
    return process_session_create();
}

/* getsid(2) */
SYSCALL_DEFINE1(getsid, int, pid)
{
    return of_process(pid, process_session_id);
}
