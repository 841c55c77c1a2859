// SPDX-License-Identifier: MIT
/* futex: waiting on words, private and shared; futex(2), futex_waitv. */
#define _GNU_SOURCE
#include <limits.h>
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
    REQUEUE = 3,
    CMP_REQUEUE,
    WAKE_OP,
    WAIT_BITSET = 9,
    WAKE_BITSET,
    PRIVATE = 128,
    REALTIME = 256,
};
enum { ROUNDS = 10000, FUTEX2_32 = 2 };

struct futex_waitv_entry {
    uint64_t val, uaddr;
    uint32_t flags, reserved;
};

static atomic_int word, second;

static long futex(void *addr, int op, int val, void *timeout, void *addr2,
                  int val3)
{
    return syscall(SYS_futex, addr, op, val, timeout, addr2, val3);
}

/* A thread that waits at addr with these arguments, and what it got. */
struct waiter {
    pthread_t thread;
    void *addr;
    int op, bits;
    atomic_int ready, done;
    long result;
    int err;
};

static void *wait_at(void *arg)
{
    struct waiter *w = arg;

    w->ready = 1;
    w->result = futex(w->addr, w->op, 0, NULL, NULL, w->bits);
    w->err = errno;
    w->done = 1;
    return NULL;
}

static void start(struct waiter *w, void *addr, int op, int bits)
{
    *w = (struct waiter){.addr = addr, .op = op, .bits = bits};
    CHECK_EQ(pthread_create(&w->thread, NULL, wait_at, w), 0);
    while (!w->ready)
        usleep(1000);
    usleep(20000);
}

static void finish(struct waiter *w)
{
    CHECK_EQ(pthread_join(w->thread, NULL), 0);
    CHECK_EQ(w->result, 0);
}

static void bad_arguments_are_refused(void)
{
    struct timespec bad = {0, 1000000000};
    char *odd = (char *)&word + 1;

    CHECK_ERRNO(futex(odd, WAIT | PRIVATE, 0, NULL, NULL, 0), EINVAL);
    CHECK_ERRNO(futex(odd, WAKE | PRIVATE, 1, NULL, NULL, 0), EINVAL);
    CHECK_ERRNO(futex(check_pointer(8), WAIT, 0, NULL, NULL, 0), EFAULT);
    CHECK_ERRNO(futex(check_pointer(8), WAKE, 1, NULL, NULL, 0), EFAULT);
    CHECK_EQ(futex(check_pointer(8), WAKE | PRIVATE, 1, NULL, NULL, 0), 0);
    CHECK_ERRNO(futex(check_pointer(-4096ul), WAKE | PRIVATE, 1, 0, 0, 0),
                EFAULT);
    CHECK_ERRNO(futex(&word, WAIT | PRIVATE, 1, NULL, NULL, 0), EAGAIN);
    CHECK_ERRNO(futex(&word, WAIT | PRIVATE, 0, &bad, NULL, 0), EINVAL);
    CHECK_ERRNO(futex(&word, WAIT | PRIVATE, 0, check_pointer(8), NULL, 0),
                EFAULT);
    CHECK_ERRNO(futex(&word, WAIT_BITSET | PRIVATE, 0, NULL, NULL, 0), EINVAL);
    CHECK_ERRNO(futex(&word, WAKE_BITSET | PRIVATE, 1, NULL, NULL, 0), EINVAL);
    CHECK_ERRNO(futex(&word, 99, 1, NULL, NULL, 0), ENOSYS);
    CHECK_ERRNO(futex(&word, WAKE | REALTIME, 1, NULL, NULL, 0), ENOSYS);
    CHECK_ERRNO(futex(&word, REQUEUE, -1, NULL, &second, 0), EINVAL);
    CHECK_ERRNO(futex(&word, REQUEUE, 1, check_pointer(-1ul), &second, 0),
                EINVAL);
    CHECK_ERRNO(futex(&word, CMP_REQUEUE, 1, NULL, &second, 5), EAGAIN);
}

