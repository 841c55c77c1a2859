// SPDX-License-Identifier: MIT
/* child: something that is done in a child process. */
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

/* What becomes of a child that does fn: the status of waitpid(2). */
static inline int fate_of(int (*fn)(void))
{
    pid_t pid = fork();
    int status;

    CHECK(pid >= 0);
    if (pid == 0)
        _exit(fn());
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

/* What fn returns in a child. */
static inline int in_child(int (*fn)(void))
{
    int status = fate_of(fn);

    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}
