// SPDX-License-Identifier: MIT
/* futex_pi: locks that know their owner; futex(2), "Priority-inheritance". */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "after.h"
#include "check.h"

enum {
    WAIT,
    WAKE,
    CMP_REQUEUE = 4,
    LOCK_PI = 6,
    UNLOCK_PI,
    TRYLOCK_PI,
    WAIT_REQUEUE_PI = 11,
    CMP_REQUEUE_PI,
    LOCK_PI2,
    PRIVATE = 128,
};
enum { ROUNDS = 10000, NOBODY = 4000000 };

#define WAITERS    0x80000000u
#define OWNER_DIED 0x40000000u
#define TID_MASK   0x3fffffffu

static atomic_uint lock, other, cond;

static long futex(atomic_uint *addr, int op, long val, void *timeout,
                  void *addr2, unsigned val3)
{
    return syscall(SYS_futex, addr, op | PRIVATE, val, timeout, addr2, val3);
}

static unsigned self(void)
{
    return (unsigned)syscall(SYS_gettid);
}

static void a_free_lock_is_taken(void)
{
    lock = 0;
    CHECK_EQ(futex(&lock, LOCK_PI, 0, NULL, NULL, 0), 0);
    CHECK_EQ(lock, self());
    CHECK_ERRNO(futex(&lock, LOCK_PI, 0, NULL, NULL, 0), EDEADLK);
    CHECK_ERRNO(futex(&lock, TRYLOCK_PI, 0, NULL, NULL, 0), EDEADLK);
    CHECK_EQ(futex(&lock, UNLOCK_PI, 0, NULL, NULL, 0), 0);
    CHECK_EQ(lock, 0);
    CHECK_ERRNO(futex(&lock, UNLOCK_PI, 0, NULL, NULL, 0), EPERM);
    CHECK_EQ(futex(&lock, TRYLOCK_PI, 0, NULL, NULL, 0), 0);
    CHECK_EQ(futex(&lock, UNLOCK_PI, 0, NULL, NULL, 0), 0);
    CHECK_ERRNO(futex(check_pointer(8), LOCK_PI, 0, NULL, NULL, 0), EFAULT);
    CHECK_ERRNO(futex(check_pointer(8), UNLOCK_PI, 0, NULL, NULL, 0), EFAULT);
    CHECK_ERRNO(futex(check_pointer((uintptr_t)&lock + 1), LOCK_PI, 0, 0, 0, 0),
                EINVAL);
}

static void an_owner_that_is_none_is_told(void)
{
    lock = NOBODY;
    CHECK_ERRNO(futex(&lock, LOCK_PI, 0, NULL, NULL, 0), ESRCH);
    lock = NOBODY;
    CHECK_ERRNO(futex(&lock, TRYLOCK_PI, 0, NULL, NULL, 0), ESRCH);
    lock = OWNER_DIED;
    CHECK_EQ(futex(&lock, LOCK_PI, 0, NULL, NULL, 0), 0);
    CHECK_EQ(lock, OWNER_DIED | self());
    lock = 0;
}

struct holder {
    pthread_t thread;
    atomic_int got, let_go;
    atomic_uint tid;
    int unlock;
};

static void *hold(void *arg)
{
    struct holder *h = arg;

    h->tid = self();
    h->got = futex(&lock, LOCK_PI, 0, NULL, NULL, 0) == 0 ? 1 : -1;
    while (!h->let_go)
        usleep(1000);
    if (h->unlock)
        futex(&lock, UNLOCK_PI, 0, NULL, NULL, 0);
    return NULL;
}

static void start(struct holder *h, int unlock)
{
    *h = (struct holder){.unlock = unlock};
    CHECK_EQ(pthread_create(&h->thread, NULL, hold, h), 0);
    while (!h->tid)
        usleep(1000);
}

