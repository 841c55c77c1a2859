// SPDX-License-Identifier: MIT
/*
 * restart: calls that a signal cut short (signal(7), "Interruption of system
 * calls").
 *
 * wait_sleep answers -ERESTARTSYS when a signal is pending, and a call that
 * hands that on is made again unless a handler without SA_RESTART runs: then
 * the program sees EINTR. A call with other manners answers another code:
 *
 *     -EINTR                  never restarted (epoll_wait, rt_sigtimedwait,
 *                             sockets with a time limit)
 *     -ERESTARTNOHAND         again only if no handler runs (pause, select)
 *     -ERESTARTNOINTR         always again (FUTEX_LOCK_PI)
 *     restart_later(...)      as the former, but through restart_syscall(2),
 *                             so that a time limit goes on (poll, nanosleep)
 *
 * signal_deliver turns them into what the program sees.
 */
#pragma once

#include "abi/errno.h"
#include "kernel/thread.h"

/* Is result one of the codes that the program never sees? */
static inline bool restart_is_code(long result)
{
    return result >= -ERESTART_RESTARTBLOCK && result <= -ERESTARTSYS;
}

/* Has the call been cut short by a signal? */
static inline bool restart_was_interrupted(long result)
{
    return result == -EINTR || restart_is_code(result);
}

/* The same result for a call that a handler always ends. */
static inline long restart_without_handler(long result)
{
    return result == -ERESTARTSYS ? -ERESTARTNOHAND : result;
}

/* restart_syscall(2) is to call again with these. The answer for now. */
static inline long restart_later(struct restart_block b)
{
    thread_current()->restart = b;
    return -ERESTART_RESTARTBLOCK;
}