static void a_wait_ends_at_its_time(void)
{
    struct timespec t = {0, 20000000}, past = {0, 1};

    CHECK_ERRNO(futex(&word, WAIT | PRIVATE, 0, &t, NULL, 0), ETIMEDOUT);
    t = after_ms(CLOCK_MONOTONIC, 20);
    CHECK_ERRNO(futex(&word, WAIT_BITSET | PRIVATE, 0, &t, NULL, 1), ETIMEDOUT);
    t = after_ms(CLOCK_REALTIME, 20);
    CHECK_ERRNO(futex(&word, WAIT_BITSET | PRIVATE | REALTIME, 0, &t, NULL, 1),
                ETIMEDOUT);
    CHECK_ERRNO(futex(&word, WAIT_BITSET | REALTIME, 0, &past, NULL, 1),
                ETIMEDOUT);
}

static void wake_counts(void)
{
    struct waiter w[4];

    for (int i = 0; i < 4; i++)
        start(&w[i], &word, WAIT | PRIVATE, 0);
    CHECK_EQ(futex(&word, WAKE | PRIVATE, 0, NULL, NULL, 0), 1);
    CHECK_EQ(futex(&word, WAKE | PRIVATE, 2, NULL, NULL, 0), 2);
    CHECK_EQ(futex(&word, WAKE | PRIVATE, -5, NULL, NULL, 0), 1);
    CHECK_EQ(futex(&word, WAKE | PRIVATE, INT_MAX, NULL, NULL, 0), 0);
    for (int i = 0; i < 4; i++)
        finish(&w[i]);
}

static void bits_choose(void)
{
    struct waiter a, b;

    start(&a, &word, WAIT_BITSET | PRIVATE, 1);
    start(&b, &word, WAIT_BITSET | PRIVATE, 6);
    CHECK_EQ(futex(&word, WAKE_BITSET | PRIVATE, 9, NULL, NULL, 8), 0);
    CHECK_EQ(futex(&word, WAKE_BITSET | PRIVATE, 9, NULL, NULL, 4), 1);
    finish(&b);
    CHECK_EQ(futex(&word, WAKE | PRIVATE, 9, NULL, NULL, 0), 1);
    finish(&a);
}

static void requeue_wakes_and_moves(void)
{
    struct waiter w[5];

    for (int i = 0; i < 5; i++)
        start(&w[i], &word, WAIT | PRIVATE, 0);
    CHECK_EQ(
        futex(&word, CMP_REQUEUE | PRIVATE, 1, check_pointer(3), &second, 0),
        4);
    CHECK_EQ(futex(&second, WAKE | PRIVATE, 9, NULL, NULL, 0), 3);
    CHECK_EQ(futex(&word, REQUEUE | PRIVATE, 0, check_pointer(9), &second, 0),
             1);
    CHECK_EQ(futex(&second, REQUEUE | PRIVATE, 0, check_pointer(9), &second, 0),
             1);
    CHECK_EQ(futex(&second, WAKE | PRIVATE, 9, NULL, NULL, 0), 1);
    for (int i = 0; i < 5; i++)
        finish(&w[i]);
}

#define OP(op, arg, cmp, cmparg) \
    ((int)((op) << 28 | (cmp) << 24 | ((arg)&0xfff) << 12 | ((cmparg)&0xfff)))