static void a_held_lock_is_waited_for(void)
{
    struct timespec t;
    struct holder h;

    lock = 0;
    start(&h, 1);
    while (!h.got)
        usleep(1000);
    CHECK_EQ(lock, h.tid);
    CHECK_ERRNO(futex(&lock, TRYLOCK_PI, 0, NULL, NULL, 0), EAGAIN);
    t = after_ms(CLOCK_REALTIME, 20);
    CHECK_ERRNO(futex(&lock, LOCK_PI, 0, &t, NULL, 0), ETIMEDOUT);
    CHECK_EQ(lock, h.tid | WAITERS);
    t = after_ms(CLOCK_MONOTONIC, 20);
    if (futex(&lock, LOCK_PI2, 0, &t, NULL, 0) != -1 || errno != ENOSYS)
        CHECK_EQ(errno, ETIMEDOUT);
    CHECK_ERRNO(futex(&lock, UNLOCK_PI, 0, NULL, NULL, 0), EPERM);
    h.let_go = 1;
    CHECK_EQ(futex(&lock, LOCK_PI, 0, NULL, NULL, 0), 0);
    CHECK_EQ(lock & TID_MASK, self());
    CHECK_EQ(futex(&lock, UNLOCK_PI, 0, NULL, NULL, 0), 0);
    CHECK_EQ(lock, 0);
    CHECK_EQ(pthread_join(h.thread, NULL), 0);
}

static void unlocking_hands_over_in_order(void)
{
    struct holder h[3];

    lock = self();
    for (int i = 0; i < 3; i++) {
        start(&h[i], 1);
        usleep(20000);
        CHECK_EQ(h[i].got, 0);
    }
    CHECK_EQ(lock, self() | WAITERS);
    CHECK_ERRNO(futex(&lock, WAKE, 1, NULL, NULL, 0), EINVAL);
    CHECK_EQ(futex(&lock, UNLOCK_PI, 0, NULL, NULL, 0), 0);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(lock & TID_MASK, h[i].tid);
        h[i].let_go = 1;
        CHECK_EQ(pthread_join(h[i].thread, NULL), 0);
        CHECK_EQ(h[i].got, 1);
    }
    CHECK_EQ(lock, 0);
}

/* The lock's owner waits for one that the caller owns. */
static void *lock_both(void *arg)
{
    long first, result;

    first = futex(&lock, LOCK_PI, 0, NULL, NULL, 0);
    *(atomic_int *)arg = 1;
    result = futex(&other, LOCK_PI, 0, NULL, NULL, 0);
    futex(&other, UNLOCK_PI, 0, NULL, NULL, 0);
    futex(&lock, UNLOCK_PI, 0, NULL, NULL, 0);
    return (void *)(first | result);
}

static void a_circle_is_refused(void)
{
    atomic_int ready = 0;
    pthread_t t;
    void *result;

    lock = 0;
    other = self();
    CHECK_EQ(pthread_create(&t, NULL, lock_both, &ready), 0);
    while (!ready)
        usleep(1000);
    usleep(20000);
    CHECK_ERRNO(futex(&lock, LOCK_PI, 0, NULL, NULL, 0), EDEADLK);
    CHECK_EQ(futex(&other, UNLOCK_PI, 0, NULL, NULL, 0), 0);
    CHECK_EQ(pthread_join(t, &result), 0);
    CHECK_EQ(result, 0);
}

static void a_dead_owner_leaves_the_lock_to_the_next(void)
{
    struct holder h[2];

    lock = 0;
    start(&h[0], 0);
    while (!h[0].got)
        usleep(1000);
    start(&h[1], 0);
    usleep(20000);
    h[0].let_go = 1;
    CHECK_EQ(pthread_join(h[0].thread, NULL), 0);
    while (!h[1].got)
        usleep(1000);
    CHECK_EQ(h[1].got, 1);
    CHECK_EQ(lock & (TID_MASK | OWNER_DIED), h[1].tid | OWNER_DIED);
    h[1].let_go = 1;
    CHECK_EQ(pthread_join(h[1].thread, NULL), 0);
    CHECK_ERRNO(futex(&lock, LOCK_PI, 0, NULL, NULL, 0), ESRCH);
    lock = 0;
}

static atomic_int handled;

