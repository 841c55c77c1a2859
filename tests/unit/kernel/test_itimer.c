// SPDX-License-Identifier: MIT
/*
 * itimer: the real one and the real clock ids, with a signal queue that holds
 * what is posted until the test takes it.
 */
#include "tests/unit/unit.h"

#include "abi/errno.h"
#include "abi/resource.h"
#include "abi/time.h"
#include "kernel/clock.h"
#include "kernel/itimer.h"
#include "kernel/signal.h"

static const struct clock_id mono = {CLOCK_KIND_MONOTONIC, 0};
static const struct clock_id wall = {CLOCK_KIND_WALL, 0};
static const struct clock_id cpu = {CLOCK_KIND_PROCESS, 0};
static const struct itimer_event event = {.signal = SIGUSR1, .value = 77};

/* --- the queue --- */

static enum signal_posted answer;
static struct signal_queue queue;
static struct signal_entry *queued[8];
static unsigned posts, queue_length;

enum signal_posted signal_post(struct process *p, int tid,
                               struct signal_entry *s, bool once)
{
    ck_assert_ptr_eq(p, stub_process());
    ck_assert_int_eq(tid, 0);
    ck_assert_ptr_null(s->queue);
    ck_assert_int_eq(once, s->info.si_code != SI_TIMER);
    posts++;
    if (answer == SIGNAL_QUEUED) {
        s->queue = &queue;
        queued[queue_length++] = s;
    }
    return answer;
}

void signal_unpost(struct signal_entry *s)
{
    if (!s->queue)
        return;
    s->queue = NULL;
    queue_length--;
}

/* The oldest leaves the queue, for a handler. */
static struct abi_siginfo take(void)
{
    struct signal_entry *s = queued[0];
    struct abi_siginfo info = s->info;

    ck_assert_uint_eq(queue_length--, 1);
    s->queue = NULL;
    s->taken(s, &info);
    return info;
}

static void begin(void)
{
    answer = SIGNAL_QUEUED;
    posts = queue_length = 0;
    stub_process()->timers = itimers_create();
    ck_assert_ptr_nonnull(stub_process()->timers);
}

static void end(void)
{
    itimers_destroy(stub_process());
    ck_assert_uint_eq(stub_timers_armed(), 0);
}

static void set(int id, uint64_t value, uint64_t interval, bool absolute)
{
    struct itimer_time time = {value, interval}, old;

    ck_assert_int_eq(itimer_set(id, &time, absolute, &old), 0);
}

static uint64_t left(int id)
{
    struct itimer_time time;

    ck_assert_int_eq(itimer_get(id, &time), 0);
    return time.value;
}

/* --- tests --- */

START_TEST(fires_once_at_its_time)
{
    struct abi_siginfo info;
    int id;

    begin();
    id = itimer_create(&mono, &event);
    ck_assert_int_eq(id, 0);
    ck_assert_uint_eq(left(id), 0);
    set(id, 1000, 0, false);
    stub_clock_advance(999);
    ck_assert_uint_eq(posts, 0);
    ck_assert_uint_eq(left(id), 1);
    stub_clock_advance(1);
    ck_assert_uint_eq(posts, 1);
    ck_assert_uint_eq(left(id), 0);
    info = take();
    ck_assert_int_eq(info.si_signo, SIGUSR1);
    ck_assert_int_eq(info.si_code, SI_TIMER);
    ck_assert_int_eq(info.u.timer.tid, id);
    ck_assert_uint_eq(info.u.timer.value, 77);
    ck_assert_int_eq(info.u.timer.overrun, 0);
    stub_clock_advance(NSEC_PER_SEC);
    ck_assert_uint_eq(posts, 1);
    end();
}
END_TEST

START_TEST(rests_while_its_signal_waits_and_counts_what_it_missed)
{
    int id;

    begin();
    id = itimer_create(&mono, &event);
    set(id, 100, 10, false);
    stub_clock_advance(155);
    ck_assert_uint_eq(posts, 1);
    ck_assert_uint_eq(stub_timers_armed(), 0);
    ck_assert_uint_eq(left(id), 5);
    ck_assert_int_eq(take().u.timer.overrun, 5); /* at 110 to 150 */
    ck_assert_int_eq(itimer_overrun(id), 5);
    stub_clock_advance(4);
    ck_assert_uint_eq(posts, 1);
    stub_clock_advance(1);
    ck_assert_uint_eq(posts, 2);
    ck_assert_int_eq(take().u.timer.overrun, 0);
    ck_assert_int_eq(itimer_overrun(id), 0);
    end();
}
END_TEST

START_TEST(overruns_do_not_overflow)
{
    int id;

    begin();
    id = itimer_create(&mono, &event);
    set(id, 1, 1, false);
    stub_clock_advance(1);
    stub_clock_advance(3 * NSEC_PER_SEC);
    ck_assert_int_eq(take().u.timer.overrun, INT32_MAX);
    set(id, INT64_MAX, INT64_MAX, false);
    ck_assert_uint_gt(left(id), INT64_MAX / 2);
    end();
}
END_TEST

