// SPDX-License-Identifier: MIT
/* sched: what the scheduling calls ask of every thread they are given. */
#pragma once

#include "abi/resource.h"
#include "kernel/cred.h"
#include "kernel/thread.h"

/* The thread that pid names, with a reference; 0: the caller. NULL: none. */
static inline struct thread *sched_thread_of(int pid)
{
    return thread_find(pid ? pid : thread_current()->tid);
}

/* May the caller change how t is scheduled? */
static inline bool sched_permitted(const struct thread *t)
{
    const struct cred *own = cred_current(), *other = t->cred;

    return own->euid == other->euid || own->euid == other->uid ||
           capable(CAP_SYS_NICE);
}

/* May t be as little nice as this (getrlimit(2), RLIMIT_NICE)? */
static inline bool sched_may_be_nice(const struct thread *t, int nice)
{
    return nice >= t->nice || capable(CAP_SYS_NICE) ||
           (uint64_t)(20 - nice) <= t->process->limits[RLIMIT_NICE].soft;
}

/* Threads as getpriority(2) names them. */
struct sched_selection {
    int which, who;
    long (*act)(struct thread *t, int arg); /* the result, negative: errno */
    int arg;
};

/* Lets s->act have each thread that is meant. The highest of what it says, or
 * the last error; -ESRCH: there is none. */
long sched_for_each(const struct sched_selection *s);