static void wake_op_computes(void)
{
    atomic_int w = 5, v = 0;
    void *one = check_pointer(1);

    CHECK_EQ(futex(&v, WAKE_OP, 1, one, &w, OP(0u, 7, 0u, 0)), 0); /* = */
    CHECK_EQ(w, 7);
    CHECK_EQ(futex(&v, WAKE_OP, 1, one, &w, OP(1u, -3, 0u, 0)), 0); /* + */
    CHECK_EQ(w, 4);
    CHECK_EQ(futex(&v, WAKE_OP, 1, one, &w, OP(2u, 3, 0u, 0)), 0); /* | */
    CHECK_EQ(w, 7);
    CHECK_EQ(futex(&v, WAKE_OP, 1, one, &w, OP(3u, 2, 0u, 0)), 0); /* & ~ */
    CHECK_EQ(w, 5);
    CHECK_EQ(futex(&v, WAKE_OP, 1, one, &w, OP(4u, 4, 0u, 0)), 0); /* ^ */
    CHECK_EQ(w, 1);
    CHECK_EQ(futex(&v, WAKE_OP, 1, one, &w, OP(8u, 12, 0u, 0)), 0); /* = 1<< */
    CHECK_EQ(w, 4096);
    CHECK_ERRNO(futex(&v, WAKE_OP, 1, one, &w, OP(5u, 4, 0u, 0)), ENOSYS);
    CHECK_ERRNO(futex(&v, WAKE_OP, 1, one, &w, OP(0u, 4, 6u, 0)), ENOSYS);
    CHECK_ERRNO(futex(&v, WAKE_OP, 1, one, check_pointer(8), 0), EFAULT);
}

static void wake_op_wakes_both(void)
{
    struct waiter a, b;

    word = second = 0;
    start(&a, &word, WAIT | PRIVATE, 0);
    start(&b, &second, WAIT | PRIVATE, 0);
    /* second = 3, and its waiter too if it was above 0: it was not */
    CHECK_EQ(futex(&word, WAKE_OP | PRIVATE, 1, check_pointer(1), &second,
                   OP(0u, 3, 4u, 0)),
             1);
    finish(&a);
    CHECK_EQ(second, 3);
    CHECK(!b.done);
    start(&a, &word, WAIT | PRIVATE, 0);
    CHECK_EQ(futex(&word, WAKE_OP | PRIVATE, 1, check_pointer(1), &second,
                   OP(1u, -3, 5u, 3)),
             2);
    finish(&a);
    finish(&b);
    CHECK_EQ(second, 0);
}

/* --- shared words --- */

static void two_mappings_are_one_word(void)
{
    int fd = memfd_create("futex", 0);
    struct waiter w;
    char *a, *b;

    CHECK_EQ(ftruncate(fd, 8192), 0);
    a = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    b = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 4096);
    CHECK(a != MAP_FAILED && b != MAP_FAILED);
    start(&w, a + 4096 + 64, WAIT, 0);
    CHECK_EQ(futex(b + 64, WAKE | PRIVATE, 1, NULL, NULL, 0), 0);
    CHECK_EQ(futex(b + 60, WAKE, 1, NULL, NULL, 0), 0);
    CHECK_EQ(futex(b + 64, WAKE, 1, NULL, NULL, 0), 1);
    finish(&w);
    /* From a private word to a shared one and back. */
    start(&w, a + 64, WAIT, 0);
    CHECK_EQ(futex(a + 64, REQUEUE, 0, check_pointer(1), &word, 0), 1);
    CHECK_EQ(futex(&word, REQUEUE, 0, check_pointer(1), b + 8, 0), 1);
    CHECK_EQ(munmap(b, 4096), 0);
    CHECK_EQ(futex(a + 4096 + 8, WAKE, 1, NULL, NULL, 0), 1);
    finish(&w);
    munmap(a, 8192);
    close(fd);
}

static void private_and_shared_calls_do_not_meet(void)
{
    struct waiter w;

    start(&w, &word, WAIT, 0);
    CHECK_EQ(futex(&word, WAKE | PRIVATE, 1, NULL, NULL, 0), 0);
    CHECK_EQ(futex(&word, WAKE, 1, NULL, NULL, 0), 1);
    finish(&w);
    start(&w, &word, WAIT | PRIVATE, 0);
    CHECK_EQ(futex(&word, WAKE, 1, NULL, NULL, 0), 0);
    CHECK_EQ(futex(&word, WAKE | PRIVATE, 1, NULL, NULL, 0), 1);
    finish(&w);
}

