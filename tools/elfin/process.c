// SPDX-License-Identifier: MIT
/*
 * process: starting QEMU.
 */
#include "tools/elfin/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static noreturn void run_child(const struct strlist *args, const int *fds,
                               size_t fd_count, int error_fd, pid_t parent)
{
    static const struct rlimit no_core;
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127); /* it died before the line above */
    setpgid(0, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    /* An emulator that aborts says why; its core is of no use to anyone. */
    setrlimit(RLIMIT_CORE, &no_core);
    for (size_t i = 0; i < fd_count; i++)
        fcntl(fds[i], F_SETFD, 0);
    if (dup2(null, STDIN_FILENO) < 0 || dup2(error_fd, STDOUT_FILENO) < 0 ||
        dup2(error_fd, STDERR_FILENO) < 0)
        _exit(127);
    execv(args->items[0], args->items);
    dprintf(STDERR_FILENO, "%s: %s\n", args->items[0], strerror(errno));
    _exit(127);
}

int child_start(struct child *c, const struct strlist *args, const int *fds,
                size_t fd_count)
{
    pid_t parent = getpid();
    int ends[2], err;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    c->pid = fork();
    if (c->pid == 0)
        run_child(args, fds, fd_count, ends[1], parent);
    err = c->pid < 0 ? -errno : 0;
    close(ends[1]);
    if (err) {
        close(ends[0]);
        return err;
    }
    c->error_fd = ends[0];
    return 0;
}
