// SPDX-License-Identifier: MIT
/* pidfd: files that stand for processes; pidfd_open(2). */
#pragma once

#include "vfs/file.h"

struct pid;

/* A file for the process whose number pid is; takes its own reference. NULL
 * without memory. */
struct file *pidfd_create(struct pid *pid, uint32_t flags);

/* What such a file stands for, borrowed; NULL: it is another kind of file. */
struct pid *pidfd_pid(const struct file *f);
