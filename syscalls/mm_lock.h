// SPDX-License-Identifier: MIT
/* mm_lock: what mmap and the mlock family share. */
#pragma once

#include "lib/base.h"

/* May the calling process lock len more bytes? 0, -EPERM when it may lock
 * nothing at all, -ENOMEM past its RLIMIT_MEMLOCK. */
int mm_may_lock(size_t len);
