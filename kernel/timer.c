// SPDX-License-Identifier: MIT
/*
 * timer: the queue of armed timers, a tree ordered by deadline.
 *
 * One queue, which the boot CPU's local APIC serves. The hardware is told only
 * when the earliest deadline moves forward; one that has been cancelled costs
 * an early interrupt that finds nothing to do.
 *
 * Locking: timer_lock covers the tree, every timer's deadline_ns and armed,
 * running and programmed_ns. A timer's function runs with it dropped, so that
 * it may arm and cancel timers; running tells timer_cancel to wait for it.
 */
#include "kernel/timer.h"

#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/irq.h"
#include "kernel/lock.h"

/* So many functions at most in one interrupt, lest one that keeps arming itself
 * for the past shuts everything else out. */
#define FIRE_MAX 64

static struct spinlock timer_lock = SPINLOCK_INIT;
static struct rb_root timers;
static struct rb_node *earliest;
static struct timer *running;   /* its function is being called ... */
static struct cpu *running_cpu; /* ... by this CPU */
static uint64_t programmed_ns = UINT64_MAX; /* when the APIC will interrupt */
static bool started;

static struct timer *timer_of(struct rb_node *n)
{
    return rb_entry(n, struct timer, node);
}

void timer_init(struct timer *t, void (*fn)(struct timer *t))
{
    t->fn = fn;
    t->deadline_ns = 0;
    t->armed = false;
}

/* Makes the hardware interrupt no later than the earliest deadline. */
static void program_locked(void)
{
    uint64_t now, deadline;

    if (!started || !earliest)
        return;
    deadline = timer_of(earliest)->deadline_ns;
    if (deadline >= programmed_ns)
        return;
    now = clock_monotonic_ns();
    programmed_ns = deadline;
    lapic_timer_arm_ns(deadline > now ? deadline - now : 0);
}

static void insert_locked(struct timer *t)
{
    struct rb_node **link = &timers.node, *parent = NULL;
    bool first = true;

    while (*link) {
        parent = *link;
        if (t->deadline_ns < timer_of(parent)->deadline_ns) {
            link = &parent->left;
        } else {
            link = &parent->right;
            first = false;
        }
    }
    rb_insert(&timers, parent, link, &t->node);
    t->armed = true;
    if (first)
        earliest = &t->node;
}

static void remove_locked(struct timer *t)
{
    if (earliest == &t->node)
        earliest = rb_next(&t->node);
    rb_erase(&timers, &t->node);
    t->armed = false;
}

void timer_arm(struct timer *t, uint64_t deadline_ns)
{
    unsigned long flags = spin_lock(&timer_lock);

    if (t->armed)
        remove_locked(t);
    t->deadline_ns = deadline_ns;
    insert_locked(t);
    program_locked();
    spin_unlock(&timer_lock, flags);
}

bool timer_cancel(struct timer *t)
{
    unsigned long flags = spin_lock(&timer_lock);
    bool was_armed = t->armed;

    if (was_armed)
        remove_locked(t);
    /* Its own function may cancel it; that need not wait for itself. */
    while (running == t && running_cpu != cpu_this()) {
        spin_unlock(&timer_lock, flags);
        cpu_pause();
        flags = spin_lock(&timer_lock);
        if (t->armed) /* it re-armed itself meanwhile */
            remove_locked(t);
    }
    spin_unlock(&timer_lock, flags);
    return was_armed;
}

static void timer_interrupt(void *arg)
{
    unsigned long flags;
    uint64_t now;

    (void)arg;
    clock_check();
    flags = spin_lock(&timer_lock);
    now = clock_monotonic_ns();
    running_cpu = cpu_this();
    for (int i = 0; i < FIRE_MAX && earliest; i++) {
        struct timer *t = timer_of(earliest);

        if (t->deadline_ns > now)
            break;
        remove_locked(t);
        running = t;
        spin_unlock(&timer_lock, flags);
        t->fn(t);
        flags = spin_lock(&timer_lock);
        running = NULL;
    }
    programmed_ns = UINT64_MAX;
    program_locked();
    spin_unlock(&timer_lock, flags);
}

void timer_start(void)
{
    unsigned long flags;

    lapic_timer_calibrate();
    irq_vector_set(IRQ_VECTOR_TIMER, timer_interrupt, NULL);
    flags = spin_lock(&timer_lock);
    started = true;
    program_locked();
    spin_unlock(&timer_lock, flags);
}
