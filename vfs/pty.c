// SPDX-License-Identifier: MIT
/*
 * pty: what the terminal shows is a ring that the master reads; what the
 * master writes is typed.
 *
 * Locking: table_lock, a mutex, covers the table, opens and closes. The
 * terminal's lock covers the ring. A pair lives as long as a file refers to
 * it.
 */
#include "vfs/pty.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "abi/stat.h"
#include "kernel/kmalloc.h"
#include "kernel/uaccess.h"
#include "lib/printf.h"
#include "vfs/console.h"
#include "vfs/console_terminal.h"
#include "vfs/fd.h"
#include "vfs/file.h"
#include "vfs/path.h"
#include "vfs/tree.h"
#include "vfs/tty.h"
#include "vfs/vfs.h"

#define PAIRS_MAX   256
#define OUTPUT_SIZE 4096 /* a power of two */
#define PIECE       256

struct pty {
    struct tty tty;
    unsigned number, refs;
    unsigned slaves; /* open files of the terminal */
    bool master_open, was_open, locked;
    bool packet;         /* TIOCPKT: reads begin with what happened */
    unsigned events;     /* TIOCPKT_* that the master has not read */
    uint32_t head, tail; /* of shown, free-running */
    uint8_t shown[OUTPUT_SIZE];
};

static struct mutex table_lock = MUTEX_INIT(table_lock);
static struct pty *table[PAIRS_MAX];

static size_t room(struct tty *t)
{
    struct pty *p = container_of(t, struct pty, tty);

    return OUTPUT_SIZE - (p->head - p->tail);
}

static void put(struct tty *t, const uint8_t *data, size_t len)
{
    struct pty *p = container_of(t, struct pty, tty);

    for (size_t i = 0; i < len; i++)
        p->shown[p->head++ % OUTPUT_SIZE] = data[i];
}

/* Of two that say the opposite the later one holds. */
static void note_events(struct tty *t, unsigned events)
{
    static const unsigned flow = TIOCPKT_STOP | TIOCPKT_START,
                          rule = TIOCPKT_NOSTOP | TIOCPKT_DOSTOP;
    struct pty *p = container_of(t, struct pty, tty);

    if (!p->packet)
        return;
    if (events & flow)
        p->events &= ~flow;
    if (events & rule)
        p->events &= ~rule;
    p->events |= events;
}

static const struct tty_ops screen_ops = {
    .room = room,
    .put = put,
    .event = note_events,
};

/* table_lock held; drops it. */
static void put_pair(struct pty *p)
{
    bool last = --p->refs == 0;

    if (last)
        table[p->number] = NULL;
    mutex_unlock(&table_lock);
    if (last) {
        tty_fini(&p->tty);
        kfree(p);
    }
}

/* --- the terminal --- */

static ssize_t slave_read(struct file *f, struct uio *u, uint64_t *pos)
{
    struct pty *p = f->private;

    (void)pos;
    return tty_read(&p->tty, u, f->flags);
}

static ssize_t slave_write(struct file *f, struct uio *u, uint64_t *pos)
{
    struct pty *p = f->private;

    (void)pos;
    return tty_write(&p->tty, u, f->flags);
}

static unsigned slave_poll(struct file *f, struct poll_table *t)
{
    struct pty *p = f->private;

    return tty_poll(&p->tty, t);
}

static long slave_ioctl(struct file *f, unsigned cmd, uintptr_t arg)
{
    struct pty *p = f->private;

    return cmd == TIOCGPTPEER ? -EIO : tty_ioctl(&p->tty, cmd, arg);
}

static void slave_release(struct file *f)
{
    struct pty *p = f->private;

    mutex_lock(&table_lock);
    p->slaves--;
    wait_queue_wake_all(&p->tty.writable);
    put_pair(p);
}

static const struct file_ops slave_ops = {
    .read = slave_read,
    .write = slave_write,
    .poll = slave_poll,
    .ioctl = slave_ioctl,
    .release = slave_release,
};

/* table_lock held. */
static void attach_slave(struct pty *p, struct file *f)
{
    p->refs++;
    p->slaves++;
    p->was_open = true;
    f->ops = &slave_ops;
    f->private = p;
}

