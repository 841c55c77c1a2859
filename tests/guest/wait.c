// SPDX-License-Identifier: MIT
/* wait: what a parent learns of its children, and pidfds. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

static int gate[2]; /* a child that is held reads from it */

static pid_t child_exits(int status)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(status);
    return pid;
}

/* A child that ends, with 0, when release is called. */
static pid_t child_held(void)
{
    pid_t pid;
    char byte;

    if (pipe(gate))
        return -1;
    pid = fork();
    if (pid == 0) {
        close(gate[1]);
        _exit((int)read(gate[0], &byte, 1));
    }
    close(gate[0]);
    return pid;
}

static void release(void)
{
    close(gate[1]);
}

static void a_status_is_told_once(void)
{
    int status;
    pid_t pid = child_exits(300);

    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 300 % 256);
    CHECK_ERRNO(waitpid(pid, &status, 0), ECHILD);
}

static void death_by_a_signal_is_told(void)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        signal(SIGTERM, SIG_DFL);
        raise(SIGTERM);
        _exit(1);
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGTERM);
    CHECK(!WCOREDUMP(status));
}

static void without_children_there_is_nothing_to_wait_for(void)
{
    CHECK_ERRNO(wait(NULL), ECHILD);
    CHECK_ERRNO(waitpid(-1, NULL, WNOHANG), ECHILD);
    CHECK_ERRNO(waitpid(getpid(), NULL, 0), ECHILD);
    CHECK_ERRNO(waitpid(0, NULL, 0), ECHILD);
}

static void wrong_arguments_are_refused(void)
{
    siginfo_t info;

    CHECK_ERRNO(waitpid(-1, NULL, 0x1000), EINVAL);
    CHECK_ERRNO(waitpid(INT32_MIN, NULL, 0), ESRCH);
    CHECK_ERRNO(waitid(P_ALL, 0, &info, 0), EINVAL);
    CHECK_ERRNO(waitid(P_PID, 0, &info, WEXITED), EINVAL);
    CHECK_ERRNO(waitid(77, 0, &info, WEXITED), EINVAL);
    CHECK_ERRNO(waitid(P_PIDFD, 9999, &info, WEXITED), EBADF);
}

static void wnohang_does_not_wait(void)
{
    siginfo_t info;
    pid_t pid = child_held();

    CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);
    memset(&info, 1, sizeof(info));
    CHECK_EQ(waitid(P_PID, pid, &info, WEXITED | WNOHANG), 0);
    CHECK_EQ(info.si_pid, 0);
    release();
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

