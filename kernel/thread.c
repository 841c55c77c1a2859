// SPDX-License-Identifier: MIT
/*
 * thread: making and ending threads and processes.
 *
 * A thread that ends cannot free the stack it runs on: the thread after it
 * does (thread_reap, from the switch). Kernel stacks lie in their own region,
 * each with an unmapped page below; freed ones are kept for the next thread.
 */
#include "kernel/thread.h"

#include "abi/errno.h"
#include "abi/resource.h"
#include "abi/signal.h"
#include "kernel/asm.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/cred.h"
#include "kernel/doctor.h"
#include "kernel/fpu.h"
#include "kernel/futex.h"
#include "kernel/itimer.h"
#include "kernel/kmalloc.h"
#include "kernel/memlayout.h"
#include "kernel/page.h"
#include "kernel/pagetable.h"
#include "kernel/panic.h"
#include "kernel/ring.h"
#include "kernel/rseq.h"
#include "kernel/sched.h"
#include "kernel/shutdown.h"
#include "kernel/signal.h"
#include "kernel/tlb.h"
#include "kernel/uaccess.h"
#include "kernel/vm.h"
#include "lib/printf.h"
#include "lib/string.h"

static_assert(offsetof(struct thread, work) == THREAD_WORK, "asm.h");
static_assert(sizeof(struct regs) == REGS_SIZE, "asm.h");
static_assert(offsetof(struct regs, orig_rax) == REGS_ORIG_RAX, "asm.h");
static_assert(offsetof(struct regs, cs) == REGS_CS, "asm.h");

#define STACK_SLOT (THREAD_STACK_SIZE + PAGE_SIZE) /* with its guard */

/* What thread_switch_stacks pops. */
struct switch_frame {
    uint64_t r15, r14, r13, r12, rbp, rbx, rip;
};

void thread_start_user(void);
void thread_start_kernel(void);
void thread_reap(struct thread *dead);

const struct thread_ops *thread_ops;

static struct spinlock id_lock = SPINLOCK_INIT; /* ids and stack slots */
static int last_id;
static int last_kernel_id;    /* threads of the kernel count down from -1 */
static uintptr_t free_stacks; /* chained through their top word */
static uintptr_t next_stack = STACKS_BASE;

static int id_alloc(int *last)
{
    unsigned long irq = spin_lock(&id_lock);
    int id = ++*last;

    spin_unlock(&id_lock, irq);
    return id;
}

/* --- kernel stacks --- */

static uintptr_t stack_take_free(void)
{
    unsigned long irq = spin_lock(&id_lock);
    uintptr_t top = free_stacks;

    if (top)
        free_stacks = ((uintptr_t *)top)[-1];
    spin_unlock(&id_lock, irq);
    return top;
}

static void stack_free(uintptr_t top)
{
    unsigned long irq = spin_lock(&id_lock);

    ((uintptr_t *)top)[-1] = free_stacks;
    free_stacks = top;
    spin_unlock(&id_lock, irq);
}

/* Gives the addresses of a slot back, if they are the last given out. */
static void slot_return(uintptr_t base)
{
    unsigned long irq = spin_lock(&id_lock);

    if (next_stack == base - PAGE_SIZE + STACK_SLOT)
        next_stack -= STACK_SLOT;
    spin_unlock(&id_lock, irq);
}

/* The top of a mapped stack, or 0 without memory. */
static uintptr_t stack_alloc(void)
{
    uintptr_t top = stack_take_free(), base;
    unsigned long irq;
    struct page *p;

    if (top)
        return top;
    irq = spin_lock(&id_lock);
    base = next_stack + PAGE_SIZE;
    next_stack += STACK_SLOT;
    spin_unlock(&id_lock, irq);
    for (uintptr_t va = base; va < base + THREAD_STACK_SIZE; va += PAGE_SIZE) {
        p = page_alloc(0);
        if (!p || pt_map_kernel(va, page_phys(p),
                                PTE_WRITE | PTE_NX | PTE_GLOBAL) < 0) {
            if (p)
                page_free(p);
            while (va > base) {
                uint64_t *pte;

                va -= PAGE_SIZE;
                pte = pt_lookup(pt_kernel_root, va);
                page_free(page_of_phys(*pte & PTE_ADDR));
                *pte = 0;
                tlb_flush_range(va, va + PAGE_SIZE);
            }
            slot_return(base);
            return 0;
        }
    }
    return base + THREAD_STACK_SIZE;
}

