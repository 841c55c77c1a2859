// SPDX-License-Identifier: MIT
/*
 * Locking: sched_lock covers the run queue and every thread's state and
 * woken flag. sched_switch holds it over the change of stacks; the thread that
 * arrives releases it.
 */
#include "kernel/sched.h"

#include "abi/errno.h"
#include "abi/sched.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/cred.h"
#include "kernel/fpu.h"
#include "kernel/load.h"
#include "kernel/panic.h"
#include "kernel/ring.h"
#include "kernel/signal.h"
#include "kernel/timer.h"
#include "kernel/trap.h"
#include "kernel/uaccess.h"
#include "kernel/vm.h"
#include "lib/string.h"

void thread_started(void);
void thread_reap(struct thread *dead); /* kernel/thread.c */

static struct spinlock sched_lock = SPINLOCK_INIT;
static struct list_node run_queue = LIST_INIT(run_queue);
static struct timer slice_timer;
static struct timer sample_timer; /* not armed while the CPU is idle */
static struct thread idle_thread;
static struct thread *dead_thread; /* left by the switch under way; or NULL */

/* Set for good when the first thread becomes a real-time one: from then on
 * the queue is in the order of priorities. Until then nobody has one, but for
 * threads of the kernel, and it is first come, first served. */
static bool by_priority;

__attribute__((noinline)) static void slice_arm(const struct thread *t)
{
    timer_arm(&slice_timer, clock_monotonic_ns() + t->slice_ns);
}

static inline void slice_start_locked(const struct thread *t)
{
    if (unlikely(!slice_timer.armed))
        slice_arm(t);
}

/* When its slice is over: first come, first served, does not. */
static bool gives_way_locked(const struct thread *t)
{
    const struct thread *first =
        list_first_entry(&run_queue, struct thread, run_node);

    return first->rt_priority > t->rt_priority ||
           (first->rt_priority == t->rt_priority && t->policy != SCHED_FIFO);
}

/*
 * The slice of whoever runs is over: it yields when it leaves the kernel.
 * Turns that end early leave the timer as it is, so that it may find a later
 * one, which goes on for what is left of it, or nobody who waits.
 */
static void slice_end(struct timer *timer)
{
    struct thread *t = thread_current();
    unsigned long irq = spin_lock(&sched_lock);
    uint64_t end = t->slice_start_ns + t->slice_ns;

    if (!list_empty(&run_queue) && gives_way_locked(t)) {
        if (end > clock_monotonic_ns()) {
            timer_arm(timer, end);
        } else {
            t->turn_over = true;
            thread_work_set(t, WORK_RESCHED);
        }
    }
    spin_unlock(&sched_lock, irq);
}

/* Behind those of higher priority, and of its own unless it is to be first of
 * those. */
static void insert_by_priority(struct thread *t, bool first)
{
    struct thread *other;

    list_for_each_entry (other, &run_queue, run_node)
        if (other->rt_priority < t->rt_priority + first)
            break;
    list_add_tail(&other->run_node, &t->run_node);
}

/* t could run; a lower one that does gives way on leaving the kernel. */
static void insert_woken(struct thread *t)
{
    struct thread *current = thread_current();

    insert_by_priority(t, false);
    if (t->rt_priority > current->rt_priority)
        thread_work_set(current, WORK_RESCHED);
}

/* t runs and goes on later: first of its equals if others cut it short. */
static void insert_running(struct thread *t)
{
    insert_by_priority(t, !t->turn_over);
    t->turn_over = false;
}

static inline void enqueue_locked(struct thread *t)
{
    t->state = THREAD_RUNNABLE;
    if (unlikely(by_priority))
        insert_woken(t);
    else
        list_add_tail(&run_queue, &t->run_node);
    slice_start_locked(thread_current());
}

static void sample_take(struct timer *timer);

