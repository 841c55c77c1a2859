// SPDX-License-Identifier: MIT
/*
 * sched: who runs. A first-come run queue with time slices: a thread that
 * comes back to the program after its slice gives way to the next. Real-time
 * threads (sched(7)) stand before all others, by their priority, and a running
 * one gives way to higher ones alone; threads of the kernel stand before them.
 * The kernel itself is not preempted. Tickless: a slice is timed only while
 * somebody else waits for the CPU.
 */
#pragma once

#include "kernel/thread.h"

/* How often it is looked where a CPU's time goes (kernel/cpu_split.h): not in
 * step with what programs do every so many milliseconds. */
#define SCHED_SAMPLE_NS 3917000ul

/* How long a thread runs while others wait. */
#define SCHED_SLICE_NS     (4 * NSEC_PER_MSEC) /* niceness 0 */
#define SCHED_SLICE_MAX_NS (16 * NSEC_PER_MSEC)
#define SCHED_SLICE_RR_NS  (100 * NSEC_PER_MSEC)

#define SCHED_NICE_MAX        19
#define SCHED_PRIORITY_KERNEL 100 /* above all of the program's */

/* What sched_setattr(2) sets. */
struct sched_policy {
    int policy;   /* SCHED_* but SCHED_DEADLINE */
    int priority; /* 1 to 99 of SCHED_FIFO and SCHED_RR, else 0 */
    int nice;
    bool reset_on_fork;
};

struct sched_policy sched_policy_get(const struct thread *t);
void sched_policy_set(struct thread *t, const struct sched_policy *s);
/* t, which is new, gets what its maker has. */
void sched_inherit(struct thread *t, const struct thread *parent);

/* Makes the boot context this CPU's idle thread. */
void sched_init(void);

/* Puts a runnable thread at the end of the queue. Any context. */
void sched_add(struct thread *t);

/* Makes a sleeping thread runnable; notes the wake-up if it is about to
 * sleep. Any context. */
void sched_wake(struct thread *t);

/* The same for a thread, which has interrupts on. */
void sched_wake_from_thread(struct thread *t);

/* Goes to the next thread; the caller's state says whether it stays in the
 * queue. Returns when the caller runs again. */
void sched_switch(void);

/* wait_prepare, for the calling thread. */
static inline void sched_wait_prepare(struct thread *t)
{
    t->woken = false;
}

/* Sleeps after wait_prepare until woken, whatever signals are pending. */
void sched_sleep(void);

/* wait_sleep(WAIT_FOREVER) for t, the calling thread, with interrupts on. */
int sched_sleep_for_ever(struct thread *t);

/* Lets others run first. */
void sched_yield_cpu(void);

/* The idle thread's loop. */
noreturn void sched_idle(void);

/* CPU time used, in nanoseconds: by a thread; by all of a process's threads,
 * the ended ones too. */
uint64_t sched_cpu_time(const struct thread *t);
uint64_t sched_process_cpu_time(struct process *p);
uint64_t sched_process_cpu_time_locked(struct process *p); /* p->lock held */

/* The same in two parts. */
struct cpu_times sched_times(const struct thread *t);
struct cpu_times sched_process_times(struct process *p);
struct cpu_times sched_process_times_locked(struct process *p);
/* Of all that is not idle. */
struct cpu_times sched_machine_times(void);
