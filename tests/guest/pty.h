// SPDX-License-Identifier: MIT
/* pty: a pseudo terminal, and a session on it. */
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static int master, slave;

/* Both ends with these flags of open(2). */
static inline void open_ends(int flags)
{
    master = posix_openpt(O_RDWR | O_NOCTTY | flags);
    CHECK(master >= 0);
    CHECK_EQ(grantpt(master), 0);
    CHECK_EQ(unlockpt(master), 0);
    slave = open(ptsname(master), O_RDWR | O_NOCTTY | flags);
    CHECK(slave >= 0);
}

static inline void close_pair(void)
{
    close(slave);
    close(master);
}

/* In a child that leads a session on the slave: returns its status. */
static inline int in_session(int (*child)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        setsid();
        alarm(10);
        if (ioctl(slave, TIOCSCTTY, 0) < 0)
            _exit(99);
        _exit(child());
    }
    CHECK(pid > 0);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}
