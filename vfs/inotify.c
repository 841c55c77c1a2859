// SPDX-License-Identifier: MIT
/*
 * inotify: watches, by their vnode and by the file they report to, and the
 * queue of what that file has to tell.
 */
#include "vfs/inotify.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "abi/poll.h"
#include "kernel/kmalloc.h"
#include "kernel/uaccess.h"
#include "lib/rbtree.h"
#include "lib/string.h"
#include "vfs/dentry.h"
#include "vfs/text.h"

/* /proc/sys/fs/inotify */
#define EVENTS_MAX  16384
#define WATCHES_MAX 1048576

struct event {
    struct list_node node;
    struct abi_inotify_event e;
    char name[]; /* e.len bytes */
};

struct inotify {
    struct rb_root watches; /* by wd */
    int last_wd;
    struct list_node events;
    size_t count, bytes; /* of events */
    struct wait_queue readable;
    struct event overflow; /* last: the name that it has not */
};

struct inotify_watch {
    struct inotify_watch *next, **link; /* of those on vnode */
    struct vnode *vnode;
    struct inotify *owner;
    struct rb_node node; /* in owner->watches */
    int wd;
    uint32_t mask;
    bool pinned; /* the vnode is one that a look made: a reference on it */
};

uint32_t inotify_watches;

static struct spinlock inotify_lock;

/* --- events; all with the lock held -------------------------------------- */

/* The length of a name as it is told: with a NUL, in whole structs. */
static size_t padded(size_t len)
{
    return len ? ALIGN_UP(len + 1, sizeof(struct abi_inotify_event)) : 0;
}

/* Is this what the last event said already? */
static bool repeats(const struct inotify *i, int wd, uint32_t mask,
                    const char *name, size_t len)
{
    const struct event *last;

    if (list_empty(&i->events) || (mask & IN_IGNORED))
        return false;
    last = list_entry(i->events.prev, struct event, node);
    return last->e.wd == wd && last->e.mask == mask &&
           last->e.len == padded(len) &&
           (!len || (!memcmp(last->name, name, len) && !last->name[len]));
}

static void enqueue(struct inotify *i, struct event *e)
{
    list_add_tail(&i->events, &e->node);
    i->count++;
    i->bytes += sizeof(e->e) + e->e.len;
    wait_queue_wake_all(&i->readable);
}

static void queue(struct inotify *i, int wd, uint32_t mask, uint32_t cookie,
                  const char *name, size_t len)
{
    struct event *e = NULL;

    if (repeats(i, wd, mask, name, len))
        return;
    if (i->count < EVENTS_MAX)
        e = kzalloc(sizeof(*e) + padded(len));
    if (e) {
        e->e =
            (struct abi_inotify_event){wd, mask, cookie, (uint32_t)padded(len)};
        memcpy(e->name, name, len);
        enqueue(i, e);
    } else if (list_empty(&i->overflow.node)) {
        enqueue(i, &i->overflow);
    }
}

static struct event *dequeue(struct inotify *i)
{
    struct event *e = list_first_entry(&i->events, struct event, node);

    list_del(&e->node);
    i->count--;
    i->bytes -= sizeof(e->e) + e->e.len;
    return e;
}

static void event_free(struct inotify *i, struct event *e)
{
    if (e != &i->overflow)
        kfree(e);
}

/* --- watches; all with the lock held ------------------------------------- */

/* Ends w. Returns the vnode to be put by the caller, or NULL. */
static struct vnode *watch_end(struct inotify_watch *w)
{
    struct vnode *pinned = w->pinned ? w->vnode : NULL;

    *w->link = w->next;
    if (w->next)
        w->next->link = w->link;
    rb_erase(&w->owner->watches, &w->node);
    inotify_watches--;
    kfree(w);
    return pinned;
}

static struct inotify_watch *watch_find(const struct inotify *i, int wd)
{
    struct rb_node *n = i->watches.node;

    while (n) {
        struct inotify_watch *w = rb_entry(n, struct inotify_watch, node);

        if (w->wd == wd)
            return w;
        n = wd < w->wd ? n->left : n->right;
    }
    return NULL;
}

/* Its number is the greatest so far. */
static void watch_enter(struct inotify *i, struct inotify_watch *w,
                        struct vnode *v)
{
    struct rb_node *last = rb_last(&i->watches);

    w->owner = i;
    w->wd = ++i->last_wd;
    rb_insert(&i->watches, last, last ? &last->right : &i->watches.node,
              &w->node);
    w->vnode = v;
    w->link = &v->watches;
    w->next = v->watches;
    if (w->next)
        w->next->link = &w->next;
    v->watches = w;
    inotify_watches++;
}

/* --- what happens -------------------------------------------------------- */

