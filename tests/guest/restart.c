// SPDX-License-Identifier: MIT
/*
 * restart: which calls a signal ends, and which are made again (signal(7),
 * "Interruption of system calls and library functions by signal handlers").
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define MS 1000000ll

enum { FUTEX_WAIT_PRIVATE = 128, FUTEX_WAIT_BITSET_PRIVATE = 137 };

static volatile sig_atomic_t seen;

static void note(int sig)
{
    (void)sig;
    seen++;
}

/* SIGALRM comes after 20 ms. */
static void alarm_soon(void (*handler)(int), int flags)
{
    struct sigaction a = {.sa_handler = handler, .sa_flags = flags};
    struct itimerval t = {.it_value.tv_usec = 20000};

    sigemptyset(&a.sa_mask);
    CHECK_EQ(sigaction(SIGALRM, &a, NULL), 0);
    seen = 0;
    CHECK_EQ(setitimer(ITIMER_REAL, &t, NULL), 0);
}

static long long now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 * MS + t.tv_nsec;
}

static void *write_later(void *arg)
{
    usleep(60000);
    return (void *)(long)write(*(int *)arg, "x", 1);
}

static long read_with(int flags)
{
    pthread_t t;
    sigset_t set;
    long n;
    int fd[2], err;
    char c;

    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    CHECK_EQ(pipe(fd), 0);
    pthread_sigmask(SIG_BLOCK, &set, NULL); /* the other thread inherits it */
    CHECK_EQ(pthread_create(&t, NULL, write_later, &fd[1]), 0);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    alarm_soon(note, flags);
    n = read(fd[0], &c, 1);
    err = errno;
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK_EQ(seen, 1);
    close(fd[0]);
    close(fd[1]);
    errno = err;
    return n;
}

static void a_read_ends_without_restart(void)
{
    CHECK_ERRNO(read_with(0), EINTR);
}

static void a_read_goes_on_with_restart(void)
{
    CHECK_EQ(read_with(SA_RESTART), 1);
}

static void a_full_pipe_is_waited_for_again(void)
{
    static char block[65536];
    int fd[2];

    CHECK_EQ(pipe(fd), 0);
    CHECK_EQ(write(fd[1], block, sizeof(block)), (long)sizeof(block));
    alarm_soon(note, 0);
    CHECK_ERRNO(write(fd[1], block, 1), EINTR);
    CHECK_EQ(seen, 1);
    close(fd[0]);
    close(fd[1]);
}

static void pause_ends_always(void)
{
    alarm_soon(note, SA_RESTART);
    CHECK_ERRNO(pause(), EINTR);
    CHECK_EQ(seen, 1);
}

static void sigsuspend_ends_always(void)
{
    sigset_t none;

    sigemptyset(&none);
    alarm_soon(note, SA_RESTART);
    CHECK_ERRNO(sigsuspend(&none), EINTR);
    CHECK_EQ(seen, 1);
}

static void poll_and_select_end_always(void)
{
    struct timespec long_time = {5, 0};
    struct timeval tv = {5, 0};

    alarm_soon(note, SA_RESTART);
    CHECK_ERRNO(poll(NULL, 0, 5000), EINTR);
    alarm_soon(note, SA_RESTART);
    CHECK_ERRNO(ppoll(NULL, 0, &long_time, NULL), EINTR);
    alarm_soon(note, SA_RESTART);
    CHECK_ERRNO(select(0, NULL, NULL, NULL, &tv), EINTR);
    CHECK(tv.tv_sec == 4);
    alarm_soon(note, SA_RESTART);
    CHECK_ERRNO(pselect(0, NULL, NULL, NULL, &long_time, NULL), EINTR);
}

static void nanosleep_ends_always(void)
{
    struct timespec t = {5, 0}, left = {0, 0};

    alarm_soon(note, SA_RESTART);
    CHECK_ERRNO(nanosleep(&t, &left), EINTR);
    CHECK(left.tv_sec == 4);
    alarm_soon(note, SA_RESTART);
    CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &left), EINTR);
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += 5;
    alarm_soon(note, SA_RESTART);
    CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL), EINTR);
}

static long futex(atomic_int *word, int op, int val, struct timespec *t)
{
    return syscall(SYS_futex, word, op, val, t, NULL, -1);
}

static void a_futex_wait_with_a_limit_ends(void)
{
    struct timespec t = {5, 0};
    atomic_int word = 0;

    alarm_soon(note, 0);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT_PRIVATE, 0, NULL), EINTR);
    alarm_soon(note, SA_RESTART);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT_PRIVATE, 0, &t), EINTR);
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += 5;
    alarm_soon(note, SA_RESTART);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, &t), EINTR);
    CHECK_EQ(seen, 1);
}

static atomic_int changed;

static void change(int sig)
{
    (void)sig;
    changed = 1;
    seen++;
}

/* Made again, it looks at the word again. */
static void a_futex_wait_without_limit_is_made_again(void)
{
    changed = 0;
    alarm_soon(change, SA_RESTART);
    CHECK_ERRNO(futex(&changed, FUTEX_WAIT_PRIVATE, 0, NULL), EAGAIN);
    CHECK_EQ(seen, 1);
}

/* SIGURG is ignored by default, but it is only dropped when it is sent to
 * somebody who does not block it. So is it when its turn comes. */
