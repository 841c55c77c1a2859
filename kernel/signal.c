// SPDX-License-Identifier: MIT
/* Frames are built in kernel/signal_frame.c. */
#include "kernel/signal.h"

#include "abi/errno.h"
#include "abi/resource.h"
#include "kernel/cpu.h"
#include "kernel/crash.h"
#include "kernel/cred.h"
#include "kernel/job.h"
#include "kernel/kmalloc.h"
#include "kernel/panic.h"
#include "kernel/restart.h"
#include "kernel/rseq.h"
#include "kernel/sched.h"
#include "kernel/shutdown.h"
#include "kernel/signal_frame.h"
#include "kernel/trap.h"
#include "lib/printf.h"

/* signal(7), "Standard signals": those whose default is not to terminate. */
#define DEFAULT_IGNORE                                                 \
    (SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGURG) | SIGNAL_BIT(SIGWINCH) | \
     SIGNAL_BIT(SIGCONT))
#define DEFAULT_STOP                                                   \
    (SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGTSTP) | SIGNAL_BIT(SIGTTIN) | \
     SIGNAL_BIT(SIGTTOU))
#define DEFAULT_CORE                                                   \
    (SIGNAL_BIT(SIGQUIT) | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGTRAP) |  \
     SIGNAL_BIT(SIGABRT) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGFPE) |   \
     SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGXCPU) | SIGNAL_BIT(SIGXFSZ) | \
     SIGNAL_BIT(SIGSYS))

#define NR_RESTART_SYSCALL       219
#define SYSCALL_INSTRUCTION_SIZE 2

struct wait_queue signal_arrivals = WAIT_QUEUE_INIT(signal_arrivals);

static struct abi_sigaction *action_of(struct process *p, int sig)
{
    return &p->actions->action[sig - 1];
}

/* Whether sending would have no effect at all. */
static bool is_ignored(struct process *p, int sig)
{
    uint64_t handler = action_of(p, sig)->sa_handler;

    if (handler == ABI_SIG_IGN)
        return true;
    return handler == ABI_SIG_DFL && (SIGNAL_BIT(sig) & DEFAULT_IGNORE);
}

/* Tells t to look for signals, and wakes it. Lock held. */
static void notify(struct thread *t)
{
    thread_work_set(t, WORK_SIGNAL);
    /* An interrupt may have stopped t itself on its way to sleep. */
    if (t != thread_current() || cpu_this()->irq_depth > 0)
        sched_wake(t);
}

/* Sets t's work flag after a change of its mask or of the queues. */
static void update_work(struct thread *t)
{
    uint64_t pending = t->pending.mask | t->process->pending.mask;

    if ((pending & ~t->signal_mask) || t->process->stop_signal)
        thread_work_set(t, WORK_SIGNAL);
    else
        thread_work_clear(t, WORK_SIGNAL);
}

/* Finds another taker for what t was chosen for and now does not take. Lock
 * held. */
static void hand_over(struct thread *t, uint64_t signals)
{
    struct process *p = t->process;
    uint64_t left = p->pending.mask & signals;
    struct thread *other;

    list_for_each_entry (other, &p->threads, process_node) {
        if (other == t || !(left & ~other->signal_mask))
            continue;
        left &= other->signal_mask;
        notify(other);
    }
}

static void queue_add(struct signal_queue *q, struct signal_entry *s)
{
    s->queue = q;
    list_add_tail(&q->list, &s->node);
    q->mask |= SIGNAL_BIT(s->info.si_signo);
    wait_queue_wake_all(&signal_arrivals);
}

/* Real-time signals count against RLIMIT_SIGPENDING. Beyond it those that tell
 * no more than their number collapse, as standard signals do. */
static int enqueue(struct process *p, struct signal_queue *q,
                   const struct abi_siginfo *info)
{
    bool pending = q->mask & SIGNAL_BIT(info->si_signo);
    struct signal_entry *s;

    if (info->si_signo < ABI_SIGRTMIN) {
        if (pending)
            return 0;
    } else if (p->queued >= p->limits[RLIMIT_SIGPENDING].soft) {
        if (info->si_code != SI_USER)
            return -EAGAIN;
        if (pending)
            return 0;
    }
    s = kmalloc(sizeof(*s));
    if (!s)
        return -EAGAIN;
    s->info = *info;
    s->taken = NULL;
    s->counted = &p->queued;
    p->queued++;
    queue_add(q, s);
    return 0;
}

