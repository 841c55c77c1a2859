// SPDX-License-Identifier: MIT
/*
 * sched: CPU-time clocks, what clocks say of themselves, and what the scheduler
 * tells and takes.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define MS    1000000ll
#define S     1000000000ll
#define NO_ID 999999

static struct {
    volatile int clock, done;
} other;

static long long now(clockid_t clock)
{
    struct timespec t;

    CHECK_EQ(clock_gettime(clock, &t), 0);
    return t.tv_sec * S + t.tv_nsec;
}

static void burn(long long ns)
{
    long long end = now(CLOCK_PROCESS_CPUTIME_ID) + ns;

    while (now(CLOCK_PROCESS_CPUTIME_ID) < end)
        ;
}

/* --- clocks --------------------------------------------------------------- */

static void cpu_clocks_show_work_and_not_sleep(void)
{
    long long process = now(CLOCK_PROCESS_CPUTIME_ID);
    long long thread = now(CLOCK_THREAD_CPUTIME_ID);
    struct rusage usage;
    long long used;

    usleep(100000);
    CHECK(now(CLOCK_PROCESS_CPUTIME_ID) - process < 90 * MS);
    burn(30 * MS);
    CHECK(now(CLOCK_PROCESS_CPUTIME_ID) - process >= 30 * MS);
    CHECK(now(CLOCK_THREAD_CPUTIME_ID) - thread >= 25 * MS);
    CHECK_EQ(getrusage(RUSAGE_SELF, &usage), 0);
    used = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * S +
           (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
    CHECK(used >= 20 * MS && used <= now(CLOCK_PROCESS_CPUTIME_ID) + 20 * MS);
}

static void *tell_cpu_clock(void *arg)
{
    clockid_t clock;

    pthread_getcpuclockid(pthread_self(), &clock);
    other.clock = clock;
    while (!other.done)
        ;
    return arg;
}

static void a_thread_has_a_clock_of_its_own(void)
{
    pthread_t thread;
    clockid_t clock;
    long long start;

    other.done = other.clock = 0;
    CHECK_EQ(pthread_create(&thread, NULL, tell_cpu_clock, NULL), 0);
    while (!other.clock)
        usleep(1000);
    clock = other.clock;
    start = now(clock);
    usleep(30000);
    CHECK(now(clock) > start);
    other.done = 1;
    CHECK_EQ(pthread_join(thread, NULL), 0);
    usleep(5000);
    CHECK_ERRNO(syscall(SYS_clock_gettime, clock, check_pointer(8)), EINVAL);
}

static void times_counts_ticks(void)
{
    struct tms a, b;
    clock_t start = times(&a), end;

    CHECK(start != (clock_t)-1);
    burn(60 * MS);
    end = times(&b);
    CHECK(end - start >= 5);
    CHECK(b.tms_utime + b.tms_stime - a.tms_utime - a.tms_stime >= 4);
    CHECK_EQ(b.tms_cutime, 0);
    CHECK(syscall(SYS_times, NULL) >= end);
    CHECK_ERRNO(syscall(SYS_times, check_pointer(8)), EFAULT);
}

static void the_clock_tells_its_discipline(void)
{
    struct timex tx = {.modes = 0};
    int state = adjtimex(&tx);

    CHECK(state >= TIME_OK && state <= TIME_ERROR);
    CHECK_EQ(tx.tick, 10000);
    CHECK(llabs(tx.time.tv_sec - now(CLOCK_REALTIME) / S) <= 1);
    CHECK(tx.maxerror > 0 && tx.tolerance > 0);
    CHECK_EQ(clock_adjtime(CLOCK_REALTIME, &tx), state);
    CHECK_ERRNO(syscall(SYS_clock_adjtime, CLOCK_MONOTONIC, &tx), EOPNOTSUPP);
    CHECK_ERRNO(syscall(SYS_clock_adjtime, 99, &tx), EINVAL);
    CHECK_ERRNO(syscall(SYS_clock_adjtime, 99, check_pointer(8)), EFAULT);
    CHECK_ERRNO(syscall(SYS_adjtimex, check_pointer(8)), EFAULT);
}

static void clocks_that_cannot_be_set_say_so(void)
{
    struct timespec t = {1, 0}, bad = {-1, 0};
    clockid_t own;

    CHECK_ERRNO(syscall(SYS_clock_settime, CLOCK_MONOTONIC, &t), EINVAL);
    CHECK_ERRNO(syscall(SYS_clock_settime, CLOCK_BOOTTIME, &t), EINVAL);
    CHECK_ERRNO(syscall(SYS_clock_settime, CLOCK_PROCESS_CPUTIME_ID, &t),
                EINVAL);
    CHECK_EQ(clock_getcpuclockid(0, &own), 0);
    CHECK_ERRNO(syscall(SYS_clock_settime, own, &t), EPERM);
    CHECK_ERRNO(syscall(SYS_clock_settime, CLOCK_REALTIME, &bad), EINVAL);
    CHECK_ERRNO(syscall(SYS_clock_settime, CLOCK_REALTIME, check_pointer(8)),
                EFAULT);
}

/* --- the scheduler -------------------------------------------------------- */

static void cpus_can_be_chosen_from_those_there_are(void)
{
    unsigned long set[16] = {0}, none[16] = {0};
    long len = syscall(SYS_sched_getaffinity, 0, sizeof(set), set);

    CHECK(len >= 8 && len % 8 == 0);
    CHECK(set[0] != 0);
    CHECK_EQ(syscall(SYS_sched_setaffinity, 0, sizeof(set), set), 0);
    CHECK_EQ(syscall(SYS_sched_setaffinity, getpid(), 8, set), 0);
    CHECK_ERRNO(syscall(SYS_sched_setaffinity, 0, 8, none), EINVAL);
    CHECK_ERRNO(syscall(SYS_sched_setaffinity, 0, 0, set), EINVAL);
    CHECK_ERRNO(syscall(SYS_sched_setaffinity, NO_ID, 8, set), ESRCH);
    CHECK_ERRNO(syscall(SYS_sched_setaffinity, 0, 8, check_pointer(8)), EFAULT);
    CHECK_ERRNO(syscall(SYS_sched_getaffinity, 0, 4, set), EINVAL);
    CHECK_ERRNO(syscall(SYS_sched_getaffinity, 0, 9, set), EINVAL);
    CHECK_ERRNO(syscall(SYS_sched_getaffinity, -1, 128, set), ESRCH);
    CHECK_ERRNO(syscall(SYS_sched_getaffinity, NO_ID, 128, set), ESRCH);
    CHECK_ERRNO(syscall(SYS_sched_getaffinity, 0, 128, check_pointer(8)),
                EFAULT);
}

static void policies_have_ranges(void)
{
    CHECK_EQ(sched_get_priority_max(SCHED_OTHER), 0);
    CHECK_EQ(sched_get_priority_min(SCHED_OTHER), 0);
    CHECK_EQ(sched_get_priority_max(SCHED_FIFO), 99);
    CHECK_EQ(sched_get_priority_min(SCHED_FIFO), 1);
    CHECK_EQ(sched_get_priority_max(SCHED_RR), 99);
    CHECK_EQ(sched_get_priority_min(SCHED_BATCH), 0);
    CHECK_ERRNO(sched_get_priority_max(4), EINVAL);
    CHECK_ERRNO(sched_get_priority_max(-1), EINVAL);
    CHECK_ERRNO(sched_get_priority_min(99), EINVAL);
}

static void the_policy_is_the_ordinary_one(void)
{
    struct sched_param p = {.sched_priority = 7};
    struct timespec slice;

    CHECK_EQ(sched_getscheduler(0), SCHED_OTHER);
    CHECK_EQ(sched_getscheduler(getpid()), SCHED_OTHER);
    CHECK_ERRNO(sched_getscheduler(-1), EINVAL);
    CHECK_ERRNO(sched_getscheduler(NO_ID), ESRCH);
    CHECK_EQ(sched_getparam(0, &p), 0);
    CHECK_EQ(p.sched_priority, 0);
    CHECK_ERRNO(sched_getparam(-1, &p), EINVAL);
    CHECK_ERRNO(sched_getparam(NO_ID, &p), ESRCH);
    CHECK_ERRNO(syscall(SYS_sched_getparam, 0, NULL), EINVAL);
    CHECK_ERRNO(syscall(SYS_sched_getparam, 0, check_pointer(8)), EFAULT);
    CHECK_EQ(sched_setparam(0, &p), 0);
    CHECK_EQ(sched_setscheduler(0, SCHED_OTHER, &p), 0);
    CHECK_ERRNO(sched_setscheduler(0, 99, &p), EINVAL);
    CHECK_ERRNO(sched_setscheduler(0, -1, &p), EINVAL);
    CHECK_ERRNO(sched_setscheduler(0, SCHED_FIFO, &p), EINVAL);
    CHECK_ERRNO(sched_setscheduler(NO_ID, SCHED_OTHER, &p), ESRCH);
    p.sched_priority = 1;
    CHECK_ERRNO(sched_setparam(0, &p), EINVAL);
    CHECK_ERRNO(sched_setscheduler(0, SCHED_OTHER, &p), EINVAL);
    CHECK_EQ(sched_rr_get_interval(0, &slice), 0);
    CHECK(slice.tv_sec == 0 && slice.tv_nsec >= 0);
    CHECK_ERRNO(sched_rr_get_interval(-1, &slice), EINVAL);
    CHECK_ERRNO(sched_rr_get_interval(NO_ID, &slice), ESRCH);
    CHECK_ERRNO(syscall(SYS_sched_rr_get_interval, 0, check_pointer(8)),
                EFAULT);
}

static void niceness_is_kept(void)
{
    int before;

    errno = 0;
    before = getpriority(PRIO_PROCESS, 0);
    CHECK_EQ(errno, 0);
    CHECK_EQ(syscall(SYS_getpriority, PRIO_PROCESS, 0), 20 - before);
    CHECK_EQ(setpriority(PRIO_PROCESS, 0, 5), 0);
    CHECK_EQ(getpriority(PRIO_PROCESS, 0), 5);
    CHECK_EQ(getpriority(PRIO_PROCESS, (id_t)getpid()), 5);
    CHECK_EQ(setpriority(PRIO_PROCESS, 0, 1000), 0);
    CHECK_EQ(getpriority(PRIO_PROCESS, 0), 19);
    CHECK_ERRNO(setpriority(3, 0, 0), EINVAL);
    CHECK_ERRNO(setpriority(PRIO_PROCESS, NO_ID, 0), ESRCH);
    CHECK_ERRNO(syscall(SYS_getpriority, 3, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_getpriority, PRIO_PROCESS, NO_ID), ESRCH);
    CHECK_ERRNO(syscall(SYS_getpriority, PRIO_USER, 54321), ESRCH);
    if (geteuid() == 0)
        CHECK_EQ(setpriority(PRIO_PROCESS, 0, before), 0);
    else
        CHECK_ERRNO(setpriority(PRIO_PROCESS, 0, before), EACCES);
}

static volatile int race_over;
static volatile long long burnt[2];

static void *race(void *arg)
{
    long which = (long)arg;

    if (which)
        setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 19);
    while (!race_over)
        burnt[which] = now(CLOCK_THREAD_CPUTIME_ID);
    return NULL;
}

