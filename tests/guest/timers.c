// SPDX-License-Identifier: MIT
/*
 * timers: sleeping, interval timers and timers with ids. Times are bounded from
 * below; from above only so far that a timer that never fires is noticed.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define MS    1000000ll
#define S     1000000000ll
#define LATE  (20 * S) /* a hang, not a delay */
#define NO_ID 999999

static volatile sig_atomic_t caught, caught_code, caught_overrun;
static volatile sig_atomic_t caught_id, caught_value, caught_tid;

static void on_signal(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)context;
    caught_code = info->si_code;
    caught_overrun = info->si_overrun;
    caught_id = info->si_timerid;
    caught_value = info->si_value.sival_int;
    caught_tid = (int)syscall(SYS_gettid);
    caught = caught + 1;
}

static void handle(int sig)
{
    struct sigaction action = {.sa_sigaction = on_signal,
                               .sa_flags = SA_SIGINFO};

    caught = 0;
    CHECK_EQ(sigaction(sig, &action, NULL), 0);
}

static long long now(clockid_t clock)
{
    struct timespec t;

    CHECK_EQ(clock_gettime(clock, &t), 0);
    return t.tv_sec * S + t.tv_nsec;
}

static struct timespec spec(long long ns)
{
    return (struct timespec){ns / S, ns % S};
}

static long long ns_of(struct timespec t)
{
    return t.tv_sec * S + t.tv_nsec;
}

/* Until n signals came. */
static void await(int n)
{
    long long end = now(CLOCK_MONOTONIC) + LATE;
    struct timespec t = spec(MS);

    while (caught < n) {
        CHECK(now(CLOCK_MONOTONIC) < end);
        nanosleep(&t, NULL);
    }
}

static void burn(long long ns)
{
    long long end = now(CLOCK_PROCESS_CPUTIME_ID) + ns;

    while (now(CLOCK_PROCESS_CPUTIME_ID) < end)
        ;
}

/* --- timers with ids: the raw calls, for libc adds checks of its own ------ */

static int t_create(clockid_t clock, int notify, int sig, int value)
{
    struct sigevent ev = {.sigev_notify = notify, .sigev_signo = sig};
    int id = -1;

    ev.sigev_value.sival_int = value;
    ev._sigev_un._tid = (int)syscall(SYS_gettid);
    CHECK_EQ(syscall(SYS_timer_create, clock, &ev, &id), 0);
    CHECK(id >= 0);
    return id;
}

static void t_set(int id, int flags, long long value, long long interval)
{
    struct itimerspec s = {spec(interval), spec(value)};

    CHECK_EQ(syscall(SYS_timer_settime, id, flags, &s, NULL), 0);
}

static struct itimerspec t_get(int id)
{
    struct itimerspec s = {{-1, -1}, {-1, -1}};

    CHECK_EQ(syscall(SYS_timer_gettime, id, &s), 0);
    return s;
}

static void t_delete(int id)
{
    CHECK_EQ(syscall(SYS_timer_delete, id), 0);
    CHECK_ERRNO(syscall(SYS_timer_delete, id), EINVAL);
}

static void block(int sig, bool on)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, sig);
    CHECK_EQ(sigprocmask(on ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL), 0);
}

static void a_timer_fires_once_after_its_time(void)
{
    static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC,
                                       CLOCK_BOOTTIME};

    for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
        int id = t_create(clocks[i], SIGEV_SIGNAL, SIGUSR1, 17);
        long long start;

        handle(SIGUSR1);
        start = now(CLOCK_MONOTONIC);
        t_set(id, 0, 20 * MS, 0);
        await(1);
        CHECK(now(CLOCK_MONOTONIC) - start >= 20 * MS);
        CHECK_EQ(caught_code, SI_TIMER);
        CHECK_EQ(caught_value, 17);
        CHECK_EQ(caught_id, id);
        CHECK_EQ(caught_overrun, 0);
        CHECK_EQ(ns_of(t_get(id).it_value), 0);
        usleep(30000);
        CHECK_EQ(caught, 1);
        t_delete(id);
    }
}

