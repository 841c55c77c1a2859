// SPDX-License-Identifier: MIT
/* pipe_file: the ends of a pipe as files: pipe(2), fifo(7). */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "abi/limits.h"
#include "abi/poll.h"
#include "abi/stat.h"
#include "kernel/cred.h"
#include "kernel/kmalloc.h"
#include "kernel/uaccess.h"
#include "vfs/file.h"
#include "vfs/pipe.h"
#include "vfs/pipe_priv.h"

/* More needs CAP_SYS_RESOURCE; as in /proc/sys/fs/pipe-max-size. */
#define SIZE_MAX_FOR_ALL 1048576

static unsigned reader_poll(struct file *f, struct poll_table *t)
{
    struct pipe *p = f->private;
    unsigned events = 0;

    poll_wait(t, &p->readable);
    if (pipe_used(p))
        events = POLLIN | POLLRDNORM;
    /* Not before somebody has written: a FIFO may be opened early. */
    if (!__atomic_load_n(&p->writers, __ATOMIC_ACQUIRE) &&
        f->pos != __atomic_load_n(&p->writer_opens, __ATOMIC_RELAXED))
        events |= POLLHUP;
    return events;
}

static unsigned writer_poll(struct file *f, struct poll_table *t)
{
    struct pipe *p = f->private;
    unsigned events = 0;

    poll_wait(t, &p->writable);
    if (!pipe_full(p))
        events = POLLOUT | POLLWRNORM;
    if (!__atomic_load_n(&p->readers, __ATOMIC_ACQUIRE))
        events |= POLLERR;
    return events;
}

static long pipe_ioctl(struct file *f, unsigned cmd, uintptr_t arg)
{
    struct pipe *p = f->private;
    int waiting = 0;

    if (cmd != FIONREAD)
        return -ENOTTY;
    mutex_lock(&p->lock);
    for (uint32_t i = p->tail; i != p->head; i++)
        waiting += pipe_slot_at(p, i)->len;
    mutex_unlock(&p->lock);
    return copy_to_user((void user *)arg, &waiting, sizeof(waiting));
}

static void pipe_destroy(struct pipe *p)
{
    pipe_free_slots(p);
    kfree(p);
}

/* Drops a reference; the last one frees. */
static void pipe_put(struct vnode *v, struct pipe *p)
{
    bool last;

    mutex_lock(&v->lock);
    last = --p->refs == 0;
    if (last)
        v->pipe = NULL;
    mutex_unlock(&v->lock);
    if (!last)
        return;
    pipe_destroy(p);
}

/* Adds to, or takes from, the counts of ends that are open. */
static void ends_change(struct pipe *p, uint32_t mode, int by)
{
    mutex_lock(&p->lock);
    if (mode & FILE_READ) {
        __atomic_store_n(&p->readers, p->readers + (unsigned)by,
                         __ATOMIC_RELEASE);
        p->reader_opens += by > 0;
    }
    if (mode & FILE_WRITE) {
        __atomic_store_n(&p->writers, p->writers + (unsigned)by,
                         __ATOMIC_RELEASE);
        p->writer_opens += by > 0;
    }
    mutex_unlock(&p->lock);
    wait_queue_wake_all(&p->readable);
    wait_queue_wake_all(&p->writable);
}

static void end_release(struct file *f)
{
    ends_change(f->private, f->mode, -1);
    pipe_put(f->vnode, f->private);
}

static unsigned both_poll(struct file *f, struct poll_table *t)
{
    return reader_poll(f, t) | writer_poll(f, t);
}

static const struct file_ops reader_ops = {
    .read = pipe_read,
    .poll = reader_poll,
    .ioctl = pipe_ioctl,
    .release = end_release,
};

static const struct file_ops writer_ops = {
    .write = pipe_write,
    .poll = writer_poll,
    .ioctl = pipe_ioctl,
    .release = end_release,
};

/* A FIFO that was opened for both. */
static const struct file_ops both_ops = {
    .read = pipe_read,
    .write = pipe_write,
    .poll = both_poll,
    .ioctl = pipe_ioctl,
    .release = end_release,
};

struct pipe *pipe_of(const struct file *f)
{
    if (f->ops != &reader_ops && f->ops != &writer_ops && f->ops != &both_ops)
        return NULL;
    return f->private;
}

bool pipe_is_file(const struct file *f)
{
    return pipe_of(f) != NULL;
}

/* --- size --- */

long pipe_size(const struct file *f)
{
    struct pipe *p = pipe_of(f);

    return p ? (long)(p->slots * PAGE_SIZE) : -EBADF;
}

/* Moves what is in the ring to a new one. Locked. */
static int change_ring(struct pipe *p, uint32_t slots)
{
    uint32_t used = pipe_used(p);
    struct pipe_slot *ring;

    if (used + p->reserved > slots || p->busy)
        return -EBUSY;
    ring = kzalloc(slots * sizeof(*ring));
    if (!ring)
        return -ENOMEM;
    for (uint32_t i = p->tail; i != p->head; i++)
        ring[i & (slots - 1)] = *pipe_slot_at(p, i);
    kfree(p->ring);
    p->ring = ring;
    p->slots = slots;
    return 0;
}

