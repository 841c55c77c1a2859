// SPDX-License-Identifier: MIT
/* signal: nobody sends any. */
#include "kernel/signal.h"

#include "abi/errno.h"
#include "kernel/pid.h"
#include "kernel/terminal_job.h"

struct wait_queue signal_arrivals = WAIT_QUEUE_INIT(signal_arrivals);

bool signal_take(uint64_t set, struct abi_siginfo *info)
{
    (void)set;
    (void)info;
    return false;
}

int signal_send_thread(struct thread *t, const struct abi_siginfo *info)
{
    (void)t;
    (void)info;
    return 0;
}

uint64_t signal_pending_mask(void)
{
    return 0;
}

/* --- kernel/terminal_job.h: one session, whose leader is the caller --- */

static struct pid only = {.number = 1};

struct pid *terminal_job_session(void)
{
    return &only;
}

struct pid *terminal_job_group(void)
{
    return &only;
}

bool terminal_job_is_leader(void)
{
    return true;
}

struct pid *terminal_job_find_group(int number)
{
    return number == only.number ? &only : NULL;
}

void terminal_job_signal(struct pid *group, int sig)
{
    (void)group;
    (void)sig;
}

int terminal_job_background(int sig)
{
    (void)sig;
    return -EIO;
}

void terminal_job_signal_leader(struct pid *session, int sig)
{
    (void)session;
    (void)sig;
}

void pid_get(struct pid *pid)
{
    (void)pid;
}

void pid_put(struct pid *pid)
{
    (void)pid;
}
