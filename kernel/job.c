// SPDX-License-Identifier: MIT
#include "kernel/job.h"

#include "abi/signal.h"
#include "kernel/pid.h"
#include "kernel/process.h"
#include "kernel/sched.h"

/* A group is orphaned when no member has a parent in the same session but in
 * another group (POSIX, 3.264). */
bool job_group_orphaned(struct process *p)
{
    unsigned long irq = process_tree_lock();
    struct process *member;
    bool orphaned = true;

    list_for_each_entry (member, &p->group->group, group_node) {
        const struct process *parent = member->parent;

        if (parent && member->state == PROCESS_LIVE &&
            parent->group != p->group && parent->session == p->session)
            orphaned = false;
    }
    process_tree_unlock(irq);
    return orphaned;
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
