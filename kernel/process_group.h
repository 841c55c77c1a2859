// SPDX-License-Identifier: MIT
/* process_group: process groups and sessions; setpgid(2), setsid(2). */
#pragma once

/* setpgid(2) of the calling process: 0, -EINVAL, -ESRCH, -EPERM, -EACCES. */
int process_group_set(int pid, int group);

/* setsid(2): the new session, or -EPERM. */
int process_session_create(void);
