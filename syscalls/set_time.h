// SPDX-License-Identifier: MIT
/* set_time: setting the wall clock, for all the calls that can. */
#pragma once

#include "lib/base.h"

/* Sets the wall clock to ns since 1970 and tells those who wait for it. It
 * cannot show a time before boot: -EINVAL. -EPERM: not the superuser's. */
long time_set_realtime(uint64_t ns);
