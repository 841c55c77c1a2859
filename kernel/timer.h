// SPDX-License-Identifier: MIT
/*
 * timer: calls a function at a point of monotonic time. Tickless: the local
 * APIC is armed one-shot for the earliest timer only.
 *
 * A timer belongs to its embedder, who must cancel it before freeing it. The
 * function runs in interrupt context with interrupts off and may re-arm.
 */
#pragma once

#include "lib/base.h"
#include "lib/rbtree.h"

struct timer {
    struct rb_node node;
    uint64_t deadline_ns; /* monotonic */
    void (*fn)(struct timer *t);
    bool armed;
};

void timer_init(struct timer *t, void (*fn)(struct timer *t));
/* (Re)arms t for an absolute monotonic time; the past fires at once. */
void timer_arm(struct timer *t, uint64_t deadline_ns);
/* After it returns fn is not running and will not run. True: it was armed. */
bool timer_cancel(struct timer *t);

/* The local APIC timer's interrupt; installed by timer_start at boot. */
void timer_start(void);
