// SPDX-License-Identifier: MIT
/* filter: SO_ATTACH_FILTER, whose program lies in the program's memory. */
#pragma once

#include "lib/base.h"

struct sock;

/* value: a struct sock_fprog, in the kernel. -EINVAL, -EFAULT, and as
 * sock_attach_filter. */
int filter_attach(struct sock *sk, const void *value, size_t len);
