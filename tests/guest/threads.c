// SPDX-License-Identifier: MIT
/*
 * threads: POSIX threads, thread-local storage and futexes, through whichever
 * C library this is linked with.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "after.h"
#include "check.h"

enum { CROWD = 32 };

/* futex(2)'s; musl comes without the kernel's headers. */
enum {
    FUTEX_WAIT = 0,
    FUTEX_WAIT_PRIVATE = 128,
    FUTEX_WAKE_PRIVATE = 129,
    FUTEX_WAIT_BITSET_PRIVATE = 137,
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static long counter;

static void *square(void *arg)
{
    return (void *)((long)arg * (long)arg);
}

static void join_returns_the_result(void)
{
    pthread_t t;
    void *result;

    CHECK_EQ(pthread_create(&t, NULL, square, (void *)12), 0);
    CHECK_EQ(pthread_join(t, &result), 0);
    CHECK_EQ(result, 144);
}

static void *count_up(void *arg)
{
    for (long i = 0; i < (long)arg; i++) {
        pthread_mutex_lock(&mutex);
        counter++;
        if (i % 64 == 0)
            sched_yield(); /* while holding it, so that others must wait */
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

static void a_mutex_excludes(void)
{
    pthread_t t[CROWD];

    counter = 0;
    for (int i = 0; i < CROWD; i++)
        CHECK_EQ(pthread_create(&t[i], NULL, count_up, (void *)1000), 0);
    for (int i = 0; i < CROWD; i++)
        CHECK_EQ(pthread_join(t[i], NULL), 0);
    CHECK_EQ(counter, CROWD * 1000);
}

static void *pong(void *arg)
{
    long rounds = (long)arg;

    pthread_mutex_lock(&mutex);
    while (counter < rounds) {
        if (counter % 2) {
            counter++;
            pthread_cond_signal(&cond);
        } else {
            pthread_cond_wait(&cond, &mutex);
        }
    }
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void conditions_hand_over(void)
{
    pthread_t t;

    counter = 0;
    CHECK_EQ(pthread_create(&t, NULL, pong, (void *)2000), 0);
    pthread_mutex_lock(&mutex);
    while (counter < 2000) {
        if (counter % 2 == 0) {
            counter++;
            pthread_cond_signal(&cond);
        } else {
            pthread_cond_wait(&cond, &mutex);
        }
    }
    pthread_cond_signal(&cond);
    pthread_mutex_unlock(&mutex);
    CHECK_EQ(pthread_join(t, NULL), 0);
}

static void a_timed_wait_ends(void)
{
    struct timespec t = after_ms(CLOCK_REALTIME, 20);

    pthread_mutex_lock(&mutex);
    CHECK_EQ(pthread_cond_timedwait(&cond, &mutex, &t), ETIMEDOUT);
    pthread_mutex_unlock(&mutex);
}

static sem_t here, there;

static void *sem_partner(void *arg)
{
    for (long i = 0; i < (long)arg; i++) {
        sem_wait(&here);
        sem_post(&there);
    }
    return NULL;
}

static void semaphores_hand_over(void)
{
    pthread_t t;

    CHECK_EQ(sem_init(&here, 0, 0), 0);
    CHECK_EQ(sem_init(&there, 0, 0), 0);
    CHECK_EQ(pthread_create(&t, NULL, sem_partner, (void *)500), 0);
    for (int i = 0; i < 500; i++) {
        CHECK_EQ(sem_post(&here), 0);
        CHECK_EQ(sem_wait(&there), 0);
    }
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK_ERRNO(sem_trywait(&there), EAGAIN);
}

static __thread long mine = 5;
static __thread char mine_too[3000];

static void *use_tls(void *arg)
{
    long ok = mine == 5 && mine_too[2999] == 0;

    mine = (long)arg;
    mine_too[2999] = 1;
    for (int i = 0; i < 50; i++) {
        sched_yield();
        ok = ok && mine == (long)arg;
    }
    return (void *)ok;
}

static void each_thread_has_its_own_variables(void)
{
    pthread_t t[8];
    void *ok;

    mine = 77;
    for (long i = 0; i < 8; i++)
        CHECK_EQ(pthread_create(&t[i], NULL, use_tls, (void *)(i + 100)), 0);
    for (int i = 0; i < 8; i++) {
        CHECK_EQ(pthread_join(t[i], &ok), 0);
        CHECK(ok);
    }
    CHECK_EQ(mine, 77);
}

static void *own_ids(void *arg)
{
    long *ids = arg;

    ids[0] = getpid();
    ids[1] = syscall(SYS_gettid);
    return NULL;
}

static void a_thread_has_its_own_id_only(void)
{
    long ids[2];
    pthread_t t;

    CHECK_EQ(syscall(SYS_gettid), getpid());
    CHECK_EQ(pthread_create(&t, NULL, own_ids, ids), 0);
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK_EQ(ids[0], getpid());
    CHECK(ids[1] != getpid() && ids[1] > 0);
}

static volatile int spin_stop;
static volatile long spins;

static void *spin(void *arg)
{
    (void)arg;
    while (!spin_stop)
        spins++;
    return NULL;
}

static void a_spinning_thread_starves_nobody(void)
{
    struct timespec t = {0, 20000000};
    pthread_t a, b;

    spin_stop = 0;
    CHECK_EQ(pthread_create(&a, NULL, spin, NULL), 0);
    CHECK_EQ(pthread_create(&b, NULL, spin, NULL), 0);
    CHECK_EQ(nanosleep(&t, NULL), 0);
    spin_stop = 1;
    CHECK_EQ(pthread_join(a, NULL), 0);
    CHECK_EQ(pthread_join(b, NULL), 0);
    CHECK(spins > 0);
}

static void threads_come_and_go(void)
{
    pthread_attr_t attr;
    pthread_t t;

    CHECK_EQ(pthread_attr_init(&attr), 0);
    CHECK_EQ(pthread_attr_setstacksize(&attr, 64 * 1024), 0);
    for (long i = 0; i < 500; i++) {
        void *r;
        CHECK_EQ(pthread_create(&t, &attr, square, (void *)i), 0);
        CHECK_EQ(pthread_join(t, &r), 0);
        CHECK_EQ(r, i * i);
    }
}

static long futex(uint32_t *word, int op, uint32_t val,
                  const struct timespec *timeout)
{
    return syscall(SYS_futex, word, op, val, timeout, NULL, ~0);
}

static void futex_names_its_errors(void)
{
    static uint32_t word = 1;
    struct timespec t = {0, 10000000}, wrong = {0, -1};

    CHECK_ERRNO(futex(&word, FUTEX_WAIT_PRIVATE, 2, NULL), EAGAIN);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT_PRIVATE, 1, &t), ETIMEDOUT);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT, 1, &t), ETIMEDOUT);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT, 1, &wrong), EINVAL);
    CHECK_EQ(futex(&word, FUTEX_WAKE_PRIVATE, 10, NULL), 0);
    CHECK_ERRNO(futex(check_pointer(16), FUTEX_WAIT, 1, &t), EFAULT);
    CHECK_ERRNO(futex(check_pointer(17), FUTEX_WAIT, 1, &t), EINVAL);
    CHECK_ERRNO(futex(&word, 99, 1, NULL), ENOSYS);
    t = after_ms(CLOCK_MONOTONIC, 10);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 1, &t), ETIMEDOUT);
}

