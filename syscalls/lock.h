// SPDX-License-Identifier: MIT
/* lock: the commands of fcntl(2) that lock. */
#pragma once

#include "kernel/uaccess.h"

struct file;

/* F_SETLK, F_SETLKW, F_GETLK and their F_OFD_ relatives on fd, which is f. */
long lock_fcntl(struct file *f, int fd, int cmd, void user *arg);