/* --- making --- */

static const struct rlimit_entry default_limits[RLIMIT_COUNT] = {
    [RLIMIT_CPU] = {RLIM64_INFINITY, RLIM64_INFINITY},
    [RLIMIT_FSIZE] = {RLIM64_INFINITY, RLIM64_INFINITY},
    [RLIMIT_DATA] = {RLIM64_INFINITY, RLIM64_INFINITY},
    [RLIMIT_STACK] = {MIB(8), RLIM64_INFINITY},
    [RLIMIT_CORE] = {0, RLIM64_INFINITY},
    [RLIMIT_RSS] = {RLIM64_INFINITY, RLIM64_INFINITY},
    [RLIMIT_NPROC] = {32768, 32768},
    [RLIMIT_NOFILE] = {1024, 1048576},
    [RLIMIT_MEMLOCK] = {MIB(8), MIB(8)},
    [RLIMIT_AS] = {RLIM64_INFINITY, RLIM64_INFINITY},
    [RLIMIT_LOCKS] = {RLIM64_INFINITY, RLIM64_INFINITY},
    [RLIMIT_SIGPENDING] = {32768, 32768},
    [RLIMIT_MSGQUEUE] = {819200, 819200},
    [RLIMIT_NICE] = {0, 0},
    [RLIMIT_RTPRIO] = {0, 0},
    [RLIMIT_RTTIME] = {RLIM64_INFINITY, RLIM64_INFINITY},
};

struct process *process_create(void)
{
    struct process *p = kzalloc(sizeof(*p));

    if (!p)
        return NULL;
    p->actions = kzalloc(sizeof(*p->actions));
    p->space = vm_space_create();
    p->timers = itimers_create();
    if (!p->actions || !p->space || !p->timers)
        goto free;
    p->actions->refs = 1;
    p->pid = id_alloc(&last_id);
    p->start_ns = clock_monotonic_ns();
    p->cred = cred_get(&cred_root);
    p->dumpable = true;
    list_init(&p->threads);
    list_init(&p->pending.list);
    memcpy(p->limits, default_limits, sizeof(p->limits));
    return p;
free:
    if (p->space)
        vm_space_put(p->space);
    kfree(p->timers);
    kfree(p->actions);
    kfree(p);
    return NULL;
}

/* A thread with a stack whose first switch goes to start. */
static struct thread *thread_alloc(void (*start)(void), size_t reserve,
                                   struct switch_frame **frame)
{
    struct thread *t = kzalloc(sizeof(*t));

    if (!t)
        return NULL;
    t->stack_top = stack_alloc();
    if (!t->stack_top) {
        kfree(t);
        return NULL;
    }
    t->stack_base = t->stack_top - THREAD_STACK_SIZE;
    t->switch_sp = t->stack_top - reserve - sizeof(**frame);
    *frame = (struct switch_frame *)t->switch_sp;
    **frame = (struct switch_frame){.rip = (uintptr_t)start};
    list_init(&t->process_node);
    list_init(&t->run_node);
    list_init(&t->pending.list);
    t->state = THREAD_NEW;
    return t;
}

struct thread *thread_create(struct process *p, const struct regs *regs)
{
    struct switch_frame *frame;
    struct thread *t = thread_alloc(thread_start_user, sizeof(*regs), &frame);
    unsigned long irq;

    if (!t)
        return NULL;
    t->fpu = fpu_area_create();
    if (!t->fpu) {
        stack_free(t->stack_top);
        kfree(t);
        return NULL;
    }
    *thread_regs(t) = *regs;
    t->process = p;
    t->space = p->space;
    memcpy(t->name, p->name, sizeof(t->name));
    t->nice = thread_current()->nice;
    t->tid = list_empty(&p->threads) ? p->pid : id_alloc(&last_id);
    irq = spin_lock(&p->lock);
    t->cred = cred_get(p->cred);
    if (p->exiting)
        t->work = WORK_KILLED;
    p->thread_count++;
    list_add_tail(&p->threads, &t->process_node);
    spin_unlock(&p->lock, irq);
    ring_thread_new(t);
    return t;
}

struct thread *thread_create_kernel(const char *name, void (*fn)(void *arg),
                                    void *arg)
{
    struct switch_frame *frame;
    struct thread *t = thread_alloc(thread_start_kernel, 0, &frame);

    if (!t)
        return NULL;
    frame->rbx = (uintptr_t)fn;
    frame->r12 = (uintptr_t)arg;
    snprintf(t->name, sizeof(t->name), "%s", name);
    t->tid = -id_alloc(&last_kernel_id);
    t->cred = cred_get(&cred_root);
    ring_thread_new(t);
    return t;
}

