// SPDX-License-Identifier: MIT
/* ops_births: threads and processes that come and go. */
#define _GNU_SOURCE
#include "bench/ops.h"

#include <pthread.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char *self;

static void *nothing(void *arg)
{
    return arg;
}

static void op_thread(void)
{
    pthread_t t;

    if (pthread_create(&t, NULL, nothing, NULL))
        failed = true;
    else
        pthread_join(t, NULL);
}

static void reap(pid_t pid)
{
    int status = -1;

    need(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

static void op_fork(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    reap(pid);
}

static void op_spawn(void)
{
    char *argv[] = {self, "exit", NULL};
    pid_t pid = -1;

    need(posix_spawn(&pid, self, NULL, NULL, argv, environ) == 0);
    reap(pid);
}

static void op_fork_exec(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        execl(self, self, "exit", NULL);
        _exit(1);
    }
    reap(pid);
}

const struct row birth_rows[] = {
    {"pthread create + join", 100, op_thread, 0, 0, 0},
    {"fork + exit + wait", 20, op_fork, 0, 0, 0},
    {"fork + exec + wait", 10, op_fork_exec, 0, 0, 0},
    {"posix_spawn + wait", 10, op_spawn, 0, 0, 0},
    {0, 0, 0, 0, 0, 0},
};

void births_begin(char *program)
{
    self = program;
}
