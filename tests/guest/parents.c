// SPDX-License-Identifier: MIT
/*
 * parents: what ties a child to the thread that made it, what a stopped group
 * is told when nobody is left to look after it, and ids that are a thread's.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static int pipe_fd[2];

static void tell(char c)
{
    if (write(pipe_fd[1], &c, 1) != 1)
        _exit(99);
}

/* The next byte that somebody told. */
static char hear(void)
{
    char c = 0;

    CHECK_EQ(read(pipe_fd[0], &c, 1), 1);
    return c;
}

/* --- threads as parents --------------------------------------------------- */

static pid_t made;
static int wait_result, wait_errno;

static void *make_child(void *arg)
{
    made = fork();
    if (made == 0)
        _exit(7);
    return arg;
}

static void *make_child_and_stay(void *arg)
{
    make_child(NULL);
    pause();
    return arg;
}

static void *wait_for_own(void *arg)
{
    wait_result = waitpid(-1, NULL, __WNOTHREAD | WNOHANG);
    wait_errno = errno;
    return arg;
}

static void in_thread(void *(*fn)(void *arg))
{
    pthread_t t;

    CHECK_EQ(pthread_create(&t, NULL, fn, NULL), 0);
    CHECK_EQ(pthread_join(t, NULL), 0);
}

static void a_thread_may_wait_for_its_own_children_alone(void)
{
    int status;
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0)
        _exit(3);
    in_thread(wait_for_own);
    CHECK_EQ(wait_result, -1);
    CHECK_EQ(wait_errno, ECHILD);
    CHECK_EQ(waitpid(pid, &status, __WNOTHREAD), pid);
    CHECK_EQ(WEXITSTATUS(status), 3);
}

static void children_of_a_thread_that_ends_go_to_another(void)
{
    siginfo_t info;
    int status;

    in_thread(make_child);
    CHECK_EQ(waitid(P_PID, (id_t)made, &info, WEXITED | WNOWAIT | __WNOTHREAD),
             0);
    CHECK_EQ(info.si_status, 7);
    CHECK_EQ(waitpid(made, &status, __WNOTHREAD), made);
    CHECK_EQ(WEXITSTATUS(status), 7);
}

static void told_of_death(int sig)
{
    (void)sig;
    tell('d');
}

static void *make_child_that_asks(void *arg)
{
    int ready[2];
    char c;

    if (pipe(ready))
        return arg;
    made = fork();
    if (made == 0) {
        sigset_t usr1, none;

        sigemptyset(&none);
        sigemptyset(&usr1);
        sigaddset(&usr1, SIGUSR1);
        sigprocmask(SIG_BLOCK, &usr1, NULL);
        signal(SIGUSR1, told_of_death);
        prctl(PR_SET_PDEATHSIG, SIGUSR1);
        if (write(ready[1], "x", 1) == 1)
            sigsuspend(&none);
        _exit(0);
    }
    if (read(ready[0], &c, 1) != 1)
        made = -1;
    close(ready[0]);
    close(ready[1]);
    return arg;
}

static void the_death_signal_tells_of_the_thread(void)
{
    int status;

    in_thread(make_child_that_asks);
    CHECK(made > 0);
    CHECK_EQ(hear(), 'd');
    CHECK_EQ(waitpid(made, &status, 0), made);
    CHECK_EQ(status, 0);
}

/* The thread that runs a new program stays the parent, by its new number. */
static void children_survive_execve_of_a_thread(void)
{
    pthread_t t;
    pid_t pid = fork();
    int status;

    CHECK(pid >= 0);
    if (pid == 0) {
        pthread_create(&t, NULL, make_child_and_stay, NULL);
        usleep(20000);
        execl("/proc/self/exe", "parents", "wait", NULL);
        _exit(98);
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 7 << 8);
}

static int wait_after_execve(void)
{
    int status;

    if (waitpid(-1, &status, __WNOTHREAD) < 0)
        return 97;
    return WEXITSTATUS(status);
}

/* --- orphaned groups ------------------------------------------------------ */

static void hung_up(int sig)
{
    tell(sig == SIGHUP ? 'h' : 'c');
}

