// SPDX-License-Identifier: MIT
/*
 * sched: who runs. A first-come run queue with time slices: a thread that
 * comes back to the program after its slice gives way to the next. The kernel
 * itself is not preempted. Tickless: a slice is timed only while somebody
 * else waits for the CPU.
 */
#pragma once

#include "kernel/thread.h"

/* How long a thread runs while others wait. */
#define SCHED_SLICE_NS     (4 * NSEC_PER_MSEC) /* niceness 0 */
#define SCHED_SLICE_MAX_NS (16 * NSEC_PER_MSEC)

/* Makes the boot context this CPU's idle thread. */
void sched_init(void);

/* Puts a runnable thread at the end of the queue. Any context. */
void sched_add(struct thread *t);

/* Makes a sleeping thread runnable; notes the wake-up if it is about to
 * sleep. Any context. */
void sched_wake(struct thread *t);

/* Goes to the next thread; the caller's state says whether it stays in the
 * queue. Returns when the caller runs again. */
void sched_switch(void);

/* Sleeps after wait_prepare until woken, whatever signals are pending. */
void sched_sleep(void);

/* Lets others run first. */
void sched_yield_cpu(void);

/* The idle thread's loop. */
noreturn void sched_idle(void);

/* CPU time used, in nanoseconds: by a thread; by all of a process's threads,
 * the ended ones too. */
uint64_t sched_cpu_time(const struct thread *t);
uint64_t sched_process_cpu_time(struct process *p);
uint64_t sched_process_cpu_time_locked(struct process *p); /* p->lock held */