static void a_periodic_timer_keeps_its_beat(void)
{
    int id = t_create(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGRTMIN, 0);
    long long start = now(CLOCK_MONOTONIC);
    struct itimerspec s;

    handle(SIGRTMIN);
    t_set(id, 0, 10 * MS, 5 * MS);
    await(6);
    CHECK(now(CLOCK_MONOTONIC) - start >= 10 * MS);
    s = t_get(id);
    CHECK_EQ(ns_of(s.it_interval), 5 * MS);
    CHECK(ns_of(s.it_value) > 0 && ns_of(s.it_value) <= 5 * MS);
    t_set(id, 0, 0, 0);
    s = t_get(id);
    CHECK_EQ(ns_of(s.it_value), 0);
    CHECK_EQ(ns_of(s.it_interval), 0);
    t_delete(id);
}

static void missed_expiries_are_counted(void)
{
    int id = t_create(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGRTMIN, 5);
    long long start, passed;

    handle(SIGRTMIN);
    block(SIGRTMIN, true);
    start = now(CLOCK_MONOTONIC);
    t_set(id, 0, 10 * MS, 10 * MS);
    usleep(105000);
    CHECK_EQ(caught, 0);
    passed = now(CLOCK_MONOTONIC) - start;
    block(SIGRTMIN, false);
    block(SIGRTMIN, true);
    CHECK(caught >= 1);
    CHECK_EQ(syscall(SYS_timer_getoverrun, id), caught_overrun);
    /* The first expiry queued the signal; the rest is its overrun. Unless
     * another came before it was blocked again. */
    if (caught == 1) {
        CHECK(caught_overrun >= passed / (10 * MS) - 2);
        CHECK(caught_overrun <= (now(CLOCK_MONOTONIC) - start) / (10 * MS) - 1);
    }
    block(SIGRTMIN, false);
    await(2);
    t_delete(id);
}

/* While its signal waits or is ignored, a timer rests. */
static void a_tiny_period_does_not_stop_the_machine(void)
{
    int id = t_create(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGRTMIN, 0);

    handle(SIGRTMIN);
    block(SIGRTMIN, true);
    t_set(id, 0, 1, 1);
    usleep(20000);
    t_set(id, 0, 0, 0);
    block(SIGRTMIN, false);
    signal(SIGRTMIN, SIG_IGN);
    t_set(id, 0, 1, 1);
    usleep(20000);
    t_set(id, 0, 0, 0);
    handle(SIGRTMIN);
    t_set(id, 0, MS, 0);
    await(1);
    t_delete(id);
}

static void an_absolute_timer_waits_for_its_clock(void)
{
    static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC};

    for (int i = 0; i < 2; i++) {
        int id = t_create(clocks[i], SIGEV_SIGNAL, SIGUSR2, 0);
        long long end = now(clocks[i]) + 30 * MS;
        struct itimerspec s;

        handle(SIGUSR2);
        t_set(id, TIMER_ABSTIME, end, 0);
        s = t_get(id);
        CHECK(ns_of(s.it_value) > 0 && ns_of(s.it_value) <= 30 * MS);
        await(1);
        CHECK(now(clocks[i]) >= end);
        /* What is past fires at once. */
        t_set(id, TIMER_ABSTIME, 1, 0);
        await(2);
        t_delete(id);
    }
}

static void a_silent_timer_only_counts(void)
{
    int id = t_create(CLOCK_MONOTONIC, SIGEV_NONE, 0, 0);
    struct itimerspec s;

    t_set(id, 0, 10 * MS, 0);
    CHECK(ns_of(t_get(id).it_value) > 0);
    usleep(15000);
    CHECK_EQ(ns_of(t_get(id).it_value), 0);
    t_set(id, 0, 10 * MS, 7 * MS);
    usleep(40000);
    s = t_get(id);
    CHECK(ns_of(s.it_value) > 0 && ns_of(s.it_value) <= 7 * MS);
    CHECK_EQ(syscall(SYS_timer_getoverrun, id), 0);
    t_delete(id);
}

static void setting_tells_what_was_set(void)
{
    int id = t_create(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 0);
    struct itimerspec s = {{3, 4}, {100, 0}}, old = {{9, 9}, {9, 9}};

    CHECK_EQ(syscall(SYS_timer_settime, id, 0, &s, &old), 0);
    CHECK_EQ(ns_of(old.it_value), 0);
    CHECK_EQ(ns_of(old.it_interval), 0);
    s.it_value.tv_sec = 0;
    CHECK_EQ(syscall(SYS_timer_settime, id, 0, &s, &old), 0);
    CHECK(ns_of(old.it_value) > 90 * S && ns_of(old.it_value) <= 100 * S);
    CHECK_EQ(ns_of(old.it_interval), 3 * S + 4);
    CHECK_EQ(ns_of(t_get(id).it_value), 0);
    t_delete(id);
}