uint32_t inotify_new_cookie(void)
{
    static uint32_t last;

    return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}

/* Those who watch v, which is concerned itself or by the name of an entry. */
static void tell(struct vnode *v, uint32_t mask, uint32_t cookie,
                 const char *name, size_t len, bool unlinked)
{
    struct inotify_watch *w, *next;
    unsigned long irq;

    if (!v->watches)
        return;
    irq = spin_lock(&inotify_lock);
    for (w = v->watches; w; w = next) {
        next = w->next;
        if (!(mask & w->mask & IN_ALL_EVENTS) ||
            (unlinked && (w->mask & IN_EXCL_UNLINK)))
            continue;
        queue(w->owner, w->wd, mask, cookie, name, len);
        if (w->mask & IN_ONESHOT) {
            queue(w->owner, w->wd, IN_IGNORED, 0, NULL, 0);
            watch_end(w);
        }
    }
    spin_unlock(&inotify_lock, irq);
}

static uint32_t with_kind(const struct vnode *v, uint32_t mask)
{
    return vnode_is_dir(v) ? mask | IN_ISDIR : mask;
}

void inotify_tell_vnode(struct vnode *v, uint32_t mask)
{
    /* inotify(7): those two come without it. */
    if (!(mask & (IN_DELETE_SELF | IN_MOVE_SELF)))
        mask = with_kind(v, mask);
    tell(v, mask, 0, NULL, 0, false);
}

void inotify_tell_name(struct vnode *dir, const char *name, size_t len,
                       const struct vnode *v, uint32_t mask, uint32_t cookie)
{
    tell(dir, with_kind(v, mask), cookie, name, len, false);
}

void inotify_tell_target(struct vnode *v, struct dentry *d, uint32_t mask)
{
    /* A last reference may go while somebody walks. */
    bool locked = dentry_tree_is_mine();

    if (d) {
        if (!locked)
            dentry_tree_lock();
        if (d->parent)
            tell(d->parent->vnode, with_kind(v, mask), 0, d->name, d->name_len,
                 !d->linked);
        if (!locked)
            dentry_tree_unlock();
    }
    inotify_tell_vnode(v, mask);
}

void inotify_tell_file(struct file *f, uint32_t mask)
{
    if (!(f->mode & FILE_PATH))
        inotify_tell_target(f->vnode, f->dentry, mask);
}

void inotify_vnode_gone(struct vnode *v)
{
    /* Without a last name removed, its file system has gone. */
    uint32_t why = v->nlink ? IN_UNMOUNT : IN_DELETE_SELF;
    unsigned long irq = spin_lock(&inotify_lock);

    while (v->watches) {
        struct inotify_watch *w = v->watches;

        if (why & (w->mask | IN_UNMOUNT))
            queue(w->owner, w->wd, why, 0, NULL, 0);
        queue(w->owner, w->wd, IN_IGNORED, 0, NULL, 0);
        watch_end(w);
    }
    spin_unlock(&inotify_lock, irq);
}

/* --- as a file ----------------------------------------------------------- */

/* The next event, if u has room for it: -EAGAIN, -EINVAL. */
static int take(struct inotify *i, const struct uio *u, struct event **e)
{
    unsigned long irq = spin_lock(&inotify_lock);
    int err = -EAGAIN;

    if (!list_empty(&i->events)) {
        *e = list_first_entry(&i->events, struct event, node);
        err = sizeof((*e)->e) + (*e)->e.len > u->left ? -EINVAL : 0;
    }
    if (!err)
        dequeue(i);
    spin_unlock(&inotify_lock, irq);
    return err;
}

/* All events that fit; bytes, or why there is none. */
static ssize_t take_all(struct inotify *i, struct uio *u)
{
    struct event *e;
    ssize_t total = 0;
    int err;

    while (!(err = take(i, u, &e))) {
        size_t len = sizeof(e->e) + e->e.len;
        size_t moved = uio_put(u, &e->e, len);

        event_free(i, e);
        if (moved < len) {
            err = -EFAULT;
            break;
        }
        total += (ssize_t)len;
    }
    return total ? total : err;
}

static ssize_t inotify_read(struct file *f, struct uio *u, uint64_t *pos)
{
    struct inotify *i = f->private;
    ssize_t n;
    int err;

    (void)pos;
    for (;;) {
        n = take_all(i, u);
        if (n != -EAGAIN || (f->flags & O_NONBLOCK))
            return n;
        err = wait_event(&i->readable, !list_empty(&i->events), WAIT_FOREVER);
        if (err)
            return err;
    }
}

static unsigned inotify_poll(struct file *f, struct poll_table *t)
{
    struct inotify *i = f->private;

    poll_wait(t, &i->readable);
    return list_empty(&i->events) ? 0 : POLLIN | POLLRDNORM;
}

