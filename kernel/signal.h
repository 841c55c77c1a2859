// SPDX-License-Identifier: MIT
/*
 * signal: sending, queueing and delivering signals (signal(7)).
 *
 * A signal waits on its thread's or its process's queue until a thread that
 * does not block it returns to the program; there it runs the handler on a
 * frame of Linux's layout, or takes the default action. Standard signals are
 * queued once, real-time signals as often as they are sent.
 *
 * Locking: process->lock covers queues, actions and masks.
 */
#pragma once

#include "abi/signal.h"
#include "kernel/regs.h"
#include "kernel/thread.h"

#define SIGNAL_BIT(sig) (1ull << ((sig)-1))
/* Neither caught, nor ignored, nor blocked. */
#define SIGNAL_UNBLOCKABLE (SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))

/*
 * Sends info->si_signo to one thread, or to a process. 0, or -EAGAIN when no
 * memory is left to queue it. An ignored signal is dropped. Any context but
 * interrupts.
 */
int signal_send_thread(struct thread *t, const struct abi_siginfo *info);
int signal_send_process(struct process *p, const struct abi_siginfo *info);

/*
 * A fault of the program at r: its handler runs next; blocked or ignored, it
 * kills. addr is si_addr. The caller sets thread->trap_*.
 */
void signal_fault(struct regs *r, int sig, int code, uintptr_t addr);

/* Delivers what is pending to the calling thread: r is changed to enter a
 * handler, or the process ends. */
void signal_deliver(struct regs *r);

/* rt_sigreturn(2): takes r back from the frame that r->rsp points behind; the
 * new rax, or -EFAULT after which the thread has a SIGSEGV pending. */
long signal_return(struct regs *r);

/* Changes the calling thread's mask. */
void signal_set_mask(uint64_t mask);

/* What is pending for the calling thread and its process. */
uint64_t signal_pending_mask(void);

/* Replaces an action; old may be NULL. A now ignored signal's pending
 * instances are dropped. */
void signal_set_action(int sig, const struct abi_sigaction *action,
                       struct abi_sigaction *old);

void signal_queue_flush(struct signal_queue *q);

/* "SIGSEGV", "SIGRT35"; into buf. */
const char *signal_name(int sig, char *buf, size_t size);
