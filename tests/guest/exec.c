// SPDX-License-Identifier: MIT
/* exec: what another program in the same process keeps, and what it loses. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

extern char **environ;

static const char *self;
static char directory[] = "/tmp/execXXXXXX";

/* --- what the new program looks at; its exit status is the answer --- */

static int show(int argc, char **argv)
{
    struct sigaction action;
    struct itimerval left;
    sigset_t mask;
    stack_t stack;
    char name[16];

    if (strcmp(argv[1], "args") == 0) {
        return argc == 5 && !*argv[2] && !strcmp(argv[3], "a b") &&
                       getenv("ONLY") && environ[1] == NULL
                   ? 0
                   : 1;
    } else if (strcmp(argv[1], "count") == 0) {
        return argc;
    } else if (strcmp(argv[1], "signals") == 0) {
        if (sigaction(SIGUSR1, NULL, &action) || action.sa_handler != SIG_DFL)
            return 1;
        if (sigaction(SIGUSR2, NULL, &action) || action.sa_handler != SIG_IGN)
            return 2;
        if (sigprocmask(0, NULL, &mask) || !sigismember(&mask, SIGHUP))
            return 3;
        if (sigpending(&mask) || !sigismember(&mask, SIGHUP))
            return 4;
        if (sigaltstack(NULL, &stack) || stack.ss_flags != SS_DISABLE)
            return 5;
        return 0;
    } else if (strcmp(argv[1], "timers") == 0) {
        if (getitimer(ITIMER_REAL, &left) || left.it_value.tv_sec == 0)
            return 1;
        return syscall(SYS_timer_gettime, atoi(argv[2]), &left) == 0;
    } else if (strcmp(argv[1], "fds") == 0) {
        if (fcntl(atoi(argv[2]), F_GETFD) != 0)
            return 1;
        return fcntl(atoi(argv[3]), F_GETFD) != -1;
    } else if (strcmp(argv[1], "pid") == 0) {
        return getpid() != atoi(argv[2]) ||
               syscall(SYS_gettid) != atoi(argv[2]);
    } else if (strcmp(argv[1], "name") == 0) {
        prctl(PR_GET_NAME, name);
        return strcmp(name, argv[2]);
    } else if (strcmp(argv[1], "execfn") == 0) {
        return strcmp((const char *)getauxval(AT_EXECFN), argv[2]);
    } else if (strcmp(argv[1], "secure") == 0) {
        return (int)getauxval(AT_SECURE) * 2 + (geteuid() == 4242);
    }
    return 99;
}

/* --- the cases --- */

static int status_of(pid_t pid)
{
    int status;

    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

/* The status of path run with these arguments; 200 + errno: it was not. */
static int run(const char *path, char *const argv[])
{
    pid_t pid = fork();

    if (pid == 0) {
        execv(path, argv);
        _exit(200 + (errno < 50 ? errno : 50));
    }
    return status_of(pid);
}

static const char *file(const char *name, const char *text, mode_t mode)
{
    static char path[2][300];
    static int turn;
    char *p = path[turn ^= 1];
    int fd;

    snprintf(p, sizeof(path[0]), "%s/%s", directory, name);
    unlink(p);
    fd = open(p, O_CREAT | O_WRONLY | O_TRUNC, mode);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
    fchmod(fd, mode);
    close(fd);
    return p;
}

static void arguments_and_environment_arrive(void)
{
    char *argv[] = {"x", "args", "", "a b", "end", NULL};
    char *env[] = {"ONLY=1", NULL};
    pid_t pid = fork();

    if (pid == 0) {
        execve(self, argv, env);
        _exit(9);
    }
    CHECK_EQ(status_of(pid), 0);
}

static void errors_leave_the_program_as_it_was(void)
{
    char *argv[] = {"x", NULL};

    CHECK_ERRNO(execv("/nowhere", argv), ENOENT);
    CHECK_ERRNO(execv("", argv), ENOENT);
    CHECK_ERRNO(execv(directory, argv), EACCES);
    CHECK_ERRNO(execv("/dev/null", argv), EACCES);
    CHECK_ERRNO(execv(file("plain", "x", 0644), argv), EACCES);
    CHECK_ERRNO(execv(file("text", "hello\n", 0755), argv), ENOEXEC);
    CHECK_ERRNO(execv(file("empty", "", 0755), argv), ENOEXEC);
    CHECK_ERRNO(execv(file("elf", "\177ELF too short", 0755), argv), ENOEXEC);
    CHECK_ERRNO(syscall(SYS_execve, check_pointer(8), argv, NULL), EFAULT);
    CHECK_ERRNO(syscall(SYS_execve, self, check_pointer(8), NULL), EFAULT);
    CHECK_ERRNO(syscall(SYS_execveat, AT_FDCWD, self, argv, NULL, 0x40),
                EINVAL);
    CHECK_ERRNO(execv(file("file", "x", 0755), argv), ENOEXEC);
}

static void too_much_is_refused(void)
{
    size_t size = 129 * 1024;
    char *large = malloc(size);
    char *argv[200] = {"x", large};

    memset(large, 'a', size);
    large[size - 1] = '\0';
    CHECK_ERRNO(execv(self, argv), E2BIG); /* one string above 128 KiB */
    large[120 * 1024] = '\0';
    for (int i = 1; i < 199; i++)
        argv[i] = large;
    CHECK_ERRNO(execv(self, argv), E2BIG);
    free(large);
}

static void many_arguments_arrive(void)
{
    char *argv[200] = {"x", "count"};

    for (int i = 2; i < 150; i++)
        argv[i] = "argument";
    CHECK_EQ(run(self, argv), 150);
}

static void on_signal(int sig)
{
    (void)sig;
}

static void handlers_go_and_the_rest_stays(void)
{
    char *argv[] = {"x", "signals", NULL};
    pid_t pid = fork();

    if (pid == 0) {
        stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536};
        sigset_t hup;

        sigaltstack(&stack, NULL);
        signal(SIGUSR1, on_signal);
        signal(SIGUSR2, SIG_IGN);
        signal(SIGHUP, on_signal);
        sigemptyset(&hup);
        sigaddset(&hup, SIGHUP);
        sigprocmask(SIG_BLOCK, &hup, NULL);
        raise(SIGHUP);
        execv(self, argv);
        _exit(98);
    }
    CHECK_EQ(status_of(pid), 0);
}