START_TEST(an_ignored_period_is_not_served_all_the_time)
{
    int id;

    begin();
    answer = SIGNAL_DROPPED;
    id = itimer_create(&mono, &event);
    set(id, 1, 1, false);
    for (int i = 0; i < 10000; i++)
        stub_clock_advance(1000);
    ck_assert_uint_ge(posts, 9);
    ck_assert_uint_le(posts, 11);
    answer = SIGNAL_QUEUED; /* and comes back when it is caught */
    stub_clock_advance(2 * NSEC_PER_MSEC);
    ck_assert_uint_eq(queue_length, 1);
    take();
    end();
}
END_TEST

START_TEST(ends_with_the_thread_that_it_was_for)
{
    int id;

    begin();
    answer = SIGNAL_NOBODY;
    id = itimer_create(&mono, &event);
    set(id, 10, 10, false);
    stub_clock_advance(1000);
    ck_assert_uint_eq(posts, 1);
    ck_assert_uint_eq(stub_timers_armed(), 0);
    ck_assert_uint_eq(left(id), 0);
    end();
}
END_TEST

START_TEST(absolute_times_follow_the_wall_clock)
{
    int absolute, relative;

    begin();
    absolute = itimer_create(&wall, &event);
    relative = itimer_create(&wall, &event);
    set(absolute, clock_realtime_ns() + 1000, 0, true);
    set(relative, 1000, 0, false);
    clock_set_realtime(clock_realtime_ns() - 500);
    itimers_wall_clock_set();
    ck_assert_uint_eq(left(absolute), 1500);
    ck_assert_uint_eq(left(relative), 1000);
    stub_clock_advance(1000);
    ck_assert_uint_eq(posts, 1);
    ck_assert_int_eq(take().u.timer.tid, relative);
    clock_set_realtime(clock_realtime_ns() + 3600 * NSEC_PER_SEC);
    itimers_wall_clock_set();
    stub_clock_advance(0);
    ck_assert_uint_eq(posts, 2);
    ck_assert_int_eq(take().u.timer.tid, absolute);
    end();
}
END_TEST

/* In the stubs all time is the thread's, unless the test says otherwise. */
START_TEST(cpu_time_is_looked_at_again_when_it_stood_still)
{
    int id;

    begin();
    id = itimer_create(&cpu, &event);
    set(id, 10 * NSEC_PER_MSEC, 0, false);
    stub_clock_advance(9 * NSEC_PER_MSEC);
    stub_thread()->slice_start_ns += 5 * NSEC_PER_MSEC; /* it slept so long */
    stub_clock_advance(5 * NSEC_PER_MSEC);
    ck_assert_uint_eq(posts, 0);
    stub_clock_advance(NSEC_PER_MSEC);
    ck_assert_uint_eq(posts, 1);
    take();
    end();
}
END_TEST

START_TEST(a_sleeping_process_is_not_asked_ever_more_often)
{
    struct process *p = stub_process();
    uint64_t now = clock_monotonic_ns();

    ck_assert_uint_eq(clock_id_deadline(&cpu, p, 100, 101), now + 1);
    stub_thread()->process = NULL; /* somebody else runs */
    ck_assert_uint_ge(clock_id_deadline(&cpu, p, 100, 101),
                      now + NSEC_PER_MSEC);
    ck_assert_uint_eq(clock_id_deadline(&cpu, p, 101, 101), now);
    ck_assert_uint_eq(clock_id_deadline(&wall, p, 100, 101), now + 1);
    ck_assert_uint_eq(clock_id_deadline(&wall, p, 0, UINT64_MAX), UINT64_MAX);
    stub_thread()->process = p;
}
END_TEST

START_TEST(setting_takes_the_signal_back)
{
    struct itimer_time time = {500, 20}, old;
    int id;

    begin();
    id = itimer_create(&mono, &event);
    set(id, 100, 10, false);
    stub_clock_advance(104);
    ck_assert_uint_eq(queue_length, 1);
    ck_assert_int_eq(itimer_set(id, &time, false, &old), 0);
    ck_assert_uint_eq(queue_length, 0);
    ck_assert_uint_eq(old.value, 6);
    ck_assert_uint_eq(old.interval, 10);
    ck_assert_uint_eq(left(id), 500);
    stub_clock_advance(500);
    ck_assert_uint_eq(queue_length, 1);
    ck_assert_int_eq(itimer_delete(id), 0);
    ck_assert_uint_eq(queue_length, 0);
    ck_assert_int_eq(itimer_delete(id), -EINVAL);
    end();
}
END_TEST

START_TEST(a_silent_timer_only_counts)
{
    static const struct itimer_event none;
    int id;

    begin();
    id = itimer_create(&mono, &none);
    set(id, 100, 0, false);
    ck_assert_uint_eq(stub_timers_armed(), 0);
    stub_clock_advance(60);
    ck_assert_uint_eq(left(id), 40);
    stub_clock_advance(60);
    ck_assert_uint_eq(left(id), 0);
    set(id, 100, 30, false);
    stub_clock_advance(175);
    ck_assert_uint_eq(left(id), 15);
    end();
}
END_TEST

