// SPDX-License-Identifier: MIT
/*
 * clock_adjust: see the header. A difference is a pace for a while: a timer
 * ends it.
 *
 * Locking: adjust_lock covers the state.
 */
#include "kernel/clock_adjust.h"

#include "kernel/clock.h"
#include "kernel/lock.h"
#include "kernel/timer.h"

/* Nanoseconds that it takes to work one off. */
#define SLEW_RATIO ((int64_t)NSEC_PER_SEC / CLOCK_ADJUST_SLEW_PPB)
#define SLEW_MAX   (INT64_MAX / SLEW_RATIO / 2)

static struct spinlock adjust_lock = SPINLOCK_INIT;
static struct timer slew_timer;
static int64_t base_ppb; /* the lasting correction */
static int slew_sign;    /* 0: nothing to work off */
static uint64_t slew_end_ns;

static void apply_locked(void)
{
    clock_set_pace(base_ppb + slew_sign * (int64_t)CLOCK_ADJUST_SLEW_PPB);
}

static void slew_expired(struct timer *t)
{
    unsigned long flags = spin_lock(&adjust_lock);

    (void)t;
    /* A slew set anew meanwhile has armed the timer again. */
    if (clock_monotonic_ns() >= slew_end_ns) {
        slew_sign = 0;
        apply_locked();
    }
    spin_unlock(&adjust_lock, flags);
}

void clock_adjust_pace(int64_t ppb)
{
    unsigned long flags = spin_lock(&adjust_lock);

    base_ppb = ppb;
    apply_locked();
    spin_unlock(&adjust_lock, flags);
}

void clock_adjust_slew(int64_t ns)
{
    int64_t length = MIN(MAX(ns, -SLEW_MAX), SLEW_MAX);
    unsigned long flags = spin_lock(&adjust_lock);

    if (!slew_timer.fn)
        timer_init(&slew_timer, slew_expired);
    slew_sign = (length > 0) - (length < 0);
    slew_end_ns =
        clock_monotonic_ns() + (uint64_t)(length * slew_sign * SLEW_RATIO);
    apply_locked();
    spin_unlock(&adjust_lock, flags);
    if (length)
        timer_arm(&slew_timer, slew_end_ns);
    else
        timer_cancel(&slew_timer);
}

int64_t clock_adjust_left(void)
{
    unsigned long flags = spin_lock(&adjust_lock);
    int64_t left = 0;

    if (slew_sign)
        left = slew_sign *
               ((int64_t)(slew_end_ns - clock_monotonic_ns()) / SLEW_RATIO);
    spin_unlock(&adjust_lock, flags);
    return left * slew_sign > 0 ? left : 0;
}