int pty_open_slave(struct vnode *v, struct file *f)
{
    unsigned number = abi_minor(v->rdev);
    struct pty *p;
    int err = -EIO;

    mutex_lock(&table_lock);
    p = number < PAIRS_MAX ? table[number] : NULL;
    if (p && p->master_open && !p->locked)
        err = tty_may_open(&p->tty);
    if (!err)
        attach_slave(p, f);
    mutex_unlock(&table_lock);
    if (!err && !(f->flags & O_NOCTTY))
        tty_opened(&p->tty);
    return err;
}

int pty_open_controlling(struct vnode *v, struct file *f)
{
    struct tty *t = tty_controlling();
    struct pty *p = NULL;

    (void)v;
    if (t && t == console_terminal()) {
        console_attach(f, CONSOLE_STDOUT);
        return 0;
    }
    mutex_lock(&table_lock);
    for (unsigned i = 0; t && i < PAIRS_MAX; i++) {
        if (table[i] && &table[i]->tty == t)
            p = table[i];
    }
    if (p)
        attach_slave(p, f);
    mutex_unlock(&table_lock);
    return p ? 0 : -ENXIO;
}

/* --- the master --- */

static size_t take_shown(struct pty *p, uint8_t *buf, size_t len)
{
    unsigned long irq = spin_lock(&p->tty.lock);
    size_t n = 0;

    while (n < len && p->tail != p->head)
        buf[n++] = p->shown[p->tail++ % OUTPUT_SIZE];
    spin_unlock(&p->tty.lock, irq);
    return n;
}

static bool has_shown(const struct pty *p)
{
    return p->events || __atomic_load_n(&p->head, __ATOMIC_ACQUIRE) != p->tail;
}

/* The byte that every read in packet mode begins with. */
static uint8_t take_events(struct pty *p)
{
    unsigned long irq = spin_lock(&p->tty.lock);
    unsigned events = p->events;

    p->events = 0;
    spin_unlock(&p->tty.lock, irq);
    return (uint8_t)events;
}

/* The terminal was open, and nobody has it open now. */
static bool is_abandoned(const struct pty *p)
{
    return p->was_open && !p->slaves;
}

static ssize_t master_read(struct file *f, struct uio *u, uint64_t *pos)
{
    struct pty *p = f->private;
    uint8_t buf[PIECE];
    size_t total = 0, n;
    int err;

    (void)pos;
    while (u->left && !has_shown(p)) {
        if (is_abandoned(p))
            return -EIO;
        if (f->flags & O_NONBLOCK)
            return -EAGAIN;
        err = wait_event(&p->tty.writable, has_shown(p) || is_abandoned(p),
                         WAIT_FOREVER);
        if (err)
            return err;
    }
    if (u->left && p->packet) {
        buf[0] = take_events(p);
        if (!uio_put(u, buf, 1))
            return -EFAULT;
        if (buf[0])
            return 1;
        total = 1;
    }
    while (u->left && (n = take_shown(p, buf, MIN(u->left, sizeof(buf))))) {
        if (uio_put(u, buf, n) < n)
            return total ? (ssize_t)total : -EFAULT;
        total += n;
    }
    wait_queue_wake_all(&p->tty.writable);
    return (ssize_t)total;
}

static ssize_t master_write(struct file *f, struct uio *u, uint64_t *pos)
{
    struct pty *p = f->private;
    uint8_t buf[PIECE];
    size_t total = 0;
    int err = 0;

    (void)pos;
    while (u->left && !err) {
        size_t n = uio_get(u, buf, sizeof(buf)), at = 0;

        if (!n)
            err = -EFAULT;
        while (at < n && !err) {
            uint32_t tail = p->tty.tail;
            size_t took = tty_input(&p->tty, buf + at, n - at);

            at += took;
            if (!took && (f->flags & O_NONBLOCK))
                err = -EAGAIN;
            else if (!took)
                err = wait_event(&p->tty.writable, p->tty.tail != tail,
                                 WAIT_FOREVER);
        }
        total += at;
    }
    return total ? (ssize_t)total : err;
}