/* Takes s off its queue, whose mask is the caller's to change. info: where it
 * is delivered to, NULL if nowhere. */
static void queue_remove(struct signal_entry *s, struct abi_siginfo *info)
{
    list_del(&s->node);
    s->queue = NULL;
    if (info)
        *info = s->info;
    if (s->taken) {
        s->taken(s, info);
    } else {
        --*s->counted;
        kfree(s);
    }
}

/* Takes the first signal of q that blocked does not hold back. */
static bool dequeue(struct signal_queue *q, uint64_t blocked,
                    struct abi_siginfo *info)
{
    uint64_t ready = q->mask & ~blocked;
    struct signal_entry *s, *next;
    bool taken = false;
    int sig;

    if (!ready)
        return false;
    sig = __builtin_ctzll(ready) + 1;
    q->mask &= ~SIGNAL_BIT(sig);
    list_for_each_entry_safe (s, next, &q->list, node) {
        if (s->info.si_signo != sig)
            continue;
        if (taken) {
            q->mask |= SIGNAL_BIT(sig);
            break;
        }
        taken = true;
        queue_remove(s, info);
    }
    return taken;
}

static void drop(struct signal_queue *q, int sig)
{
    struct signal_entry *s, *next;

    if (!(q->mask & SIGNAL_BIT(sig)))
        return;
    q->mask &= ~SIGNAL_BIT(sig);
    list_for_each_entry_safe (s, next, &q->list, node) {
        if (s->info.si_signo == sig)
            queue_remove(s, NULL);
    }
}

void signal_queue_flush(struct signal_queue *q)
{
    for (int sig = 1; q->mask && sig <= ABI_NSIG; sig++)
        drop(q, sig);
}

/* Drops all of these, wherever they wait. Lock held. */
static void drop_everywhere(struct process *p, uint64_t signals)
{
    struct thread *t;

    for (int sig = 1; sig < ABI_SIGRTMIN; sig++) {
        if (!(signals & SIGNAL_BIT(sig)))
            continue;
        drop(&p->pending, sig);
        list_for_each_entry (t, &p->threads, process_node)
            drop(&t->pending, sig);
    }
}

/* What sending does whether the signal is taken or not: stops and SIGCONT
 * cancel each other. Lock held. */
static void prepare(struct process *p, int sig)
{
    if (sig == SIGKILL) {
        job_continue_locked(p, false);
    } else if (sig == SIGCONT) {
        drop_everywhere(p, DEFAULT_STOP);
        job_continue_locked(p, true);
    } else if (SIGNAL_BIT(sig) & DEFAULT_STOP) {
        drop_everywhere(p, SIGNAL_BIT(SIGCONT));
    }
}

/* Does t take sig now, by delivery or because it waits for it? */
static bool takes(const struct thread *t, int sig)
{
    return (~t->signal_mask | t->awaited) & SIGNAL_BIT(sig);
}

int signal_send_thread(struct thread *t, const struct abi_siginfo *info)
{
    int sig = info->si_signo, err = 0;
    struct process *p = t->process;
    unsigned long irq = spin_lock(&p->lock);

    prepare(p, sig);
    if (!is_ignored(p, sig) || (t->signal_mask & SIGNAL_BIT(sig))) {
        err = enqueue(p, &t->pending, info);
        if (err == 0 && takes(t, sig))
            notify(t);
    }
    spin_unlock(&p->lock, irq);
    return err;
}

void signal_send_pipe(void)
{
    struct abi_siginfo info = {.si_signo = SIGPIPE, .si_code = SI_USER};

    info.u.rt.pid = process_current()->pid;
    info.u.rt.uid = cred_current()->uid;
    signal_send_thread(thread_current(), &info);
}

int signal_send_process(struct process *p, const struct abi_siginfo *info)
{
    int sig = info->si_signo, err = 0;
    struct thread *t, *taker = NULL;
    unsigned long irq = spin_lock(&p->lock);
    bool blocked = true;

    prepare(p, sig);
    list_for_each_entry (t, &p->threads, process_node) {
        blocked &= (t->signal_mask & SIGNAL_BIT(sig)) != 0;
        if (!taker && takes(t, sig))
            taker = t;
    }
    if (blocked || !is_ignored(p, sig)) {
        err = enqueue(p, &p->pending, info);
        if (err == 0 && taker)
            notify(taker);
    }
    spin_unlock(&p->lock, irq);
    return err;
}

