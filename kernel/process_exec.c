// SPDX-License-Identifier: MIT
#include "kernel/process_exec.h"

#include "abi/errno.h"
#include "kernel/asm.h"
#include "kernel/cpu.h"
#include "kernel/cred.h"
#include "kernel/fpu.h"
#include "kernel/futex.h"
#include "kernel/itimer.h"
#include "kernel/kmalloc.h"
#include "kernel/pid.h"
#include "kernel/ring.h"
#include "kernel/sched.h"
#include "kernel/signal.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "lib/string.h"

#define USER_RFLAGS_INITIAL 0x202 /* interrupts on */

struct signal_actions *process_actions_copy(void)
{
    struct signal_actions *a = kmalloc(sizeof(*a));

    if (a) {
        *a = *process_current()->actions;
        a->refs = 1;
    }
    return a;
}

/* The first thread's number is the process's: the caller takes it over. */
static void become_first(struct thread *t)
{
    struct process *p = t->process;
    unsigned long irq;
    struct pid *old = t->id;

    if (t->id == p->id)
        return;
    ring_thread_end(t);
    pid_get(p->id);
    irq = process_tree_lock();
    old->thread = NULL;
    pid_unused_locked(old);
    t->id = p->id;
    t->tid = p->pid;
    p->id->thread = t;
    process_thread_renamed_locked(t, old->number);
    process_tree_unlock(irq);
    pid_put(old);
    ring_thread_new(t);
}

int process_exec_alone(void)
{
    struct thread *t = thread_current();
    struct process *p = t->process;
    unsigned long irq = spin_lock(&p->lock);
    bool busy = p->exiting || p->exec_thread;
    int err = 0;

    if (!busy) {
        p->exec_thread = t;
        process_kill_threads_locked(p, t);
    }
    spin_unlock(&p->lock, irq);
    if (busy)
        return -EAGAIN;
    err = wait_event_killable(&p->exec_wait, p->thread_count == 1);
    if (err == 0)
        become_first(t);
    p->exec_thread = NULL;
    return err;
}

static void replace_parts(struct process *p, struct process_image *i)
{
    struct thread *t = thread_current();
    struct signal_actions *actions = p->actions;
    const struct cred *cred = p->cred, *own = t->cred;
    struct dentry *exe = p->exe;
    unsigned long irq = spin_lock(&p->lock);

    p->exe = i->exe;
    signal_actions_clear(i->actions);
    p->actions = i->actions;
    p->cred = i->cred;
    t->cred = cred_get(i->cred);
    p->dumpable = !i->secure;
    p->did_exec = true;
    p->exit_signal = SIGCHLD;
    if (i->secure)
        t->death_signal = 0;
    memcpy(p->name, i->name, sizeof(p->name));
    memcpy(t->name, i->name, sizeof(t->name));
    spin_unlock(&p->lock, irq);
    signal_actions_put(actions);
    if (exe)
        thread_ops->release_exe(exe);
    cred_put(cred);
    cred_put(own);
    ring_thread_named(t);
}

static void replace_space(struct process *p, struct vm_space *space)
{
    struct thread *t = thread_current();
    struct vm_space *old = p->space;
    unsigned long irq;

    futex_thread_leaves(t);
    irq = spin_lock(&p->lock);
    p->max_resident = MAX(p->max_resident, vm_resident_peak(old));
    p->space = space;
    t->space = space;
    vm_space_activate(space);
    spin_unlock(&p->lock, irq);
    process_vfork_done(p);
    vm_space_put(old);
}

static void fresh_registers(struct thread *t, const struct process_image *i)
{
    void *old = t->fpu;

    *thread_regs(t) = (struct regs){
        .rip = i->rip,
        .rsp = i->rsp,
        .cs = USER_CS,
        .ss = USER_DS,
        .rflags = USER_RFLAGS_INITIAL,
        .orig_rax = -1ul,
    };
    thread_work_set(t, WORK_IRET);
    t->fpu = i->fpu;
    fpu_restore(t->fpu);
    fpu_area_destroy(old);
    msr_write(MSR_FS_BASE, 0);
    msr_write(MSR_KERNEL_GS_BASE, 0);
}

void process_exec_commit(struct process_image *i)
{
    struct thread *t = thread_current();
    struct process *p = t->process;

    replace_space(p, i->space);
    replace_parts(p, i);
    itimers_delete_all();
    fresh_registers(t, i);
    t->altstack_sp = t->altstack_size = 0;
    t->altstack_flags = 0;
    t->clear_child_tid = 0;
    t->robust_list = 0;
    t->futexes_left = false;
    t->rseq = 0;
    t->rseq_signature = 0;
    t->restart.again = NULL;
}
