// SPDX-License-Identifier: MIT
/*
 * job: stopping a process and letting it go on (signal(7); setpgid(2) for
 * orphaned groups). Every thread of a process stops on its way back to the
 * program; when the last has, the parent is told, and again when it goes on.
 *
 * Locking: process->lock covers process->stop_signal and the threads' stopped.
 */
#pragma once

#include "kernel/thread.h"

/* A SIGCONT or SIGKILL was sent: p goes on, or will not stop. Lock held. */
void job_continue_locked(struct process *p, bool tell);

/* The calling process stops because of sig, unless that came from a terminal
 * (all but SIGSTOP) and nobody could let its group go on. */
void job_stop(int sig);

/* While the calling thread's process is stopped, sleeps; tells what is to be
 * told. Called with no lock. */
void job_pause(void);

/* The calling thread ends, and with that others may be all that stopped. */
void job_thread_leaves(struct thread *t);

/* parent, which p has had, ends, or p itself, which `but` then is: if its group
 * is orphaned by that and somebody in it is stopped, all get SIGHUP and SIGCONT
 * (setpgid(2)). Tree lock held. */
void job_parent_gone_locked(struct process *p, const struct process *parent,
                            const struct process *but);

/* Is there nobody in p's session who looks after p's group? */
bool job_group_orphaned(struct process *p);