void sched_init(void)
{
    struct cpu *cpu = cpu_this();

    idle_thread.process = NULL;
    idle_thread.cred = cred_get(&cred_root);
    idle_thread.slice_ns = SCHED_SLICE_NS;
    memcpy(idle_thread.name, "idle", 5);
    list_init(&idle_thread.run_node);
    timer_init(&slice_timer, slice_end);
    timer_init(&sample_timer, sample_take);
    cpu->idle = &idle_thread;
    cpu->current = &idle_thread;
    ring_thread_new(&idle_thread);
}

void sched_add(struct thread *t)
{
    unsigned long irq = spin_lock(&sched_lock);

    enqueue_locked(t);
    spin_unlock(&sched_lock, irq);
}

__attribute__((noinline)) static void wake_sleeper(struct thread *t)
{
    ring_wake(t);
    enqueue_locked(t);
}

static inline void wake_locked(struct thread *t)
{
    t->woken = true;
    if (t->state != THREAD_SLEEPING)
        return;
    if (likely(!(ring_on | by_priority) && slice_timer.armed)) {
        t->state = THREAD_RUNNABLE;
        list_add_tail(&run_queue, &t->run_node);
    } else {
        wake_sleeper(t);
    }
}

void sched_wake(struct thread *t)
{
    unsigned long irq = spin_lock(&sched_lock);

    wake_locked(t);
    spin_unlock(&sched_lock, irq);
}

void sched_wake_from_thread(struct thread *t)
{
    irq_disable();
    spin_lock_only(&sched_lock);
    wake_locked(t);
    spin_unlock_only(&sched_lock);
    irq_enable();
}

/* --- policies --- */

/* A step of niceness is a quarter more or a fifth less of the CPU; who is
 * idle gets a fifth of the nicest. */
static uint64_t slice_of(const struct sched_policy *s)
{
    uint64_t ns = SCHED_SLICE_NS;
    int nice = s->policy == SCHED_IDLE ? SCHED_NICE_MAX : s->nice;

    if (s->priority)
        return SCHED_SLICE_RR_NS;
    for (; nice > 0; nice--)
        ns = ns * 4 / 5;
    for (; nice < 0 && ns < SCHED_SLICE_MAX_NS; nice++)
        ns = ns * 5 / 4;
    return s->policy == SCHED_IDLE ? ns / 5 : ns;
}

struct sched_policy sched_policy_get(const struct thread *t)
{
    return (struct sched_policy){
        .policy = t->policy,
        .priority = t->rt_priority,
        .nice = t->nice,
        .reset_on_fork = t->reset_on_fork,
    };
}

static void policy_set(struct thread *t, const struct sched_policy *s)
{
    t->policy = (uint8_t)s->policy;
    t->rt_priority = (uint8_t)s->priority;
    t->nice = s->nice;
    t->reset_on_fork = s->reset_on_fork;
    t->slice_ns = slice_of(s);
}

/* Puts the queue into the order of priorities as they are now. */
static void sort_queue_locked(void)
{
    struct list_node old = LIST_INIT(old);

    while (!list_empty(&run_queue)) {
        struct list_node *node = run_queue.next;

        list_del(node);
        list_add_tail(&old, node);
    }
    while (!list_empty(&old)) {
        struct thread *t = list_first_entry(&old, struct thread, run_node);

        list_del(&t->run_node);
        insert_by_priority(t, false);
    }
}

void sched_policy_set(struct thread *t, const struct sched_policy *s)
{
    struct thread *current = thread_current();
    unsigned long irq = spin_lock(&sched_lock);

    policy_set(t, s);
    by_priority |= s->priority != 0;
    if (by_priority) {
        sort_queue_locked();
        if (!list_empty(&run_queue) &&
            list_first_entry(&run_queue, struct thread, run_node)->rt_priority >
                current->rt_priority)
            thread_work_set(current, WORK_RESCHED);
    }
    spin_unlock(&sched_lock, irq);
}

void sched_inherit(struct thread *t, const struct thread *parent)
{
    struct sched_policy s = {.policy = SCHED_NORMAL};

    if (parent->process)
        s = sched_policy_get(parent);
    if (s.reset_on_fork) {
        if (s.priority)
            s = (struct sched_policy){.policy = SCHED_NORMAL};
        s.nice = MAX(s.nice, 0);
        s.reset_on_fork = false;
    }
    policy_set(t, &s);
}

