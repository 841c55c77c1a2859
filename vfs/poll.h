// SPDX-License-Identifier: MIT
/*
 * poll: how one waits for files. A file's poll operation says which events
 * hold now, and names the wait queues that are woken when that changes.
 *
 * The table's add is the waiting side's: poll(2) enters a waiter of the thread
 * in each queue; epoll enters one of its own with another wake function.
 */
#pragma once

#include "kernel/wait.h"
#include "lib/base.h"

struct file;

struct poll_table {
    /* Enters q; remembers a failure itself. */
    void (*add)(struct poll_table *t, struct wait_queue *q);
    /* What the waiting side is interested in: POLLIN and so on. */
    uint32_t wanted;
};

/* For poll operations; t is NULL when only the present state is asked for. */
static inline void poll_wait(struct poll_table *t, struct wait_queue *q)
{
    if (t)
        t->add(t, q);
}

/* The same for a queue that tells of these events alone: who wants none of
 * them is not woken for nothing. */
static inline void poll_wait_for(struct poll_table *t, struct wait_queue *q,
                                 uint32_t events)
{
    if (t && (t->wanted & events))
        t->add(t, q);
}

/* One file of a poll_files call. */
struct poll_entry {
    struct file *file; /* borrowed; NULL is never ready */
    uint32_t wanted;   /* POLLIN ...; POLLERR and POLLHUP are always wanted */
    uint32_t ready;    /* what holds of these */
};

/*
 * Waits until an entry is ready, or until the monotonic deadline (0: looks
 * once). The number of ready entries, -ERESTARTNOHAND or -ENOMEM. May sleep.
 */
int poll_files(struct poll_entry *entries, size_t count, uint64_t deadline_ns);
