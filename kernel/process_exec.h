// SPDX-License-Identifier: MIT
/*
 * process_exec: how a process goes over to another program. Everything that
 * can fail is done before: what is here is done by execve(2) in this order.
 */
#pragma once

#include "kernel/process.h"

/* What the new program gets; made by the caller. */
struct process_image {
    struct vm_space *space;         /* a reference, taken */
    struct signal_actions *actions; /* own ones, taken; the old ones' copy */
    const struct cred *cred;        /* a reference, taken */
    void *fpu;                      /* a fresh area, taken */
    struct dentry *exe;             /* a reference, taken; may be NULL */
    bool secure;                    /* it gained privileges */
    char name[THREAD_NAME_SIZE];
    uintptr_t rip, rsp;
};

/* A copy of the calling process's actions, or NULL. */
struct signal_actions *process_actions_copy(void);

/*
 * Ends all other threads of the calling process and waits for that; the caller
 * becomes its first thread. -EAGAIN: another thread does the same, or the
 * process ends; -EINTR: it was killed meanwhile. May sleep.
 */
int process_exec_alone(void);

/* The caller, alone, is the new program from now on: when it returns from the
 * call, it starts there. May sleep. */
void process_exec_commit(struct process_image *image);