static void *send_urgents(void *target)
{
    for (int i = 0; i < 5; i++) {
        usleep(10000);
        pthread_kill(*(pthread_t *)target, SIGURG);
    }
    return NULL;
}

static void ignored_signals_end_nothing(void)
{
    struct timespec t = {0, 100 * MS}, left = {7, 7};
    pthread_t self = pthread_self(), other;
    long long start = now();

    CHECK_EQ(pthread_create(&other, NULL, send_urgents, &self), 0);
    CHECK_EQ(nanosleep(&t, &left), 0);
    CHECK(now() - start >= 100 * MS);
    CHECK_EQ(poll(NULL, 0, 50), 0);
    CHECK(now() - start >= 150 * MS);
    CHECK_EQ(left.tv_sec, 7);
    CHECK_EQ(pthread_join(other, NULL), 0);
}

static void restart_syscall_alone_is_interrupted(void)
{
    CHECK_ERRNO(syscall(SYS_restart_syscall), EINTR);
}

/* Linux looks at 32 bits of RAX; the upper ones do not count. */
static void the_upper_half_of_a_call_number_is_nothing(void)
{
    long rax = SYS_getpid | 0x1234567800000000l;

    __asm__ volatile("syscall" : "+a"(rax) : : "rcx", "r11", "memory");
    CHECK_EQ(rax, getpid());
    rax = -1;
    __asm__ volatile("syscall" : "+a"(rax) : : "rcx", "r11", "memory");
    CHECK_EQ(rax, -ENOSYS);
    rax = 99999;
    __asm__ volatile("syscall" : "+a"(rax) : : "rcx", "r11", "memory");
    CHECK_EQ(rax, -ENOSYS);
    rax = 0x80000000l;
    __asm__ volatile("syscall" : "+a"(rax) : : "rcx", "r11", "memory");
    CHECK_EQ(rax, -ENOSYS);
}

/* Numbers like the kernel's own codes are nothing special in a program that
 * computes while signals come. */
static void registers_that_look_like_codes_stay(void)
{
    struct itimerval t = {{0, 500}, {0, 500}}, off = {{0, 0}, {0, 0}};
    long long end = now() + 200 * MS;
    struct sigaction a = {.sa_handler = note, .sa_flags = 0};

    sigemptyset(&a.sa_mask);
    CHECK_EQ(sigaction(SIGALRM, &a, NULL), 0);
    seen = 0;
    CHECK_EQ(setitimer(ITIMER_REAL, &t, NULL), 0);
    while (now() < end) {
        long rax = -512 - now() % 5, kept = rax;

        __asm__ volatile("mov $20000, %%ecx\n1: dec %%ecx\njnz 1b"
                         : "+a"(rax)
                         :
                         : "rcx", "cc");
        CHECK_EQ(rax, kept);
    }
    CHECK_EQ(setitimer(ITIMER_REAL, &off, NULL), 0);
    CHECK(seen > 0);
}

/* A reader that is interrupted ten thousand times loses nothing. */
static void *send_many(void *target)
{
    for (int i = 0; i < 10000; i++) {
        pthread_kill(*(pthread_t *)target, SIGUSR1);
        if (i % 8 == 0)
            sched_yield();
    }
    return NULL;
}

struct stream {
    int fd;
    atomic_int stop;
};

static void *write_numbers(void *arg)
{
    struct stream *s = arg;
    uint32_t i = 0;

    for (; !s->stop; i++)
        if (write(s->fd, &i, sizeof(i)) != sizeof(i))
            break;
    close(s->fd);
    return (void *)(uintptr_t)i;
}

static void restarted_reads_lose_nothing(void)
{
    struct sigaction a = {.sa_handler = note, .sa_flags = SA_RESTART};
    struct stream s = {.stop = 0};
    pthread_t self = pthread_self(), sender, writer;
    uint32_t next = 0, got;
    void *written;
    int fd[2];
    long n;

    sigemptyset(&a.sa_mask);
    CHECK_EQ(sigaction(SIGUSR1, &a, NULL), 0);
    CHECK_EQ(pipe(fd), 0);
    s.fd = fd[1];
    CHECK_EQ(pthread_create(&writer, NULL, write_numbers, &s), 0);
    CHECK_EQ(pthread_create(&sender, NULL, send_many, &self), 0);
    while ((n = read(fd[0], &got, sizeof(got))) == sizeof(got)) {
        CHECK_EQ(got, next);
        next++;
        if (next == 30000)
            s.stop = 1;
    }
    CHECK_EQ(n, 0);
    CHECK_EQ(pthread_join(writer, &written), 0);
    CHECK_EQ(pthread_join(sender, NULL), 0);
    CHECK_EQ(next, (uintptr_t)written);
    close(fd[0]);
}

int main(void)
{
    RUN(a_read_ends_without_restart);
    RUN(a_read_goes_on_with_restart);
    RUN(a_full_pipe_is_waited_for_again);
    RUN(pause_ends_always);
    RUN(sigsuspend_ends_always);
    RUN(poll_and_select_end_always);
    RUN(nanosleep_ends_always);
    RUN(a_futex_wait_with_a_limit_ends);
    RUN(a_futex_wait_without_limit_is_made_again);
    RUN(ignored_signals_end_nothing);
    RUN(restart_syscall_alone_is_interrupted);
    RUN(the_upper_half_of_a_call_number_is_nothing);
    RUN(registers_that_look_like_codes_stay);
    RUN(restarted_reads_lose_nothing);
    return check_end();
}