/* Interrupts off. */
static void account(struct thread *from, struct thread *to)
{
    uint64_t now = clock_monotonic_ns_quick();

    from->cpu_ns += now - from->slice_start_ns;
    to->slice_start_ns = now;
}

uint64_t sched_cpu_time(const struct thread *t)
{
    uint64_t ns = t->cpu_ns;

    if (t == thread_current())
        ns += clock_monotonic_ns() - t->slice_start_ns;
    return ns;
}

struct cpu_times sched_times(const struct thread *t)
{
    return cpu_split_read(&t->cpu_split, sched_cpu_time(t));
}

struct cpu_times sched_process_times_locked(struct process *p)
{
    struct cpu_times all = p->dead_threads_cpu, one;
    struct thread *t;

    list_for_each_entry (t, &p->threads, process_node) {
        one = sched_times(t);
        cpu_times_add(&all, &one);
    }
    return all;
}

struct cpu_times sched_process_times(struct process *p)
{
    unsigned long irq = spin_lock(&p->lock);
    struct cpu_times all = sched_process_times_locked(p);

    spin_unlock(&p->lock, irq);
    return all;
}

uint64_t sched_process_cpu_time_locked(struct process *p)
{
    struct cpu_times all = sched_process_times_locked(p);

    return all.user_ns + all.system_ns;
}

uint64_t sched_process_cpu_time(struct process *p)
{
    struct cpu_times all = sched_process_times(p);

    return all.user_ns + all.system_ns;
}

/* --- samples of where the time goes --- */

static struct cpu_split machine_split;

static uint64_t busy_ns(void)
{
    uint64_t idle = sched_cpu_time(cpu_this()->idle);
    uint64_t now = clock_monotonic_ns();

    return now > idle ? now - idle : 0;
}

struct cpu_times sched_machine_times(void)
{
    unsigned long irq = irq_save();
    struct cpu_times times = cpu_split_read(&machine_split, busy_ns());

    irq_restore(irq);
    return times;
}

static_assert(SCHED_SAMPLE_NS < LOAD_SAMPLE_MAX_NS, "in time");

static void sample_start(void)
{
    if (!sample_timer.armed)
        timer_arm(&sample_timer, clock_monotonic_ns() + SCHED_SAMPLE_NS);
}

static unsigned runnable_threads(void)
{
    unsigned n = 1; /* the one that runs */
    unsigned long irq = spin_lock(&sched_lock);
    const struct list_node *node;

    for (node = run_queue.next; node != &run_queue; node = node->next)
        n++;
    spin_unlock(&sched_lock, irq);
    return n;
}

static void sample_take(struct timer *timer)
{
    struct thread *t = thread_current();
    bool in_system = !trap_interrupted_program;
    uint64_t now = clock_monotonic_ns();

    (void)timer;
    if (t == cpu_this()->idle)
        return;
    cpu_split_sample(&t->cpu_split, sched_cpu_time(t), in_system);
    cpu_split_sample(&machine_split, busy_ns(), in_system);
    if (load_is_due(now))
        load_sample(now, sched_cpu_time(cpu_this()->idle), runnable_threads());
    sample_start();
}

/* --- the parts of the CPU that belong to the program --- */

/* FS base, and GS base, which in the kernel waits in the MSR that SWAPGS
 * exchanges. Interrupts off. */
static void bases_switch(struct thread *from, const struct thread *to)
{
    if (likely(cpu_features.fsgsbase)) {
        __asm__ volatile("rdfsbase %0\n"
                         "wrfsbase %2\n"
                         "swapgs\n"
                         "rdgsbase %1\n"
                         "wrgsbase %3\n"
                         "swapgs"
                         : "=&r"(from->fs_base), "=&r"(from->gs_base)
                         : "r"(to->fs_base), "r"(to->gs_base)
                         : "memory");
        return;
    }
    from->fs_base = msr_read(MSR_FS_BASE);
    from->gs_base = msr_read(MSR_KERNEL_GS_BASE);
    msr_write(MSR_FS_BASE, to->fs_base);
    msr_write(MSR_KERNEL_GS_BASE, to->gs_base);
}

