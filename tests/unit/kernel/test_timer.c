// SPDX-License-Identifier: MIT
/*
 * timer: the real queue (under other names, for the stubs have its own), with
 * a local APIC that only notes when it would interrupt.
 */
#include "tests/unit/unit.h"

#define timer_init   real_timer_init
#define timer_arm    real_timer_arm
#define timer_cancel real_timer_cancel
#define timer_start  real_timer_start
#include "kernel/timer.c"

#define NEVER UINT64_MAX

static uint64_t apic_at; /* monotonic */
static unsigned apic_writes;
static irq_handler_fn *apic_handler;
static struct timer *fired[2 * FIRE_MAX];
static unsigned fired_count;

void lapic_timer_arm_ns(uint64_t delta_ns)
{
    apic_at = clock_monotonic_ns() + delta_ns;
    apic_writes++;
}

void lapic_timer_calibrate(void)
{
}

void irq_vector_set(unsigned vector, irq_handler_fn *fn, void *arg)
{
    ck_assert_uint_eq(vector, IRQ_VECTOR_TIMER);
    ck_assert_ptr_null(arg);
    apic_handler = fn;
}

static void note(struct timer *t)
{
    ck_assert_uint_eq(stub_spinlocks_held(), 0);
    ck_assert(!t->armed);
    fired[fired_count++] = t;
}

static void fresh(void)
{
    timers.node = NULL;
    earliest = NULL;
    programmed_ns = apic_at = NEVER;
    apic_writes = fired_count = 0;
    timer_start();
}

/* Lets time pass up to now + ns, with the interrupts that come. */
static void pass(uint64_t ns)
{
    uint64_t end = clock_monotonic_ns() + ns;

    while (apic_at <= end) {
        stub_clock_advance(apic_at - clock_monotonic_ns());
        apic_at = NEVER;
        apic_handler(NULL);
    }
    stub_clock_advance(end - clock_monotonic_ns());
}

START_TEST(fires_in_order_of_deadline_not_before)
{
    struct timer t[3];
    uint64_t now = clock_monotonic_ns();

    fresh();
    for (int i = 0; i < 3; i++)
        timer_init(&t[i], note);
    timer_arm(&t[0], now + 300);
    timer_arm(&t[1], now + 100);
    timer_arm(&t[2], now + 200);
    pass(99);
    ck_assert_uint_eq(fired_count, 0);
    pass(1);
    ck_assert_uint_eq(fired_count, 1);
    pass(1000);
    ck_assert_uint_eq(fired_count, 3);
    ck_assert_ptr_eq(fired[0], &t[1]);
    ck_assert_ptr_eq(fired[1], &t[2]);
    ck_assert_ptr_eq(fired[2], &t[0]);
}
END_TEST

START_TEST(equal_deadlines_fire_in_order_of_arming)
{
    struct timer t[4];
    uint64_t at = clock_monotonic_ns() + 50;

    fresh();
    for (int i = 0; i < 4; i++) {
        timer_init(&t[i], note);
        timer_arm(&t[i], at);
    }
    pass(50);
    ck_assert_uint_eq(fired_count, 4);
    for (int i = 0; i < 4; i++)
        ck_assert_ptr_eq(fired[i], &t[i]);
}
END_TEST

START_TEST(past_deadline_fires_at_once)
{
    struct timer t;

    fresh();
    timer_init(&t, note);
    timer_arm(&t, 1);
    pass(0);
    ck_assert_uint_eq(fired_count, 1);
}
END_TEST

START_TEST(cancelled_timer_does_not_fire)
{
    struct timer a, b;
    uint64_t now = clock_monotonic_ns();

    fresh();
    timer_init(&a, note);
    timer_init(&b, note);
    timer_arm(&a, now + 10);
    timer_arm(&b, now + 20);
    ck_assert(timer_cancel(&a));
    ck_assert(!timer_cancel(&a));
    pass(100);
    ck_assert_uint_eq(fired_count, 1);
    ck_assert_ptr_eq(fired[0], &b);
    ck_assert(!timer_cancel(&b));
}
END_TEST

START_TEST(arming_again_moves_the_deadline)
{
    struct timer t;
    uint64_t now = clock_monotonic_ns();

    fresh();
    timer_init(&t, note);
    timer_arm(&t, now + 10);
    timer_arm(&t, now + 500);
    pass(499);
    ck_assert_uint_eq(fired_count, 0);
    timer_arm(&t, now + 600);
    timer_arm(&t, now + 510);
    pass(11);
    ck_assert_uint_eq(fired_count, 1);
    pass(1000);
    ck_assert_uint_eq(fired_count, 1);
}
END_TEST

