// SPDX-License-Identifier: MIT
/*
 * itimer: the timers of a program, which send signals: the three interval
 * timers of setitimer(2), and those of timer_create(2).
 *
 * A timer expires at a time of its clock. Its signal is queued once; while it
 * waits there, a periodic timer rests, and what it missed is counted when the
 * signal is delivered (its overrun). So no period, however short, keeps the
 * kernel busy while the program does not take the signal.
 *
 * All functions are about the calling process, and may sleep, unless they say
 * otherwise. Times are nanoseconds.
 */
#pragma once

#include "abi/signal.h"
#include "kernel/clock_id.h"
#include "lib/base.h"

struct process;
struct process_timers;

enum itimer_which { /* as ITIMER_* */
                    ITIMER_WHICH_REAL,
                    ITIMER_WHICH_VIRTUAL,
                    ITIMER_WHICH_PROF,
                    ITIMER_WHICH_COUNT,
};

struct itimer_time {
    uint64_t value;    /* until it expires; 0: it does not */
    uint64_t interval; /* then every so long; 0: no more */
};

struct itimer_event {
    int signal; /* 0: none is sent (SIGEV_NONE) */
    int tid;    /* of this process, to which it is sent; 0: to the process */
    uint64_t value;
    bool value_is_id; /* the timer's id instead of value */
};

/* For kernel/thread.c: the timers of a new process, NULL without memory; and
 * their end, when its last thread has ended. */
struct process_timers *itimers_create(void);
void itimers_destroy(struct process *p);
/* Deletes those of timer_create(2), for execve(2). */
void itimers_delete_all(void);

/* Sets an interval timer, relative. *old: what it was set to. */
void itimer_interval_set(enum itimer_which which, const struct itimer_time *now,
                         struct itimer_time *old);
void itimer_interval_get(enum itimer_which which, struct itimer_time *left);

/* A new timer, not armed. Its id, or -EAGAIN: no memory or too many
 * (RLIMIT_SIGPENDING). */
int itimer_create(const struct clock_id *clock, const struct itimer_event *e);
int itimer_delete(int id); /* -EINVAL: no such timer; so with those below */

/* absolute: time->value is a time of its clock. */
int itimer_set(int id, const struct itimer_time *time, bool absolute,
               struct itimer_time *old);
int itimer_get(int id, struct itimer_time *left);
int itimer_overrun(int id); /* of the signal that was delivered last */

/* RLIMIT_CPU of p was set, or p is new and has one: SIGXCPU at the soft limit
 * and every second after it, SIGKILL at the hard one. */
void itimers_limit_cpu(struct process *p);

/* The wall clock was set: timers that wait for a time of it follow. */
void itimers_wall_clock_set(void);