struct thread *thread_find(int tid)
{
    struct process *p = process_current();
    struct thread *t, *found = NULL;
    unsigned long irq;

    if (!p)
        return NULL;
    irq = spin_lock(&p->lock);
    list_for_each_entry (t, &p->threads, process_node)
        if (t->tid == tid)
            found = t;
    spin_unlock(&p->lock, irq);
    return found;
}

/* --- ending --- */

void thread_reap(struct thread *dead)
{
    signal_queue_flush(&dead->pending);
    cred_put(dead->cred);
    fpu_area_destroy(dead->fpu);
    stack_free(dead->stack_top);
    kfree(dead);
}

/* Tells whoever joins this thread (set_tid_address(2)). */
static void clear_child_tid(struct thread *t)
{
    uintptr_t addr = t->clear_child_tid;
    int zero = 0;

    if (addr && copy_to_user((void user *)addr, &zero, sizeof(zero)) == 0)
        futex_wake_address(addr, 1);
}

static void leave_process(struct thread *t)
{
    struct process *p = t->process;
    unsigned long irq;

    if (t->files)
        thread_ops->release_files(t->files);
    if (t->fs)
        thread_ops->release_fs(t->fs);
    irq = spin_lock(&p->lock);
    list_del(&t->process_node);
    signal_queue_flush(&t->pending);
    p->dead_threads_ns += sched_cpu_time(t);
    p->thread_count--;
    spin_unlock(&p->lock, irq);
}

void thread_discard(struct thread *t)
{
    ring_thread_end(t);
    leave_process(t);
    thread_reap(t);
}

/* The last thread of the program has ended: what it wrote is still on its way
 * to the host, and nothing that was sent to the thread may cut that short. */
noreturn static void end_of_program(struct thread *t)
{
    struct process *p = t->process;

    t->work = 0;
    itimers_destroy(p);
    if (thread_ops && thread_ops->program_ended)
        thread_ops->program_ended();
    doctor_report(p);
    shutdown_machine(p->exit_kind, p->exit_code, NULL);
}

noreturn static void thread_leave(struct thread *t)
{
    struct process *p = t->process;

    ring_thread_end(t);
    if (p) {
        if (thread_ops && thread_ops->exiting)
            thread_ops->exiting(t);
        clear_child_tid(t);
        signal_thread_leaves(t);
        leave_process(t);
        if (p->thread_count == 0)
            end_of_program(t);
    }
    irq_disable();
    t->state = THREAD_DEAD;
    sched_switch();
    panic("a dead thread ran");
}

noreturn void thread_exit(int code)
{
    struct thread *t = thread_current();
    struct process *p = t->process;

    if (p && !p->exiting && p->thread_count == 1) {
        p->exit_kind = SHUTDOWN_EXITED;
        p->exit_code = code & 0xff;
    }
    thread_leave(t);
}

noreturn void process_exit(int kind, int code)
{
    struct thread *t = thread_current(), *other;
    struct process *p = t->process;
    unsigned long irq = spin_lock(&p->lock);

    if (!p->exiting) {
        p->exiting = true;
        p->exit_kind = kind;
        p->exit_code = code;
        list_for_each_entry (other, &p->threads, process_node) {
            if (other == t)
                continue;
            thread_work_set(other, WORK_KILLED);
            sched_wake(other);
        }
    }
    spin_unlock(&p->lock, irq);
    thread_leave(t);
}

/* Everything that may be due before the program goes on. Called by the entry
 * paths with interrupts off, and returns so. */
void thread_exit_work(struct regs *r)
{
    struct thread *t = thread_current();

    while (t->work & ~WORK_IRET) {
        irq_enable();
        if (t->work & WORK_KILLED)
            thread_leave(t);
        if (t->work & WORK_RESCHED) {
            sched_yield_cpu();
            if (rseq_interrupted(r) < 0)
                signal_fault(r, SIGSEGV, SI_KERNEL, 0);
        }
        if (t->work & WORK_CRED)
            cred_refresh();
        if (t->work & WORK_SIGNAL)
            signal_deliver(r);
        irq_disable();
    }
    thread_work_clear(t, WORK_IRET);
}
