// SPDX-License-Identifier: MIT
/*
 * terminal_job: what a terminal needs to know of groups and sessions
 * (credentials(7)). Context: any, unless said otherwise.
 */
#pragma once

#include "lib/base.h"

struct pid;

/* The caller's session or group, with a reference; pid_put gives it back. */
struct pid *terminal_job_session(void);
struct pid *terminal_job_group(void);
bool terminal_job_is_leader(void); /* of its session */

/* Group number of the caller's session, with a reference, or NULL. */
struct pid *terminal_job_find_group(int number);

/* Sends sig to all processes of a group, as the kernel does. */
void terminal_job_signal(struct pid *group, int sig);
/* ... to the process that leads a session, if it is still there. */
void terminal_job_signal_leader(struct pid *session, int sig);

/*
 * The caller is in the background: its group gets sig. -EIO when that would
 * do nothing, else -ERESTARTSYS.
 */
int terminal_job_background(int sig);
