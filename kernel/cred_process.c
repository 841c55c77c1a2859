// SPDX-License-Identifier: MIT
/*
 * cred_process: who the calling thread is, and what it may do to processes.
 *
 * Locking: process->lock covers process->cred; thread->cred is touched by that
 * thread alone.
 */
#include "kernel/cred.h"
#include "kernel/thread.h"

/* The thread by whose ids others judge p has become somebody else. */
static void install_for_process(struct process *p, struct cred *new)
{
    unsigned long irq = spin_lock(&p->lock);
    const struct cred *old = p->cred;

    p->cred = cred_get(new);
    spin_unlock(&p->lock, irq);
    cred_put(old);
}

void cred_install(struct cred *new)
{
    struct thread *t = thread_current();
    const struct cred *old = t->cred;

    if (t->tid == t->process->pid)
        install_for_process(t->process, new);
    if (cred_is_other(new, old)) {
        t->process->dumpable = false;
        t->death_signal = 0;
    }
    t->cred = new;
    cred_put(old);
}

bool capable(unsigned cap)
{
    return cred_has(cred_current(), cap);
}

bool kill_permitted(const struct process *target)
{
    struct process *p = (struct process *)target;
    unsigned long irq = spin_lock(&p->lock);
    bool may = cred_may_signal(cred_current(), p->cred);

    spin_unlock(&p->lock, irq);
    return may;
}

bool process_inspectable(const struct process *target)
{
    struct process *p = (struct process *)target;
    const struct cred *c = cred_current();
    unsigned long irq = spin_lock(&p->lock);
    const struct cred *t = p->cred;
    bool may = p->dumpable && c->uid == t->uid && c->uid == t->euid &&
               c->uid == t->suid && c->gid == t->gid && c->gid == t->egid &&
               c->gid == t->sgid;

    spin_unlock(&p->lock, irq);
    return may || target == process_current() || capable(CAP_SYS_PTRACE);
}