static unsigned master_poll(struct file *f, struct poll_table *t)
{
    struct pty *p = f->private;
    unsigned events = POLLOUT | POLLWRNORM;

    poll_wait(t, &p->tty.writable);
    if (has_shown(p))
        events |= POLLIN | POLLRDNORM;
    if (p->events)
        events |= POLLPRI;
    if (is_abandoned(p))
        events |= POLLHUP;
    return events;
}

static long lock_slave(struct pty *p, uintptr_t arg)
{
    int on;

    if (get_user(&on, (const int user *)arg))
        return -EFAULT;
    p->locked = on;
    return 0;
}

static long set_packet(struct pty *p, uintptr_t arg)
{
    int on;

    if (get_user(&on, (const int user *)arg))
        return -EFAULT;
    (void)take_events(p);
    p->packet = on;
    return 0;
}

static void slave_path(const struct pty *p, char *buf, size_t size)
{
    snprintf(buf, size, "/dev/pts/%u", p->number);
}

/* A descriptor of the terminal, wherever the caller's root is. */
static long open_peer(struct pty *p, uint32_t flags)
{
    struct path_start start;
    struct file *f;
    char path[32];
    int err;

    vfs_kernel_start(&start);
    slave_path(p, path, sizeof(path));
    err = file_open(&start, path, flags & ~O_CREAT, 0, &f);
    return err ? err : fd_install_new(f, flags & O_CLOEXEC);
}

static long master_ioctl(struct file *f, unsigned cmd, uintptr_t arg)
{
    struct pty *p = f->private;

    switch (cmd) {
    case TIOCGPTN:
        return put_user(p->number, (unsigned user *)arg);
    case TIOCSPTLCK:
        return lock_slave(p, arg);
    case TIOCGPTPEER:
        return open_peer(p, (uint32_t)arg);
    case TIOCPKT:
        return set_packet(p, arg);
    case TIOCGPKT:
        return put_user((int)p->packet, (int user *)arg);
    case TIOCGPTLCK:
        return put_user((int)p->locked, (int user *)arg);
    case FIONREAD:
        return put_user((int)(p->head - p->tail), (int user *)arg);
    case TIOCSCTTY:
    case TIOCNOTTY:
        return -ENOTTY;
    default:
        return tty_ioctl(&p->tty, cmd, arg);
    }
}

static void master_release(struct file *f)
{
    struct pty *p = f->private;
    struct path_start start;
    char path[32];

    tty_hang_up(&p->tty);
    vfs_kernel_start(&start);
    slave_path(p, path, sizeof(path));
    (void)tree_unlink(&start, path); /* the program may have done it */
    mutex_lock(&table_lock);
    p->master_open = false;
    put_pair(p);
}

static const struct file_ops master_ops = {
    .read = master_read,
    .write = master_write,
    .poll = master_poll,
    .ioctl = master_ioctl,
    .release = master_release,
};

/* A free number; -ENOSPC. table_lock held. */
static int reserve(struct pty *p)
{
    for (unsigned i = 0; i < PAIRS_MAX; i++) {
        if (!table[i]) {
            table[i] = p;
            p->number = i;
            return 0;
        }
    }
    return -ENOSPC;
}

static int make_node(const struct pty *p)
{
    struct vnode_make what = {.mode = S_IFCHR | 0620,
                              .rdev = abi_makedev(PTY_SLAVE_MAJOR, p->number)};
    struct path_start start;
    char path[32];
    int err;

    vfs_kernel_start(&start);
    slave_path(p, path, sizeof(path));
    err = tree_make(&start, path, &what, NULL);
    return err == -EEXIST ? 0 : err;
}

int pty_open_master(struct vnode *v, struct file *f)
{
    struct pty *p = kzalloc(sizeof(*p));
    int err;

    (void)v;
    if (!p)
        return -ENOMEM;
    p->refs = 1;
    p->master_open = p->locked = true;
    tty_init(&p->tty, &screen_ops);
    mutex_lock(&table_lock);
    err = reserve(p);
    mutex_unlock(&table_lock);
    if (!err)
        err = make_node(p);
    if (err) {
        mutex_lock(&table_lock);
        if (table[p->number] == p)
            table[p->number] = NULL;
        mutex_unlock(&table_lock);
        tty_fini(&p->tty);
        kfree(p);
        return err;
    }
    f->ops = &master_ops;
    f->private = p;
    return 0;
}
