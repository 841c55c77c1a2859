// SPDX-License-Identifier: MIT
/* pipe: the ring, and reading and writing it. */
#include "vfs/pipe.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/limits.h"
#include "kernel/kmalloc.h"
#include "kernel/panic.h"
#include "vfs/file.h"
#include "vfs/pipe_priv.h"

static bool wants_no_wait(const struct file *f, const struct uio *u)
{
    return (f->flags & O_NONBLOCK) || u->nowait;
}

/* --- slots --- */

static void drop_first(struct pipe *p)
{
    struct pipe_slot *s = pipe_slot_at(p, p->tail);

    page_put(s->page);
    s->page = NULL;
    __atomic_store_n(&p->tail, p->tail + 1, __ATOMIC_RELEASE);
}

void pipe_consume(struct pipe *p, size_t n)
{
    struct pipe_slot *s = pipe_slot_at(p, p->tail);

    s->offset += (uint32_t)n;
    s->len -= (uint16_t)n;
    if (!s->len)
        drop_first(p);
}

void pipe_push(struct pipe *p, const struct pipe_slot *slot)
{
    *pipe_slot_at(p, p->head) = *slot;
    __atomic_store_n(&p->head, p->head + 1, __ATOMIC_RELEASE);
}

void pipe_free_slots(struct pipe *p)
{
    while (pipe_used(p))
        drop_first(p);
    kfree(p->ring);
}

/* --- waiting --- */

static bool read_may_go_on(const struct pipe *p)
{
    return !__atomic_load_n(&p->busy, __ATOMIC_ACQUIRE) &&
           (pipe_used(p) || !__atomic_load_n(&p->writers, __ATOMIC_ACQUIRE));
}

static bool write_may_go_on(const struct pipe *p)
{
    return !pipe_full(p) || !__atomic_load_n(&p->readers, __ATOMIC_ACQUIRE);
}

int pipe_lock_readable(struct pipe *p, bool nonblock)
{
    for (;;) {
        bool end;
        int err;

        mutex_lock(&p->lock);
        if (pipe_used(p) && !p->busy)
            return 1;
        end = !p->writers && !p->busy;
        mutex_unlock(&p->lock);
        if (end)
            return 0;
        if (nonblock)
            return -EAGAIN;
        err = wait_event(&p->readable, read_may_go_on(p), WAIT_FOREVER);
        if (err)
            return err;
    }
}

int pipe_lock_writable(struct pipe *p, bool nonblock)
{
    for (;;) {
        unsigned readers;
        int err;

        mutex_lock(&p->lock);
        readers = p->readers;
        if (readers && !pipe_full(p))
            return 1;
        mutex_unlock(&p->lock);
        if (!readers)
            return 0;
        if (nonblock)
            return -EAGAIN;
        err = wait_event(&p->writable, write_may_go_on(p), WAIT_FOREVER);
        if (err)
            return err;
    }
}

/* --- reading --- */

/* Moves what is there; the count, or -EFAULT. The lock is held. */
static ssize_t drain(struct pipe *p, struct uio *u)
{
    size_t total = 0;

    while (u->left && pipe_used(p)) {
        struct pipe_slot *s = pipe_slot_at(p, p->tail);
        size_t n = MIN(u->left, (size_t)s->len);
        bool packet = s->packet;
        size_t moved = uio_put(u, (uint8_t *)page_virt(s->page) + s->offset, n);

        total += moved;
        /* What of a packet does not fit is lost. */
        if (moved)
            pipe_consume(p, packet && moved == n ? s->len : moved);
        if (moved < n)
            return total ? (ssize_t)total : -EFAULT;
        if (packet)
            break;
    }
    return (ssize_t)total;
}

ssize_t pipe_read(struct file *f, struct uio *u, uint64_t *pos)
{
    struct pipe *p = f->private;
    bool was_full;
    ssize_t n;
    int ready;

    (void)pos;
    if (!u->left)
        return 0;
    ready = pipe_lock_readable(p, wants_no_wait(f, u));
    if (ready != 1)
        return ready;
    was_full = pipe_full(p);
    n = drain(p, u);
    was_full &= !pipe_full(p);
    mutex_unlock(&p->lock);
    if (was_full)
        wait_queue_wake_all(&p->writable);
    return n;
}

/* --- writing --- */

/* Can n more bytes, less than a page, go behind the last slot's? Locked. */
static bool fits_behind(struct pipe *p, size_t n)
{
    const struct pipe_slot *s;

    if (!pipe_used(p) || !n)
        return false;
    s = pipe_slot_at(p, p->head - 1);
    return !s->fixed && s->offset + s->len + n <= PAGE_SIZE;
}

/* Moved bytes, or 0 after a fault. */
static size_t append(struct pipe *p, struct uio *u, size_t n)
{
    struct pipe_slot *s = pipe_slot_at(p, p->head - 1);
    size_t moved =
        uio_get(u, (uint8_t *)page_virt(s->page) + s->offset + s->len, n);

    s->len += (uint16_t)moved;
    return moved;
}

/* One new slot, of at most a page; bytes moved, -EFAULT or -ENOMEM. */
static ssize_t fill_slot(struct pipe *p, struct uio *u, bool packet)
{
    struct pipe_slot s = {
        .page = page_alloc(0), .packet = packet, .fixed = packet};

    if (!s.page)
        return -ENOMEM;
    s.len = (uint16_t)uio_get(u, page_virt(s.page), MIN(u->left, PAGE_SIZE));
    if (!s.len) {
        page_put(s.page);
        return -EFAULT;
    }
    pipe_push(p, &s);
    return s.len;
}

/* Moves what there is room for; the count, -EAGAIN, -EFAULT or -ENOMEM.
 * Small writes go in one piece: into one slot. Locked. */
static ssize_t fill(struct pipe *p, struct uio *u, bool packets)
{
    size_t start = u->left, odd = start & PAGE_MASK;
    ssize_t n = -EAGAIN;

    if (!packets && fits_behind(p, odd)) {
        if (append(p, u, odd) < odd)
            return u->left < start ? (ssize_t)(start - u->left) : -EFAULT;
        n = 0;
    }
    while (u->left && !pipe_full(p)) {
        size_t want = MIN(u->left, PAGE_SIZE);

        n = fill_slot(p, u, packets);
        if (n < (ssize_t)want)
            break;
    }
    return u->left < start ? (ssize_t)(start - u->left) : n;
}

static ssize_t write_some(struct pipe *p, struct uio *u, bool packets)
{
    ssize_t n = -EPIPE;

    mutex_lock(&p->lock);
    if (p->readers)
        n = fill(p, u, packets);
    mutex_unlock(&p->lock);
    if (n > 0)
        wait_queue_wake_all(&p->readable);
    return n;
}

ssize_t pipe_write(struct file *f, struct uio *u, uint64_t *pos)
{
    struct pipe *p = f->private;
    ssize_t total = 0, n;
    int err = 0;

    (void)pos;
    while (u->left && !err) {
        n = write_some(p, u, f->flags & O_DIRECT);
        if (n > 0) {
            total += n;
            continue;
        }
        err = (int)n;
        if (n == -EAGAIN && !wants_no_wait(f, u))
            err = wait_event(&p->writable, write_may_go_on(p), WAIT_FOREVER);
    }
    return total ? total : err;
}