START_TEST(ids_are_used_again)
{
    begin();
    for (int i = 0; i < 9; i++)
        ck_assert_int_eq(itimer_create(&mono, &event), i);
    ck_assert_int_eq(itimer_delete(3), 0);
    ck_assert_int_eq(itimer_delete(7), 0);
    ck_assert_int_eq(itimer_create(&mono, &event), 3);
    ck_assert_int_eq(itimer_overrun(7), -EINVAL);
    ck_assert_int_eq(itimer_overrun(9), -EINVAL);
    ck_assert_int_eq(itimer_overrun(-1), -EINVAL);
    ck_assert_int_eq(itimer_overrun(100000), -EINVAL);
    end();
}
END_TEST

START_TEST(too_many_or_no_memory_is_eagain)
{
    begin();
    stub_alloc_fail(1); /* the table */
    ck_assert_int_eq(itimer_create(&mono, &event), -EAGAIN);
    stub_alloc_fail(2); /* the timer */
    ck_assert_int_eq(itimer_create(&mono, &event), -EAGAIN);
    stub_alloc_fail(0);
    stub_process()->limits[RLIMIT_SIGPENDING].soft = 2;
    ck_assert_int_eq(itimer_create(&mono, &event), 0);
    ck_assert_int_eq(itimer_create(&mono, &event), 1);
    ck_assert_int_eq(itimer_create(&mono, &event), -EAGAIN);
    end();
    stub_alloc_fail(1);
    ck_assert_ptr_null(itimers_create());
}
END_TEST

START_TEST(interval_timers_send_their_signals)
{
    static const int signals[] = {SIGALRM, SIGVTALRM, SIGPROF};
    struct itimer_time time = {50, 20}, old, off = {0, 20};

    begin();
    for (unsigned i = 0; i < ITIMER_WHICH_COUNT; i++) {
        struct abi_siginfo info;

        itimer_interval_set((enum itimer_which)i, &time, &old);
        ck_assert_uint_eq(old.value, 0);
        stub_clock_advance(50);
        info = take();
        ck_assert_int_eq(info.si_signo, signals[i]);
        ck_assert_int_eq(info.si_code, SI_KERNEL);
        itimer_interval_get((enum itimer_which)i, &old);
        ck_assert_uint_eq(old.value, 20);
        ck_assert_uint_eq(old.interval, 20);
        itimer_interval_set((enum itimer_which)i, &off, &old);
        itimer_interval_get((enum itimer_which)i, &old);
        ck_assert_uint_eq(old.value, 0);
        ck_assert_uint_eq(old.interval, 0);
    }
    end();
}
END_TEST

START_TEST(clock_ids_mean_what_libc_makes_of_them)
{
    struct clock_id c;

    ck_assert_int_eq(clock_id_resolve(CLOCK_TAI, &c), 0);
    ck_assert_int_eq(c.kind, CLOCK_KIND_WALL);
    ck_assert_int_eq(clock_id_resolve(CLOCK_BOOTTIME, &c), 0);
    ck_assert_int_eq(c.kind, CLOCK_KIND_MONOTONIC);
    ck_assert_int_eq(clock_id_resolve(~1 * 8 + 4 + 2, &c), 0);
    ck_assert_int_eq(c.kind, CLOCK_KIND_THREAD);
    ck_assert_int_eq(c.tid, 1);
    ck_assert_int_eq(clock_id_resolve(~1 * 8 + 2, &c), 0);
    ck_assert_int_eq(c.kind, CLOCK_KIND_PROCESS);
    ck_assert_int_eq(clock_id_resolve(~5 * 8 + 4 + 2, &c), -EINVAL);
    ck_assert_int_eq(clock_id_resolve(~5 * 8 + 2, &c), -EINVAL);
    ck_assert_int_eq(clock_id_resolve(~0 * 8 + 3, &c), -EINVAL);
    ck_assert_int_eq(clock_id_resolve(10, &c), -EINVAL);
    ck_assert_int_eq(clock_id_resolve(12, &c), -EINVAL);
    c = (struct clock_id){CLOCK_KIND_THREAD, 5};
    ck_assert_int_eq(clock_id_sleep(&c, 1), -EINVAL); /* it has ended */
}
END_TEST

UNIT_SUITE(kernel_itimer, "kernel/itimer", fires_once_at_its_time,
           rests_while_its_signal_waits_and_counts_what_it_missed,
           overruns_do_not_overflow,
           an_ignored_period_is_not_served_all_the_time,
           ends_with_the_thread_that_it_was_for,
           absolute_times_follow_the_wall_clock,
           cpu_time_is_looked_at_again_when_it_stood_still,
           a_sleeping_process_is_not_asked_ever_more_often,
           setting_takes_the_signal_back, a_silent_timer_only_counts,
           ids_are_used_again, too_many_or_no_memory_is_eagain,
           interval_timers_send_their_signals,
           clock_ids_mean_what_libc_makes_of_them)
