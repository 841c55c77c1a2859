// SPDX-License-Identifier: MIT
/* timerfd: a timer that is read and waited for (timerfd_create(2)). */
#pragma once

#include "lib/base.h"

struct clock_id;
struct file;

struct timerfd_time {
    uint64_t value;    /* ns until, or at which, it expires; 0: it is off */
    uint64_t interval; /* then every so long; 0: no more */
};

/* A timer of monotonic or wall time. flags: TFD_NONBLOCK. NULL without
 * memory. */
struct file *timerfd_create(const struct clock_id *clock, uint32_t flags);
bool timerfd_is_file(const struct file *f);

/* flags: TFD_TIMER_*. old: what was left. -ECANCELED: it is set, but the wall
 * clock was changed before, of which nobody has read. May sleep. */
int timerfd_set(struct file *f, uint32_t flags, const struct timerfd_time *time,
                struct timerfd_time *old);
void timerfd_get(struct file *f, struct timerfd_time *left);

/* The wall clock was set: timers that wait for a time of it follow. */
void timerfd_wall_clock_set(void);
