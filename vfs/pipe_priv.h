// SPDX-License-Identifier: MIT
/*
 * pipe_priv: the ring of a pipe, for vfs/pipe.c, vfs/pipe_file.c and
 * vfs/splice.c.
 *
 * A slot of the ring holds a part of a page: bytes that were written, or a
 * part of a file's page (splice(2)). A page exists only while it holds bytes,
 * so that an idle pipe costs little. A write that fits behind the last slot's
 * bytes goes there; any other takes new slots, as on Linux.
 *
 * Locking: pipe->lock covers all fields and is held while the program's memory
 * is copied, as a writer of one piece must not be cut by another; it stands
 * above the lock of an address space. poll reads head, tail and the counts of
 * ends without it: each is one word, and a change is followed by a wake-up.
 * While a splice writes from the first slot elsewhere it holds no lock but
 * busy, which keeps readers away.
 */
#pragma once

#include "kernel/page.h"
#include "kernel/wait.h"
#include "lib/base.h"

#define PIPE_SLOTS     16 /* of a new pipe */
#define PIPE_SLOTS_MAX 32768

struct file;
struct uio;

struct pipe_slot {
    struct page *page; /* a reference */
    uint32_t offset;
    uint16_t len;
    bool packet; /* read as one piece (O_DIRECT) */
    bool fixed;  /* nothing may be appended: the page is somebody else's too */
};

struct pipe {
    struct mutex lock;
    struct wait_queue readable, writable;
    uint32_t head, tail; /* slots ever filled and emptied */
    uint32_t slots;      /* in the ring; a power of two */
    uint32_t reserved;   /* free ones that splices are going to fill */
    bool busy;           /* a splice has the first slot in hand */
    struct pipe_slot *ring;
    unsigned readers, writers; /* ends that are open */
    /* How often ends were opened: what a blocking open of a FIFO awaits. */
    uint64_t reader_opens, writer_opens;
    unsigned refs; /* files, and opens under way; vnode->lock */
};

static inline uint32_t pipe_used(const struct pipe *p)
{
    return __atomic_load_n(&p->head, __ATOMIC_ACQUIRE) -
           __atomic_load_n(&p->tail, __ATOMIC_ACQUIRE);
}

static inline bool pipe_full(const struct pipe *p)
{
    return pipe_used(p) + p->reserved >= p->slots;
}

static inline struct pipe_slot *pipe_slot_at(struct pipe *p, uint32_t n)
{
    return &p->ring[n & (p->slots - 1)];
}

/* The pipe behind f, or NULL when it is none. */
struct pipe *pipe_of(const struct file *f);

/* Takes the first slot, or its first n bytes, off the ring. Locked. */
void pipe_consume(struct pipe *p, size_t n);

/* Adds a slot; takes its reference. There must be room. Locked. */
void pipe_push(struct pipe *p, const struct pipe_slot *slot);

/*
 * Waits, with the lock held in between, until there is something to read (or
 * no writer) or room to write (or no reader): 1, or 0 without the other end,
 * -EAGAIN when nonblock is set, -ERESTARTSYS. The lock is held afterwards only
 * if the result is 1.
 */
int pipe_lock_readable(struct pipe *p, bool nonblock);
int pipe_lock_writable(struct pipe *p, bool nonblock);

/* file_ops.read and write of a pipe's files. */
ssize_t pipe_read(struct file *f, struct uio *u, uint64_t *pos);
ssize_t pipe_write(struct file *f, struct uio *u, uint64_t *pos);

void pipe_free_slots(struct pipe *p);