START_TEST(hardware_is_told_only_of_earlier_deadlines)
{
    struct timer t[3];
    uint64_t now = clock_monotonic_ns();

    fresh();
    for (int i = 0; i < 3; i++)
        timer_init(&t[i], note);
    timer_arm(&t[0], now + 100);
    timer_arm(&t[1], now + 200);
    ck_assert_uint_eq(apic_writes, 1);
    timer_arm(&t[2], now + 50);
    ck_assert_uint_eq(apic_writes, 2);
    ck_assert_uint_eq(apic_at, now + 50);
    timer_cancel(&t[2]);
    ck_assert_uint_eq(apic_writes, 2);
    pass(200);
    ck_assert_uint_eq(fired_count, 2);
}
END_TEST

START_TEST(timers_armed_before_the_start_fire_after_it)
{
    struct timer t;

    fresh();
    started = false;
    timer_init(&t, note);
    timer_arm(&t, clock_monotonic_ns() + 5);
    ck_assert_uint_eq(apic_writes, 0);
    timer_start();
    pass(5);
    ck_assert_uint_eq(fired_count, 1);
}
END_TEST

static struct timer other;

static void cancel_other_and_rearm(struct timer *t)
{
    note(t);
    timer_cancel(&other);
    if (fired_count < 3)
        timer_arm(t, clock_monotonic_ns() + 10);
    timer_cancel(fired_count == 3 ? t : &other);
}

START_TEST(function_may_arm_and_cancel)
{
    struct timer t;
    uint64_t now = clock_monotonic_ns();

    fresh();
    timer_init(&t, cancel_other_and_rearm);
    timer_init(&other, note);
    timer_arm(&t, now + 10);
    timer_arm(&other, now + 10);
    pass(100);
    ck_assert_uint_eq(fired_count, 3);
    for (int i = 0; i < 3; i++)
        ck_assert_ptr_eq(fired[i], &t);
}
END_TEST

static void rearm_for_the_past(struct timer *t)
{
    fired_count++;
    timer_arm(t, 0);
}

START_TEST(one_interrupt_ends_though_a_timer_rearms_for_the_past)
{
    struct timer t;

    fresh();
    timer_init(&t, rearm_for_the_past);
    timer_arm(&t, 0);
    apic_at = NEVER;
    apic_handler(NULL);
    ck_assert_uint_eq(fired_count, FIRE_MAX);
    ck_assert_uint_eq(apic_at, clock_monotonic_ns());
    ck_assert(timer_cancel(&t));
}
END_TEST

/* Against a list that is searched for the earliest by hand. */
START_TEST(random_operations_agree_with_a_model)
{
    enum { TIMERS = 40 };
    static struct timer t[TIMERS];
    uint64_t due[TIMERS], now;

    fresh();
    for (int i = 0; i < TIMERS; i++) {
        timer_init(&t[i], note);
        due[i] = NEVER;
    }
    srandom(1);
    for (int step = 0; step < 5000; step++) {
        int i = (int)(random() % TIMERS);

        switch (random() % 3) {
        case 0:
            due[i] = clock_monotonic_ns() + (uint64_t)(random() % 1000) + 1;
            timer_arm(&t[i], due[i]);
            break;
        case 1:
            ck_assert_int_eq(timer_cancel(&t[i]), due[i] != NEVER);
            due[i] = NEVER;
            break;
        case 2:
            fired_count = 0;
            pass((uint64_t)(random() % 100));
            now = clock_monotonic_ns();
            for (unsigned k = 0; k < fired_count; k++) {
                uint64_t *d = &due[fired[k] - t];

                ck_assert_uint_le(*d, now);
                *d = NEVER;
            }
            for (int k = 0; k < TIMERS; k++)
                ck_assert(due[k] == NEVER || due[k] > now);
            break;
        }
    }
    for (int i = 0; i < TIMERS; i++)
        timer_cancel(&t[i]);
}
END_TEST

UNIT_SUITE(kernel_timer, "kernel/timer", fires_in_order_of_deadline_not_before,
           equal_deadlines_fire_in_order_of_arming, past_deadline_fires_at_once,
           cancelled_timer_does_not_fire, arming_again_moves_the_deadline,
           hardware_is_told_only_of_earlier_deadlines,
           timers_armed_before_the_start_fire_after_it,
           function_may_arm_and_cancel,
           one_interrupt_ends_though_a_timer_rearms_for_the_past,
           random_operations_agree_with_a_model)