static void count(int sig)
{
    (void)sig;
    handled++;
}

static void a_signal_does_not_end_a_lock(void)
{
    struct sigaction a = {.sa_handler = count};
    struct holder h;

    sigemptyset(&a.sa_mask);
    CHECK_EQ(sigaction(SIGUSR1, &a, NULL), 0);
    handled = 0;
    lock = self();
    start(&h, 1);
    usleep(20000);
    pthread_kill(h.thread, SIGUSR1);
    usleep(20000);
    CHECK_EQ(handled, 1);
    CHECK_EQ(h.got, 0);
    CHECK_EQ(futex(&lock, UNLOCK_PI, 0, NULL, NULL, 0), 0);
    h.let_go = 1;
    CHECK_EQ(pthread_join(h.thread, NULL), 0);
    CHECK_EQ(h.got, 1);
}

/* --- conditions --- */

struct sleeper {
    pthread_t thread;
    atomic_int ready, done;
    long result;
    int err;
    unsigned tid;
};

static void *sleep_at_cond(void *arg)
{
    struct sleeper *s = arg;

    s->tid = self();
    s->ready = 1;
    s->result = futex(&cond, WAIT_REQUEUE_PI, 0, NULL, &lock, 0);
    s->err = errno;
    if (s->result == 0 && (lock & TID_MASK) != s->tid)
        s->result = -2;
    s->done = 1;
    if (s->result == 0)
        futex(&lock, UNLOCK_PI, 0, NULL, NULL, 0);
    return NULL;
}

static void start_sleeper(struct sleeper *s)
{
    *s = (struct sleeper){.ready = 0};
    CHECK_EQ(pthread_create(&s->thread, NULL, sleep_at_cond, s), 0);
    while (!s->ready)
        usleep(1000);
    usleep(20000);
}

static void waiters_of_a_condition_move_to_its_lock(void)
{
    struct sleeper s[3];

    cond = 0;
    lock = self();
    for (int i = 0; i < 3; i++)
        start_sleeper(&s[i]);
    CHECK_ERRNO(futex(&cond, WAKE, 1, NULL, NULL, 0), EINVAL);
    CHECK_ERRNO(futex(&cond, CMP_REQUEUE, 1, NULL, &other, 0), EINVAL);
    CHECK_ERRNO(futex(&cond, CMP_REQUEUE_PI, 1, NULL, &lock, 7), EAGAIN);
    CHECK_ERRNO(futex(&cond, CMP_REQUEUE_PI, 2, NULL, &lock, 0), EINVAL);
    CHECK_ERRNO(futex(&cond, CMP_REQUEUE_PI, 1, NULL, &cond, 0), EINVAL);
    CHECK_ERRNO(futex(&cond, CMP_REQUEUE_PI, 1, NULL, &other, 0), EINVAL);
    CHECK_EQ(futex(&cond, CMP_REQUEUE_PI, 1, check_pointer(1), &lock, 0), 2);
    CHECK_EQ(lock, self() | WAITERS);
    CHECK_EQ(futex(&cond, CMP_REQUEUE_PI, 1, check_pointer(9), &lock, 0), 1);
    CHECK(!s[0].done && !s[1].done && !s[2].done);
    CHECK_EQ(futex(&lock, UNLOCK_PI, 0, NULL, NULL, 0), 0);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(pthread_join(s[i].thread, NULL), 0);
        CHECK_EQ(s[i].result, 0);
    }
    CHECK_EQ(lock, 0);
}

static void a_free_lock_goes_to_the_first_of_them(void)
{
    struct sleeper s;

    cond = lock = 0;
    start_sleeper(&s);
    CHECK_EQ(futex(&cond, CMP_REQUEUE_PI, 1, NULL, &lock, 0), 1);
    CHECK_EQ(pthread_join(s.thread, NULL), 0);
    CHECK_EQ(s.result, 0);
    CHECK_EQ(lock, 0);
    CHECK_EQ(futex(&cond, CMP_REQUEUE_PI, 1, NULL, &lock, 0), 0);
}