static void a_shared_word_outlives_its_mapping(void)
{
    int fd = memfd_create("futex", 0);
    struct waiter w;
    char *a;

    CHECK_EQ(ftruncate(fd, 4096), 0);
    a = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    start(&w, a, WAIT, 0);
    munmap(a, 4096);
    a = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK_EQ(futex(a, WAKE, 1, NULL, NULL, 0), 1);
    finish(&w);
    munmap(a, 4096);
    close(fd);
}

/* --- several words --- */

static long waitv(struct futex_waitv_entry *e, int n, int flags,
                  struct timespec *t, clockid_t clock)
{
    return syscall(SYS_futex_waitv, e, n, flags, t, clock);
}

static struct futex_waitv_entry entry(atomic_int *w, int val)
{
    return (struct futex_waitv_entry){(uint32_t)val, (uintptr_t)w,
                                      FUTEX2_32 | PRIVATE, 0};
}

static void waitv_checks_all(void)
{
    struct futex_waitv_entry e[2] = {entry(&word, 0), entry(&second, 0)};
    struct timespec t = after_ms(CLOCK_MONOTONIC, 20);

    word = second = 0;
    if (waitv(e, 2, 0, &t, CLOCK_MONOTONIC) == -1 && errno == ENOSYS)
        CHECK_SKIP("no futex_waitv here");
    CHECK_EQ(errno, ETIMEDOUT);
    t = after_ms(CLOCK_REALTIME, 20);
    CHECK_ERRNO(waitv(e, 2, 0, &t, CLOCK_REALTIME), ETIMEDOUT);
    CHECK_ERRNO(waitv(e, 2, 0, &t, CLOCK_BOOTTIME), EINVAL);
    CHECK_ERRNO(waitv(e, 2, 1, NULL, 0), EINVAL);
    CHECK_ERRNO(waitv(e, 0, 0, NULL, 0), EINVAL);
    CHECK_ERRNO(waitv(e, 129, 0, NULL, 0), EINVAL);
    CHECK_ERRNO(waitv(NULL, 1, 0, NULL, 0), EINVAL);
    CHECK_ERRNO(waitv(check_pointer(8), 1, 0, NULL, 0), EFAULT);
    e[1].val = 1;
    CHECK_ERRNO(waitv(e, 2, 0, NULL, 0), EAGAIN);
    e[1] = entry(&second, 0);
    e[1].reserved = 1;
    CHECK_ERRNO(waitv(e, 2, 0, NULL, 0), EINVAL);
    e[1] = entry(&second, 0);
    e[1].flags = PRIVATE;
    CHECK_ERRNO(waitv(e, 2, 0, NULL, 0), EINVAL);
    e[1] = entry(check_pointer(8), 0);
    CHECK_ERRNO(waitv(e, 2, 0, NULL, 0), EFAULT);
}

static void *wake_second(void *arg)
{
    usleep(20000);
    return (void *)futex(&second, WAKE | PRIVATE, 1, NULL, NULL,
                         (int)(long)arg);
}

static void waitv_tells_which(void)
{
    struct futex_waitv_entry e[3] = {entry(&word, 0), entry(&second, 0),
                                     entry(&word, 0)};
    pthread_t t;
    void *woken;
    long which;

    CHECK_EQ(pthread_create(&t, NULL, wake_second, NULL), 0);
    which = waitv(e, 3, 0, NULL, 0);
    CHECK_EQ(pthread_join(t, &woken), 0);
    if (which == -1 && errno == ENOSYS)
        CHECK_SKIP("no futex_waitv here");
    CHECK_EQ(which, 1);
    CHECK_EQ(woken, 1);
    CHECK_EQ(futex(&word, WAKE | PRIVATE, 9, NULL, NULL, 0), 0);
}

/* --- races --- */

static atomic_int turn, requeued;

static void *answer(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        while (turn != 1)
            futex(&turn, WAIT | PRIVATE, 0, NULL, NULL, 0);
        turn = 0;
        futex(&turn, WAKE | PRIVATE, 1, NULL, NULL, 0);
    }
    return arg;
}