/* The thread of p with this id, for tid 0 one that does not block sig, or
 * NULL. */
static struct thread *taker_of(struct process *p, int tid, int sig)
{
    struct thread *t;

    list_for_each_entry (t, &p->threads, process_node)
        if (tid ? t->tid == tid : takes(t, sig))
            return t;
    return NULL;
}

enum signal_posted signal_post(struct process *p, int tid,
                               struct signal_entry *s, bool once)
{
    int sig = s->info.si_signo;
    struct thread *t = taker_of(p, tid, sig);
    struct signal_queue *q = tid && t ? &t->pending : &p->pending;
    bool blocked = !t || (t->signal_mask & SIGNAL_BIT(sig));

    if (tid && !t)
        return SIGNAL_NOBODY;
    prepare(p, sig);
    if (is_ignored(p, sig) && !blocked)
        return SIGNAL_DROPPED;
    if (once && (q->mask & SIGNAL_BIT(sig)))
        return SIGNAL_DROPPED;
    queue_add(q, s);
    if (t && takes(t, sig))
        notify(t);
    return SIGNAL_QUEUED;
}

void signal_unpost(struct signal_entry *s)
{
    struct signal_queue *q = s->queue;
    struct signal_entry *other;

    if (!q)
        return;
    list_del(&s->node);
    s->queue = NULL;
    q->mask &= ~SIGNAL_BIT(s->info.si_signo);
    list_for_each_entry (other, &q->list, node)
        if (other->info.si_signo == s->info.si_signo)
            q->mask |= SIGNAL_BIT(s->info.si_signo);
}

void signal_set_mask(uint64_t mask)
{
    struct thread *t = thread_current();
    unsigned long irq = spin_lock(&t->process->lock);

    mask &= ~SIGNAL_UNBLOCKABLE;
    if (t->process->pending.mask & mask & ~t->signal_mask)
        hand_over(t, mask & ~t->signal_mask);
    t->signal_mask = mask;
    update_work(t);
    spin_unlock(&t->process->lock, irq);
}

void signal_thread_leaves(struct thread *t)
{
    unsigned long irq = spin_lock(&t->process->lock);

    hand_over(t, ~t->signal_mask);
    t->signal_mask = UINT64_MAX;
    spin_unlock(&t->process->lock, irq);
    job_thread_leaves(t);
}

bool signal_take(uint64_t set, struct abi_siginfo *info)
{
    struct thread *t = thread_current();
    unsigned long irq = spin_lock(&t->process->lock);
    bool taken = dequeue(&t->pending, ~set, info) ||
                 dequeue(&t->process->pending, ~set, info);

    update_work(t);
    spin_unlock(&t->process->lock, irq);
    return taken;
}

uint64_t signal_pending_mask(void)
{
    struct thread *t = thread_current();

    return t->pending.mask | t->process->pending.mask;
}

void signal_set_action(int sig, const struct abi_sigaction *action,
                       struct abi_sigaction *old)
{
    struct process *p = process_current();
    unsigned long irq = spin_lock(&p->lock);
    struct thread *t;

    if (old)
        *old = *action_of(p, sig);
    if (action) {
        *action_of(p, sig) = *action;
        action_of(p, sig)->sa_mask &= ~SIGNAL_UNBLOCKABLE;
        if (is_ignored(p, sig)) {
            drop(&p->pending, sig);
            list_for_each_entry (t, &p->threads, process_node)
                drop(&t->pending, sig);
        }
    }
    spin_unlock(&p->lock, irq);
}

noreturn static void die(struct regs *r, const struct abi_siginfo *info)
{
    if (SIGNAL_BIT(info->si_signo) & DEFAULT_CORE)
        crash_program(r, info);
    process_exit(SHUTDOWN_SIGNALED, info->si_signo);
}

/*
 * The call that r returns from, if it is one and a signal cut it short: makes
 * the program see EINTR, or make it again. action: of the handler that runs
 * first; NULL: none.
 */
static void end_interrupted_call(struct regs *r,
                                 const struct abi_sigaction *action)
{
    long result = (long)r->rax;
    bool again = !action;

    if ((int)r->orig_rax == -1 || !restart_is_code(result))
        return;
    if (action)
        again = result == -ERESTARTNOINTR ||
                (result == -ERESTARTSYS && (action->sa_flags & SA_RESTART));
    if (!again) {
        r->rax = (uint64_t)-EINTR;
        return;
    }
    r->rax =
        result == -ERESTART_RESTARTBLOCK ? NR_RESTART_SYSCALL : r->orig_rax;
    r->rip -= SYSCALL_INSTRUCTION_SIZE;
    thread_work_set(thread_current(), WORK_IRET);
}

