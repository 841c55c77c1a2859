// SPDX-License-Identifier: MIT
/* fork: what a child shares with its parent, and what is its own. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define ROUNDS 2000 /* of fork, exit and wait: about 2 ms each under TCG */

static volatile int global = 1;

/* The exit status of the child, or -1. */
static int status_of(pid_t pid)
{
    int status;

    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

/* Runs fn in a child; its status. */
static int in_child(int (*fn)(void))
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(fn());
    return pid < 0 ? -1 : status_of(pid);
}

static int change_memory(void)
{
    global = 7;
    return global;
}

static void memory_is_copied(void)
{
    char *own = malloc(1 << 20);

    memset(own, 'p', 1 << 20);
    CHECK_EQ(in_child(change_memory), 7);
    CHECK_EQ(global, 1);
    pid_t pid = fork();
    if (pid == 0) {
        memset(own, 'c', 1 << 20);
        _exit(own[12345] == 'c' ? 3 : 4);
    }
    memset(own, 'q', 1 << 19);
    CHECK_EQ(status_of(pid), 3);
    CHECK(own[0] == 'q' && own[(1 << 20) - 1] == 'p');
    free(own);
}

static void shared_memory_is_shared(void)
{
    int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    CHECK(shared != MAP_FAILED);
    pid_t pid = fork();
    if (pid == 0) {
        *shared = 42;
        _exit(0);
    }
    CHECK_EQ(status_of(pid), 0);
    CHECK_EQ(*shared, 42);
    munmap(shared, 4096);
}

static int has_other_ids(void)
{
    static pid_t parent;

    parent = getppid();
    return getpid() != parent && getpid() == syscall(SYS_gettid);
}

static void a_child_has_its_own_number(void)
{
    CHECK_EQ(in_child(has_other_ids), 1);
}

static void a_child_knows_its_parent(void)
{
    pid_t self = getpid(), pid = fork();

    if (pid == 0)
        _exit(getppid() == self);
    CHECK_EQ(status_of(pid), 1);
}

static void descriptors_share_the_offset(void)
{
    int fd = memfd_create("f", 0);
    char c;

    CHECK_EQ(write(fd, "abc", 3), 3);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    pid_t pid = fork();
    if (pid == 0) {
        _exit(read(fd, &c, 1) == 1 && close(fd) == 0 ? c : 0);
    }
    CHECK_EQ(status_of(pid), 'a');
    CHECK_EQ(read(fd, &c, 1), 1);
    CHECK_EQ(c, 'b');
    close(fd);
}

static int leave_directory(void)
{
    umask(077);
    return chdir("/dev") == 0 ? 0 : 1;
}

static void the_directory_and_the_umask_are_copied(void)
{
    char before[256], after[256];
    mode_t mask = umask(022);

    CHECK(getcwd(before, sizeof(before)));
    CHECK_EQ(in_child(leave_directory), 0);
    CHECK(getcwd(after, sizeof(after)));
    CHECK_EQ(strcmp(before, after), 0);
    CHECK_EQ(umask(mask), 022);
}

static void on_signal(int sig)
{
    (void)sig;
}

static int signals_of_child(void)
{
    struct sigaction action;
    struct itimerval left;
    sigset_t pending, mask;

    if (sigaction(SIGUSR1, NULL, &action) || action.sa_handler != on_signal)
        return 1;
    if (sigprocmask(SIG_BLOCK, NULL, &mask) || !sigismember(&mask, SIGUSR2))
        return 2;
    if (sigpending(&pending) || sigismember(&pending, SIGUSR2))
        return 3;
    if (getitimer(ITIMER_REAL, &left) || left.it_value.tv_sec)
        return 4;
    return 0;
}

static void signals_are_inherited_but_not_what_is_pending(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    struct itimerval timer = {.it_value = {1000, 0}}, off = {0};
    sigset_t two, old;

    sigemptyset(&two);
    sigaddset(&two, SIGUSR2);
    sigaction(SIGUSR1, &action, NULL);
    sigprocmask(SIG_BLOCK, &two, &old);
    signal(SIGUSR2, on_signal);
    raise(SIGUSR2);
    setitimer(ITIMER_REAL, &timer, NULL);
    int status = in_child(signals_of_child);
    setitimer(ITIMER_REAL, &off, NULL);
    sigprocmask(SIG_SETMASK, &old, NULL);
    CHECK_EQ(status, 0);
}

