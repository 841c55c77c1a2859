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

#define SIGNAL_BIT(sig)    (1ull << ((sig)-1))
/* Neither caught, nor ignored, nor blocked. */
#define SIGNAL_UNBLOCKABLE (SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))

/*
 * Sends info->si_signo to one thread, or to a process. 0, or -EAGAIN when no
 * memory is left to queue it. An ignored signal is dropped. Any context.
 */
int signal_send_thread(struct thread *t, const struct abi_siginfo *info);
int signal_send_process(struct process *p, const struct abi_siginfo *info);
/* SIGPIPE for the calling thread, as from itself: nobody can read what it
 * writes. */
void signal_send_pipe(void);

/*
 * One signal on a queue. Most are made and freed in passing; a sender that
 * must not fail keeps its own, fills in info and taken, and posts it again and
 * again, each time after it has left the queue.
 */
struct signal_entry {
    struct list_node node;
    struct signal_queue *queue; /* NULL: on none */
    struct abi_siginfo info;
    /*
     * NULL: kmalloc's, freed when it leaves the queue. Else called then, with
     * process->lock held: info is a copy on its way to the handler, to be
     * changed at will; NULL when the signal was dropped.
     */
    void (*taken)(struct signal_entry *s, struct abi_siginfo *info);
    unsigned *counted; /* of kmalloc's: the process's count */
};

enum signal_posted {
    SIGNAL_QUEUED,
    SIGNAL_DROPPED, /* ignored, or `once` and already pending */
    SIGNAL_NOBODY,  /* there is no such thread */
};

/*
 * Puts s, which is on no queue and has a taken function, on that of thread tid
 * of p, or of p itself (tid 0). once: as standard signals, not beside another
 * of its number. The caller holds p->lock. Any context.
 */
enum signal_posted signal_post(struct process *p, int tid,
                               struct signal_entry *s, bool once);
/* Takes it back, if it is queued; taken is not called. Lock as above. */
void signal_unpost(struct signal_entry *s);

/*
 * A fault of the program at r: its handler runs next; blocked or ignored, it
 * kills. addr is si_addr. The caller sets thread->trap_*.
 */
void signal_fault(struct regs *r, int sig, int code, uintptr_t addr);

/* As signal_take, waiting for one until the monotonic deadline (0: only looks).
 * Its number, -EAGAIN, or -EINTR: another signal came. May sleep. */
int signal_wait(uint64_t set, struct abi_siginfo *info, uint64_t deadline_ns);

/* Delivers what is pending to the calling thread: r is changed to enter a
 * handler, or the process ends. */
void signal_deliver(struct regs *r);

/* rt_sigreturn(2): takes r back from the frame that r->rsp points behind; the
 * new rax. A broken frame is a SIGSEGV, as a fault is. */
long signal_return(struct regs *r);

/* Changes the calling thread's mask. */
void signal_set_mask(uint64_t mask);

/* The calling thread ends: it takes no signal any more, and another one takes
 * what waits for the process. */
void signal_thread_leaves(struct thread *t);

/* Woken for every signal that is queued, whoever it is for. */
extern struct wait_queue signal_arrivals;

/* Takes one signal of set that is pending for the calling thread or its
 * process off its queue. False: there is none. */
bool signal_take(uint64_t set, struct abi_siginfo *info);

/* What is pending for the calling thread and its process. */
uint64_t signal_pending_mask(void);

/* Replaces an action; old may be NULL. A now ignored signal's pending
 * instances are dropped. */
void signal_set_action(int sig, const struct abi_sigaction *action,
                       struct abi_sigaction *old);

/* Drops all of q. The caller holds process->lock. */
void signal_queue_flush(struct signal_queue *q);

/* "SEGV"; NULL: a real-time signal, or none. */
const char *signal_short_name(int sig);
/* "SIGSEGV", "SIGRT35"; into buf. */
const char *signal_name(int sig, char *buf, size_t size);