/*
 * to gets its registers. Those of the thread that had the CPU before are saved
 * only now: a thread that slept while none but the kernel's ran finds its own
 * still there.
 */
static void program_switch(struct cpu *cpu, struct thread *to)
{
    static struct thread nobody; /* keeps the bases of who has ended */
    struct thread *from = cpu->program;

    cpu->program = to;
    if (likely(from)) {
        bases_switch(from, to);
        fpu_switch(from->fpu, to->fpu);
    } else {
        bases_switch(&nobody, to);
        fpu_restore(to->fpu);
    }
}

/* --- switching --- */

/* First on the new stack: ends the switch that came here. */
static inline void switch_finish(void)
{
    struct thread *dead = dead_thread;

    sched_lock.held = 0;
    if (unlikely(dead)) {
        dead_thread = NULL;
        thread_reap(dead);
    }
}

/* The program's wish is met by the new thread, in its own memory. */
static void tell_tid(struct thread *t)
{
    if (!t->set_child_tid)
        return;
    irq_enable();
    (void)put_user(t->tid, (int user *)t->set_child_tid);
    irq_disable();
}

void thread_started(void)
{
    switch_finish();
    tell_tid(thread_current());
}

static void forget_dead(struct cpu *cpu, struct thread *t)
{
    if (cpu->program == t)
        cpu->program = NULL;
    dead_thread = t;
}

/*
 * Goes on where to was left, and comes back when another thread does the same
 * with from. What the compiler keeps in registers it saves itself, as for a
 * call that keeps none; the frame pointer it does not let be named.
 */
static inline void stacks_switch(struct thread *from, const struct thread *to)
{
    uintptr_t *save = &from->switch_sp, load = to->switch_sp;

    __asm__ volatile("pushq %%rbp\n"
                     "pushq $1f\n"
                     "movq %%rsp, (%0)\n"
                     "movq %1, %%rsp\n"
                     "jmpq *(%%rsp)\n"
                     "1: popq %%rbp\n" /* the address */
                     "popq %%rbp"
                     : "+D"(save), "+S"(load)
                     :
                     : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11",
                       "r12", "r13", "r14", "r15", "memory", "cc");
}

/* Lock held. */
__attribute__((always_inline)) static inline void
switch_to(struct cpu *cpu, struct thread *from, struct thread *to, bool asleep)
{
    uintptr_t top;

    cpu->switches++;
    ring_switch(from, to);
    account(from, to);
    cpu->current = to;
    top = to->stack_top;
    trap_set_kernel_stack(top);
    cpu->kernel_sp = top - sizeof(struct regs);
    if (!asleep && unlikely(from->state == THREAD_DEAD))
        forget_dead(cpu, from);
    if (to->space) {
        if (cpu->tlb.space != to->space)
            vm_space_activate(to->space);
        if (cpu->program != to)
            program_switch(cpu, to);
    }
    stacks_switch(from, to);
    switch_finish();
}

/* from, which runs, goes on later. Lock held. */
static inline void requeue_locked(struct thread *from)
{
    if (unlikely(by_priority))
        insert_running(from);
    else
        list_add_tail(&run_queue, &from->run_node);
}

/* To the first of the queue; asleep: from has gone to sleep just now. Lock held
 * before, and not after. */
__attribute__((always_inline)) static inline void
switch_locked(struct cpu *cpu, struct thread *from, bool asleep)
{
    struct thread *to = cpu->idle;

    if (!asleep && (from->work & WORK_RESCHED))
        thread_work_clear(from, WORK_RESCHED);
    if (!list_empty(&run_queue)) {
        to = list_first_entry(&run_queue, struct thread, run_node);
        list_del(&to->run_node);
    }
    if (unlikely(to->slice_ns != from->slice_ns))
        timer_cancel(&slice_timer); /* it has the length of from's */
    if (!list_empty(&run_queue))
        slice_start_locked(to);
    if (!asleep && to == from) {
        sched_lock.held = 0;
        return;
    }
    if (!asleep)
        from->counts.preemptions += from->state == THREAD_RUNNABLE;
    switch_to(cpu, from, to, asleep);
}

