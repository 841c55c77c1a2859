// SPDX-License-Identifier: MIT
/*
 * thread: making and ending threads.
 *
 * A thread that ends cannot free the stack it runs on: the thread after it
 * does (thread_reap, from the switch). Kernel stacks lie in their own region,
 * each with an unmapped page below; freed ones are kept for the next thread.
 */
#include "kernel/thread.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/resource.h"
#include "abi/signal.h"
#include "kernel/asm.h"
#include "kernel/cpu.h"
#include "kernel/cred.h"
#include "kernel/fpu.h"
#include "kernel/futex.h"
#include "kernel/kmalloc.h"
#include "kernel/memlayout.h"
#include "kernel/page.h"
#include "kernel/pagetable.h"
#include "kernel/panic.h"
#include "kernel/pid.h"
#include "kernel/ring.h"
#include "kernel/rseq.h"
#include "kernel/sched.h"
#include "kernel/shutdown.h"
#include "kernel/signal.h"
#include "kernel/tlb.h"
#include "kernel/vm.h"
#include "lib/printf.h"
#include "lib/string.h"

static_assert(offsetof(struct thread, work) == THREAD_WORK, "asm.h");
static_assert(sizeof(struct regs) == REGS_SIZE, "asm.h");
static_assert(offsetof(struct regs, r15) == REGS_R15, "asm.h");
static_assert(offsetof(struct regs, r14) == REGS_R14, "asm.h");
static_assert(offsetof(struct regs, r13) == REGS_R13, "asm.h");
static_assert(offsetof(struct regs, r12) == REGS_R12, "asm.h");
static_assert(offsetof(struct regs, rbp) == REGS_RBP, "asm.h");
static_assert(offsetof(struct regs, rbx) == REGS_RBX, "asm.h");
static_assert(offsetof(struct regs, r11) == REGS_R11, "asm.h");
static_assert(offsetof(struct regs, rcx) == REGS_RCX, "asm.h");
static_assert(offsetof(struct regs, r10) == REGS_R10, "asm.h");
static_assert(offsetof(struct regs, r9) == REGS_R9, "asm.h");
static_assert(offsetof(struct regs, r8) == REGS_R8, "asm.h");
static_assert(offsetof(struct regs, rax) == REGS_RAX, "asm.h");
static_assert(offsetof(struct regs, rdx) == REGS_RDX, "asm.h");
static_assert(offsetof(struct regs, rsi) == REGS_RSI, "asm.h");
static_assert(offsetof(struct regs, rdi) == REGS_RDI, "asm.h");
static_assert(offsetof(struct regs, orig_rax) == REGS_ORIG_RAX, "asm.h");
static_assert(offsetof(struct regs, rip) == REGS_RIP, "asm.h");
static_assert(offsetof(struct regs, cs) == REGS_CS, "asm.h");
static_assert(offsetof(struct regs, rflags) == REGS_RFLAGS, "asm.h");
static_assert(offsetof(struct regs, rsp) == REGS_RSP, "asm.h");

#define THREADS_MIN 256
#define STACK_SLOT  (THREAD_STACK_SIZE + PAGE_SIZE) /* with its guard */

/* Where kernel/sched.c goes on with a thread: rip; the rest is for that. */
struct switch_frame {
    uint64_t rip, function, argument; /* the last two of a kernel thread */
};

void thread_start_user(void);
void thread_start_kernel(void);
void thread_reap(struct thread *dead);

const struct thread_ops *thread_ops;

static struct spinlock stack_lock = SPINLOCK_INIT;
static unsigned thread_total; /* of all processes; tree lock */
static int last_kernel_id;    /* threads of the kernel count down from -1 */
static uintptr_t free_stacks; /* chained through their top word */
static uintptr_t next_stack = STACKS_BASE;

/* --- kernel stacks --- */

static uintptr_t stack_take_free(void)
{
    unsigned long irq = spin_lock(&stack_lock);
    uintptr_t top = free_stacks;

    if (top)
        free_stacks = ((uintptr_t *)top)[-1];
    spin_unlock(&stack_lock, irq);
    return top;
}

static void stack_free(uintptr_t top)
{
    unsigned long irq = spin_lock(&stack_lock);

    ((uintptr_t *)top)[-1] = free_stacks;
    free_stacks = top;
    spin_unlock(&stack_lock, irq);
}

