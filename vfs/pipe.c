// SPDX-License-Identifier: MIT
/*
 * pipe: the ring is made of pages that exist only while they hold bytes, so
 * that an idle pipe costs little.
 *
 * Locking: pipe->lock covers all fields and is held while the program's memory
 * is copied, as a writer of one piece must not be cut by another; it stands
 * above the lock of an address space. poll reads head, tail and the two flags
 * without it: each is one word, and a change is followed by a wake-up.
 */
#include "vfs/pipe.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "abi/limits.h"
#include "abi/poll.h"
#include "abi/stat.h"
#include "kernel/kmalloc.h"
#include "kernel/page.h"
#include "kernel/uaccess.h"
#include "vfs/file.h"

#define PIPE_PAGES 16
#define PIPE_SIZE  (PIPE_PAGES * PAGE_SIZE)
/* One more, so that the first and the last byte never share a page. */
#define PIPE_SLOTS (PIPE_PAGES + 1)

struct pipe {
    struct mutex lock;
    struct wait_queue readable, writable;
    uint64_t head, tail;       /* bytes ever written and read */
    unsigned readers, writers; /* ends that are open */
    /* How often ends were opened: what a blocking open of a FIFO awaits. */
    uint64_t reader_opens, writer_opens;
    unsigned refs; /* files, and opens under way; vnode->lock */
    struct page *pages[PIPE_SLOTS]; /* see page_at */
};

static size_t filled(const struct pipe *p)
{
    return (size_t)(__atomic_load_n(&p->head, __ATOMIC_ACQUIRE) -
                    __atomic_load_n(&p->tail, __ATOMIC_ACQUIRE));
}

static struct page **page_at(struct pipe *p, uint64_t pos)
{
    return &p->pages[pos / PAGE_SIZE % PIPE_SLOTS];
}

/* Drops the page of bytes that were all read. */
static void drop_page(struct page **slot)
{
    if (*slot)
        page_free(*slot);
    *slot = NULL;
}

/* --- reading --- */

/* Moves what is there; the count, or -EFAULT. The lock is held. */
static ssize_t drain(struct pipe *p, struct uio *u)
{
    size_t total = 0;

    while (u->left && filled(p)) {
        size_t in_page = p->tail & PAGE_MASK;
        size_t n = MIN(MIN(u->left, PAGE_SIZE - in_page), filled(p));
        struct page **slot = page_at(p, p->tail);
        size_t moved = uio_put(u, (uint8_t *)page_virt(*slot) + in_page, n);

        total += moved;
        p->tail += moved;
        if (moved && (!(p->tail & PAGE_MASK) || !filled(p)))
            drop_page(slot);
        if (moved < n)
            return total ? (ssize_t)total : -EFAULT;
    }
    return (ssize_t)total;
}

static bool read_may_go_on(const struct pipe *p)
{
    return filled(p) || !__atomic_load_n(&p->writers, __ATOMIC_ACQUIRE);
}

static ssize_t pipe_read(struct file *f, struct uio *u, uint64_t *pos)
{
    struct pipe *p = f->private;
    ssize_t n = 0;
    int err;

    (void)pos;
    while (u->left) {
        unsigned writers;

        mutex_lock(&p->lock);
        writers = p->writers;
        n = drain(p, u);
        mutex_unlock(&p->lock);
        if (n > 0)
            wait_queue_wake_all(&p->writable);
        if (n || !writers)
            break;
        if (f->flags & O_NONBLOCK)
            return -EAGAIN;
        err = wait_event(&p->readable, read_may_go_on(p), WAIT_FOREVER);
        if (err)
            return err;
    }
    return n;
}

/* --- writing --- */

