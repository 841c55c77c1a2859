// SPDX-License-Identifier: MIT
/* signal: nobody sends any. */
#include "kernel/signal.h"

struct wait_queue signal_arrivals = WAIT_QUEUE_INIT(signal_arrivals);

bool signal_take(uint64_t set, struct abi_siginfo *info)
{
    (void)set;
    (void)info;
    return false;
}

uint64_t signal_pending_mask(void)
{
    return 0;
}
