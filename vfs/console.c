// SPDX-License-Identifier: MIT
/*
 * console: files over the devices that drivers registered.
 *
 * The ring has one producer at a time (under device->lock) and one reader
 * (under read_lock); bytes between tail and head stay put until the reader
 * moves tail, so that they are copied to the program without a lock that
 * forbids faults.
 */
#include "vfs/console.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "abi/poll.h"
#include "abi/stat.h"
#include "kernel/page.h"
#include "kernel/uaccess.h"
#include "lib/string.h"
#include "vfs/console_terminal.h"
#include "vfs/file.h"
#include "vfs/path.h"
#include "vfs/vfs.h"

#define SMALL_WRITE 256 /* goes through a buffer on the stack */

static struct console_device *streams[CONSOLE_STREAMS];

void console_device_init(struct console_device *dev,
                         const struct console_device_ops *ops, uint32_t mode,
                         uint64_t rdev)
{
    dev->ops = ops;
    dev->mode = mode;
    dev->rdev = rdev;
    dev->lock.held = 0;
    mutex_init(&dev->read_lock);
    mutex_init(&dev->write_lock);
    wait_queue_init(&dev->input_wait);
    wait_queue_init(&dev->output_wait);
    dev->head = dev->tail = 0;
    dev->eof = dev->stalled = false;
    dev->notify = NULL;
}

void console_register(enum console_stream stream, struct console_device *dev)
{
    __atomic_store_n(&streams[stream], dev, __ATOMIC_RELEASE);
}

struct console_device *console_device_of(enum console_stream stream)
{
    return __atomic_load_n(&streams[stream], __ATOMIC_ACQUIRE);
}

static void changed(struct console_device *dev, struct wait_queue *q)
{
    wait_queue_wake_all(q);
    if (dev->notify)
        dev->notify(dev);
}

/* --- input --- */

size_t console_input(struct console_device *dev, const void *data, size_t len)
{
    unsigned long irq_state = spin_lock(&dev->lock);
    size_t space = CONSOLE_INPUT_SIZE - (dev->head - dev->tail);
    size_t taken = MIN(len, space);

    for (size_t i = 0; i < taken; i++)
        dev->ring[(dev->head + i) % CONSOLE_INPUT_SIZE] =
            ((const uint8_t *)data)[i];
    dev->head += (uint32_t)taken;
    if (taken < len)
        dev->stalled = true;
    spin_unlock(&dev->lock, irq_state);
    if (taken)
        changed(dev, &dev->input_wait);
    return taken;
}

static size_t input_waiting(struct console_device *dev)
{
    unsigned long irq_state = spin_lock(&dev->lock);
    size_t n = dev->head - dev->tail;

    spin_unlock(&dev->lock, irq_state);
    return n;
}

size_t console_input_space(struct console_device *dev)
{
    return CONSOLE_INPUT_SIZE - input_waiting(dev);
}

void console_input_eof(struct console_device *dev, bool eof)
{
    unsigned long irq_state = spin_lock(&dev->lock);

    dev->eof = eof;
    spin_unlock(&dev->lock, irq_state);
    changed(dev, &dev->input_wait);
}

void console_output_ready(struct console_device *dev)
{
    changed(dev, &dev->output_wait);
}

static bool input_ready(struct console_device *dev)
{
    unsigned long irq_state = spin_lock(&dev->lock);
    bool ready = dev->head != dev->tail || dev->eof;

    spin_unlock(&dev->lock, irq_state);
    return ready;
}

/* Frees n bytes of the ring, and tells a driver that waits for that. */
static void consume(struct console_device *dev, size_t n)
{
    unsigned long irq_state = spin_lock(&dev->lock);
    bool resume = dev->stalled && n;

    dev->tail += (uint32_t)n;
    if (resume)
        dev->stalled = false;
    spin_unlock(&dev->lock, irq_state);
    if (resume && dev->ops->input_resume)
        dev->ops->input_resume(dev);
}

size_t console_input_peek(struct console_device *dev, void *buf, size_t len)
{
    unsigned long irq_state = spin_lock(&dev->lock);
    size_t n = MIN(len, (size_t)(dev->head - dev->tail));

    for (size_t i = 0; i < n; i++)
        ((uint8_t *)buf)[i] = dev->ring[(dev->tail + i) % CONSOLE_INPUT_SIZE];
    spin_unlock(&dev->lock, irq_state);
    return n;
}

void console_input_drop(struct console_device *dev, size_t len)
{
    consume(dev, len);
}

/* Moves what is there; the count, or -EFAULT. */
static ssize_t take_input(struct console_device *dev, struct uio *u)
{
    size_t left, total = 0;
    bool faulted = false;

    mutex_lock(&dev->read_lock);
    left = MIN(input_waiting(dev), u->left);
    while (left && !faulted) {
        size_t at = (dev->tail + total) % CONSOLE_INPUT_SIZE;
        size_t n = MIN(left, CONSOLE_INPUT_SIZE - at);
        size_t moved = uio_put(u, dev->ring + at, n);

        faulted = moved < n;
        total += moved;
        left -= moved;
    }
    consume(dev, total);
    mutex_unlock(&dev->read_lock);
    return total || !faulted ? (ssize_t)total : -EFAULT;
}

static ssize_t console_read(struct file *f, struct uio *u, uint64_t *pos)
{
    struct console_device *dev = console_device_of(CONSOLE_STDIN);
    ssize_t n;
    int err;

    (void)pos;
    while (dev && u->left) {
        bool ended = __atomic_load_n(&dev->eof, __ATOMIC_ACQUIRE);

        n = take_input(dev, u);
        if (n || ended)
            return n;
        if (f->flags & O_NONBLOCK)
            return -EAGAIN;
        err = wait_event(&dev->input_wait, input_ready(dev), WAIT_FOREVER);
        if (err)
            return err;
    }
    return 0;
}

