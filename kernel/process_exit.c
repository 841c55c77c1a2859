// SPDX-License-Identifier: MIT
/* process_exit: how processes end, and who is told. */
#include "abi/signal.h"
#include "abi/time.h"
#include "kernel/cred.h"
#include "kernel/doctor.h"
#include "kernel/itimer.h"
#include "kernel/job.h"
#include "kernel/panic.h"
#include "kernel/pid.h"
#include "kernel/process.h"
#include "kernel/sched.h"
#include "kernel/shutdown.h"
#include "kernel/signal.h"
#include "kernel/thread.h"
#include "kernel/vm.h"

void process_kill_threads_locked(struct process *p, struct thread *but)
{
    struct thread *t;

    list_for_each_entry (t, &p->threads, process_node) {
        if (t == but)
            continue;
        thread_work_set(t, WORK_KILLED);
        if (t != thread_current())
            sched_wake(t);
    }
}

static void process_kill_but(struct process *p, struct thread *but, int kind,
                             int code)
{
    unsigned long irq = spin_lock(&p->lock);

    if (!p->exiting && p->live_count > 0) {
        p->exiting = true;
        p->exit_kind = kind;
        p->exit_code = code;
        process_kill_threads_locked(p, but);
    }
    spin_unlock(&p->lock, irq);
}

void process_kill(struct process *p, int kind, int code)
{
    process_kill_but(p, NULL, kind, code);
}

noreturn void process_exit(int kind, int code)
{
    process_kill_but(process_current(), thread_current(), kind, code);
    thread_exit(code);
}

void process_vfork_done(struct process *p)
{
    if (!p->vfork_held)
        return;
    p->vfork_held = false;
    wait_queue_wake_all(&p->vfork_wait);
}

int process_end_code(const struct process *p)
{
    if (p->exit_kind == SHUTDOWN_EXITED)
        return CLD_EXITED;
    return p->core_dumped ? CLD_DUMPED : CLD_KILLED;
}

/* --- telling the parent; tree lock held --- */

static void send_child_signal(struct process *child, int sig, int code,
                              int status)
{
    struct abi_siginfo info = {.si_signo = sig, .si_code = code};
    const uint64_t tick_ns = NSEC_PER_SEC / ABI_USER_HZ;
    struct cpu_times cpu = sched_process_times(child);

    info.u.child.pid = child->pid;
    info.u.child.uid = child->cred->uid;
    info.u.child.status = status;
    info.u.child.utime = (int64_t)(cpu.user_ns / tick_ns);
    info.u.child.stime = (int64_t)(cpu.system_ns / tick_ns);
    signal_send_process(child->parent, &info);
}

/* What the parent has said about SIGCHLD. */
static struct abi_sigaction child_action(struct process *parent)
{
    unsigned long irq = spin_lock(&parent->lock);
    struct abi_sigaction action = parent->actions->action[SIGCHLD - 1];

    spin_unlock(&parent->lock, irq);
    return action;
}

/* A zombie's parent learns of it. True: it does not want to wait for it. */
static bool tell_end(struct process *child)
{
    struct abi_sigaction action = child_action(child->parent);
    bool unwanted = false;
    int sig = child->exit_signal;

    if (sig == SIGCHLD) {
        unwanted = action.sa_handler == ABI_SIG_IGN ||
                   (action.sa_flags & SA_NOCLDWAIT);
        if (action.sa_handler == ABI_SIG_IGN)
            sig = 0;
    }
    if (sig)
        send_child_signal(child, sig, process_end_code(child),
                          child->exit_code);
    wait_queue_wake_all(&child->parent->child_wait);
    return unwanted;
}

/* It stopped or goes on. */
static void tell_change(struct process *child, int code, int status)
{
    struct abi_sigaction action;

    child->event_code = code;
    child->event_status = status;
    if (!child->parent)
        return;
    action = child_action(child->parent);
    if (action.sa_handler != ABI_SIG_IGN && !(action.sa_flags & SA_NOCLDSTOP))
        send_child_signal(child, SIGCHLD, code, status);
    wait_queue_wake_all(&child->parent->child_wait);
}

void process_reap_locked(struct process *p)
{
    p->state = PROCESS_REAPED;
    list_del(&p->sibling);
    list_del(&p->all_node);
    list_del(&p->group_node);
    list_del(&p->session_node);
    process_set_parent_locked(p, NULL);
    p->id->process = NULL;
    if (p->group != p->id)
        pid_unused_locked(p->group);
    if (p->session != p->id && p->session != p->group)
        pid_unused_locked(p->session);
    pid_unused_locked(p->id);
}