static void the_default_event_is_sigalrm_with_the_id(void)
{
    int id = -1;

    handle(SIGALRM);
    CHECK_EQ(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id), 0);
    t_set(id, 0, MS, 0);
    await(1);
    CHECK_EQ(caught_code, SI_TIMER);
    CHECK_EQ(caught_value, id);
    t_delete(id);
}

static void a_deleted_timer_is_silent(void)
{
    int id = t_create(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 0);

    handle(SIGUSR1);
    t_set(id, 0, 10 * MS, MS);
    t_delete(id);
    usleep(20000);
    CHECK_EQ(caught, 0);
}

static void timers_have_ids_of_their_own(void)
{
    int id[20];

    for (int i = 0; i < 20; i++) {
        id[i] = t_create(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGRTMIN + 1, i);
        for (int j = 0; j < i; j++)
            CHECK(id[i] != id[j]);
    }
    handle(SIGRTMIN + 1);
    for (int i = 0; i < 20; i++)
        t_set(id[i], 0, MS + i, 0);
    await(20);
    for (int i = 0; i < 20; i++)
        t_delete(id[i]);
}

static struct {
    volatile int tid, done;
} other;

static void *wait_done(void *arg)
{
    struct timespec t = spec(MS);

    other.tid = (int)syscall(SYS_gettid);
    while (!other.done)
        nanosleep(&t, NULL);
    return arg;
}

static void a_timer_can_choose_its_thread(void)
{
    struct sigevent ev = {.sigev_notify = SIGEV_THREAD_ID,
                          .sigev_signo = SIGUSR2};
    pthread_t thread;
    int id;

    other.tid = other.done = 0;
    handle(SIGUSR2);
    CHECK_EQ(pthread_create(&thread, NULL, wait_done, NULL), 0);
    while (!other.tid)
        usleep(1000);
    ev._sigev_un._tid = other.tid;
    CHECK_EQ(syscall(SYS_timer_create, CLOCK_MONOTONIC, &ev, &id), 0);
    for (int n = 1; n <= 3; n++) {
        t_set(id, 0, MS, 0);
        await(n);
        CHECK_EQ(caught_tid, other.tid);
    }
    /* A thread that has ended gets nothing, and nobody else does. */
    other.done = 1;
    CHECK_EQ(pthread_join(thread, NULL), 0);
    usleep(5000);
    t_set(id, 0, MS, MS);
    usleep(10000);
    CHECK_EQ(caught, 3);
    t_delete(id);
}

static void cpu_time_timers_count_cpu_time(void)
{
    static const clockid_t clocks[] = {CLOCK_PROCESS_CPUTIME_ID,
                                       CLOCK_THREAD_CPUTIME_ID};

    for (int i = 0; i < 2; i++) {
        int id = t_create(clocks[i], SIGEV_SIGNAL, SIGUSR1, 0);
        long long start = now(clocks[i]);

        handle(SIGUSR1);
        t_set(id, 0, 50 * MS, 0);
        usleep(80000); /* which is no CPU time */
        CHECK_EQ(caught, 0);
        while (!caught)
            CHECK(now(clocks[i]) - start < LATE);
        CHECK(now(clocks[i]) - start >= 50 * MS);
        t_delete(id);
    }
}

