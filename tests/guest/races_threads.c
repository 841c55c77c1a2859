// SPDX-License-Identifier: MIT
/*
 * races_threads: threads that begin, end, sleep and are told things at the
 * same time. What is counted on both sides must agree.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "races.h"

enum { FEW = 4 };

static long futex(atomic_int *word, int op, int value, const void *arg,
                  atomic_int *word2, int value3)
{
    return syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, value, arg, word2,
                   value3);
}

/* --- beginning and ending ------------------------------------------------- */

static void *double_of(void *arg)
{
    races_delay((long)arg);
    return (void *)((long)arg * 2);
}

static void threads_end_and_are_joined(void)
{
    pthread_t t[FEW];
    void *result;

    for (long i = 0; i < rounds; i++) {
        for (long k = 0; k < FEW; k++)
            CHECK_EQ(pthread_create(&t[k], NULL, double_of, (void *)(i + k)),
                     0);
        for (long k = 0; k < FEW; k++) {
            CHECK_EQ(pthread_join(t[k], &result), 0);
            CHECK_EQ(result, 2 * (i + k));
        }
    }
}

static atomic_long detached_left;

static void *count_down(void *arg)
{
    atomic_fetch_sub(&detached_left, 1);
    return arg;
}

static void detached_threads_all_run(void)
{
    pthread_attr_t attr;
    pthread_t t;

    CHECK_EQ(pthread_attr_init(&attr), 0);
    CHECK_EQ(pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED), 0);
    detached_left = rounds;
    for (long i = 0; i < rounds; i++)
        while (pthread_create(&t, &attr, count_down, NULL))
            sched_yield(); /* too many that have not ended yet */
    while (detached_left)
        usleep(1000);
}

/* --- signals -------------------------------------------------------------- */

static atomic_long handled;

static void count_signal(int sig)
{
    (void)sig;
    atomic_fetch_add(&handled, 1);
}

static atomic_int target_tid, target_may_end;

static void *be_a_target(void *arg)
{
    target_tid = (int)syscall(SYS_gettid);
    while (!target_may_end)
        sched_yield();
    return arg;
}

/* A signal to a thread that ends meets it, or says that it is gone. */
static void a_signal_meets_a_thread_or_none(void)
{
    struct sigaction sa = {.sa_handler = count_signal};
    pthread_t t;

    CHECK_EQ(sigaction(SIGUSR1, &sa, NULL), 0);
    for (long i = 0; i < rounds; i++) {
        long sent = 0, err;
        int tid;

        handled = 0;
        target_tid = target_may_end = 0;
        CHECK_EQ(pthread_create(&t, NULL, be_a_target, NULL), 0);
        while (!(tid = target_tid))
            sched_yield();
        CHECK_EQ(syscall(SYS_tgkill, getpid(), tid, SIGUSR1), 0);
        target_may_end = 1;
        races_delay(i);
        do {
            err = syscall(SYS_tgkill, getpid(), tid, SIGUSR1);
            sent += err == 0;
        } while (err == 0 && sent < 50);
        CHECK(err == 0 || errno == ESRCH);
        CHECK_EQ(pthread_join(t, NULL), 0);
        CHECK(handled >= 1 && handled <= sent + 1);
    }
}

static atomic_long to_take, taken;

static void *take_signals(void *arg)
{
    sigset_t set;
    siginfo_t info;

    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    while (atomic_load(&taken) < atomic_load(&to_take)) {
        const struct timespec soon = {0, 5000000};

        if (sigtimedwait(&set, &info, &soon) == SIGRTMIN)
            atomic_fetch_add(&taken, 1);
    }
    return arg;
}

/* Queued signals to the process: each is taken once, by whichever thread. */
static void queued_signals_are_taken_once(void)
{
    pthread_t t[FEW];
    sigset_t set, old;

    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, &old), 0);
    to_take = rounds;
    taken = 0;
    for (int k = 0; k < FEW; k++)
        CHECK_EQ(pthread_create(&t[k], NULL, take_signals, NULL), 0);
    for (long i = 0; i < rounds; i++) {
        const union sigval value = {.sival_int = (int)i};

        while (sigqueue(getpid(), SIGRTMIN, value) < 0) {
            CHECK_EQ(errno, EAGAIN);
            sched_yield();
        }
    }
    for (int k = 0; k < FEW; k++)
        CHECK_EQ(pthread_join(t[k], NULL), 0);
    CHECK_EQ(taken, rounds);
    CHECK_EQ(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
}

static atomic_int asleep;

static void *suspend(void *arg)
{
    sigset_t none;

    sigemptyset(&none);
    for (long i = 0; i < rounds; i++) {
        asleep = 1;
        sigsuspend(&none);
    }
    return arg;
}

/* A signal that comes before sigsuspend ends it as one that comes within. */
static void no_signal_is_lost_before_sigsuspend(void)
{
    struct sigaction sa = {.sa_handler = count_signal};
    sigset_t set, old;
    pthread_t t;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    CHECK_EQ(sigaction(SIGUSR2, &sa, NULL), 0);
    CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, &old), 0);
    handled = asleep = 0;
    CHECK_EQ(pthread_create(&t, NULL, suspend, NULL), 0);
    for (long i = 0; i < rounds; i++) {
        while (!asleep)
            sched_yield();
        asleep = 0;
        races_delay(i);
        CHECK_EQ(pthread_kill(t, SIGUSR2), 0);
        while (handled <= i)
            sched_yield();
    }
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK_EQ(handled, rounds);
    CHECK_EQ(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
}