/* Makes a zombie; true: it is reaped already. */
static bool end_locked(struct process *p)
{
    bool reaped;

    p->state = PROCESS_ZOMBIE;
    p->event_code = 0;
    reaped = tell_end(p);
    if (reaped)
        process_reap_locked(p);
    wait_queue_wake_all(&p->id->ended);
    return reaped;
}

void process_child_event(struct process *child, int cld_code, int status)
{
    unsigned long irq = process_tree_lock();
    bool reaped = false;

    if (cld_code == CLD_STOPPED || cld_code == CLD_CONTINUED)
        tell_change(child, cld_code, status);
    else if (child->state == PROCESS_LIVE)
        reaped = end_locked(child);
    process_tree_unlock(irq);
    if (reaped)
        process_put(child);
}

/* --- what a process leaves behind --- */

/* Who looks after the children of p. */
static struct process *adopter_of(struct process *p)
{
    struct process *a = p->parent;

    while (a->parent && (!a->subreaper || a->exiting))
        a = a->parent;
    return a;
}

/* A thread of from whose child it was has ended: as often as its threads have
 * asked to be told so. */
static void send_death_signals(struct process *child,
                               const struct process *from)
{
    struct abi_siginfo info = {.si_code = SI_USER};
    struct thread *t;

    info.u.rt.pid = from->pid;
    info.u.rt.uid = from->cred->uid;
    list_for_each_entry (t, &child->threads, process_node) {
        info.si_signo = t->death_signal;
        if (info.si_signo)
            signal_send_process(child, &info);
    }
}

static int any_thread_of(struct process *p)
{
    unsigned long irq = spin_lock(&p->lock);
    int tid = p->pid;

    if (!list_empty(&p->threads))
        tid = list_first_entry(&p->threads, struct thread, process_node)->tid;
    spin_unlock(&p->lock, irq);
    return tid;
}

void process_thread_left_locked(struct thread *t)
{
    int heir = any_thread_of(t->process);
    struct process *child;

    list_for_each_entry (child, &t->process->children, sibling) {
        if (child->maker != t->tid)
            continue;
        child->maker = heir;
        send_death_signals(child, t->process);
    }
}

void process_thread_renamed_locked(struct thread *t, int was)
{
    struct process *child;

    list_for_each_entry (child, &t->process->children, sibling)
        if (child->maker == was)
            child->maker = t->tid;
}

/* The next child of p goes to its adopter; the child if that reaped it. */
static struct process *child_give_away(struct process *p, struct process *to)
{
    struct process *child =
        list_first_entry(&p->children, struct process, sibling);

    list_del(&child->sibling);
    list_add_tail(&to->children, &child->sibling);
    process_set_parent_locked(child, to);
    child->maker = any_thread_of(to);
    child->orphan = to->pid == 1;
    child->exit_signal = SIGCHLD;
    send_death_signals(child, p);
    job_parent_gone_locked(child, p, NULL);
    if (child->state != PROCESS_ZOMBIE || !tell_end(child))
        return NULL;
    process_reap_locked(child);
    return child;
}

static void children_give_away(struct process *p)
{
    unsigned long irq = process_tree_lock();
    struct process *to = adopter_of(p);

    while (!list_empty(&p->children)) {
        struct process *reaped = child_give_away(p, to);

        process_tree_unlock(irq);
        process_put(reaped);
        irq = process_tree_lock();
    }
    job_parent_gone_locked(p, p->parent, p);
    process_tree_unlock(irq);
}

/* Process 1 has ended: what it wrote is still on its way to the host, and
 * nothing that was sent to its thread may cut that short. */
noreturn static void end_of_program(struct process *p)
{
    thread_current()->work = 0;
    if (thread_ops && thread_ops->program_ended)
        thread_ops->program_ended();
    doctor_report(p);
    shutdown_machine(p->exit_kind, p->exit_code, NULL);
}

static void space_let_go(struct process *p)
{
    struct vm_space *space = p->space;
    struct dentry *exe = p->exe;
    unsigned long irq = spin_lock(&p->lock);

    p->space = NULL;
    p->exe = NULL;
    p->max_resident = MAX(p->max_resident, vm_resident_peak(space));
    spin_unlock(&p->lock, irq);
    thread_current()->space = NULL;
    vm_space_put(space);
    if (exe)
        thread_ops->release_exe(exe);
}

void process_ended(struct process *p)
{
    itimers_destroy(p);
    if (p->pid == 1)
        end_of_program(p);
    space_let_go(p);
    process_vfork_done(p);
    if (thread_ops && thread_ops->process_ended)
        thread_ops->process_ended(p);
    children_give_away(p);
    process_child_event(p, CLD_EXITED, p->exit_code);
}
