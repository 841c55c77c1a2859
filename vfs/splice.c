// SPDX-License-Identifier: MIT
/*
 * splice: while a file is read for a pipe, room in the pipe is reserved, so
 * that what was read has a place; while a file is written from a pipe, the
 * first slot is in this call's hand (busy). Neither holds the pipe's lock: it
 * stands below the files' locks.
 */
#include "vfs/splice.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "kernel/kmalloc.h"
#include "kernel/panic.h"
#include "kernel/vm_object.h"
#include "vfs/file.h"
#include "vfs/pipe.h"
#include "vfs/pipe_priv.h"

#define BATCH 16 /* slots that are filled at once */

/* --- to a pipe --- */

/* Room for at most want slots; how many, 0 to end with *err. */
static unsigned reserve(struct pipe *p, unsigned want, bool nonblock, int *err)
{
    int ready = pipe_lock_writable(p, nonblock);
    unsigned n;

    *err = ready ? ready : -EPIPE;
    if (ready != 1)
        return 0;
    n = MIN(want, p->slots - pipe_used(p) - p->reserved);
    p->reserved += n;
    mutex_unlock(&p->lock);
    return n;
}

/* Fills n of the reserved slots. */
static void commit(struct pipe *p, unsigned reserved,
                   const struct pipe_slot *slots, unsigned n)
{
    mutex_lock(&p->lock);
    p->reserved -= reserved;
    for (unsigned i = 0; i < n; i++)
        pipe_push(p, &slots[i]);
    mutex_unlock(&p->lock);
    wait_queue_wake_all(&p->readable);
    if (n < reserved)
        wait_queue_wake_all(&p->writable);
}

/* The file's own page at pos, of at most max bytes, into s; false: none that
 * is at hand. */
static bool borrow_page(struct file *in, uint64_t pos, size_t max,
                        struct pipe_slot *s)
{
    struct vm_object *o = &in->vnode->object;
    uint64_t size = in->vnode->size;
    size_t in_page = pos & PAGE_MASK;

    if (!o->ops || !vnode_is_regular(in->vnode) || pos >= size ||
        !o->ops->peek_pages)
        return false;
    *s = (struct pipe_slot){.offset = (uint32_t)in_page, .fixed = true};
    o->ops->peek_pages(o, pos / PAGE_SIZE, 1, &s->page);
    s->len = (uint16_t)MIN(MIN(max, PAGE_SIZE - in_page), size - pos);
    return s->page;
}

/* Reads into a new page; bytes, 0 at the end, or an error. */
static ssize_t read_page(struct file *in, const uint64_t *pos, size_t max,
                         struct pipe_slot *s)
{
    struct uio_vec vec = {.len = MIN(max, PAGE_SIZE)};
    struct uio u;
    ssize_t n;

    *s = (struct pipe_slot){.page = page_alloc(0)};
    if (!s->page)
        return -ENOMEM;
    vec.base = (uintptr_t)page_virt(s->page);
    uio_init(&u, &vec, 1, true);
    n = file_read(in, &u, pos);
    s->len = n > 0 ? (uint16_t)n : 0;
    if (n <= 0)
        page_put(s->page);
    return n;
}

/* Fills up to n slots from *pos on; bytes, or an error when there are none. */
static ssize_t collect(struct file *in, uint64_t *pos, size_t len,
                       struct pipe_slot *slots, unsigned n, unsigned *filled)
{
    size_t total = 0;
    ssize_t got = 0;

    for (*filled = 0; *filled < n && total < len; ++*filled) {
        struct pipe_slot *s = &slots[*filled];

        if (pos && borrow_page(in, *pos, len - total, s))
            got = s->len;
        else if (!pos && total)
            break; /* it might wait for more, with something in hand */
        else
            got = read_page(in, pos, len - total, s);
        if (got <= 0)
            break;
        total += (size_t)got;
        if (pos)
            *pos += (uint64_t)got;
    }
    return total ? (ssize_t)total : got;
}

static ssize_t to_pipe(struct file *in, uint64_t *pos, struct pipe *p,
                       size_t len, bool nonblock)
{
    struct pipe_slot slots[BATCH];
    unsigned want = BATCH, got, filled;
    ssize_t total = 0, n;
    int err;

    do {
        if (len / PAGE_SIZE < BATCH)
            want = (unsigned)(len / PAGE_SIZE) + 1;
        got = reserve(p, want, nonblock || total, &err);
        if (!got)
            return total ? total : err;
        n = collect(in, pos, len, slots, got, &filled);
        commit(p, got, slots, filled);
        if (n <= 0)
            return total ? total : n;
        total += n;
        len -= (size_t)n;
    } while (len && pos && filled == got);
    return total;
}

