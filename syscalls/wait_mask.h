// SPDX-License-Identifier: MIT
/*
 * wait_mask: the signal mask that ppoll(2) and its relatives put in place of
 * the thread's while they wait. A handler that ends the wait runs with that
 * mask, and the thread's own comes back after it.
 */
#pragma once

#include "abi/errno.h"
#include "kernel/restart.h"
#include "kernel/signal.h"
#include "kernel/thread.h"
#include "kernel/uaccess.h"

/* mask NULL: leaves the thread's. -EINVAL: size is not that of a mask. */
static inline int wait_mask_set(const uint64_t user *mask, size_t size)
{
    struct thread *t = thread_current();
    uint64_t new_mask;

    if (!mask)
        return 0;
    if (size != sizeof(new_mask))
        return -EINVAL;
    if (get_user(&new_mask, mask))
        return -EFAULT;
    t->saved_mask = t->signal_mask;
    signal_set_mask(new_mask);
    t->restore_mask = true;
    return 0;
}

/* After the wait; result is the call's. */
static inline void wait_mask_restore(const uint64_t user *mask, long result)
{
    struct thread *t = thread_current();

    if (!mask || restart_was_interrupted(result))
        return;
    t->restore_mask = false;
    signal_set_mask(t->saved_mask);
}
