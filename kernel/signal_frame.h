// SPDX-License-Identifier: MIT
/* signal_frame: what a handler finds on its stack, and what it returns from. */
#pragma once

#include "abi/signal.h"
#include "kernel/regs.h"
#include "kernel/thread.h"

/* Whether a thread whose stack pointer is sp runs on its alternate stack. */
bool signal_on_altstack(const struct thread *t, uintptr_t sp);

/* sigaltstack(2) for a thread whose stack pointer is sp: 0, -EPERM, -EINVAL,
 * -ENOMEM. */
int signal_set_altstack(struct thread *t, uintptr_t sp,
                        const struct abi_stack *want);

/* Makes r enter the action's handler. -EFAULT when the stack cannot be
 * written. The frame keeps the thread's present signal mask. May sleep. */
int signal_frame_push(struct regs *r, const struct abi_sigaction *action,
                      const struct abi_siginfo *info);

/* Takes r and the mask back from the frame below r->rsp; -EFAULT. */
int signal_frame_pop(struct regs *r, uint64_t *mask);