static void interval_timers_stay_and_others_go(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        struct itimerval timer = {.it_value = {1000, 0}};
        struct sigevent event = {.sigev_notify = SIGEV_NONE};
        char text[16];
        char *argv[] = {"x", "timers", text, NULL};
        int id = 0;

        setitimer(ITIMER_REAL, &timer, NULL);
        if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id))
            _exit(97);
        snprintf(text, sizeof(text), "%d", id);
        execv(self, argv);
        _exit(98);
    }
    CHECK_EQ(status_of(pid), 0);
}

static void close_on_exec_closes(void)
{
    char kept[16], closed[16];
    char *argv[] = {"x", "fds", kept, closed, NULL};
    int a = dup(1), b = fcntl(1, F_DUPFD_CLOEXEC, 0);

    snprintf(kept, sizeof(kept), "%d", a);
    snprintf(closed, sizeof(closed), "%d", b);
    CHECK_EQ(run(self, argv), 0);
    CHECK_EQ(fcntl(b, F_GETFD), FD_CLOEXEC);
    close(a);
    close(b);
}

static void *sleep_for_ever(void *arg)
{
    for (;;)
        pause();
    return arg;
}

static void *run_program(void *arg)
{
    execv(self, arg);
    _exit(98);
}

static void another_thread_becomes_the_process(void)
{
    for (int round = 0; round < 20; round++) {
        pid_t pid = fork();

        if (pid == 0) {
            char text[16];
            char *argv[] = {"x", "pid", text, NULL};
            pthread_t t;

            snprintf(text, sizeof(text), "%d", getpid());
            for (int i = 0; i < 3; i++)
                pthread_create(&t, NULL, sleep_for_ever, NULL);
            pthread_create(&t, NULL, run_program, argv);
            sleep_for_ever(NULL);
        }
        CHECK_EQ(status_of(pid), 0);
    }
}

static void two_threads_may_ask_at_once(void)
{
    for (int round = 0; round < 20; round++) {
        pid_t pid = fork();

        if (pid == 0) {
            char *argv[] = {"x", "count", NULL};
            pthread_t t;

            for (int i = 0; i < 3; i++)
                pthread_create(&t, NULL, run_program, argv);
            run_program(argv);
        }
        CHECK_EQ(status_of(pid), 2);
    }
}

static void the_name_is_the_files(void)
{
    char link[300], *argv[] = {"other", "name", "new-name", NULL};

    snprintf(link, sizeof(link), "%s/new-name", directory);
    CHECK_EQ(symlink(self, link), 0);
    CHECK_EQ(run(link, argv), 0);
    unlink(link);
}

static void the_path_is_in_the_auxiliary_vector(void)
{
    char *argv[] = {"x", "execfn", (char *)self, NULL};

    CHECK_EQ(run(self, argv), 0);
}

static const char *script(const char *name, const char *interp)
{
    char text[500];

    snprintf(text, sizeof(text), "#!%s\n", interp);
    return file(name, text, 0755);
}

