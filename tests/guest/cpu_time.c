// SPDX-License-Identifier: MIT
/*
 * cpu_time: what a program uses itself, and what the kernel uses for it. Loops
 * end by CPU time, never by the wall clock; the bounds leave room for systems
 * that find the division by samples.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define LONG_MS  300 /* of CPU time: some 75 samples of 4 ms */
#define SLACK_MS 30  /* between two ways to ask, on a system with ticks */

static char buffer[1 << 16];

static long cpu_ms(clockid_t clock)
{
    struct timespec t;

    CHECK_EQ(clock_gettime(clock, &t), 0);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static long ms(struct timeval t)
{
    return t.tv_sec * 1000 + t.tv_usec / 1000;
}

/* Computes for so long. */
static void compute(long length_ms)
{
    long end = cpu_ms(CLOCK_THREAD_CPUTIME_ID) + length_ms;
    volatile unsigned x = 1;

    do {
        for (int i = 0; i < 200000; i++)
            x = x * 1664525 + 1013904223;
    } while (cpu_ms(CLOCK_THREAD_CPUTIME_ID) < end);
}

/* Has the kernel work for so long. */
static void have_done(long length_ms)
{
    long end = cpu_ms(CLOCK_THREAD_CPUTIME_ID) + length_ms;
    int fd = open("/dev/zero", O_RDONLY);

    CHECK(fd >= 0);
    do {
        for (int i = 0; i < 20; i++)
            CHECK_EQ(read(fd, buffer, sizeof(buffer)), (ssize_t)sizeof(buffer));
    } while (cpu_ms(CLOCK_THREAD_CPUTIME_ID) < end);
    close(fd);
}

struct used {
    long user, system;
};

static struct used used_by(int who)
{
    struct rusage r;

    CHECK_EQ(getrusage(who, &r), 0);
    return (struct used){ms(r.ru_utime), ms(r.ru_stime)};
}

static struct used since(int who, struct used before)
{
    struct used now = used_by(who);

    return (struct used){now.user - before.user, now.system - before.system};
}

static void computing_is_user_time(void)
{
    struct used before = used_by(RUSAGE_SELF), u;

    compute(LONG_MS);
    u = since(RUSAGE_SELF, before);
    CHECK(u.user > LONG_MS / 2);
    CHECK(u.system < u.user / 2);
}

static void the_work_of_calls_is_system_time(void)
{
    struct used before = used_by(RUSAGE_SELF), u;

    have_done(LONG_MS);
    u = since(RUSAGE_SELF, before);
    CHECK(u.system > LONG_MS / 2);
    CHECK(u.user < u.system);
}

static void both_are_the_whole(void)
{
    for (int i = 0; i < 5; i++) {
        struct used u;
        long all;

        compute(7);
        have_done(7);
        u = used_by(RUSAGE_SELF);
        all = cpu_ms(CLOCK_PROCESS_CPUTIME_ID);
        CHECK(labs(u.user + u.system - all) <= SLACK_MS);
    }
}

static void neither_ever_shrinks(void)
{
    struct used last = used_by(RUSAGE_SELF);

    for (int i = 0; i < 2000; i++) {
        struct used u = used_by(RUSAGE_SELF);

        CHECK(u.user >= last.user && u.system >= last.system);
        last = u;
        if (i % 50 == 0)
            have_done(1);
    }
}

static void *have_done_in_thread(void *arg)
{
    struct rusage r;

    have_done(LONG_MS);
    if (getrusage(RUSAGE_THREAD, &r) == 0)
        *(long *)arg = ms(r.ru_stime);
    return NULL;
}

static void threads_have_their_own(void)
{
    struct used before = used_by(RUSAGE_THREAD), all = used_by(RUSAGE_SELF), u;
    long its_system = 0;
    pthread_t t;

    CHECK_EQ(pthread_create(&t, NULL, have_done_in_thread, &its_system), 0);
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK(its_system > LONG_MS / 2);
    u = since(RUSAGE_THREAD, before);
    CHECK(u.user + u.system < LONG_MS / 2);
    /* What an ended thread used stays its process's. */
    u = since(RUSAGE_SELF, all);
    CHECK(u.system > LONG_MS / 2);
}

static void children_are_told_apart(void)
{
    struct used before = used_by(RUSAGE_CHILDREN), u;
    struct rusage r;
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        have_done(LONG_MS);
        _exit(0);
    }
    CHECK_EQ(wait4(pid, &status, 0, &r), pid);
    CHECK_EQ(status, 0);
    CHECK(ms(r.ru_stime) > LONG_MS / 2);
    u = since(RUSAGE_CHILDREN, before);
    CHECK(u.system > LONG_MS / 2);
    CHECK(u.user < u.system);
}