/* Enters the handler of info's signal, or ends the process. */
static void handle(struct regs *r, const struct abi_siginfo *info)
{
    struct thread *t = thread_current();
    struct process *p = t->process;
    int sig = info->si_signo;
    struct abi_siginfo segv = {.si_signo = SIGSEGV, .si_code = SI_KERNEL};
    struct abi_sigaction action;
    unsigned long irq = spin_lock(&p->lock);

    action = *action_of(p, sig);
    if ((action.sa_flags & SA_RESETHAND) && action.sa_handler != ABI_SIG_IGN)
        action_of(p, sig)->sa_handler = ABI_SIG_DFL;
    spin_unlock(&p->lock, irq);
    if (trap_ops && trap_ops->signal_taken)
        trap_ops->signal_taken(info);
    if (action.sa_handler == ABI_SIG_IGN)
        return;
    if (action.sa_handler == ABI_SIG_DFL) {
        if (SIGNAL_BIT(sig) & DEFAULT_STOP)
            job_stop(sig);
        else if (!(SIGNAL_BIT(sig) & DEFAULT_IGNORE))
            die(r, info);
        return;
    }
    end_interrupted_call(r, &action);
    if (rseq_interrupted(r) < 0 || signal_frame_push(r, &action, info) < 0) {
        if (sig == SIGSEGV)
            die(r, &segv);
        signal_fault(r, SIGSEGV, SI_KERNEL, 0);
        return;
    }
    signal_set_mask(t->signal_mask | action.sa_mask |
                    (action.sa_flags & SA_NODEFER ? 0 : SIGNAL_BIT(sig)));
}

void signal_deliver(struct regs *r)
{
    struct thread *t = thread_current();
    struct process *p = t->process;
    struct abi_siginfo info;
    bool found;
    unsigned long irq;

    for (;;) {
        if (p->stop_signal || p->continued)
            job_pause();
        irq = spin_lock(&p->lock);
        found = dequeue(&t->pending, t->signal_mask, &info) ||
                dequeue(&p->pending, t->signal_mask, &info);
        update_work(t);
        spin_unlock(&p->lock, irq);
        if (!found)
            break;
        handle(r, &info);
    }
    end_interrupted_call(r, NULL);
    if (t->restore_mask) {
        t->restore_mask = false;
        signal_set_mask(t->saved_mask);
    }
}

int signal_wait(uint64_t set, struct abi_siginfo *info, uint64_t deadline_ns)
{
    struct thread *t = thread_current();
    bool found;
    int err;

    set &= ~SIGNAL_UNBLOCKABLE;
    t->awaited = set; /* from here on a sender wakes this thread */
    for (;;) {
        wait_prepare();
        found = signal_take(set, info);
        if (found)
            break;
        err = deadline_ns ? wait_sleep(deadline_ns) : -ETIMEDOUT;
        if (err == 0)
            continue;
        found = signal_take(set, info);
        break;
    }
    t->awaited = 0;
    if (found)
        return info->si_signo;
    return err == -ETIMEDOUT ? -EAGAIN : -EINTR;
}

void signal_fault(struct regs *r, int sig, int code, uintptr_t addr)
{
    struct thread *t = thread_current();
    struct abi_siginfo info = {.si_signo = sig, .si_code = code};
    struct abi_sigaction *action = action_of(t->process, sig);

    if (code != SI_KERNEL)
        info.u.fault.addr = addr;
    if ((t->signal_mask & SIGNAL_BIT(sig)) || action->sa_handler == ABI_SIG_IGN)
        action->sa_handler = ABI_SIG_DFL;
    t->signal_mask &= ~SIGNAL_BIT(sig);
    handle(r, &info);
}

long signal_return(struct regs *r)
{
    uint64_t mask;

    regs_complete(r); /* a fault below shows them */
    if (signal_frame_pop(r, &mask) < 0) {
        signal_fault(r, SIGSEGV, SI_KERNEL, 0);
        return r->rax;
    }
    signal_set_mask(mask);
    thread_current()->restart.again = NULL;
    thread_work_set(thread_current(), WORK_IRET);
    return r->rax;
}