/* A stopped process whose group leader, its parent, ends. */
static void member(void)
{
    signal(SIGHUP, hung_up);
    signal(SIGCONT, hung_up);
    tell('r');
    raise(SIGSTOP);
    pause();
    _exit(0);
}

static void leader(void)
{
    pid_t pid;
    int status;

    setpgid(0, 0);
    pid = fork();
    if (pid == 0)
        member();
    waitpid(pid, &status, WUNTRACED);
    tell(WIFSTOPPED(status) ? 's' : '?');
    _exit(0);
}

static void a_stopped_group_is_told_when_it_is_orphaned(void)
{
    pid_t pid = fork();
    char a, b;
    int status;

    CHECK(pid >= 0);
    if (pid == 0)
        leader();
    CHECK_EQ(hear(), 'r');
    CHECK_EQ(hear(), 's');
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    a = hear();
    b = hear();
    CHECK((a == 'h' && b == 'c') || (a == 'c' && b == 'h'));
    kill(-pid, SIGKILL);
}

/* Nobody in the group is stopped: nobody is told. */
static void leader_of_running(void)
{
    pid_t pid;

    setpgid(0, 0);
    pid = fork();
    if (pid == 0) {
        signal(SIGHUP, hung_up);
        tell('r');
        usleep(100000);
        tell('e');
        _exit(0);
    }
    usleep(30000);
    _exit(0);
}

static void a_running_group_is_left_alone(void)
{
    pid_t pid = fork();
    int status;

    CHECK(pid >= 0);
    if (pid == 0)
        leader_of_running();
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(hear(), 'r');
    CHECK_EQ(hear(), 'e');
}

/* --- ids ------------------------------------------------------------------ */

static long euid_of_other;

static void *become_somebody(void *arg)
{
    if (syscall(SYS_setresuid, -1, 65534, -1) == 0)
        euid_of_other = syscall(SYS_geteuid);
    return arg;
}

static void the_call_changes_the_ids_of_one_thread(void)
{
    if (geteuid() != 0)
        CHECK_SKIP("only root may do this");
    in_thread(become_somebody);
    CHECK_EQ(euid_of_other, 65534);
    CHECK_EQ(syscall(SYS_geteuid), 0);
}

static volatile int stage;

static void *look_at_ids(void *arg)
{
    stage = 1;
    while (stage == 1)
        usleep(1000);
    euid_of_other = syscall(SYS_geteuid);
    return arg;
}

static int library_changes_all(void)
{
    pthread_t t;

    if (pthread_create(&t, NULL, look_at_ids, NULL))
        return 1;
    while (stage == 0)
        usleep(1000);
    if (setresuid(65534, 65534, 65534))
        return 2;
    stage = 2;
    pthread_join(t, NULL);
    return euid_of_other == 65534 ? 0 : 3;
}

static void the_library_changes_those_of_all(void)
{
    pid_t pid;
    int status;

    if (geteuid() != 0)
        CHECK_SKIP("only root may do this");
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0)
        _exit(library_changes_all());
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
}

static void *child_of_somebody(void *arg)
{
    become_somebody(NULL);
    made = fork();
    if (made == 0)
        _exit(syscall(SYS_geteuid) == 65534 ? 7 : 8);
    return arg;
}

static void a_child_is_who_the_thread_was(void)
{
    int status;

    if (geteuid() != 0)
        CHECK_SKIP("only root may do this");
    in_thread(child_of_somebody);
    CHECK_EQ(waitpid(made, &status, 0), made);
    CHECK_EQ(WEXITSTATUS(status), 7);
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "wait"))
        return wait_after_execve();
    if (pipe(pipe_fd))
        return 1;
    RUN(a_thread_may_wait_for_its_own_children_alone);
    RUN(children_of_a_thread_that_ends_go_to_another);
    RUN(the_death_signal_tells_of_the_thread);
    RUN(children_survive_execve_of_a_thread);
    RUN(a_stopped_group_is_told_when_it_is_orphaned);
    RUN(a_running_group_is_left_alone);
    RUN(the_call_changes_the_ids_of_one_thread);
    RUN(the_library_changes_those_of_all);
    RUN(a_child_is_who_the_thread_was);
    return check_end();
}
