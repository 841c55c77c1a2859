// SPDX-License-Identifier: MIT
/* A zombie goes with the answer; a change of state is told once. WNOWAIT
 * leaves both. */
#include "kernel/process_wait.h"

#include "abi/errno.h"
#include "abi/wait.h"
#include "kernel/cred.h"
#include "kernel/pid.h"
#include "kernel/shutdown.h"
#include "kernel/thread.h"

static bool is_meant(const struct process_wait *w, const struct process *child)
{
    bool is_clone = child->exit_signal != SIGCHLD;

    if (!(w->options & __WALL) && is_clone != !!(w->options & __WCLONE))
        return false;
    if ((w->options & __WNOTHREAD) && child->maker != thread_current()->tid)
        return false;
    switch (w->which) {
    case P_PID:
        return child->pid == w->number;
    case P_PGID:
        return child->group->number == w->number;
    case P_PIDFD:
        return child->id == w->who;
    default:
        return true;
    }
}

static void answer(struct process_wait *w, const struct process *child,
                   int code, int status)
{
    w->pid = child->pid;
    w->uid = child->cred->uid;
    w->code = code;
    w->status = status;
}

static void add_usage(struct process_usage *to, const struct process_usage *u)
{
    cpu_times_add(&to->cpu, &u->cpu);
    to->max_resident = MAX(to->max_resident, u->max_resident);
    thread_counts_add(&to->counts, &u->counts);
}

static void usage_of(const struct process *child, struct process_usage *u)
{
    *u = child->children_usage;
    cpu_times_add(&u->cpu, &child->dead_threads_cpu);
    u->max_resident = MAX(u->max_resident, child->max_resident);
    thread_counts_add(&u->counts, &child->dead_threads_counts);
}

/* Takes what there is to tell of child; true: there was. */
static bool take_event(struct process_wait *w, struct process *child)
{
    unsigned wanted = child->event_code == CLD_STOPPED ? WSTOPPED : WCONTINUED;

    if (child->state == PROCESS_ZOMBIE) {
        if (!(w->options & WEXITED))
            return false;
        answer(w, child, process_end_code(child), child->exit_code);
        usage_of(child, &w->usage);
        return true;
    }
    if (!child->event_code || !(w->options & wanted))
        return false;
    answer(w, child, child->event_code, child->event_status);
    if (!(w->options & WNOWAIT))
        child->event_code = 0;
    return true;
}

/* 0: answered; -EAGAIN: not yet; -ECHILD. *reaped: to be put. */
static int look_locked(struct process_wait *w, struct process **reaped)
{
    struct process *self = process_current(), *child;
    int err = -ECHILD;

    list_for_each_entry (child, &self->children, sibling) {
        if (!is_meant(w, child))
            continue;
        err = -EAGAIN;
        if (!take_event(w, child))
            continue;
        if (child->state == PROCESS_ZOMBIE && !(w->options & WNOWAIT)) {
            add_usage(&self->children_usage, &w->usage);
            process_reap_locked(child);
            *reaped = child;
        }
        return 0;
    }
    return err;
}

static int look(struct process_wait *w)
{
    struct process *reaped = NULL;
    unsigned long irq = process_tree_lock();
    int err = look_locked(w, &reaped);

    process_tree_unlock(irq);
    process_put(reaped);
    return err;
}

int process_wait(struct process_wait *w)
{
    int err = look(w), interrupted;

    if (err != -EAGAIN || (w->options & WNOHANG))
        return err;
    interrupted = wait_event(&process_current()->child_wait,
                             (err = look(w)) != -EAGAIN, WAIT_FOREVER);
    return err == -EAGAIN ? interrupted : err;
}