static void times_agrees(void)
{
    long tick_ms = 1000 / sysconf(_SC_CLK_TCK);
    struct used u = used_by(RUSAGE_SELF), c = used_by(RUSAGE_CHILDREN);
    struct tms t;

    CHECK(times(&t) != (clock_t)-1);
    CHECK(labs(t.tms_utime * tick_ms - u.user) <= SLACK_MS);
    CHECK(labs(t.tms_stime * tick_ms - u.system) <= SLACK_MS);
    CHECK(labs(t.tms_cutime * tick_ms - c.user) <= SLACK_MS);
    CHECK(labs(t.tms_cstime * tick_ms - c.system) <= SLACK_MS);
}

static void proc_agrees(void)
{
    long tick_ms = 1000 / sysconf(_SC_CLK_TCK), user, system;
    struct used u = used_by(RUSAGE_SELF);
    int fd = open("/proc/self/stat", O_RDONLY);
    char *text = buffer;
    ssize_t n;

    if (fd < 0)
        CHECK_SKIP("no /proc");
    n = read(fd, buffer, sizeof(buffer) - 1);
    close(fd);
    CHECK(n > 0);
    buffer[n] = '\0';
    text = strrchr(buffer, ')');
    CHECK(text != NULL);
    CHECK_EQ(sscanf(text,
                    ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
                    "%ld %ld",
                        &user, &system),
             2);
    CHECK(labs(user * tick_ms - u.user) <= SLACK_MS);
    CHECK(labs(system * tick_ms - u.system) <= SLACK_MS);
}

static volatile sig_atomic_t fired;

static void on_virtual(int sig)
{
    (void)sig;
    fired = 1;
}

static void the_virtual_timer_counts_user_time(void)
{
    struct itimerval t = {.it_value.tv_usec = LONG_MS * 1000 / 2}, off = {0};
    struct used before;

    signal(SIGVTALRM, on_virtual);
    before = used_by(RUSAGE_SELF);
    CHECK_EQ(setitimer(ITIMER_VIRTUAL, &t, NULL), 0);
    have_done(LONG_MS);
    /* The kernel's work has not used it up. */
    if (since(RUSAGE_SELF, before).user < LONG_MS / 2 - SLACK_MS)
        CHECK(!fired);
    while (!fired && cpu_ms(CLOCK_PROCESS_CPUTIME_ID) < 60000)
        compute(2);
    CHECK(fired);
    CHECK(since(RUSAGE_SELF, before).user >= LONG_MS / 2 - SLACK_MS);
    setitimer(ITIMER_VIRTUAL, &off, NULL);
}

int main(void)
{
    memset(buffer, 0, sizeof(buffer));
    RUN(computing_is_user_time);
    RUN(the_work_of_calls_is_system_time);
    RUN(both_are_the_whole);
    RUN(neither_ever_shrinks);
    RUN(threads_have_their_own);
    RUN(children_are_told_apart);
    RUN(times_agrees);
    RUN(proc_agrees);
    RUN(the_virtual_timer_counts_user_time);
    return check_end();
}
