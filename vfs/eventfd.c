// SPDX-License-Identifier: MIT
/*
 * eventfd: reading takes the count, or 1 of it; writing adds.
 *
 * Locking: lock covers count. It is not held over accesses to the program's
 * memory.
 */
#include "vfs/eventfd.h"

#include "abi/errno.h"
#include "abi/event.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "kernel/kmalloc.h"
#include "vfs/file.h"

#define COUNT_MAX (UINT64_MAX - 1)

struct eventfd {
    struct spinlock lock;
    uint64_t count;
    bool semaphore;
    struct wait_queue readable, writable;
};

static uint64_t count_of(const struct eventfd *e)
{
    return __atomic_load_n(&e->count, __ATOMIC_ACQUIRE);
}

/* What a read gives; 0: nothing is there. */
static uint64_t take(struct eventfd *e)
{
    unsigned long irq = spin_lock(&e->lock);
    uint64_t taken = e->semaphore && e->count ? 1 : e->count;

    e->count -= taken;
    spin_unlock(&e->lock, irq);
    return taken;
}

static bool add(struct eventfd *e, uint64_t n)
{
    unsigned long irq = spin_lock(&e->lock);
    bool fits = n <= COUNT_MAX - e->count;

    if (fits)
        e->count += n;
    spin_unlock(&e->lock, irq);
    return fits;
}

static ssize_t eventfd_read(struct file *f, struct uio *u, uint64_t *pos)
{
    struct eventfd *e = f->private;
    uint64_t taken;
    int err;

    (void)pos;
    if (u->left < sizeof(taken))
        return -EINVAL;
    while (!(taken = take(e))) {
        if (f->flags & O_NONBLOCK)
            return -EAGAIN;
        err = wait_event(&e->readable, count_of(e), WAIT_FOREVER);
        if (err)
            return err;
    }
    wait_queue_wake_all(&e->writable);
    if (uio_put(u, &taken, sizeof(taken)) < sizeof(taken))
        return -EFAULT;
    return sizeof(taken);
}

static ssize_t eventfd_write(struct file *f, struct uio *u, uint64_t *pos)
{
    struct eventfd *e = f->private;
    uint64_t n;
    int err;

    (void)pos;
    if (u->left < sizeof(n))
        return -EINVAL;
    if (uio_get(u, &n, sizeof(n)) < sizeof(n))
        return -EFAULT;
    if (n == UINT64_MAX)
        return -EINVAL;
    while (!add(e, n)) {
        if (f->flags & O_NONBLOCK)
            return -EAGAIN;
        err = wait_event(&e->writable, n <= COUNT_MAX - count_of(e),
                         WAIT_FOREVER);
        if (err)
            return err;
    }
    wait_queue_wake_all(&e->readable);
    return sizeof(n);
}

static unsigned eventfd_poll(struct file *f, struct poll_table *t)
{
    struct eventfd *e = f->private;
    uint64_t count;
    unsigned events = 0;

    poll_wait_for(t, &e->readable, POLLIN);
    poll_wait_for(t, &e->writable, POLLOUT);
    count = count_of(e);
    if (count > 0)
        events |= POLLIN;
    if (count < COUNT_MAX)
        events |= POLLOUT;
    return events;
}

static void eventfd_release(struct file *f)
{
    kfree(f->private);
}

static const struct file_ops eventfd_ops = {
    .name = "[eventfd]",
    .read = eventfd_read,
    .write = eventfd_write,
    .poll = eventfd_poll,
    .release = eventfd_release,
    .seek_ignored = true,
};

struct file *eventfd_create(uint32_t count, uint32_t flags)
{
    struct eventfd *e = kzalloc(sizeof(*e));
    struct file *f;

    if (!e)
        return NULL;
    e->count = count;
    e->semaphore = flags & EFD_SEMAPHORE;
    wait_queue_init(&e->readable);
    wait_queue_init(&e->writable);
    f = file_create_anonymous(0600, &eventfd_ops,
                              O_RDWR | (flags & EFD_NONBLOCK), e);
    if (!f)
        kfree(e);
    return f;
}

bool eventfd_is_file(const struct file *f)
{
    return f->ops == &eventfd_ops;
}

void eventfd_add(struct file *f, uint64_t n)
{
    struct eventfd *e = f->private;

    if (add(e, n))
        wait_queue_wake_all(&e->readable);
}