/* --- futexes -------------------------------------------------------------- */

static atomic_int word_a, word_b, over;
static atomic_long woken;

/* Waits with limits so short that they end as the wake-up comes. */
static void *wait_on_a(void *arg)
{
    for (long i = (long)arg; !over; i++) {
        const struct timespec t = {0, 1000 + i * 7919 % 200000};

        if (futex(&word_a, FUTEX_WAIT, 0, &t, NULL, 0) == 0)
            atomic_fetch_add(&woken, 1);
    }
    return NULL;
}

static void start_waiters(pthread_t *t)
{
    over = word_a = word_b = 0;
    woken = 0;
    for (long k = 0; k < FEW; k++)
        CHECK_EQ(pthread_create(&t[k], NULL, wait_on_a, (void *)k), 0);
}

static void stop_waiters(pthread_t *t, long waker_says)
{
    over = 1;
    for (int k = 0; k < FEW; k++)
        CHECK_EQ(pthread_join(t[k], NULL), 0);
    CHECK_EQ(woken, waker_says);
}

static void wakers_and_waiters_agree(void)
{
    pthread_t t[FEW];
    long sum = 0;

    start_waiters(t);
    for (long i = 0; i < rounds; i++) {
        long n = futex(&word_a, FUTEX_WAKE, 1 + (int)(i % FEW), NULL, NULL, 0);

        CHECK(n >= 0);
        sum += n;
        races_delay(i);
        if (i % 8 == 0)
            sched_yield();
    }
    stop_waiters(t, sum);
}

/* Some are woken where they wait, some after they were moved. */
static void moved_waiters_are_woken_once(void)
{
    pthread_t t[FEW];
    long sum = 0;

    start_waiters(t);
    for (long i = 0; i < rounds; i++) {
        long moved = futex(&word_a, FUTEX_CMP_REQUEUE, (int)(i % 2),
                           check_pointer(FEW), &word_b, 0);
        long n = futex(&word_b, FUTEX_WAKE, (int)(i % 3), NULL, NULL, 0);

        CHECK(moved >= 0 && n >= 0);
        /* Those it woke itself are in the first answer, at most i % 2. */
        sum += n;
        if (i % 2 && moved > 0)
            sum++;
        races_delay(i);
        if (i % 4 == 0)
            sched_yield();
    }
    sum += futex(&word_b, FUTEX_WAKE, FEW, NULL, NULL, 0);
    stop_waiters(t, sum);
}

static void interrupt_nothing(int sig)
{
    (void)sig;
}

/* The same, with signals that cut waits short. */
static void signals_change_no_count(void)
{
    const struct itimerval often = {{0, 500}, {0, 500}}, never = {{0}, {0}};
    struct sigaction sa = {.sa_handler = interrupt_nothing};

    CHECK_EQ(sigaction(SIGALRM, &sa, NULL), 0);
    CHECK_EQ(setitimer(ITIMER_REAL, &often, NULL), 0);
    moved_waiters_are_woken_once();
    CHECK_EQ(setitimer(ITIMER_REAL, &never, NULL), 0);
}

/* --- owners that die ------------------------------------------------------ */

static pthread_mutex_t robust;

static void *die_as_owner(void *arg)
{
    int err = pthread_mutex_lock(&robust);

    if (err == EOWNERDEAD)
        pthread_mutex_consistent(&robust);
    races_delay((long)arg);
    return (void *)(long)(err == 0 || err == EOWNERDEAD ? 0 : err);
}

/* FEW threads in a row die with the lock; none of them, nor who comes last,
 * waits for ever. */
static void robust_rounds(int protocol)
{
    pthread_mutexattr_t a;
    pthread_t t[FEW];
    void *err;

    CHECK_EQ(pthread_mutexattr_init(&a), 0);
    CHECK_EQ(pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST), 0);
    CHECK_EQ(pthread_mutexattr_setprotocol(&a, protocol), 0);
    CHECK_EQ(pthread_mutex_init(&robust, &a), 0);
    for (long i = 0; i < rounds / FEW; i++) {
        for (long k = 0; k < FEW; k++)
            CHECK_EQ(pthread_create(&t[k], NULL, die_as_owner, (void *)(i + k)),
                     0);
        for (int k = 0; k < FEW; k++) {
            CHECK_EQ(pthread_join(t[k], &err), 0);
            CHECK_EQ(err, 0);
        }
        CHECK_EQ(pthread_mutex_lock(&robust), EOWNERDEAD);
        CHECK_EQ(pthread_mutex_consistent(&robust), 0);
        CHECK_EQ(pthread_mutex_unlock(&robust), 0);
    }
    CHECK_EQ(pthread_mutex_destroy(&robust), 0);
}

static void dead_owners_are_told_in_a_row(void)
{
    robust_rounds(PTHREAD_PRIO_NONE);
}

static void dead_owners_of_inheriting_locks_too(void)
{
    robust_rounds(PTHREAD_PRIO_INHERIT);
}

int main(int argc, char **argv)
{
    races_begin(argc, argv, 400);
    RUN(threads_end_and_are_joined);
    RUN(detached_threads_all_run);
    RUN(a_signal_meets_a_thread_or_none);
    RUN(queued_signals_are_taken_once);
    RUN(no_signal_is_lost_before_sigsuspend);
    RUN(wakers_and_waiters_agree);
    RUN(moved_waiters_are_woken_once);
    RUN(signals_change_no_count);
    RUN(dead_owners_are_told_in_a_row);
    RUN(dead_owners_of_inheriting_locks_too);
    return check_end();
}
