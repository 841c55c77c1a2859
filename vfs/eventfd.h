// SPDX-License-Identifier: MIT
/* eventfd: a 64-bit counter that is written to and waited for (eventfd(2)). */
#pragma once

#include "lib/base.h"

struct file;

/* A counter that starts at count. flags: EFD_NONBLOCK, EFD_SEMAPHORE. NULL
 * without memory. */
struct file *eventfd_create(uint32_t count, uint32_t flags);

bool eventfd_is_file(const struct file *f);
/* Adds n to the counter of such a file, up to its end. Any context. */
void eventfd_add(struct file *f, uint64_t n);
