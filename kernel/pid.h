// SPDX-License-Identifier: MIT
/*
 * pid: the numbers of threads, processes, groups and sessions: one number
 * space for all. A number belongs to one struct pid as long as any of them has
 * it, and is given out again only after that. Numbers count up to PID_MAX and
 * then begin anew, above PID_RESERVED (Linux: kernel.pid_max).
 *
 * Locking: the process tree lock (kernel/process.h) covers everything but
 * refs.
 */
#pragma once

#include "kernel/wait.h"
#include "lib/list.h"

#define PID_MAX      32768
#define PID_RESERVED 300

struct pid {
    int number;
    unsigned refs;            /* a pidfd keeps it when the number is free */
    struct thread *thread;    /* whose tid it is, or NULL */
    struct process *process;  /* whose pid it is, zombies too, or NULL */
    struct list_node group;   /* the processes whose group it is */
    struct list_node session; /* and those whose session */
    struct wait_queue ended;  /* woken when the process ends */
};

/* A number that nothing has yet, with a reference; NULL: none is free, or no
 * memory. Takes the tree lock. */
struct pid *pid_alloc(void);

/* The struct pid of a number in use, or NULL. Borrowed. Lock held. */
struct pid *pid_find_locked(int number);

/* The next one in use from number on, or NULL. Lock held. */
struct pid *pid_next_locked(int number);

/* One of its users is gone: the last one frees the number. Lock held. */
void pid_unused_locked(struct pid *pid);

void pid_get(struct pid *pid);
void pid_put(struct pid *pid);