/* Moves what there is room for; the count, -EFAULT or -ENOMEM. Locked. */
static ssize_t fill(struct pipe *p, struct uio *u)
{
    size_t total = 0;
    ssize_t err = 0;

    while (u->left && filled(p) < PIPE_SIZE && !err) {
        size_t in_page = p->head & PAGE_MASK;
        size_t room = MIN(PAGE_SIZE - in_page, PIPE_SIZE - filled(p));
        size_t n = MIN(u->left, room), moved;
        struct page **slot = page_at(p, p->head);

        if (!*slot)
            *slot = page_alloc(0);
        if (!*slot) {
            err = -ENOMEM;
            break;
        }
        moved = uio_get(u, (uint8_t *)page_virt(*slot) + in_page, n);
        p->head += moved;
        total += moved;
        if (moved < n)
            err = -EFAULT;
    }
    return total ? (ssize_t)total : err;
}

/* Small writes go in one piece. */
static bool has_room(const struct pipe *p, size_t len)
{
    size_t room = PIPE_SIZE - filled(p);

    return len <= PIPE_BUF ? room >= len : room > 0;
}

static bool write_may_go_on(const struct pipe *p, size_t len)
{
    return has_room(p, len) || !__atomic_load_n(&p->readers, __ATOMIC_ACQUIRE);
}

static ssize_t write_some(struct pipe *p, struct uio *u, size_t len)
{
    ssize_t n;

    mutex_lock(&p->lock);
    if (!p->readers)
        n = -EPIPE;
    else
        n = has_room(p, len) ? fill(p, u) : -EAGAIN;
    mutex_unlock(&p->lock);
    if (n > 0)
        wait_queue_wake_all(&p->readable);
    return n;
}

static ssize_t pipe_write(struct file *f, struct uio *u, uint64_t *pos)
{
    struct pipe *p = f->private;
    size_t len = u->left; /* what decides whether it goes in one piece */
    ssize_t total = 0, n;
    int err = 0;

    (void)pos;
    while (u->left && !err) {
        n = write_some(p, u, len);
        if (n > 0) {
            total += n;
            continue;
        }
        err = (int)n;
        if (n == -EAGAIN && !(f->flags & O_NONBLOCK))
            err =
                wait_event(&p->writable, write_may_go_on(p, len), WAIT_FOREVER);
    }
    return total ? total : err;
}

/* --- the files --- */

static unsigned reader_poll(struct file *f, struct poll_table *t)
{
    struct pipe *p = f->private;
    unsigned events = 0;

    poll_wait(t, &p->readable);
    if (filled(p))
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
    if (filled(p) <= PIPE_SIZE - PIPE_BUF)
        events = POLLOUT | POLLWRNORM;
    if (!__atomic_load_n(&p->readers, __ATOMIC_ACQUIRE))
        events |= POLLERR;
    return events;
}

static long pipe_ioctl(struct file *f, unsigned cmd, uintptr_t arg)
{
    int waiting = (int)filled(f->private);

    if (cmd != FIONREAD)
        return -ENOTTY;
    return copy_to_user((void user *)arg, &waiting, sizeof(waiting));
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
    for (int i = 0; i < PIPE_SLOTS; i++)
        drop_page(&p->pages[i]);
    kfree(p);
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

long pipe_size(const struct file *f)
{
    if (f->ops != &reader_ops && f->ops != &writer_ops && f->ops != &both_ops)
        return -EBADF;
    return PIPE_SIZE;
}

static struct pipe *pipe_alloc(void)
{
    struct pipe *p = kzalloc(sizeof(*p));

    if (p) {
        mutex_init(&p->lock);
        wait_queue_init(&p->readable);
        wait_queue_init(&p->writable);
    }
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

int pipe_create(uint32_t flags, struct file **reader, struct file **writer)
{
    struct pipe *p = pipe_alloc();
    struct vnode *v = vnode_create_anonymous(S_IFIFO | 0600, 0);

    *reader = *writer = NULL;
    if (p && v)
        *reader = add_end(v, p, &reader_ops, flags | O_RDONLY);
    if (*reader)
        *writer = add_end(v, p, &writer_ops, flags | O_WRONLY);
    if (!*writer && *reader)
        file_put(*reader); /* frees p: it is the only end */
    else if (!*writer)
        kfree(p);
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
