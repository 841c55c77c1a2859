// SPDX-License-Identifier: MIT
/* robust: mutexes whose owner dies; get_robust_list(2), pthread_mutex_*. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

enum { ROUNDS = 10000, FUTEX_WAKE_SHARED = 1, FUTEX_WAIT_SHARED = 0 };

#define WAITERS    0x80000000u
#define OWNER_DIED 0x40000000u

struct entry {
    struct entry *next;
    atomic_uint word;
};

struct head {
    struct entry *next;
    long offset;
    struct entry *pending;
};

static pthread_mutex_t mutex;

static void robust_mutex(int protocol)
{
    pthread_mutexattr_t a;

    CHECK_EQ(pthread_mutexattr_init(&a), 0);
    CHECK_EQ(pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST), 0);
    CHECK_EQ(pthread_mutexattr_setprotocol(&a, protocol), 0);
    CHECK_EQ(pthread_mutex_init(&mutex, &a), 0);
}

static void *lock_and_die(void *arg)
{
    long err = pthread_mutex_lock(&mutex);

    if (arg)
        usleep(30000);
    return (void *)err;
}

static void dead_owner_case(int protocol)
{
    pthread_t t;
    void *err;

    robust_mutex(protocol);
    CHECK_EQ(pthread_create(&t, NULL, lock_and_die, NULL), 0);
    CHECK_EQ(pthread_join(t, &err), 0);
    CHECK_EQ(err, 0);
    CHECK_EQ(pthread_mutex_lock(&mutex), EOWNERDEAD);
    CHECK_EQ(pthread_mutex_consistent(&mutex), 0);
    CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
    CHECK_EQ(pthread_mutex_lock(&mutex), 0);
    CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
    /* The same for one who already waits. */
    CHECK_EQ(pthread_create(&t, NULL, lock_and_die, check_pointer(1)), 0);
    usleep(10000);
    CHECK_EQ(pthread_mutex_lock(&mutex), EOWNERDEAD);
    CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
    CHECK_EQ(pthread_join(t, &err), 0);
    CHECK_EQ(pthread_mutex_lock(&mutex), ENOTRECOVERABLE);
    CHECK_EQ(pthread_mutex_destroy(&mutex), 0);
}

static void a_dead_owner_is_told(void)
{
    dead_owner_case(PTHREAD_PRIO_NONE);
}

static void a_dead_owner_is_told_of_inheriting_mutexes(void)
{
    dead_owner_case(PTHREAD_PRIO_INHERIT);
}

static void the_list_can_be_asked_for(void)
{
    struct head *h = NULL;
    size_t len = 0;

    CHECK_EQ(syscall(SYS_get_robust_list, 0, &h, &len), 0);
    CHECK(h != NULL);
    CHECK_EQ(len, sizeof(*h));
    CHECK_EQ(syscall(SYS_get_robust_list, getpid(), &h, &len), 0);
    CHECK_ERRNO(syscall(SYS_get_robust_list, 4000000, &h, &len), ESRCH);
    CHECK_ERRNO(syscall(SYS_get_robust_list, 0, check_pointer(8), &len),
                EFAULT);
    CHECK_ERRNO(syscall(SYS_set_robust_list, h, 23), EINVAL);
}

/* A thread that ends with a list of the case's making. */
struct hostile {
    struct head head;
    void (*fill)(struct hostile *h, unsigned tid);
    struct entry entry[3000];
};

static struct hostile hostile;

static void *end_with_list(void *arg)
{
    struct hostile *h = arg;

    h->fill(h, (unsigned)syscall(SYS_gettid));
    syscall(SYS_set_robust_list, &h->head, sizeof(h->head));
    return NULL;
}

static void run_hostile(void (*fill)(struct hostile *, unsigned))
{
    pthread_t t;

    memset(&hostile, 0, sizeof(hostile));
    hostile.fill = fill;
    hostile.head.next = (struct entry *)&hostile.head;
    hostile.head.offset = offsetof(struct entry, word);
    CHECK_EQ(pthread_create(&t, NULL, end_with_list, &hostile), 0);
    CHECK_EQ(pthread_join(t, NULL), 0);
}

static void fill_words(struct hostile *h, unsigned tid)
{
    h->head.next = &h->entry[0];
    h->entry[0].next = &h->entry[1];
    h->entry[1].next = &h->entry[2];
    h->entry[2].next = (struct entry *)&h->head;
    h->entry[0].word = tid;
    h->entry[1].word = tid + 1;
    h->entry[2].word = tid | WAITERS;
    h->head.pending = &h->entry[3];
    h->entry[3].word = tid;
}