static long inotify_ioctl(struct file *f, unsigned cmd, uintptr_t arg)
{
    const struct inotify *i = f->private;
    int bytes = (int)i->bytes;

    if (cmd != FIONREAD)
        return -ENOTTY;
    return copy_to_user((void user *)arg, &bytes, sizeof(bytes));
}

/* proc(5), fdinfo. The text grows, which must not be under a spinlock. */
static void inotify_show_info(struct file *f, struct text *t)
{
    struct inotify *i = f->private;
    int wd = 0;

    for (;;) {
        unsigned long irq = spin_lock(&inotify_lock);
        struct rb_node *n = rb_first(&i->watches);
        struct inotify_watch w;
        uint64_t ino = 0, dev = 0;

        while (n && rb_entry(n, struct inotify_watch, node)->wd <= wd)
            n = rb_next(n);
        if (n) {
            w = *rb_entry(n, struct inotify_watch, node);
            ino = w.vnode->ino;
            dev = w.vnode->sb->dev;
        }
        spin_unlock(&inotify_lock, irq);
        if (!n)
            break;
        wd = w.wd;
        text_printf(t,
                    "inotify wd:%x ino:%lx sdev:%lx mask:%x ignored_mask:0\n",
                    (unsigned)wd, ino, dev, w.mask);
    }
}

static void inotify_release(struct file *f)
{
    struct inotify *i = f->private;
    unsigned long irq;

    for (;;) {
        struct vnode *v;

        irq = spin_lock(&inotify_lock);
        if (!i->watches.node)
            break;
        v = watch_end(rb_entry(i->watches.node, struct inotify_watch, node));
        spin_unlock(&inotify_lock, irq);
        if (v)
            vnode_put(v);
    }
    while (!list_empty(&i->events))
        event_free(i, dequeue(i));
    spin_unlock(&inotify_lock, irq);
    kfree(i);
}

static const struct file_ops inotify_ops = {
    .name = "inotify",
    .read = inotify_read,
    .poll = inotify_poll,
    .ioctl = inotify_ioctl,
    .show_info = inotify_show_info,
    .release = inotify_release,
};

struct file *inotify_create(uint32_t flags)
{
    struct inotify *i = kzalloc(sizeof(*i));
    struct file *f;

    if (!i)
        return NULL;
    list_init(&i->events);
    list_init(&i->overflow.node);
    i->overflow.e = (struct abi_inotify_event){-1, IN_Q_OVERFLOW, 0, 0};
    wait_queue_init(&i->readable);
    f = file_create_anonymous(0600, &inotify_ops,
                              O_RDONLY | (flags & IN_NONBLOCK), i);
    if (!f)
        kfree(i);
    return f;
}

bool inotify_is_file(const struct file *f)
{
    return f->ops == &inotify_ops;
}

/* --- adding and removing ------------------------------------------------- */

#define KEPT_MASK (IN_ALL_EVENTS | IN_EXCL_UNLINK | IN_ONESHOT)

/* i's watch on v gets another mask: its number. Lock held. */
static int change(struct inotify_watch *w, uint32_t mask)
{
    if (mask & IN_MASK_CREATE)
        return -EEXIST;
    if (mask & IN_MASK_ADD)
        w->mask |= mask & KEPT_MASK;
    else
        w->mask = mask & KEPT_MASK;
    return w->wd;
}

int inotify_add(struct file *f, struct vnode *v, uint32_t mask)
{
    struct inotify *i = f->private;
    struct inotify_watch *w, *new = kzalloc(sizeof(*new));
    unsigned long irq;
    int wd;

    if (!new)
        return -ENOMEM;
    irq = spin_lock(&inotify_lock);
    for (w = v->watches; w && w->owner != i; w = w->next)
        ;
    if (w) {
        wd = change(w, mask);
    } else if (i->last_wd == INT32_MAX || inotify_watches >= WATCHES_MAX) {
        wd = -ENOSPC;
    } else {
        new->mask = mask &KEPT_MASK;
        new->pinned = v->sb->passing;
        if (new->pinned)
            vnode_get(v);
        watch_enter(i, new, v);
        wd = new->wd;
        new = NULL;
    }
    spin_unlock(&inotify_lock, irq);
    kfree(new);
    return wd;
}

int inotify_remove(struct file *f, int wd)
{
    struct inotify *i = f->private;
    unsigned long irq = spin_lock(&inotify_lock);
    struct inotify_watch *w = watch_find(i, wd);
    struct vnode *v = NULL;

    if (w) {
        queue(i, wd, IN_IGNORED, 0, NULL, 0);
        v = watch_end(w);
    }
    spin_unlock(&inotify_lock, irq);
    if (v)
        vnode_put(v);
    return w ? 0 : -EINVAL;
}