long pipe_set_size(struct file *f, uint64_t size)
{
    struct pipe *p = pipe_of(f);
    uint32_t slots = 1;
    int err;

    if (!p)
        return -EBADF;
    if (size > (uint64_t)PIPE_SLOTS_MAX * PAGE_SIZE)
        return -EINVAL;
    while (slots * PAGE_SIZE < size)
        slots *= 2;
    if (slots > p->slots && slots * PAGE_SIZE > SIZE_MAX_FOR_ALL &&
        !capable(CAP_SYS_RESOURCE))
        return -EPERM;
    mutex_lock(&p->lock);
    err = slots == p->slots ? 0 : change_ring(p, slots);
    mutex_unlock(&p->lock);
    if (err)
        return err;
    wait_queue_wake_all(&p->writable);
    return (long)(slots * PAGE_SIZE);
}

/* --- pipes --- */

static struct pipe *pipe_alloc(void)
{
    struct pipe *p = kzalloc(sizeof(*p));

    if (!p)
        return NULL;
    p->ring = kzalloc(PIPE_SLOTS * sizeof(*p->ring));
    if (!p->ring) {
        kfree(p);
        return NULL;
    }
    p->slots = PIPE_SLOTS;
    mutex_init(&p->lock);
    wait_queue_init(&p->readable);
    wait_queue_init(&p->writable);
    return p;
}

/* One more end of p over v, or NULL. */
static struct file *add_end(struct vnode *v, struct pipe *p,
                            const struct file_ops *ops, uint32_t flags)
{
    struct file *f = file_create(v, NULL, ops, flags);

    if (f) {
        f->private = p;
        p->refs++;
        ends_change(p, f->mode, 1);
    }
    return f;
}

/* A pipe that pipe(2) made is opened as a FIFO is. */
static const struct vnode_ops pipe_vnode_ops = {
    .open = pipe_open_fifo,
    .release = vnode_release_anonymous,
};

int pipe_create(uint32_t flags, struct file **reader, struct file **writer)
{
    struct pipe *p = pipe_alloc();
    struct vnode *v = vnode_create_anonymous(S_IFIFO | 0600, 0);

    *reader = *writer = NULL;
    if (p && v) {
        v->ops = &pipe_vnode_ops;
        v->pipe = p; /* for those that open /proc/self/fd/N */
        *reader = add_end(v, p, &reader_ops, flags | O_RDONLY);
    }
    if (*reader)
        *writer = add_end(v, p, &writer_ops, flags | O_WRONLY);
    if (!*writer && *reader)
        file_put(*reader); /* frees p: it is the only end */
    else if (!*writer && p)
        pipe_destroy(p);
    if (v)
        vnode_put(v);
    return *writer ? 0 : -ENOMEM;
}

/* --- FIFOs --- */

/* The pipe behind a FIFO, made when nobody has it open; a reference. */
static struct pipe *fifo_get(struct vnode *v)
{
    mutex_lock(&v->lock);
    if (!v->pipe)
        v->pipe = pipe_alloc();
    if (v->pipe)
        v->pipe->refs++;
    mutex_unlock(&v->lock);
    return v->pipe;
}

/* Waits for the other end: for more openings than were seen, as it may close
 * again before this thread runs. */
static int fifo_await(struct pipe *p, const struct file *f, uint64_t seen)
{
    bool reads = f->mode & FILE_READ;
    unsigned *others = reads ? &p->writers : &p->readers;
    uint64_t *opens = reads ? &p->writer_opens : &p->reader_opens;

    if (f->mode == (FILE_READ | FILE_WRITE) || *others)
        return 0;
    if (f->flags & O_NONBLOCK)
        return reads ? 0 : -ENXIO;
    return wait_event(reads ? &p->readable : &p->writable,
                      __atomic_load_n(opens, __ATOMIC_ACQUIRE) != seen,
                      WAIT_FOREVER);
}

int pipe_open_fifo(struct vnode *v, struct file *f)
{
    static const struct file_ops *const ops[] = {
        [FILE_READ] = &reader_ops,
        [FILE_WRITE] = &writer_ops,
        [FILE_READ | FILE_WRITE] = &both_ops,
    };
    struct pipe *p;
    uint64_t seen;
    int err;

    if (!(f->mode & (FILE_READ | FILE_WRITE)))
        return -EINVAL;
    p = fifo_get(v);
    if (!p)
        return -ENOMEM;
    seen = f->mode & FILE_READ ? p->writer_opens : p->reader_opens;
    ends_change(p, f->mode, 1);
    err = fifo_await(p, f, seen);
    if (err) {
        ends_change(p, f->mode, -1);
        pipe_put(v, p);
        return err;
    }
    if (!p->writers)
        f->pos = p->writer_opens;
    f->ops = ops[f->mode];
    f->private = p;
    return 0;
}
