// SPDX-License-Identifier: MIT
#include "kernel/terminal_job.h"

#include "abi/errno.h"
#include "kernel/pid.h"
#include "kernel/process.h"
#include "kernel/signal.h"
#include "kernel/thread.h"

static struct pid *with_reference(struct pid *const *link)
{
    unsigned long irq = process_tree_lock();
    struct pid *pid = *link;

    pid_get(pid);
    process_tree_unlock(irq);
    return pid;
}

struct pid *terminal_job_session(void)
{
    return with_reference(&process_current()->session);
}

struct pid *terminal_job_group(void)
{
    return with_reference(&process_current()->group);
}

bool terminal_job_is_leader(void)
{
    struct process *p = process_current();

    return process_session_id(p) == p->pid;
}

struct pid *terminal_job_find_group(int number)
{
    unsigned long irq = process_tree_lock();
    struct pid *pid = pid_find_locked(number);
    struct process *p;

    if (pid && !list_empty(&pid->group)) {
        p = list_first_entry(&pid->group, struct process, group_node);
        if (p->session != process_current()->session)
            pid = NULL;
    } else {
        pid = NULL;
    }
    if (pid)
        pid_get(pid);
    process_tree_unlock(irq);
    return pid;
}

void terminal_job_signal(struct pid *group, int sig)
{
    const struct abi_siginfo info = {.si_signo = sig, .si_code = SI_KERNEL};
    unsigned long irq = process_tree_lock();
    struct process *p;

    list_for_each_entry (p, &group->group, group_node)
        (void)signal_send_process(p, &info);
    process_tree_unlock(irq);
}

void terminal_job_signal_leader(struct pid *session, int sig)
{
    const struct abi_siginfo info = {.si_signo = sig, .si_code = SI_KERNEL};
    unsigned long irq = process_tree_lock();

    if (session->process && session->process->session == session)
        (void)signal_send_process(session->process, &info);
    process_tree_unlock(irq);
}

int terminal_job_background(int sig)
{
    struct thread *t = thread_current();
    struct pid *group;

    if (t->signal_mask & SIGNAL_BIT(sig))
        return -EIO;
    group = terminal_job_group();
    terminal_job_signal(group, sig);
    pid_put(group);
    /* Nothing came of it: ignored, or there is no stopping. */
    return t->work & WORK_SIGNAL ? -ERESTARTSYS : -EIO;
}