static void vfork_shares_memory_until_the_child_ends(void)
{
    volatile int seen = 0;
    pid_t pid = vfork();

    if (pid == 0) {
        seen = 1;
        _exit(9);
    }
    CHECK(pid > 0);
    CHECK_EQ(seen, 1);
    CHECK_EQ(status_of(pid), 9);
}

static int clone_body(void *arg)
{
    *(int *)arg = 5;
    return 6;
}

static int clone_with(int flags, int *where)
{
    static char stack[65536] __attribute__((aligned(16)));

    return clone(clone_body, stack + sizeof(stack), flags, where);
}

static void clone_vm_shares_memory(void)
{
    int value = 0;
    pid_t pid = clone_with(CLONE_VM | CLONE_VFORK | SIGCHLD, &value);

    CHECK(pid > 0);
    CHECK_EQ(value, 5);
    CHECK_EQ(status_of(pid), 6);
}

static int close_zero(void *arg)
{
    return close(*(int *)arg);
}

static void clone_files_shares_descriptors(void)
{
    static char stack[65536] __attribute__((aligned(16)));
    int fd = dup(1);
    pid_t pid =
        clone(close_zero, stack + sizeof(stack), CLONE_FILES | SIGCHLD, &fd);

    CHECK_EQ(status_of(pid), 0);
    CHECK_ERRNO(fcntl(fd, F_GETFD), EBADF);
}

static long clone3(struct clone_args *a)
{
    return syscall(SYS_clone3, a, sizeof(*a));
}

static void clone3_gives_a_pidfd(void)
{
    int fd = -1;
    struct clone_args a = {
        .flags = CLONE_PIDFD,
        .pidfd = (uintptr_t)&fd,
        .exit_signal = SIGCHLD,
    };
    pid_t pid = (pid_t)clone3(&a);

    if (pid == 0)
        _exit(11);
    CHECK(pid > 0 && fd >= 0);
    struct pollfd p = {fd, POLLIN, 0};
    CHECK_EQ(poll(&p, 1, 10000), 1);
    CHECK_EQ(p.revents & POLLIN, POLLIN);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(status_of(pid), 11);
    close(fd);
}

static void the_tid_is_stored_in_child_and_parent(void)
{
    static int in_parent, in_child_memory;
    struct clone_args a = {
        .flags = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID,
        .parent_tid = (uintptr_t)&in_parent,
        .child_tid = (uintptr_t)&in_child_memory,
        .exit_signal = SIGCHLD,
    };
    pid_t pid = (pid_t)clone3(&a);

    if (pid == 0)
        _exit(in_child_memory == syscall(SYS_getpid));
    CHECK_EQ(in_parent, pid);
    CHECK_EQ(in_child_memory, 0);
    CHECK_EQ(status_of(pid), 1);
}

static void clone_refuses_what_contradicts_itself(void)
{
    struct clone_args a = {.flags = CLONE_THREAD};

    CHECK_ERRNO(clone3(&a), EINVAL);
    a.flags = CLONE_SIGHAND;
    CHECK_ERRNO(clone3(&a), EINVAL);
    a = (struct clone_args){.exit_signal = 65};
    CHECK_ERRNO(clone3(&a), EINVAL);
    a = (struct clone_args){.flags = SIGCHLD};
    CHECK_ERRNO(clone3(&a), EINVAL);
    a = (struct clone_args){.stack = 4096, .exit_signal = SIGCHLD};
    CHECK_ERRNO(clone3(&a), EINVAL);
    a = (struct clone_args){.flags = CLONE_FS | CLONE_NEWNS};
    CHECK_ERRNO(clone3(&a), EINVAL);
    CHECK_ERRNO(syscall(SYS_clone3, &a, 32), EINVAL);
    CHECK_ERRNO(syscall(SYS_clone3, &a, 8192), E2BIG);
    CHECK_ERRNO(syscall(SYS_clone3, check_pointer(8), sizeof(a)), EFAULT);
}