/* --- output --- */

static struct console_device *output_of(struct file *f)
{
    return console_device_of((enum console_stream)(uintptr_t)f->private);
}

/* Hands all of data to the driver; how much it took, and why no more. */
static size_t put_all(struct console_device *dev, const uint8_t *data,
                      size_t len, bool nonblock, ssize_t *err)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = dev->ops->write(dev, data + done, len - done, nonblock);

        if (n < 0) {
            *err = n;
            break;
        }
        done += (size_t)n;
    }
    return done;
}

static ssize_t console_write(struct file *f, struct uio *u, uint64_t *pos)
{
    struct console_device *dev = output_of(f);
    bool nonblock = f->flags & O_NONBLOCK;
    uint8_t small[SMALL_WRITE], *buf = small;
    struct page *page = NULL;
    size_t size = sizeof(small), total = 0;
    ssize_t err = 0;

    (void)pos;
    if (!dev || !dev->ops->write)
        return -EIO;
    if (u->left > size)
        page = page_alloc(0);
    if (page) {
        buf = page_virt(page);
        size = PAGE_SIZE;
    }
    mutex_lock(&dev->write_lock);
    while (u->left && !err) {
        size_t n = MIN(u->left, size), got = uio_get(u, buf, n);

        total += put_all(dev, buf, got, nonblock, &err);
        if (got < n && !err)
            err = -EFAULT;
    }
    mutex_unlock(&dev->write_lock);
    if (page)
        page_free(page);
    return total ? (ssize_t)total : err;
}

void console_flush(void)
{
    console_terminal_flush();
    for (int i = 0; i < CONSOLE_STREAMS; i++) {
        struct console_device *dev = console_device_of((enum console_stream)i);

        if (dev && dev->ops->flush)
            dev->ops->flush(dev);
    }
}

/* --- the file --- */

static unsigned poll_input(struct console_device *dev, struct poll_table *t)
{
    unsigned events = 0;

    if (!dev)
        return POLLHUP;
    poll_wait(t, &dev->input_wait);
    if (input_waiting(dev))
        events = POLLIN | POLLRDNORM;
    if (__atomic_load_n(&dev->eof, __ATOMIC_ACQUIRE))
        events |= S_ISFIFO(dev->mode) ? POLLHUP : POLLIN | POLLRDNORM;
    return events;
}

static unsigned poll_output(struct console_device *dev, struct poll_table *t)
{
    if (!dev)
        return POLLERR;
    poll_wait(t, &dev->output_wait);
    if (dev->ops->writable && !dev->ops->writable(dev))
        return 0;
    return POLLOUT | POLLWRNORM;
}

static unsigned console_poll(struct file *f, struct poll_table *t)
{
    unsigned events = 0;

    if (f->mode & FILE_READ)
        events |= poll_input(console_device_of(CONSOLE_STDIN), t);
    if (f->mode & FILE_WRITE)
        events |= poll_output(output_of(f), t);
    return events;
}

static long console_ioctl(struct file *f, unsigned cmd, uintptr_t arg)
{
    struct console_device *dev = console_device_of(CONSOLE_STDIN);
    int waiting = 0;

    if (cmd != FIONREAD)
        return -ENOTTY;
    if (!(f->mode & FILE_READ))
        return -EINVAL;
    if (dev)
        waiting = (int)input_waiting(dev);
    return copy_to_user((void user *)arg, &waiting, sizeof(waiting));
}

static const struct file_ops console_file_ops = {
    .read = console_read,
    .write = console_write,
    .poll = console_poll,
    .ioctl = console_ioctl,
};

void console_attach(struct file *f, enum console_stream output)
{
    if (console_is_terminal(output)) {
        console_terminal_attach(f);
        return;
    }
    f->ops = &console_file_ops;
    f->private = (void *)(uintptr_t)output;
}

/* By another name, such as /proc/self/fd/1. */
static int open_stdout_again(struct vnode *v, struct file *f)
{
    (void)v;
    console_attach(f, CONSOLE_STDOUT);
    return 0;
}

static int open_stderr_again(struct vnode *v, struct file *f)
{
    (void)v;
    console_attach(f, CONSOLE_STDERR);
    return 0;
}

static const struct vnode_ops stdout_vnode_ops = {
    .open = open_stdout_again,
    .release = vnode_release_anonymous,
};

static const struct vnode_ops stderr_vnode_ops = {
    .open = open_stderr_again,
    .release = vnode_release_anonymous,
};

static int open_terminal(struct file **file)
{
    struct path_start start;

    vfs_kernel_start(&start);
    return file_open(&start, "/dev/console", O_RDWR, 0, file);
}

int console_open(enum console_stream stream, struct file **file)
{
    struct console_device *dev = console_device_of(stream);
    struct vnode *v;
    struct file *f;

    if (console_is_terminal(stream))
        return open_terminal(file);
    v = vnode_create_anonymous(dev ? dev->mode : S_IFCHR | 0620,
                               dev ? dev->rdev : 0);
    if (!v)
        return -ENOMEM;
    v->ops = stream == CONSOLE_STDERR ? &stderr_vnode_ops : &stdout_vnode_ops;
    f = file_create(v, NULL, &console_file_ops,
                    stream == CONSOLE_STDIN ? O_RDONLY : O_WRONLY);
    vnode_put(v);
    if (!f)
        return -ENOMEM;
    console_attach(f, stream == CONSOLE_STDIN ? CONSOLE_STDOUT : stream);
    *file = f;
    return 0;
}