static void ping_pong_loses_no_wake(void)
{
    pthread_t t;

    turn = 0;
    CHECK_EQ(pthread_create(&t, NULL, answer, NULL), 0);
    for (int i = 0; i < ROUNDS; i++) {
        turn = 1;
        futex(&turn, WAKE | PRIVATE, 1, NULL, NULL, 0);
        while (turn != 0)
            futex(&turn, WAIT | PRIVATE, 1, NULL, NULL, 0);
    }
    CHECK_EQ(pthread_join(t, NULL), 0);
}

static atomic_int rounds_left, waiters_gone;

static void *wait_and_count(void *arg)
{
    (void)arg;
    while (rounds_left > 0) {
        int seen = word;
        struct timespec t = {0, 2000000};

        futex(&word, WAIT | PRIVATE, seen, &t, NULL, 0);
    }
    waiters_gone++;
    return NULL;
}

static void *move_around(void *arg)
{
    (void)arg;
    while (rounds_left > 0) {
        long n =
            futex(&word, REQUEUE | PRIVATE, 1, check_pointer(2), &second, 0);

        if (n > 0)
            requeued += (int)n;
        futex(&second, REQUEUE | PRIVATE, 0, check_pointer(1), &word, 0);
        sched_yield();
    }
    return NULL;
}

/* Waiters time out, are woken and moved at once; none may be lost. */
static void requeue_against_wake_and_time(void)
{
    pthread_t t[4], mover;

    rounds_left = ROUNDS;
    waiters_gone = requeued = 0;
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pthread_create(&t[i], NULL, wait_and_count, NULL), 0);
    CHECK_EQ(pthread_create(&mover, NULL, move_around, NULL), 0);
    while (rounds_left > 0) {
        rounds_left--;
        if (rounds_left % 3 == 0)
            word++;
        futex(&word, WAKE | PRIVATE, 1, NULL, NULL, 0);
        futex(&second, WAKE | PRIVATE, 1, NULL, NULL, 0);
        if (rounds_left % 8 == 0)
            sched_yield();
    }
    CHECK_EQ(pthread_join(mover, NULL), 0);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pthread_join(t[i], NULL), 0);
    CHECK_EQ(waiters_gone, 4);
    word = 0;
}

static void nothing(int sig)
{
    (void)sig;
}

static void *wait_in_rounds(void *arg)
{
    long ends = 0;

    (void)arg;
    while (turn < ROUNDS) {
        int seen = turn;

        if (seen < ROUNDS &&
            futex(&turn, WAIT | PRIVATE, seen, NULL, NULL, 0) && errno == EINTR)
            ends++;
    }
    return (void *)ends;
}

/* Each round one wake and one signal meet the waiter. */
static void signals_against_wakes(void)
{
    struct sigaction a = {.sa_handler = nothing};
    pthread_t t;

    sigemptyset(&a.sa_mask);
    CHECK_EQ(sigaction(SIGUSR1, &a, NULL), 0);
    turn = 0;
    CHECK_EQ(pthread_create(&t, NULL, wait_in_rounds, NULL), 0);
    while (turn < ROUNDS) {
        pthread_kill(t, SIGUSR1);
        turn++;
        futex(&turn, WAKE | PRIVATE, 1, NULL, NULL, 0);
        if (turn % 4 == 0)
            sched_yield();
    }
    CHECK_EQ(pthread_join(t, NULL), 0);
}

int main(void)
{
    RUN(bad_arguments_are_refused);
    RUN(a_wait_ends_at_its_time);
    RUN(wake_counts);
    RUN(bits_choose);
    RUN(requeue_wakes_and_moves);
    RUN(wake_op_computes);
    RUN(wake_op_wakes_both);
    RUN(two_mappings_are_one_word);
    RUN(private_and_shared_calls_do_not_meet);
    RUN(a_shared_word_outlives_its_mapping);
    RUN(waitv_checks_all);
    RUN(waitv_tells_which);
    RUN(ping_pong_loses_no_wake);
    RUN(requeue_against_wake_and_time);
    RUN(signals_against_wakes);
    return check_end();
}
