// SPDX-License-Identifier: MIT
/* eventfd: a 64-bit counter that is written to and waited for (eventfd(2)). */
#pragma once

#include "lib/base.h"

struct file;

/* A counter that starts at count. flags: EFD_NONBLOCK, EFD_SEMAPHORE. NULL
 * without memory. */
struct file *eventfd_create(uint32_t count, uint32_t flags);
