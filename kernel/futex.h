// SPDX-License-Identifier: MIT
/*
 * futex: waiting on a word of the program's memory (futex(2)).
 *
 * Waiters are found by address space and address; a word in a shared mapping
 * is known by one address only, since there is one process.
 */
#pragma once

#include "kernel/uaccess.h"

/*
 * Sleeps while *addr == expected until woken with a matching bit, until the
 * monotonic deadline, or a signal. 0, -EAGAIN (the value differs), -ETIMEDOUT,
 * -ERESTARTSYS, -EFAULT, -EINVAL (addr not aligned).
 */
int futex_wait(uint32_t user *addr, uint32_t expected, uint32_t bits,
               uint64_t deadline_ns);

/* Wakes at most n waiters with a matching bit; how many, or
 * -EINVAL, -EFAULT. */
int futex_wake(uint32_t user *addr, unsigned n, uint32_t bits);

/*
 * Wakes at most wake waiters of from and moves at most move others to to; how
 * many were woken or moved. compare: only if *from == expected (-EAGAIN).
 * -EINVAL (also for numbers above INT32_MAX), -EFAULT.
 */
int futex_requeue(uint32_t user *from, unsigned wake, uint32_t user *to,
                  unsigned move, bool compare, uint32_t expected);

/* For kernel/thread.c: futex_wake with any bits, errors ignored. */
void futex_wake_address(uintptr_t addr, unsigned n);
