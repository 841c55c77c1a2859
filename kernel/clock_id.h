// SPDX-License-Identifier: MIT
/*
 * clock_id: the clocks that programs name by a number, clock_gettime(2):
 * monotonic and wall time, and the CPU time of a process or a thread. The
 * ids of CPU-time clocks are made as clock_getcpuclockid(3) makes them.
 */
#pragma once

#include "lib/base.h"

struct process;
struct waiter;

enum clock_kind {
    CLOCK_KIND_MONOTONIC,
    CLOCK_KIND_WALL,
    CLOCK_KIND_PROCESS, /* CPU time */
    CLOCK_KIND_THREAD,
    CLOCK_KIND_USER, /* of a process, without what the kernel took */
};

struct clock_id {
    enum clock_kind kind;
    int tid; /* CLOCK_KIND_THREAD: whose */
};

static inline bool clock_id_is_cpu(const struct clock_id *c)
{
    return c->kind >= CLOCK_KIND_PROCESS;
}

/* What id means to the calling thread. -EINVAL: it names no clock of this
 * process. */
int clock_id_resolve(int id, struct clock_id *c);
/* The same for a clock that is to wake somebody. -EOPNOTSUPP: it only tells
 * the time. */
int clock_id_resolve_waking(int id, struct clock_id *c);

/*
 * What c, which a thread of p resolved, shows now, in nanoseconds. -EINVAL:
 * its thread has ended. Any context; _locked: p->lock is held.
 */
int clock_id_read(const struct clock_id *c, struct process *p, uint64_t *ns);
int clock_id_read_locked(const struct clock_id *c, struct process *p,
                         uint64_t *ns);

/*
 * Sleeps until c shows ns, also when the wall clock is set meanwhile. 0,
 * -ERESTARTSYS, or -EINVAL: its thread has ended. May sleep.
 */
int clock_id_sleep(const struct clock_id *c, uint64_t ns);
/* Puts w on the queue that is woken when the wall clock is set. */
void clock_id_wall_clock_follow(struct waiter *w);
/* The wall clock was set: those who sleep until a time of it look again. */
void clock_id_wall_clock_set(void);

/*
 * The monotonic time at which to look at c again when it is now at now_ns and
 * shall come to ns: exact for monotonic and wall time, as that is set now. CPU
 * time may stand still then, and while nobody of p runs, a moment is waited
 * rather than asked ever more often. Context: any.
 */
uint64_t clock_id_deadline(const struct clock_id *c, const struct process *p,
                           uint64_t now_ns, uint64_t ns);