static void words_of_the_dead_are_marked(void)
{
    run_hostile(fill_words);
    CHECK_EQ(hostile.entry[0].word, OWNER_DIED);
    CHECK(!(hostile.entry[1].word & OWNER_DIED));
    CHECK_EQ(hostile.entry[2].word, OWNER_DIED | WAITERS);
    CHECK_EQ(hostile.entry[3].word, OWNER_DIED);
}

static void fill_circle(struct hostile *h, unsigned tid)
{
    h->head.next = &h->entry[0];
    h->entry[0].next = &h->entry[1];
    h->entry[1].next = &h->entry[0];
    h->entry[1].word = tid;
}

static void fill_long(struct hostile *h, unsigned tid)
{
    h->head.next = &h->entry[0];
    for (int i = 0; i < 3000; i++) {
        h->entry[i].next = &h->entry[(i + 1) % 3000];
        h->entry[i].word = tid;
    }
}

static void fill_wild(struct hostile *h, unsigned tid)
{
    h->head.next = &h->entry[0];
    h->entry[0].next = check_pointer(0x123456789000);
    h->entry[0].word = tid;
    h->head.pending = check_pointer(-8ul);
}

static void fill_odd(struct hostile *h, unsigned tid)
{
    h->head.next = &h->entry[0];
    h->entry[0].next = &h->entry[1];
    h->entry[1].next = (struct entry *)&h->head;
    h->entry[1].word = tid;
    h->head.offset += 1;
}

static void endless_and_wild_lists_are_harmless(void)
{
    run_hostile(fill_circle);
    CHECK_EQ(hostile.entry[1].word, OWNER_DIED);
    run_hostile(fill_long);
    CHECK_EQ(hostile.entry[2047].word, OWNER_DIED);
    CHECK(hostile.entry[2048].word != OWNER_DIED);
    run_hostile(fill_wild);
    CHECK_EQ(hostile.entry[0].word, OWNER_DIED);
    run_hostile(fill_odd);
    CHECK(!(hostile.entry[1].word & OWNER_DIED));
}

static void *set_bad_head(void *arg)
{
    syscall(SYS_set_robust_list, arg, sizeof(struct head));
    return NULL;
}

static void a_head_that_is_none_is_harmless(void)
{
    pthread_t t;

    CHECK_EQ(pthread_create(&t, NULL, set_bad_head, check_pointer(8)), 0);
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK_EQ(pthread_create(&t, NULL, set_bad_head, check_pointer(-64ul)), 0);
    CHECK_EQ(pthread_join(t, NULL), 0);
}

/* --- the end of a thread and a lock that comes at the same time --- */

static atomic_long deaths;

static void *lock_in_line(void *arg)
{
    int err = pthread_mutex_lock(&mutex);

    (void)arg;
    if (err == EOWNERDEAD) {
        deaths++;
        err = pthread_mutex_consistent(&mutex);
    }
    return (void *)(long)err; /* dies with it */
}

static void death_against_lock(int protocol)
{
    pthread_t t[4];
    void *err;

    robust_mutex(protocol);
    deaths = 0;
    for (int i = 0; i < ROUNDS; i += 4) {
        for (int j = 0; j < 4; j++)
            CHECK_EQ(pthread_create(&t[j], NULL, lock_in_line, NULL), 0);
        for (int j = 0; j < 4; j++) {
            CHECK_EQ(pthread_join(t[j], &err), 0);
            CHECK_EQ(err, 0);
        }
    }
    CHECK_EQ(deaths, ROUNDS - 1);
    CHECK_EQ(pthread_mutex_lock(&mutex), EOWNERDEAD);
    CHECK_EQ(pthread_mutex_consistent(&mutex), 0);
    CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
    CHECK_EQ(pthread_mutex_destroy(&mutex), 0);
}

static void each_death_is_told_once(void)
{
    death_against_lock(PTHREAD_PRIO_NONE);
}

static void each_death_is_told_once_by_inheriting_mutexes(void)
{
    death_against_lock(PTHREAD_PRIO_INHERIT);
}

int main(void)
{
    RUN(a_dead_owner_is_told);
    RUN(a_dead_owner_is_told_of_inheriting_mutexes);
    RUN(the_list_can_be_asked_for);
    RUN(words_of_the_dead_are_marked);
    RUN(endless_and_wild_lists_are_harmless);
    RUN(a_head_that_is_none_is_harmless);
    RUN(each_death_is_told_once);
    RUN(each_death_is_told_once_by_inheriting_mutexes);
    return check_end();
}
