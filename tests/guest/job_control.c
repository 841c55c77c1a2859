// SPDX-License-Identifier: MIT
/* job_control: processes that stop, go on and die of signals; signal(7). */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static atomic_long *shared; /* with the children */

static void *count_on(void *arg)
{
    atomic_long *n = arg;

    for (;;) {
        ++*n;
        if (*n % 1000 == 0)
            sched_yield();
    }
    return NULL;
}

/* A child of a group of its own, with two threads that count. */
static pid_t start_counter(void)
{
    pid_t pid;

    shared[0] = shared[1] = 0;
    pid = fork();
    if (pid == 0) {
        pthread_t t;

        setpgid(0, 0);
        pthread_create(&t, NULL, count_on, &shared[1]);
        count_on(&shared[0]);
    }
    CHECK(pid > 0);
    setpgid(pid, pid);
    while (shared[0] == 0 || shared[1] == 0)
        usleep(1000);
    return pid;
}

static int stands_still(void)
{
    long a = shared[0], b = shared[1];

    usleep(30000);
    return a == shared[0] && b == shared[1];
}

static void finish(pid_t pid)
{
    int status;

    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void all_threads_stop_and_go_on(void)
{
    pid_t pid = start_counter();
    int status;

    CHECK(!stands_still());
    CHECK_EQ(kill(pid, SIGSTOP), 0);
    CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
    CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    CHECK(stands_still());
    CHECK_EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
    CHECK_EQ(kill(pid, SIGCONT), 0);
    CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
    CHECK(WIFCONTINUED(status));
    CHECK(!stands_still());
    finish(pid);
}

static void terminal_stops_name_their_signal(void)
{
    static const int signals[] = {SIGTSTP, SIGTTIN, SIGTTOU};
    pid_t pid = start_counter();

    for (int i = 0; i < 3; i++) {
        int status;

        CHECK_EQ(kill(-pid, signals[i]), 0);
        CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
        CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == signals[i]);
        CHECK(stands_still());
        CHECK_EQ(kill(-pid, SIGCONT), 0);
        CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
    }
    finish(pid);
}

static void a_stopped_process_can_be_killed(void)
{
    pid_t pid = start_counter();
    int status;

    CHECK_EQ(kill(pid, SIGSTOP), 0);
    CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
    CHECK_EQ(kill(pid, SIGTERM), 0);
    usleep(20000);
    CHECK_EQ(waitpid(pid, &status, WNOHANG), 0); /* it cannot take it */
    finish(pid);
}

static void a_stopped_process_takes_signals_when_it_goes_on(void)
{
    pid_t pid = start_counter();
    int status;

    CHECK_EQ(kill(pid, SIGSTOP), 0);
    CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
    CHECK_EQ(kill(pid, SIGTERM), 0);
    CHECK_EQ(kill(pid, SIGCONT), 0);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

/* A stop that is pending and blocked is gone after SIGCONT, and the other way
 * round. */
static void stops_and_continuations_cancel_each_other(void)
{
    sigset_t s, pending;

    sigemptyset(&s);
    sigaddset(&s, SIGTSTP);
    sigaddset(&s, SIGCONT);
    sigprocmask(SIG_BLOCK, &s, NULL);
    raise(SIGTSTP);
    sigpending(&pending);
    CHECK(sigismember(&pending, SIGTSTP));
    kill(getpid(), SIGCONT);
    sigpending(&pending);
    CHECK(!sigismember(&pending, SIGTSTP));
    CHECK(sigismember(&pending, SIGCONT));
    raise(SIGTSTP);
    sigpending(&pending);
    CHECK(!sigismember(&pending, SIGCONT));
    kill(getpid(), SIGCONT);
    sigprocmask(SIG_UNBLOCK, &s, NULL);
}

/* In a session of its own nobody could let it go on. */
static void orphaned_groups_do_not_stop(void)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        setsid();
        raise(SIGTSTP);
        raise(SIGTTIN);
        _exit(42);
    }
    CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

static volatile sig_atomic_t children;

static void count_child(int sig)
{
    (void)sig;
    children++;
}

static void the_parent_hears_of_stops_unless_it_does_not_want_to(void)
{
    struct sigaction a = {.sa_handler = count_child};
    pid_t pid;
    int status;

    sigemptyset(&a.sa_mask);
    for (int quiet = 0; quiet < 2; quiet++) {
        a.sa_flags = SA_RESTART | (quiet ? SA_NOCLDSTOP : 0);
        CHECK_EQ(sigaction(SIGCHLD, &a, NULL), 0);
        pid = start_counter();
        children = 0;
        kill(pid, SIGSTOP);
        CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
        CHECK_EQ(children, quiet ? 0 : 1);
        finish(pid);
        CHECK_EQ(children, quiet ? 1 : 2);
    }
    signal(SIGCHLD, SIG_DFL);
}

/* Sleeping calls go on as if nothing had been. */
static void a_stop_interrupts_no_sleep(void)
{
    struct timespec t = {0, 100000000};
    int status;
    pid_t pid = fork();

    if (pid == 0)
        _exit(nanosleep(&t, NULL) == 0 ? 7 : 8);
    usleep(20000);
    kill(pid, SIGSTOP);
    CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
    CHECK(WIFSTOPPED(status));
    kill(pid, SIGCONT);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void stops_and_continuations_in_quick_succession(void)
{
    pid_t pid = start_counter();
    int status;

    for (int i = 0; i < 2000; i++) {
        kill(pid, SIGSTOP);
        kill(pid, SIGCONT);
        if (i % 16 == 0)
            usleep(100);
    }
    kill(pid, SIGSTOP);
    do {
        CHECK_EQ(waitpid(pid, &status, WUNTRACED | WCONTINUED), pid);
    } while (!WIFSTOPPED(status));
    kill(pid, SIGCONT);
    while (stands_still())
        ;
    finish(pid);
}

static void a_group_is_sent_to_as_one(void)
{
    pid_t a = fork(), b;
    int status;

    if (a == 0) {
        setpgid(0, 0);
        for (;;)
            pause();
    }
    setpgid(a, a);
    b = fork();
    if (b == 0) {
        setpgid(0, a);
        for (;;)
            pause();
    }
    setpgid(b, a);
    CHECK_EQ(kill(-a, 0), 0);
    CHECK_EQ(kill(-a, SIGTERM), 0);
    CHECK_EQ(waitpid(a, &status, 0), a);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    CHECK_EQ(waitpid(b, &status, 0), b);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    CHECK_ERRNO(kill(-a, 0), ESRCH);
}

int main(void)
{
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    RUN(all_threads_stop_and_go_on);
    RUN(terminal_stops_name_their_signal);
    RUN(a_stopped_process_can_be_killed);
    RUN(a_stopped_process_takes_signals_when_it_goes_on);
    RUN(stops_and_continuations_cancel_each_other);
    RUN(orphaned_groups_do_not_stop);
    RUN(the_parent_hears_of_stops_unless_it_does_not_want_to);
    RUN(a_stop_interrupts_no_sleep);
    RUN(stops_and_continuations_in_quick_succession);
    RUN(a_group_is_sent_to_as_one);
    return check_end();
}
