// SPDX-License-Identifier: MIT
/*
 * process: child processes that never outlive the command.
 */
#pragma once

#include "tools/elfin/util.h"

struct child {
    pid_t pid;
    int error_fd; /* what it writes on stdout and stderr; close-on-exec */
};

/*
 * Starts args with stdin from /dev/null and with the given descriptors kept
 * open. The child has its own process group, so that a terminal's signals do
 * not reach it, and is killed when the command dies. 0 or a negative errno;
 * when the file cannot be executed, the child says so on error_fd and ends
 * with 127.
 */
int child_start(struct child *c, const struct strlist *args, const int *fds,
                size_t fd_count);