/* Gives the addresses of a slot back, if they are the last given out. */
static void slot_return(uintptr_t base)
{
    unsigned long irq = spin_lock(&stack_lock);

    if (next_stack == base - PAGE_SIZE + STACK_SLOT)
        next_stack -= STACK_SLOT;
    spin_unlock(&stack_lock, irq);
}

/* The top of a mapped stack, or 0 without memory. */
static uintptr_t stack_alloc(void)
{
    uintptr_t top = stack_take_free(), base;
    unsigned long irq;
    struct page *p;

    if (top)
        return top;
    irq = spin_lock(&stack_lock);
    base = next_stack + PAGE_SIZE;
    next_stack += STACK_SLOT;
    spin_unlock(&stack_lock, irq);
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
                tlb_flush_kernel(va);
            }
            slot_return(base);
            return 0;
        }
    }
    return base + THREAD_STACK_SIZE;
}

/* --- making --- */

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
    t->refs = 1;
    t->state = THREAD_NEW;
    return t;
}

static void stack_and_fpu_free(struct thread *t)
{
    if (t->fpu)
        fpu_area_destroy(t->fpu);
    if (t->stack_top)
        stack_free(t->stack_top);
    t->fpu = NULL;
    t->stack_top = 0;
}

/* The number of a new thread of p, with a reference. */
static struct pid *thread_pid(struct process *p)
{
    if (!list_empty(&p->threads) || p->id->thread)
        return pid_alloc();
    pid_get(p->id);
    return p->id;
}

/* Others find t from here on. */
static void join_process(struct thread *t, struct process *p)
{
    unsigned long irq = process_tree_lock();

    t->id->thread = t;
    spin_lock(&p->lock);
    if (p->exiting || p->exec_thread)
        t->work = WORK_KILLED;
    else if (p->stop_signal)
        t->work = WORK_SIGNAL; /* it stops, too */
    t->cred = cred_get(list_empty(&p->threads) ? p->cred : cred_current());
    p->thread_count++;
    p->live_count++;
    thread_total++;
    list_add_tail(&p->threads, &t->process_node);
    spin_unlock(&p->lock, 0);
    process_tree_unlock(irq);
}

/* As Linux: an eighth of memory may be stacks. */
unsigned thread_total_max(void)
{
    struct page_stats memory;
    size_t n;

    page_get_stats(&memory);
    n = memory.total * PAGE_SIZE / (8 * THREAD_STACK_SIZE);
    return (unsigned)MIN(MAX(n, (size_t)THREADS_MIN), (size_t)PID_MAX);
}

unsigned thread_total_count(void)
{
    return __atomic_load_n(&thread_total, __ATOMIC_RELAXED);
}

/* How many threads of all processes have this real user id; zombies count. */
static unsigned count_threads(uint32_t uid)
{
    unsigned long irq = process_tree_lock();
    struct process *p;
    unsigned n = 0;

    list_for_each_entry (p, &process_list, all_node)
        if (p->cred->uid == uid)
            n += MAX(p->thread_count, 1u);
    process_tree_unlock(irq);
    return n;
}

int thread_limit_check(void)
{
    const struct cred *c = cred_current();
    if (thread_total >= thread_total_max())
        return -EAGAIN;
    if (c->uid == 0 || capable(CAP_SYS_RESOURCE) || capable(CAP_SYS_ADMIN))
        return 0;
    return count_threads(c->uid) < process_current()->limits[RLIMIT_NPROC].soft
               ? 0
               : -EAGAIN;
}

struct thread *thread_create(struct process *p, const struct regs *regs)
{
    struct switch_frame *frame;
    struct thread *t = thread_alloc(thread_start_user, sizeof(*regs), &frame);

    if (!t)
        return NULL;
    t->fpu = fpu_area_create();
    t->id = t->fpu ? thread_pid(p) : NULL;
    if (!t->id) {
        stack_and_fpu_free(t);
        kfree(t);
        return NULL;
    }
    *thread_regs(t) = *regs;
    process_get(p);
    t->process = p;
    t->space = p->space;
    memcpy(t->name, p->name, sizeof(t->name));
    sched_inherit(t, thread_current());
    t->tid = t->id->number;
    join_process(t, p);
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
    frame->function = (uintptr_t)fn;
    frame->argument = (uintptr_t)arg;
    snprintf(t->name, sizeof(t->name), "%s", name);
    t->tid = -__atomic_add_fetch(&last_kernel_id, 1, __ATOMIC_RELAXED);
    t->cred = cred_get(&cred_root);
    t->rt_priority = SCHED_PRIORITY_KERNEL;
    t->slice_ns = SCHED_SLICE_NS;
    ring_thread_new(t);
    return t;
}