static void wnowait_leaves_the_child(void)
{
    siginfo_t info = {0};
    pid_t pid = child_exits(21);

    CHECK_EQ(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
    CHECK_EQ(info.si_pid, pid);
    CHECK_EQ(info.si_status, 21);
    CHECK_EQ(info.si_code, CLD_EXITED);
    CHECK_EQ(info.si_signo, SIGCHLD);
    CHECK_EQ(info.si_uid, getuid());
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

static void any_child_is_found(void)
{
    pid_t a = child_exits(1), b = child_exits(2), first, second;

    first = wait(NULL);
    second = wait(NULL);
    CHECK((first == a && second == b) || (first == b && second == a));
    CHECK_ERRNO(wait(NULL), ECHILD);
}

static void a_group_is_waited_for(void)
{
    pid_t pid = child_held();

    CHECK_EQ(setpgid(pid, 0), 0);
    CHECK_ERRNO(waitpid(0, NULL, WNOHANG), ECHILD);
    CHECK_EQ(waitpid(-pid, NULL, WNOHANG), 0);
    release();
    CHECK_EQ(waitpid(-pid, NULL, 0), pid);
}

static volatile sig_atomic_t chld_count, chld_pid, chld_status, chld_code;

static void on_chld(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)context;
    chld_count++;
    chld_pid = info->si_pid;
    chld_status = info->si_status;
    chld_code = info->si_code;
}

static void sigchld_says_who(void)
{
    struct sigaction action = {.sa_sigaction = on_chld, .sa_flags = SA_SIGINFO};

    chld_count = 0;
    sigaction(SIGCHLD, &action, NULL);
    pid_t pid = child_exits(17);
    while (waitpid(pid, NULL, 0) < 0)
        CHECK_EQ(errno, EINTR);
    signal(SIGCHLD, SIG_DFL);
    CHECK_EQ(chld_count, 1);
    CHECK_EQ(chld_pid, pid);
    CHECK_EQ(chld_status, 17);
    CHECK_EQ(chld_code, CLD_EXITED);
}

static void ignored_children_are_not_kept(void)
{
    signal(SIGCHLD, SIG_IGN);
    pid_t pid = child_exits(1);
    int result = waitpid(pid, NULL, 0), error = errno;
    signal(SIGCHLD, SIG_DFL);
    CHECK_EQ(result, -1);
    CHECK_EQ(error, ECHILD);
}

static void nocldwait_keeps_none_either(void)
{
    struct sigaction action = {.sa_sigaction = on_chld,
                               .sa_flags =
                                   SA_SIGINFO | SA_NOCLDWAIT | SA_RESTART};

    chld_count = 0;
    sigaction(SIGCHLD, &action, NULL);
    pid_t pid = child_exits(1);
    int result = waitpid(pid, NULL, 0), error = errno;
    signal(SIGCHLD, SIG_DFL);
    CHECK_EQ(result, -1);
    CHECK_EQ(error, ECHILD);
    CHECK_EQ(chld_count, 1);
}

static void usage_of_children_adds_up(void)
{
    struct rusage before, usage, after;
    struct tms t;
    int status;
    pid_t pid;

    CHECK_EQ(getrusage(RUSAGE_CHILDREN, &before), 0);
    pid = fork();
    if (pid == 0) {
        static char touched[4 << 20]; /* resident pages, to be counted */
        struct tms mine;

        memset(touched, 1, sizeof(touched));
        do {
            times(&mine);
        } while (mine.tms_utime + mine.tms_stime < 5);
        _exit(0);
    }
    CHECK_EQ(wait4(pid, &status, 0, &usage), pid);
    CHECK_EQ(getrusage(RUSAGE_CHILDREN, &after), 0);
    CHECK(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec > 10000);
    CHECK(usage.ru_maxrss > 0);
    CHECK(after.ru_utime.tv_sec * 1000000 + after.ru_utime.tv_usec +
              after.ru_stime.tv_sec * 1000000 + after.ru_stime.tv_usec >
          before.ru_utime.tv_sec * 1000000 + before.ru_utime.tv_usec +
              before.ru_stime.tv_sec * 1000000 + before.ru_stime.tv_usec);
    CHECK(times(&t) != (clock_t)-1);
    CHECK(t.tms_cutime + t.tms_cstime > 0);
}

static int pidfd_open(pid_t pid, unsigned flags)
{
    return (int)syscall(SYS_pidfd_open, pid, flags);
}

static void a_pidfd_is_readable_at_the_end(void)
{
    pid_t pid = child_held();
    int fd = pidfd_open(pid, 0);
    struct pollfd p = {fd, POLLIN, 0};
    siginfo_t info = {0};

    CHECK(fd >= 0);
    CHECK_EQ(poll(&p, 1, 0), 0);
    release();
    CHECK_EQ(poll(&p, 1, 10000), 1);
    CHECK_EQ(waitid(P_PIDFD, fd, &info, WEXITED), 0);
    CHECK_EQ(info.si_pid, pid);
    CHECK_EQ(poll(&p, 1, 0), 1);
    CHECK_ERRNO(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0), ESRCH);
    close(fd);
}

static void a_pidfd_names_its_errors(void)
{
    CHECK_ERRNO(pidfd_open(0, 0), EINVAL);
    CHECK_ERRNO(pidfd_open(-1, 0), EINVAL);
    CHECK_ERRNO(pidfd_open(getpid(), 1), EINVAL);
    CHECK_ERRNO(pidfd_open(32001, 0), ESRCH);
    CHECK_ERRNO(syscall(SYS_pidfd_send_signal, 1, 0, NULL, 0), EBADF);
}

