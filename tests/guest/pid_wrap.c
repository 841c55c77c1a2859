// SPDX-License-Identifier: MIT
/* pid_wrap: process numbers begin anew at the end, and none is given twice. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { MAX = 32768 };

static int pid_max(void)
{
    FILE *f = fopen("/proc/sys/kernel/pid_max", "r");
    int n = 0;

    if (f && fscanf(f, "%d", &n) != 1)
        n = 0;
    if (f)
        fclose(f);
    return n;
}

static pid_t next_number(void)
{
    pid_t pid = vfork();

    if (pid == 0)
        _exit(0);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return pid;
}

static void numbers_begin_anew_and_avoid_the_living(void)
{
    pid_t kept, last, pid;
    bool met = false;

    if (pid_max() > MAX)
        CHECK_SKIP("there are too many numbers");
    kept = fork();
    if (kept == 0) {
        pause();
        _exit(0);
    }
    CHECK(kept > 0);
    for (last = kept; (pid = next_number()) > last; last = pid)
        CHECK(pid < MAX);
    CHECK(pid > 1);
    for (int i = 0; i < 1000 && !met; i++) {
        CHECK((pid = next_number()) > 1);
        CHECK(pid != kept && pid != getpid());
        met = pid > kept;
    }
    CHECK_EQ(kill(kept, SIGKILL), 0);
    CHECK_EQ(waitpid(kept, NULL, 0), kept);
}

int main(void)
{
    RUN(numbers_begin_anew_and_avoid_the_living);
    return check_end();
}
