// SPDX-License-Identifier: MIT
/*
 * poll: waiting for several files at once. The first look enters the thread
 * in the files' wait queues; after each wake-up the files are only asked.
 */
#include "vfs/poll.h"

#include "abi/errno.h"
#include "abi/poll.h"
#include "kernel/kmalloc.h"
#include "vfs/file.h"

#define INLINE_WAITERS 8
#define BLOCK_WAITERS  64

/* Waiters past the first few come in blocks. */
struct waiter_block {
    struct waiter_block *next;
    unsigned used;
    struct waiter waiters[BLOCK_WAITERS];
};

struct poll_wait {
    struct poll_table table;
    unsigned used;
    struct waiter waiters[INLINE_WAITERS];
    struct waiter_block *blocks; /* the newest first */
    int error;
};

static struct waiter *new_waiter(struct poll_wait *p)
{
    struct waiter_block *b = p->blocks;

    if (p->used < INLINE_WAITERS)
        return &p->waiters[p->used++];
    if (!b || b->used == BLOCK_WAITERS) {
        b = kmalloc(sizeof(*b));
        if (!b)
            return NULL;
        b->used = 0;
        b->next = p->blocks;
        p->blocks = b;
    }
    return &b->waiters[b->used++];
}

static void enter_queue(struct poll_table *t, struct wait_queue *q)
{
    struct poll_wait *p = container_of(t, struct poll_wait, table);
    struct waiter *w = new_waiter(p);

    if (!w) {
        p->error = -ENOMEM;
        return;
    }
    waiter_init(w);
    wait_queue_add(q, w);
}

static void leave_queues(struct poll_wait *p)
{
    for (unsigned i = 0; i < p->used; i++)
        wait_queue_remove(&p->waiters[i]);
    while (p->blocks) {
        struct waiter_block *b = p->blocks;

        for (unsigned i = 0; i < b->used; i++)
            wait_queue_remove(&b->waiters[i]);
        p->blocks = b->next;
        kfree(b);
    }
}

static inline int ask_all(struct poll_entry *entries, size_t count,
                          struct poll_table *t)
{
    int ready = 0;

    for (size_t i = 0; i < count; i++) {
        struct poll_entry *e = &entries[i];

        if (!e->file)
            continue;
        if (t)
            t->wanted = e->wanted;
        /* Once one is ready nobody will sleep: no need to enter queues. */
        e->ready = file_poll(e->file, ready ? NULL : t) &
                   (e->wanted | POLLERR | POLLHUP | POLLNVAL);
        ready += e->ready != 0;
    }
    return ready;
}

static __attribute__((noinline)) int
poll_sleeping(struct poll_entry *entries, size_t count, uint64_t deadline_ns)
{
    struct poll_wait p;
    int ready, err = 0;

    p.table.add = enter_queue;
    p.used = 0;
    p.blocks = NULL;
    p.error = 0;
    ready = ask_all(entries, count, &p.table);
    while (!ready && !err) {
        err = p.error;
        if (err)
            break;
        wait_prepare();
        ready = ask_all(entries, count, NULL);
        if (ready)
            wait_cancel();
        else
            err = wait_sleep(deadline_ns);
    }
    if (err == -ETIMEDOUT || (err == -ERESTARTSYS && !ready)) {
        ready = ask_all(entries, count, NULL);
        err = err == -ETIMEDOUT ? 0 : -ERESTARTNOHAND;
    }
    leave_queues(&p);
    return ready ? ready : err;
}

int poll_files(struct poll_entry *entries, size_t count, uint64_t deadline_ns)
{
    if (deadline_ns == 0)
        return ask_all(entries, count, NULL);
    return poll_sleeping(entries, count, deadline_ns);
}