ssize_t splice_to_pipe(struct file *in, uint64_t *pos, struct file *out,
                       size_t len, bool nonblock)
{
    struct pipe *p = pipe_of(out);
    ssize_t n;

    nonblock |= (out->flags & O_NONBLOCK) != 0;
    if (pos || !in->ops->seek)
        return to_pipe(in, pos, p, len, nonblock);
    mutex_lock(&in->pos_lock);
    n = to_pipe(in, &in->pos, p, len, nonblock);
    mutex_unlock(&in->pos_lock);
    return n;
}

ssize_t splice_memory(struct uio *u, struct file *out, bool nonblock)
{
    struct pipe *p = pipe_of(out);
    bool was = u->nowait;
    ssize_t n;
    int ready;

    ready = pipe_lock_writable(p, nonblock || (out->flags & O_NONBLOCK));
    if (ready != 1)
        return ready ? ready : -EPIPE;
    mutex_unlock(&p->lock);
    u->nowait = true; /* what fits */
    n = pipe_write(out, u, NULL);
    u->nowait = was;
    return n;
}

/* --- from a pipe --- */

static ssize_t write_slot(struct file *out, const uint64_t *pos,
                          const struct pipe_slot *s, size_t len)
{
    const struct uio_vec vec = {(uintptr_t)page_virt(s->page) + s->offset, len};
    struct uio u;

    uio_init(&u, &vec, 1, true);
    return file_write(out, &u, pos);
}

/* Takes n bytes of the slot that was in hand. */
static void release_slot(struct pipe *p, size_t n)
{
    mutex_lock(&p->lock);
    __atomic_store_n(&p->busy, false, __ATOMIC_RELEASE);
    if (n)
        pipe_consume(p, n);
    mutex_unlock(&p->lock);
    wait_queue_wake_all(&p->writable);
    wait_queue_wake_all(&p->readable);
}

ssize_t splice_from_pipe(struct file *in, struct file *out, uint64_t *pos,
                         size_t len, bool nonblock)
{
    struct pipe *p = pipe_of(in);
    ssize_t total = 0, n = 0;

    nonblock |= (in->flags & O_NONBLOCK) != 0;
    while (len) {
        struct pipe_slot s;
        size_t want;
        int ready = pipe_lock_readable(p, nonblock || total);

        if (ready != 1)
            return total ? total : ready;
        s = *pipe_slot_at(p, p->tail);
        p->busy = true;
        mutex_unlock(&p->lock);
        want = MIN(len, (size_t)s.len);
        n = write_slot(out, pos, &s, want);
        release_slot(p, n > 0 ? (size_t)n : 0);
        if (n <= 0)
            break;
        total += n;
        len -= (size_t)n;
        if (pos)
            *pos += (uint64_t)n;
        if ((size_t)n < want)
            break;
    }
    return total ? total : n;
}

/* --- from pipe to pipe --- */

/* By address, since threads may splice in both directions. */
static void lock_both(struct pipe *a, struct pipe *b)
{
    mutex_lock(a < b ? &a->lock : &b->lock);
    mutex_lock(a < b ? &b->lock : &a->lock);
}

static void unlock_both(struct pipe *a, struct pipe *b)
{
    mutex_unlock(&a->lock);
    mutex_unlock(&b->lock);
}

/* Both are locked; bytes. */
static size_t pass(struct pipe *from, struct pipe *to, size_t len, bool keep)
{
    uint32_t at = from->tail;
    size_t total = 0;

    while (total < len && at != from->head && !pipe_full(to)) {
        struct pipe_slot *s = pipe_slot_at(from, at), copy = *s;

        copy.len = (uint16_t)MIN(len - total, (size_t)s->len);
        /* The rest of the page stays the first pipe's, or is a file's. */
        copy.fixed |= keep || copy.len < s->len;
        page_get(copy.page);
        pipe_push(to, &copy);
        total += copy.len;
        at++;
        if (!keep)
            pipe_consume(from, copy.len);
    }
    return total;
}

/* Waits until both may go on; 1 with neither locked. */
static int wait_both(struct pipe *from, struct pipe *to, bool nonblock)
{
    int ready = pipe_lock_readable(from, nonblock);

    if (ready != 1)
        return ready;
    mutex_unlock(&from->lock);
    ready = pipe_lock_writable(to, nonblock);
    if (ready != 1)
        return ready ? ready : -EPIPE;
    mutex_unlock(&to->lock);
    return 1;
}

ssize_t splice_pipes(struct file *in, struct file *out, size_t len,
                     bool nonblock, bool keep)
{
    struct pipe *from = pipe_of(in), *to = pipe_of(out);
    size_t n = 0;
    int ready;

    nonblock |= ((in->flags | out->flags) & O_NONBLOCK) != 0;
    while (!n) {
        ready = wait_both(from, to, nonblock);
        if (ready != 1)
            return ready;
        lock_both(from, to);
        if (!from->busy && to->readers)
            n = pass(from, to, len, keep);
        unlock_both(from, to);
    }
    wait_queue_wake_all(&to->readable);
    if (!keep)
        wait_queue_wake_all(&from->writable);
    return (ssize_t)n;
}
