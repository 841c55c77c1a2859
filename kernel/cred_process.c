// SPDX-License-Identifier: MIT
/*
 * cred_process: who the calling process is, and how its threads learn that it
 * has become somebody else.
 *
 * Locking: process->lock covers process->cred; a thread's own reference is
 * touched by that thread alone.
 */
#include "kernel/cred.h"
#include "kernel/thread.h"

void cred_install(struct cred *new)
{
    struct thread *t = thread_current(), *other;
    struct process *p = t->process;
    unsigned long irq = spin_lock(&p->lock);
    const struct cred *old = p->cred;

    p->cred = new;
    list_for_each_entry (other, &p->threads, process_node) {
        if (other != t)
            thread_work_set(other, WORK_CRED);
    }
    spin_unlock(&p->lock, irq);
    if (cred_is_other(new, old)) {
        p->dumpable = false;
        p->death_signal = 0;
    }
    cred_put(old);
    cred_refresh();
}

void cred_refresh(void)
{
    struct thread *t = thread_current();
    const struct cred *old = t->cred;
    unsigned long irq;

    thread_work_clear(t, WORK_CRED);
    irq = spin_lock(&t->process->lock);
    t->cred = cred_get(t->process->cred);
    spin_unlock(&t->process->lock, irq);
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