struct thread *thread_find(int tid)
{
    unsigned long irq = process_tree_lock();
    struct pid *pid = pid_find_locked(tid);
    struct thread *t = pid ? pid->thread : NULL;

    if (t)
        __atomic_add_fetch(&t->refs, 1, __ATOMIC_RELAXED);
    process_tree_unlock(irq);
    return t;
}

void thread_put(struct thread *t)
{
    if (!t || __atomic_sub_fetch(&t->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    if (t->id)
        pid_put(t->id);
    cred_put(t->cred);
    process_put(t->process);
    kfree(t);
}

/* --- ending --- */

/* Called by the thread that runs next, in the middle of the switch. */
void thread_reap(struct thread *dead)
{
    stack_and_fpu_free(dead);
    thread_put(dead);
}

/* True: it was the last. */
static bool leave_process(struct thread *t)
{
    struct process *p = t->process;
    unsigned long irq;
    struct cpu_times cpu;
    bool last;

    if (t->files)
        thread_ops->release_files(t->files);
    if (t->fs)
        thread_ops->release_fs(t->fs);
    irq = process_tree_lock();
    t->id->thread = NULL;
    pid_unused_locked(t->id);
    spin_lock(&p->lock);
    list_del(&t->process_node);
    signal_queue_flush(&t->pending);
    cpu = sched_times(t);
    cpu_times_add(&p->dead_threads_cpu, &cpu);
    thread_io_add(&p->dead_threads_io, &t->io);
    thread_counts_add(&p->dead_threads_counts, &t->counts);
    p->thread_count--;
    thread_total--;
    last = p->thread_count == 0;
    spin_unlock(&p->lock, 0);
    if (unlikely(!last && !list_empty(&p->children)))
        process_thread_left_locked(t);
    process_tree_unlock(irq);
    if (p->exec_thread)
        wait_queue_wake_all(&p->exec_wait);
    return last;
}

void thread_discard(struct thread *t)
{
    ring_thread_end(t);
    t->process->live_count--;
    leave_process(t);
    thread_reap(t);
}

/* The last thread to begin its end says what the process's status is, unless
 * exit_group or a signal has said it. */
static void begin_end(struct thread *t, int code)
{
    struct process *p = t->process;
    unsigned long irq = spin_lock(&p->lock);

    p->live_count--;
    if (p->live_count == 0 && !p->exiting) {
        p->exiting = true;
        p->exit_kind = SHUTDOWN_EXITED;
        p->exit_code = code & 0xff;
    }
    spin_unlock(&p->lock, irq);
}

noreturn void thread_exit(int code)
{
    struct thread *t = thread_current();
    struct process *p = t->process;

    ring_thread_end(t);
    if (p) {
        begin_end(t, code);
        if (thread_ops && thread_ops->exiting)
            thread_ops->exiting(t);
        futex_thread_leaves(t);
        signal_thread_leaves(t);
        if (leave_process(t))
            process_ended(p);
    }
    irq_disable();
    t->state = THREAD_DEAD;
    sched_switch();
    panic("a dead thread ran");
}

/* Everything that may be due before the program goes on. Called by the entry
 * paths with interrupts off, and returns so. */
void thread_exit_work(struct regs *r)
{
    struct thread *t = thread_current();

    while (t->work & ~WORK_IRET) {
        irq_enable();
        if (t->work & WORK_KILLED)
            thread_exit(0);
        if (t->work & WORK_RESCHED) {
            sched_switch();
            thread_work_set(t, WORK_RSEQ);
        }
        if (t->work & WORK_RSEQ) {
            thread_work_clear(t, WORK_RSEQ);
            if (rseq_interrupted(r) < 0)
                signal_fault(r, SIGSEGV, SI_KERNEL, 0);
        }
        if (t->work & WORK_SIGNAL)
            signal_deliver(r);
        irq_disable();
    }
    thread_work_clear(t, WORK_IRET);
}