static void other_threads_are_not_in_the_child(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        /* exit(2) of the only thread is the process's end. */
        syscall(SYS_exit, 12);
    }
    CHECK_EQ(status_of(pid), 12);
}

static void *exit_slowly(void *arg)
{
    (void)arg;
    usleep(1000);
    syscall(SYS_exit, 0);
    return NULL;
}

static int last_thread_says(void)
{
    pthread_t t;

    pthread_create(&t, NULL, exit_slowly, NULL);
    syscall(SYS_exit, 33);
    return 0;
}

static void a_process_lives_as_long_as_a_thread(void)
{
    CHECK_EQ(in_child(last_thread_says) >= 0, 1);
}

static void grandchildren_are_adopted(void)
{
    int ends[2];
    char byte;

    CHECK_EQ(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (fork() == 0) {
            pid_t first = getppid();
            for (int i = 0; i < 2000 && getppid() == first; i++)
                usleep(1000);
            byte = getppid() != first;
            _exit(write(ends[1], &byte, 1) != 1);
        }
        usleep(5000);
        _exit(0);
    }
    close(ends[1]);
    CHECK_EQ(status_of(pid), 0);
    CHECK_EQ(read(ends[0], &byte, 1), 1);
    CHECK_EQ(byte, 1);
    close(ends[0]);
}

static void a_user_is_limited_in_processes(void)
{
    pid_t pid;

    if (getuid() != 0)
        CHECK_SKIP("needs root to become another user");
    pid = fork();
    if (pid == 0) {
        struct rlimit two = {2, 2};
        int ends[2];
        pid_t more;

        if (pipe(ends) || setrlimit(RLIMIT_NPROC, &two) || setgid(54321) ||
            setuid(54321))
            _exit(50);
        more = fork();
        if (more == 0) {
            char byte;

            close(ends[1]);
            _exit(read(ends[0], &byte, 1) != 0);
        }
        if (more < 0)
            _exit(51);
        if (fork() != -1 || errno != EAGAIN)
            _exit(52);
        close(ends[1]);
        _exit(status_of(more));
    }
    CHECK_EQ(status_of(pid), 0);
}

static void thousands_of_children_come_and_go(void)
{
    struct sysinfo before, after;

    CHECK_EQ(in_child(change_memory), 7);
    sysinfo(&before);
    for (int i = 0; i < ROUNDS; i++) {
        pid_t pid = fork();

        if (pid == 0)
            _exit(i & 127);
        CHECK(pid > 0);
        CHECK_EQ(status_of(pid), i & 127);
    }
    sysinfo(&after);
    if (getpid() == 1) /* alone on the machine: nothing was lost */
        CHECK(before.freeram < after.freeram + 256 * 1024);
}

static void many_children_live_at_once(void)
{
    pid_t pids[40];
    int ends[2];
    char byte;

    CHECK_EQ(pipe(ends), 0);
    for (int i = 0; i < 40; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            close(ends[1]);
            _exit(read(ends[0], &byte, 1) == 0 ? i : 99);
        }
        CHECK(pids[i] > 0);
    }
    close(ends[1]);
    for (int i = 0; i < 40; i++)
        CHECK_EQ(status_of(pids[i]), i);
    close(ends[0]);
}

int main(void)
{
    RUN(memory_is_copied);
    RUN(shared_memory_is_shared);
    RUN(a_child_has_its_own_number);
    RUN(a_child_knows_its_parent);
    RUN(descriptors_share_the_offset);
    RUN(the_directory_and_the_umask_are_copied);
    RUN(signals_are_inherited_but_not_what_is_pending);
    RUN(vfork_shares_memory_until_the_child_ends);
    RUN(clone_vm_shares_memory);
    RUN(clone_files_shares_descriptors);
    RUN(clone3_gives_a_pidfd);
    RUN(the_tid_is_stored_in_child_and_parent);
    RUN(clone_refuses_what_contradicts_itself);
    RUN(other_threads_are_not_in_the_child);
    RUN(a_process_lives_as_long_as_a_thread);
    RUN(grandchildren_are_adopted);
    RUN(a_user_is_limited_in_processes);
    RUN(many_children_live_at_once);
    RUN(thousands_of_children_come_and_go);
    return check_end();
}