static uint32_t gate;
static int woken;

static void *wait_at_gate(void *arg)
{
    (void)arg;
    while (__atomic_load_n(&gate, __ATOMIC_SEQ_CST) == 0)
        futex(&gate, FUTEX_WAIT_PRIVATE, 0, NULL);
    __atomic_fetch_add(&woken, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void futex_wake_wakes_all_who_wait(void)
{
    struct timespec t = {0, 10000000};
    pthread_t th[10];

    for (int i = 0; i < 10; i++)
        CHECK_EQ(pthread_create(&th[i], NULL, wait_at_gate, NULL), 0);
    nanosleep(&t, NULL);
    CHECK_EQ(woken, 0);
    __atomic_store_n(&gate, 1, __ATOMIC_SEQ_CST);
    CHECK(futex(&gate, FUTEX_WAKE_PRIVATE, 100, NULL) <= 10);
    for (int i = 0; i < 10; i++)
        CHECK_EQ(pthread_join(th[i], NULL), 0);
    CHECK_EQ(woken, 10);
}

int main(void)
{
    RUN(join_returns_the_result);
    RUN(a_mutex_excludes);
    RUN(conditions_hand_over);
    RUN(a_timed_wait_ends);
    RUN(semaphores_hand_over);
    RUN(each_thread_has_its_own_variables);
    RUN(a_thread_has_its_own_id_only);
    RUN(a_spinning_thread_starves_nobody);
    RUN(threads_come_and_go);
    RUN(futex_names_its_errors);
    RUN(futex_wake_wakes_all_who_wait);
    return check_end();
}