static void bad_timers_are_refused(void)
{
    struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65};
    struct itimerspec s = {{0, 0}, {0, 1000000000}};
    int id;

    CHECK_ERRNO(syscall(SYS_timer_create, 99, NULL, &id), EINVAL);
    CHECK_ERRNO(syscall(SYS_timer_create, CLOCK_MONOTONIC_RAW, NULL, &id),
                EOPNOTSUPP);
    CHECK_ERRNO(syscall(SYS_timer_create, CLOCK_MONOTONIC_COARSE, NULL, &id),
                EOPNOTSUPP);
    CHECK_ERRNO(syscall(SYS_timer_create, 1, check_pointer(8), &id), EFAULT);
    CHECK_ERRNO(syscall(SYS_timer_create, 1, NULL, check_pointer(8)), EFAULT);
    CHECK_ERRNO(syscall(SYS_timer_create, 1, &ev, &id), EINVAL);
    ev.sigev_signo = 0;
    CHECK_ERRNO(syscall(SYS_timer_create, 1, &ev, &id), EINVAL);
    ev.sigev_signo = SIGUSR1;
    ev.sigev_notify = 3;
    CHECK_ERRNO(syscall(SYS_timer_create, 1, &ev, &id), EINVAL);
    ev.sigev_notify = SIGEV_THREAD_ID;
    ev._sigev_un._tid = NO_ID;
    CHECK_ERRNO(syscall(SYS_timer_create, 1, &ev, &id), EINVAL);
    CHECK_ERRNO(syscall(SYS_timer_gettime, NO_ID, &s), EINVAL);
    CHECK_ERRNO(syscall(SYS_timer_gettime, -1, &s), EINVAL);
    CHECK_ERRNO(syscall(SYS_timer_getoverrun, NO_ID), EINVAL);
    CHECK_ERRNO(syscall(SYS_timer_delete, NO_ID), EINVAL);
    id = t_create(CLOCK_MONOTONIC, SIGEV_NONE, 0, 0);
    CHECK_ERRNO(syscall(SYS_timer_settime, id, 0, NULL, NULL), EINVAL);
    CHECK_ERRNO(syscall(SYS_timer_settime, id, 0, check_pointer(8), NULL),
                EFAULT);
    CHECK_ERRNO(syscall(SYS_timer_settime, id, 0, &s, NULL), EINVAL);
    s.it_value = (struct timespec){-1, 0};
    CHECK_ERRNO(syscall(SYS_timer_settime, id, 0, &s, NULL), EINVAL);
    s.it_value = (struct timespec){0, 0};
    s.it_interval.tv_nsec = -1;
    CHECK_ERRNO(syscall(SYS_timer_settime, id, 0, &s, NULL), EINVAL);
    CHECK_ERRNO(syscall(SYS_timer_gettime, id, check_pointer(8)), EFAULT);
    s.it_interval.tv_nsec = 0;
    CHECK_ERRNO(syscall(SYS_timer_settime, NO_ID, 0, &s, NULL), EINVAL);
    t_delete(id);
}

/* --- interval timers ------------------------------------------------------ */

static struct itimerval i_val(long value_us, long interval_us)
{
    return (struct itimerval){
        .it_value = {value_us / 1000000, value_us % 1000000},
        .it_interval = {interval_us / 1000000, interval_us % 1000000},
    };
}

static void the_real_interval_timer_sends_sigalrm(void)
{
    struct itimerval v = i_val(10000, 5000), left;
    long long start = now(CLOCK_MONOTONIC);

    handle(SIGALRM);
    CHECK_EQ(setitimer(ITIMER_REAL, &v, NULL), 0);
    CHECK_EQ(getitimer(ITIMER_REAL, &left), 0);
    CHECK_EQ(left.it_interval.tv_usec, 5000);
    CHECK(left.it_value.tv_sec == 0 && left.it_value.tv_usec > 0);
    await(4);
    CHECK(now(CLOCK_MONOTONIC) - start >= 25 * MS);
    CHECK_EQ(caught_code, SI_KERNEL);
    v = i_val(0, 5000);
    CHECK_EQ(setitimer(ITIMER_REAL, &v, &left), 0);
    CHECK_EQ(left.it_interval.tv_usec, 5000);
    CHECK(left.it_value.tv_usec > 0);
    CHECK_EQ(getitimer(ITIMER_REAL, &left), 0);
    CHECK(left.it_value.tv_usec == 0 && left.it_interval.tv_usec == 0);
}

static void cpu_interval_timers_count_cpu_time(void)
{
    static const struct {
        int which, sig;
    } kinds[] = {{ITIMER_VIRTUAL, SIGVTALRM}, {ITIMER_PROF, SIGPROF}};

    for (int i = 0; i < 2; i++) {
        struct itimerval v = i_val(30000, 10000), none = i_val(0, 0);
        long long start = now(CLOCK_PROCESS_CPUTIME_ID);

        handle(kinds[i].sig);
        CHECK_EQ(setitimer(kinds[i].which, &v, NULL), 0);
        usleep(60000);
        CHECK_EQ(caught, 0);
        while (caught < 3)
            CHECK(now(CLOCK_PROCESS_CPUTIME_ID) - start < LATE);
        /* Linux counts ticks here, of up to 10 ms each. */
        CHECK(now(CLOCK_PROCESS_CPUTIME_ID) - start >= 30 * MS);
        CHECK_EQ(setitimer(kinds[i].which, &none, &v), 0);
        CHECK_EQ(v.it_interval.tv_usec, 10000);
    }
}

