// SPDX-License-Identifier: MIT
/*
 * lock: advisory locks on files: flock(2), and the record locks of fcntl(2).
 *
 * Each belongs to an owner: an open file (flock, open file description locks)
 * or a descriptor table (POSIX record locks, which go when any descriptor for
 * the file is closed). An owner is only compared, never looked into.
 *
 * Locking: one mutex covers all locks of all files; nothing else is locked
 * while it is held but wait queues. A file that was never locked has no list,
 * and closing it costs a look at a pointer.
 */
#pragma once

#include "lib/base.h"

struct text;
struct vnode;

enum lock_kind {
    LOCK_FLOCK, /* whole files; knows nothing of the others */
    LOCK_POSIX,
    LOCK_OFD,
};

struct lock_request {
    enum lock_kind kind;
    int type;            /* F_RDLCK, F_WRLCK, F_UNLCK */
    uint64_t start, end; /* the first and the last byte */
    const void *owner;
    int pid; /* whom F_GETLK names */
};

#define LOCK_END INT64_MAX /* end: to the end of the file and beyond */

/*
 * Sets or removes a lock. -EAGAIN when somebody else's is in the way, and wait
 * is not set; else sleeps: -ERESTARTSYS, -EDEADLK (LOCK_POSIX). -ENOLCK without
 * memory. A flock that is to change is given up first.
 */
int lock_set(struct vnode *v, const struct lock_request *r, bool wait);

/* What is in r's way: becomes *r; type F_UNLCK: nothing. */
void lock_test(struct vnode *v, struct lock_request *r);

/* Removes all locks of an owner. */
void lock_release_owner(struct vnode *v, const void *owner);

/* The vnode goes away: nobody can have a lock on it any more. */
void lock_list_destroy(struct vnode *v);

/* All locks, as proc(5) tells of /proc/locks. May sleep. */
void lock_show_all(struct text *t);