static void a_wait_for_requeue_ends_at_its_time(void)
{
    struct timespec t = after_ms(CLOCK_MONOTONIC, 20);

    cond = lock = 0;
    CHECK_ERRNO(futex(&cond, WAIT_REQUEUE_PI, 0, &t, &lock, 0), ETIMEDOUT);
    CHECK_ERRNO(futex(&cond, WAIT_REQUEUE_PI, 1, &t, &lock, 0), EAGAIN);
    CHECK_ERRNO(futex(&cond, WAIT_REQUEUE_PI, 0, &t, &cond, 0), EINVAL);
}

/* --- through the C library, and in a crowd --- */

static pthread_mutex_t mutex;
static long counter;

static void *count_up(void *arg)
{
    for (int i = 0; i < ROUNDS / 8; i++) {
        if (pthread_mutex_lock(&mutex))
            return (void *)1;
        counter++;
        if (i % 16 == 0)
            sched_yield();
        if (pthread_mutex_unlock(&mutex))
            return (void *)2;
    }
    return arg;
}

static void a_mutex_that_inherits_excludes(void)
{
    pthread_mutexattr_t a;
    pthread_t t[8];
    void *result;

    CHECK_EQ(pthread_mutexattr_init(&a), 0);
    CHECK_EQ(pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT), 0);
    CHECK_EQ(pthread_mutex_init(&mutex, &a), 0);
    counter = 0;
    for (int i = 0; i < 8; i++)
        CHECK_EQ(pthread_create(&t[i], NULL, count_up, NULL), 0);
    for (int i = 0; i < 8; i++) {
        CHECK_EQ(pthread_join(t[i], &result), 0);
        CHECK_EQ(result, 0);
    }
    CHECK_EQ(counter, ROUNDS / 8 * 8);
    CHECK_EQ(pthread_mutex_destroy(&mutex), 0);
}

static atomic_int stop;

static void *lock_briefly(void *arg)
{
    long got = 0;

    (void)arg;
    while (!stop) {
        struct timespec t = after_ms(CLOCK_REALTIME, 0);

        if (futex(&lock, LOCK_PI, 0, got % 2 ? &t : NULL, NULL, 0) == 0) {
            got++;
            sched_yield();
            if (futex(&lock, UNLOCK_PI, 0, NULL, NULL, 0))
                return (void *)-1;
        } else if (errno != ETIMEDOUT) {
            return (void *)-1;
        } else {
            got += 2; /* keeps the limit for a while */
        }
    }
    return (void *)got;
}

static void limits_and_signals_against_handing_over(void)
{
    struct sigaction a = {.sa_handler = count};
    pthread_t t[3];
    void *got;

    sigemptyset(&a.sa_mask);
    CHECK_EQ(sigaction(SIGUSR1, &a, NULL), 0);
    lock = 0;
    stop = 0;
    for (int i = 0; i < 3; i++)
        CHECK_EQ(pthread_create(&t[i], NULL, lock_briefly, NULL), 0);
    for (int i = 0; i < ROUNDS; i++) {
        pthread_kill(t[i % 3], SIGUSR1);
        if (i % 4 == 0)
            sched_yield();
    }
    stop = 1;
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(pthread_join(t[i], &got), 0);
        CHECK((long)got > 0);
    }
    CHECK_EQ(lock, 0);
}

int main(void)
{
    RUN(a_free_lock_is_taken);
    RUN(an_owner_that_is_none_is_told);
    RUN(a_held_lock_is_waited_for);
    RUN(unlocking_hands_over_in_order);
    RUN(a_circle_is_refused);
    RUN(a_dead_owner_leaves_the_lock_to_the_next);
    RUN(a_signal_does_not_end_a_lock);
    RUN(waiters_of_a_condition_move_to_its_lock);
    RUN(a_free_lock_goes_to_the_first_of_them);
    RUN(a_wait_for_requeue_ends_at_its_time);
    RUN(a_mutex_that_inherits_excludes);
    RUN(limits_and_signals_against_handing_over);
    return check_end();
}
