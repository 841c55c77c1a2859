// SPDX-License-Identifier: MIT
/*
 * set-clock: sets the wall clock two hours on, and prints what that did to
 * those who wait. Never run it on a machine whose clock matters.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define HOUR 3600

static volatile int asleep, woken;

static struct timespec now(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return t;
}

static void *sleep_an_hour(void *arg)
{
    struct timespec t = now(CLOCK_REALTIME);

    t.tv_sec += HOUR;
    asleep = 1;
    clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL);
    woken = 1;
    return arg;
}

static timer_t set_timer(int flags, time_t seconds)
{
    struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    struct itimerspec s = {.it_value = {seconds, 0}};
    timer_t id;

    timer_create(CLOCK_REALTIME, &ev, &id);
    timer_settime(id, flags, &s, NULL);
    return id;
}

int main(void)
{
    struct timespec before = now(CLOCK_MONOTONIC), wall, asked;
    struct timespec limit = {20, 0};
    struct itimerspec left;
    timer_t relative;
    pthread_t thread;
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    pthread_create(&thread, NULL, sleep_an_hour, NULL);
    while (!asleep)
        usleep(1000);
    wall = now(CLOCK_REALTIME);
    relative = set_timer(0, HOUR);
    set_timer(TIMER_ABSTIME, wall.tv_sec + HOUR);
    wall.tv_sec += 2 * HOUR;
    if (clock_settime(CLOCK_REALTIME, &wall) < 0)
        perror("clock_settime");
    pthread_join(thread, NULL);
    printf("sleeper woken: %d\n", woken);
    while (sigpending(&set) == 0 && !sigismember(&set, SIGUSR1) &&
           now(CLOCK_MONOTONIC).tv_sec - before.tv_sec < limit.tv_sec)
        usleep(1000);
    printf("timer expired: %d\n", sigismember(&set, SIGUSR1));
    timer_gettime(relative, &left);
    printf("relative timer still waits: %d\n",
           left.it_value.tv_sec > HOUR - limit.tv_sec);
    asked = now(CLOCK_REALTIME);
    printf("wall clock set: %d\n", asked.tv_sec - wall.tv_sec < limit.tv_sec &&
                                       asked.tv_sec >= wall.tv_sec);
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &wall);
    printf("the call agrees: %d\n",
           wall.tv_sec - asked.tv_sec <= 1 && wall.tv_sec >= asked.tv_sec);
    printf("monotonic time undisturbed: %d\n",
           now(CLOCK_MONOTONIC).tv_sec - before.tv_sec < limit.tv_sec);
    return 0;
}
