// SPDX-License-Identifier: MIT
/* process_wait: how a parent learns what became of its children; wait(2). */
#pragma once

#include "kernel/process.h"

struct process_wait {
    int which;        /* P_ALL, P_PID, P_PGID; P_PIDFD: who is given */
    int number;       /* of the process or group */
    struct pid *who;  /* borrowed */
    unsigned options; /* WEXITED, WSTOPPED, WCONTINUED, WNOHANG, WNOWAIT ... */

    int pid; /* the answer */
    uint32_t uid;
    int code; /* CLD_* */
    int status;
    struct process_usage usage;
};

/*
 * Waits for a child of the calling process of which there is something to
 * tell, and fills in the answer. 0; -EAGAIN with WNOHANG when there is nothing
 * yet; -ECHILD: no child can be meant; -ERESTARTSYS. May sleep.
 */
int process_wait(struct process_wait *w);
