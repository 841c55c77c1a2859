// SPDX-License-Identifier: MIT
/* signalfd: reading blocked signals from a file (signalfd(2)). */
#pragma once

#include "lib/base.h"

struct file;

/* A file that gives the signals of mask to whoever reads it. flags:
 * SFD_NONBLOCK. NULL without memory. */
struct file *signalfd_create(uint64_t mask, uint32_t flags);
bool signalfd_is_file(const struct file *f);
void signalfd_set_mask(struct file *f, uint64_t mask);