static void a_pidfd_sends_signals(void)
{
    int status, fd;
    pid_t pid = fork();

    if (pid == 0) {
        for (;;)
            pause();
    }
    fd = pidfd_open(pid, 0);
    CHECK_EQ(syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0), 0);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    close(fd);
}

static void files_are_taken_from_another_process(void)
{
    int ends[2], out[2], fd, got;
    char byte = 0;

    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(pipe(out), 0);
    pid_t pid = fork();
    if (pid == 0) {
        int own[2];

        if (pipe(own) || dup2(own[0], 50) != 50 || write(own[1], "x", 1) != 1)
            _exit(1);
        close(ends[1]);
        if (write(out[1], "r", 1) != 1)
            _exit(1);
        _exit((int)read(ends[0], &byte, 1));
    }
    CHECK_EQ(read(out[0], &byte, 1), 1);
    fd = pidfd_open(pid, 0);
    got = (int)syscall(SYS_pidfd_getfd, fd, 50, 0);
    CHECK(got >= 0);
    CHECK_EQ(read(got, &byte, 1), 1);
    CHECK_EQ(byte, 'x');
    CHECK_ERRNO(syscall(SYS_pidfd_getfd, fd, 777, 0), EBADF);
    close(ends[0]);
    close(ends[1]);
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
    close(fd);
    close(got);
    close(out[0]);
    close(out[1]);
}

static void a_subreaper_adopts(void)
{
    int status;
    pid_t pid, orphan = 0;

    CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    pid = fork();
    if (pid == 0) {
        if (fork() == 0) {
            usleep(3000);
            _exit(getppid() > 0 ? 44 : 45);
        }
        _exit(0);
    }
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
    orphan = wait(&status);
    CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
    CHECK(orphan > 0 && orphan != pid);
    CHECK_EQ(WEXITSTATUS(status), 44);
}

static void a_child_learns_of_its_parents_end(void)
{
    int ends[2];
    char byte = 0;

    CHECK_EQ(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (fork() == 0) {
            sigset_t usr1;
            int sig = 0;

            sigemptyset(&usr1);
            sigaddset(&usr1, SIGUSR1);
            sigprocmask(SIG_BLOCK, &usr1, NULL);
            prctl(PR_SET_PDEATHSIG, SIGUSR1);
            byte = 1;
            if (write(ends[1], &byte, 1) != 1)
                _exit(1);
            sigwait(&usr1, &sig);
            byte = (char)sig;
            _exit(write(ends[1], &byte, 1) != 1);
        }
        _exit(read(ends[0], &byte, 1) != 1);
    }
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
    close(ends[1]);
    CHECK_EQ(read(ends[0], &byte, 1), 1);
    CHECK_EQ(byte, SIGUSR1);
    close(ends[0]);
}

static void clone_children_are_told_apart(void)
{
    /* A child that sends no SIGCHLD is seen with __WALL or __WCLONE alone. */
    pid_t pid = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);

    if (pid == 0)
        _exit(3);
    CHECK_ERRNO(waitpid(pid, NULL, 0), ECHILD);
    CHECK_EQ(waitpid(pid, NULL, __WCLONE), pid);
}

int main(void)
{
    RUN(without_children_there_is_nothing_to_wait_for);
    RUN(a_status_is_told_once);
    RUN(death_by_a_signal_is_told);
    RUN(wrong_arguments_are_refused);
    RUN(wnohang_does_not_wait);
    RUN(wnowait_leaves_the_child);
    RUN(any_child_is_found);
    RUN(a_group_is_waited_for);
    RUN(sigchld_says_who);
    RUN(ignored_children_are_not_kept);
    RUN(nocldwait_keeps_none_either);
    RUN(usage_of_children_adds_up);
    RUN(a_pidfd_is_readable_at_the_end);
    RUN(a_pidfd_names_its_errors);
    RUN(a_pidfd_sends_signals);
    RUN(files_are_taken_from_another_process);
    RUN(a_subreaper_adopts);
    RUN(a_child_learns_of_its_parents_end);
    RUN(clone_children_are_told_apart);
    return check_end();
}