static void bad_interval_timers_are_refused(void)
{
    struct itimerval v = i_val(0, 0);

    CHECK_ERRNO(syscall(SYS_getitimer, 3, &v), EINVAL);
    CHECK_ERRNO(syscall(SYS_getitimer, -1, &v), EINVAL);
    CHECK_ERRNO(syscall(SYS_getitimer, 0, check_pointer(8)), EFAULT);
    CHECK_ERRNO(syscall(SYS_setitimer, 3, &v, NULL), EINVAL);
    CHECK_ERRNO(syscall(SYS_setitimer, 0, check_pointer(8), NULL), EFAULT);
    CHECK_ERRNO(syscall(SYS_setitimer, 0, &v, check_pointer(8)), EFAULT);
    v.it_value.tv_usec = 1000000;
    CHECK_ERRNO(syscall(SYS_setitimer, 0, &v, NULL), EINVAL);
    v.it_value.tv_usec = -1;
    CHECK_ERRNO(syscall(SYS_setitimer, 0, &v, NULL), EINVAL);
    v = (struct itimerval){{0, 0}, {-1, 0}};
    CHECK_ERRNO(syscall(SYS_setitimer, 0, &v, NULL), EINVAL);
    CHECK_EQ(syscall(SYS_setitimer, 0, NULL, NULL), 0);
}

static void alarm_counts_whole_seconds(void)
{
    struct itimerval v = i_val(400000, 0);

    handle(SIGALRM);
    CHECK_EQ(alarm(0), 0);
    CHECK_EQ(alarm(100), 0);
    CHECK_EQ(alarm(50), 100);
    CHECK_EQ(setitimer(ITIMER_REAL, &v, NULL), 0);
    CHECK_EQ(alarm(1), 1); /* never rounded to 0 */
    CHECK_EQ(pause(), -1);
    CHECK_EQ(errno, EINTR);
    CHECK_EQ(caught, 1);
    CHECK_EQ(alarm(0), 0);
}

/* --- sleeping ------------------------------------------------------------- */

static void a_signal_cuts_a_sleep_short(void)
{
    struct timespec t = spec(100 * S), left = {-1, -1};
    struct itimerval v = i_val(20000, 0);

    handle(SIGALRM);
    CHECK_EQ(setitimer(ITIMER_REAL, &v, NULL), 0);
    CHECK_ERRNO(nanosleep(&t, &left), EINTR);
    CHECK(ns_of(left) > 70 * S && ns_of(left) < 100 * S);
    CHECK_EQ(setitimer(ITIMER_REAL, &v, NULL), 0);
    left = spec(0);
    CHECK_EQ(clock_nanosleep(CLOCK_REALTIME, 0, &t, &left), EINTR);
    CHECK(ns_of(left) > 70 * S && ns_of(left) < 100 * S);
    /* An absolute sleep leaves the rest alone. */
    CHECK_EQ(setitimer(ITIMER_REAL, &v, NULL), 0);
    t = spec(now(CLOCK_MONOTONIC) + 100 * S);
    left = spec(7);
    CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, &left), EINTR);
    CHECK_EQ(ns_of(left), 7);
    CHECK_EQ(setitimer(ITIMER_REAL, &v, NULL), 0);
    t = spec(100 * S);
    CHECK_ERRNO(syscall(SYS_nanosleep, &t, check_pointer(8)), EFAULT);
}

static void an_ignored_signal_does_not_disturb_a_sleep(void)
{
    struct itimerval v = i_val(5000, 5000), none = i_val(0, 0);
    struct timespec t = spec(40 * MS);
    long long start = now(CLOCK_MONOTONIC);

    signal(SIGALRM, SIG_IGN);
    CHECK_EQ(setitimer(ITIMER_REAL, &v, NULL), 0);
    CHECK_EQ(nanosleep(&t, NULL), 0);
    CHECK(now(CLOCK_MONOTONIC) - start >= 40 * MS);
    CHECK_EQ(setitimer(ITIMER_REAL, &none, NULL), 0);
}