static void race_once(void)
{
    pthread_t t[2];

    race_over = 0;
    burnt[0] = burnt[1] = 0;
    for (long i = 0; i < 2; i++)
        CHECK_EQ(pthread_create(&t[i], NULL, race, (void *)i), 0);
    usleep(300000);
    race_over = 1;
    for (int i = 0; i < 2; i++)
        CHECK_EQ(pthread_join(t[i], NULL), 0);
}

/* A busy host may stop the machine in the nice thread's turn: then again. */
static void a_nice_thread_gets_less_but_something(void)
{
    unsigned long all[16] = {0}, one[16] = {0};
    long len = syscall(SYS_sched_getaffinity, 0, sizeof(all), all);

    one[0] = all[0] & -all[0];
    CHECK_EQ(syscall(SYS_sched_setaffinity, 0, sizeof(one), one), 0);
    for (int i = 0; i < 8; i++) {
        race_once();
        CHECK(burnt[1] > 0);
        if (burnt[0] > 3 * burnt[1])
            break;
    }
    CHECK_EQ(syscall(SYS_sched_setaffinity, 0, (size_t)len, all), 0);
    CHECK(burnt[0] > 3 * burnt[1]);
}

int main(void)
{
    RUN(cpu_clocks_show_work_and_not_sleep);
    RUN(a_thread_has_a_clock_of_its_own);
    RUN(times_counts_ticks);
    RUN(the_clock_tells_its_discipline);
    RUN(clocks_that_cannot_be_set_say_so);
    RUN(cpus_can_be_chosen_from_those_there_are);
    RUN(policies_have_ranges);
    RUN(the_policy_is_the_ordinary_one);
    RUN(niceness_is_kept);
    RUN(a_nice_thread_gets_less_but_something);
    return check_end();
}