static void scripts_start_their_interpreter(void)
{
    char text[400], *argv[] = {"x", "more", NULL};

    snprintf(text, sizeof(text), " %s\tcount ", self);
    CHECK_EQ(run(script("one", text), argv), 4); /* x count one more */
    snprintf(text, sizeof(text), "%s count two words", self);
    CHECK_EQ(run(script("two", text), argv), 99); /* one argument */
    CHECK_EQ(run(script("three", ""), argv), 200 + ENOEXEC);
    CHECK_EQ(run(script("four", "/nowhere/sh"), argv), 200 + ENOENT);
}

static void scripts_may_be_nested_but_not_for_ever(void)
{
    char text[400], *argv[] = {"x", NULL};

    snprintf(text, sizeof(text), "%s count", self);
    const char *inner = script("inner", text);
    snprintf(text, sizeof(text), "%s", inner);
    CHECK_EQ(run(script("outer", text), argv), 4);
    snprintf(text, sizeof(text), "%s/loop", directory);
    CHECK_EQ(run(script("loop", text), argv), 200 + ELOOP);
}

static void a_descriptor_can_be_run(void)
{
    char *argv[] = {"x", "count", NULL};
    int fd = open(self, O_RDONLY);
    pid_t pid = fork();

    if (pid == 0) {
        syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
        _exit(98);
    }
    CHECK_EQ(status_of(pid), 2);
    CHECK_ERRNO(syscall(SYS_execveat, fd, "", argv, environ, 0), ENOENT);
    CHECK_ERRNO(syscall(SYS_execveat, 9999, "", argv, environ, AT_EMPTY_PATH),
                EBADF);
    close(fd);
}

static void spawn_and_vfork_run_programs(void)
{
    char *argv[] = {"x", "count", "3", NULL};
    pid_t pid;

    CHECK_EQ(posix_spawn(&pid, self, NULL, NULL, argv, environ), 0);
    CHECK_EQ(status_of(pid), 3);
    CHECK_EQ(posix_spawn(&pid, "/nowhere", NULL, NULL, argv, environ), ENOENT);
    pid = vfork();
    if (pid == 0) {
        execv(self, argv);
        _exit(98);
    }
    CHECK_EQ(status_of(pid), 3);
}

static void no_setpgid_behind_execve(void)
{
    int ends[2], hold[2];
    char byte, *argv[] = {"/bin/true", NULL};

    (void)argv;
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    CHECK_EQ(pipe(hold), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char *sleeper[] = {"x", "hold", NULL};

        dup2(hold[0], 0);
        close(hold[1]);
        execv(self, sleeper);
        _exit(98);
    }
    close(ends[1]);
    CHECK_EQ(read(ends[0], &byte, 1), 0); /* execve has closed it */
    CHECK_ERRNO(setpgid(pid, 0), EACCES);
    close(hold[1]);
    CHECK_EQ(status_of(pid), 0);
    close(ends[0]);
    close(hold[0]);
}

static void set_user_id_takes_effect(void)
{
    char path[300], *argv[] = {"x", "secure", NULL};
    char buf[65536];
    ssize_t n;
    int in, out;

    if (getuid() != 0)
        CHECK_SKIP("needs root");
    snprintf(path, sizeof(path), "%s/setuid", directory);
    in = open(self, O_RDONLY);
    out = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0755);
    while ((n = read(in, buf, sizeof(buf))) > 0)
        CHECK_EQ(write(out, buf, (size_t)n), n);
    CHECK_EQ(fchown(out, 4242, 4242), 0);
    CHECK_EQ(fchmod(out, 04755), 0);
    close(in);
    close(out);
    CHECK_EQ(chmod(directory, 0755), 0);
    CHECK_EQ(run(path, argv), 3);
    unlink(path);
}

int main(int argc, char **argv)
{
    static char path[4096];
    char byte;

    if (argc > 1 && strcmp(argv[1], "hold") == 0)
        return (int)read(0, &byte, 1);
    if (argc > 1)
        return show(argc, argv);
    self = realpath((const char *)getauxval(AT_EXECFN), path);
    if (!self || !mkdtemp(directory))
        return 2;
    RUN(arguments_and_environment_arrive);
    RUN(errors_leave_the_program_as_it_was);
    RUN(too_much_is_refused);
    RUN(many_arguments_arrive);
    RUN(handlers_go_and_the_rest_stays);
    RUN(interval_timers_stay_and_others_go);
    RUN(close_on_exec_closes);
    RUN(another_thread_becomes_the_process);
    RUN(two_threads_may_ask_at_once);
    RUN(the_name_is_the_files);
    RUN(the_path_is_in_the_auxiliary_vector);
    RUN(scripts_start_their_interpreter);
    RUN(scripts_may_be_nested_but_not_for_ever);
    RUN(a_descriptor_can_be_run);
    RUN(spawn_and_vfork_run_programs);
    RUN(no_setpgid_behind_execve);
    RUN(set_user_id_takes_effect);
    return check_end();
}
