// SPDX-License-Identifier: MIT
/*
 * shutdown: how the machine ends. Low layers end it; drivers and boot say how.
 */
#pragma once

#include "lib/base.h"

enum shutdown_kind {
    SHUTDOWN_EXITED,   /* the program ended: code is its exit status, 0..255 */
    SHUTDOWN_SIGNALED, /* the program died: code is the signal's number */
    SHUTDOWN_REFUSED,  /* it could not be started: code is 126 or 127 */
    SHUTDOWN_PANIC,    /* the kernel failed */
};

/* A way to tell the outside, or to turn the machine off. */
struct shutdown_ops {
    struct shutdown_ops *next;
    /* Tells a host that listens why we end; detail may be NULL. May be NULL. */
    void (*report)(struct shutdown_ops *ops, enum shutdown_kind kind, int code,
                   const char *detail);
    /* Pushes out what is still buffered; polls, no interrupts. May be NULL. */
    void (*drain)(struct shutdown_ops *ops);
    /* Turns the machine off with a status; returns if it cannot. May be NULL.
     * Tried in the reverse order of registration. */
    void (*power_off)(struct shutdown_ops *ops, int status);
};

void shutdown_register(struct shutdown_ops *ops);

/* The status a shell would show: the exit status, 128 + signal, 126/127; 125
 * for a panic. */
int shutdown_status(enum shutdown_kind kind, int code);

/* Reports, drains, powers off; halts for ever if nothing can. Any context. */
noreturn void shutdown_machine(enum shutdown_kind kind, int code,
                               const char *detail);