void sched_switch(void)
{
    struct cpu *cpu = cpu_this();
    struct thread *from = cpu->current;
    unsigned long irq = spin_lock(&sched_lock);

    if (from->state == THREAD_RUNNABLE && from != cpu->idle &&
        list_empty(&from->run_node))
        requeue_locked(from);
    switch_locked(cpu, from, false);
    irq_restore(irq);
}

void sched_yield_cpu(void)
{
    thread_current()->turn_over = true;
    sched_switch();
}

noreturn void sched_idle(void)
{
    for (;;) {
        irq_disable();
        if (list_empty(&run_queue))
            cpu_idle_wait();
        if (!list_empty(&run_queue))
            sample_start();
        irq_enable();
        sched_switch();
    }
}

/* --- sleeping (kernel/wait.h) --- */

struct sleep_timer {
    struct timer timer;
    struct thread *thread;
    bool expired;
};

static void sleep_expired(struct timer *t)
{
    struct sleep_timer *s = container_of(t, struct sleep_timer, timer);

    s->expired = true;
    sched_wake(s->thread);
}

void wait_prepare(void)
{
    sched_wait_prepare(thread_current());
}

void wait_cancel(void)
{
}

/* Sleeps unless a wake-up came since wait_prepare. */
static void sleep_until_woken(struct thread *t)
{
    unsigned long irq = spin_lock(&sched_lock);

    if (unlikely(t->woken)) {
        sched_lock.held = 0;
    } else {
        t->state = THREAD_SLEEPING;
        t->counts.sleeps++;
        switch_locked(cpu_this(), t, true);
    }
    irq_restore(irq);
}

void sched_sleep(void)
{
    might_sleep();
    sleep_until_woken(thread_current());
}

int sched_sleep_for_ever(struct thread *t)
{
    if (t->work & (WORK_SIGNAL | WORK_KILLED))
        return -ERESTARTSYS;
    irq_disable();
    spin_lock_only(&sched_lock);
    if (unlikely(t->woken)) {
        spin_unlock_only(&sched_lock);
    } else {
        t->state = THREAD_SLEEPING;
        t->counts.sleeps++;
        switch_locked(cpu_this(), t, true);
    }
    irq_enable();
    /* t, asked for anew, need not be kept over the switch. */
    return thread_current()->work & (WORK_SIGNAL | WORK_KILLED) ? -ERESTARTSYS
                                                                : 0;
}

/* The same by a deadline; true: that has passed. */
__attribute__((noinline)) static bool sleep_until(struct thread *t,
                                                  uint64_t deadline_ns)
{
    struct sleep_timer s = {.thread = t};

    timer_init(&s.timer, sleep_expired);
    timer_arm(&s.timer, deadline_ns);
    sleep_until_woken(t);
    timer_cancel(&s.timer);
    return s.expired;
}

int wait_sleep(uint64_t deadline_ns)
{
    struct thread *t = thread_current();

    might_sleep();
    if (t->work & (WORK_SIGNAL | WORK_KILLED))
        return -ERESTARTSYS;
    if (deadline_ns == WAIT_FOREVER)
        sleep_until_woken(t);
    else if (sleep_until(t, deadline_ns))
        return -ETIMEDOUT;
    return t->work & (WORK_SIGNAL | WORK_KILLED) ? -ERESTARTSYS : 0;
}

static bool is_killed(const struct thread *t)
{
    uint64_t pending = t->pending.mask | t->process->pending.mask;

    return (t->work & WORK_KILLED) || (pending & SIGNAL_BIT(SIGKILL));
}

int wait_sleep_killable(void)
{
    struct thread *t = thread_current();

    might_sleep();
    if (is_killed(t))
        return -EINTR;
    sleep_until_woken(t);
    return is_killed(t) ? -EINTR : 0;
}
