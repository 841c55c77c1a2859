// SPDX-License-Identifier: MIT
#include "kernel/job.h"

#include "abi/signal.h"
#include "kernel/pid.h"
#include "kernel/process.h"
#include "kernel/sched.h"
#include "kernel/signal.h"

/* In the same session but in another group, p's parent can let it go on. Who
 * has adopted it does not know that it should. */
static bool looks_after(const struct process *parent, const struct process *p)
{
    return parent && parent->group != p->group && parent->session == p->session;
}

/* A group is orphaned when no member has a parent that looks after it (POSIX,
 * 3.264). Without `but`. */
static bool orphaned_locked(const struct pid *group, const struct process *but)
{
    struct process *p;

    list_for_each_entry (p, &group->group, group_node)
        if (p != but && p->state == PROCESS_LIVE && !p->orphan &&
            looks_after(p->parent, p))
            return false;
    return true;
}

bool job_group_orphaned(struct process *p)
{
    unsigned long irq = process_tree_lock();
    bool orphaned = orphaned_locked(p->group, NULL);

    process_tree_unlock(irq);
    return orphaned;
}

static bool any_stopped_locked(const struct pid *group)
{
    struct process *p;

    list_for_each_entry (p, &group->group, group_node)
        if (p->stop_signal)
            return true;
    return false;
}

static void send_group_locked(const struct pid *group, int sig)
{
    const struct abi_siginfo info = {.si_signo = sig, .si_code = SI_KERNEL};
    struct process *p;

    list_for_each_entry (p, &group->group, group_node)
        signal_send_process(p, &info);
}

void job_parent_gone_locked(struct process *p, const struct process *parent,
                            const struct process *but)
{
    if (!looks_after(parent, p) || !orphaned_locked(p->group, but) ||
        !any_stopped_locked(p->group))
        return;
    send_group_locked(p->group, SIGHUP);
    send_group_locked(p->group, SIGCONT);
}

static void rouse_locked(struct process *p)
{
    struct thread *t;

    list_for_each_entry (t, &p->threads, process_node) {
        thread_work_set(t, WORK_SIGNAL);
        if (t != thread_current())
            sched_wake(t);
    }
}

static bool all_stopped(const struct process *p)
{
    const struct thread *t;

    list_for_each_entry (t, &p->threads, process_node)
        if (!t->stopped)
            return false;
    return true;
}

void job_continue_locked(struct process *p, bool tell)
{
    if (!p->stop_signal)
        return;
    p->stop_signal = 0;
    p->continued = tell;
    rouse_locked(p);
}

void job_stop(int sig)
{
    struct process *p = process_current();
    unsigned long irq;

    if (sig != SIGSTOP && job_group_orphaned(p))
        return;
    irq = spin_lock(&p->lock);
    if (!p->stop_signal && !p->exiting) {
        p->stop_signal = sig;
        p->continued = false;
        rouse_locked(p);
    }
    spin_unlock(&p->lock, irq);
    job_pause();
}

/* t has stopped or ended; the last one tells. Lock held; the signal, or 0. */
static int note_stopped_locked(struct process *p, struct thread *t)
{
    if (t->stopped)
        return 0;
    t->stopped = true;
    return all_stopped(p) ? p->stop_signal : 0;
}

void job_pause(void)
{
    struct thread *t = thread_current();
    struct process *p = t->process;
    unsigned long irq;
    int told;

    for (;;) {
        wait_prepare();
        irq = spin_lock(&p->lock);
        if (!p->stop_signal || (t->work & WORK_KILLED))
            break;
        told = note_stopped_locked(p, t);
        spin_unlock(&p->lock, irq);
        if (told)
            process_child_event(p, CLD_STOPPED, told);
        sched_sleep();
    }
    t->stopped = false;
    told = p->continued;
    p->continued = false;
    spin_unlock(&p->lock, irq);
    if (told)
        process_child_event(p, CLD_CONTINUED, SIGCONT);
}

void job_thread_leaves(struct thread *t)
{
    struct process *p = t->process;
    unsigned long irq = spin_lock(&p->lock);
    int told = 0;

    if (p->stop_signal && !p->exiting)
        told = note_stopped_locked(p, t);
    spin_unlock(&p->lock, irq);
    if (told)
        process_child_event(p, CLD_STOPPED, told);
}