static void every_sleeping_clock_sleeps(void)
{
    static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC,
                                       CLOCK_BOOTTIME, CLOCK_TAI};

    for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
        long long start = now(clocks[i]), mono = now(CLOCK_MONOTONIC);
        struct timespec t = spec(start + 10 * MS);

        CHECK_EQ(clock_nanosleep(clocks[i], TIMER_ABSTIME, &t, NULL), 0);
        CHECK(now(clocks[i]) >= start + 10 * MS);
        t = spec(10 * MS);
        CHECK_EQ(clock_nanosleep(clocks[i], 0, &t, NULL), 0);
        CHECK(now(CLOCK_MONOTONIC) >= mono + 20 * MS);
    }
}

static void *burn_until_done(void *arg)
{
    while (!other.done)
        burn(MS);
    return arg;
}

static void a_sleep_by_cpu_time_needs_somebody_who_works(void)
{
    long long start = now(CLOCK_PROCESS_CPUTIME_ID);
    struct timespec t = spec(50 * MS);
    pthread_t thread;

    other.done = 0;
    CHECK_EQ(pthread_create(&thread, NULL, burn_until_done, NULL), 0);
    CHECK_EQ(clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &t, NULL), 0);
    other.done = 1;
    CHECK(now(CLOCK_PROCESS_CPUTIME_ID) - start >= 50 * MS);
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

static void bad_sleeps_are_refused(void)
{
    static const clockid_t none[] = {CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE,
                                     CLOCK_MONOTONIC_COARSE,
                                     CLOCK_THREAD_CPUTIME_ID};
    struct timespec t = {0, 1}, bad[] = {{-1, 0}, {0, -1}, {0, 1000000000}};
    clockid_t own;

    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        CHECK_ERRNO(syscall(SYS_clock_nanosleep, none[i], 0, &t, NULL),
                    EOPNOTSUPP);
    CHECK_ERRNO(syscall(SYS_clock_nanosleep, 10, 0, &t, NULL), EINVAL);
    CHECK_ERRNO(syscall(SYS_clock_nanosleep, 99, 0, check_pointer(8), NULL),
                EINVAL);
    CHECK_ERRNO(syscall(SYS_clock_nanosleep, 0, 0, check_pointer(8), NULL),
                EFAULT);
    for (int i = 0; i < 3; i++) {
        CHECK_ERRNO(syscall(SYS_clock_nanosleep, 1, 0, &bad[i], NULL), EINVAL);
        CHECK_ERRNO(syscall(SYS_clock_nanosleep, 1, 1, &bad[i], NULL), EINVAL);
    }
    CHECK_EQ(pthread_getcpuclockid(pthread_self(), &own), 0);
    CHECK_ERRNO(syscall(SYS_clock_nanosleep, own, 0, &t, NULL), EINVAL);
}

int main(void)
{
    RUN(a_timer_fires_once_after_its_time);
    RUN(a_periodic_timer_keeps_its_beat);
    RUN(missed_expiries_are_counted);
    RUN(a_tiny_period_does_not_stop_the_machine);
    RUN(an_absolute_timer_waits_for_its_clock);
    RUN(a_silent_timer_only_counts);
    RUN(setting_tells_what_was_set);
    RUN(the_default_event_is_sigalrm_with_the_id);
    RUN(a_deleted_timer_is_silent);
    RUN(timers_have_ids_of_their_own);
    RUN(a_timer_can_choose_its_thread);
    RUN(cpu_time_timers_count_cpu_time);
    RUN(bad_timers_are_refused);
    RUN(the_real_interval_timer_sends_sigalrm);
    RUN(cpu_interval_timers_count_cpu_time);
    RUN(bad_interval_timers_are_refused);
    RUN(alarm_counts_whole_seconds);
    RUN(a_signal_cuts_a_sleep_short);
    RUN(an_ignored_signal_does_not_disturb_a_sleep);
    RUN(every_sleeping_clock_sleeps);
    RUN(a_sleep_by_cpu_time_needs_somebody_who_works);
    RUN(bad_sleeps_are_refused);
    return check_end();
}
