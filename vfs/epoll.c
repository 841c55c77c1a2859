// SPDX-License-Identifier: MIT
/*
 * epoll: each watch has waiters on its file's queues. A wake-up puts the watch
 * on the ready list; epoll_wait takes watches from its head, asks their files,
 * and puts those that are level-triggered back at the end, so that all get
 * their turn.
 *
 * Locking: files_lock covers which files are watched by which sets: the
 * file_node lists and the shape of nested sets. epoll->lock covers the tree
 * and the watches. ready_lock covers the ready list; wake-ups take it. A
 * watch holds no reference to its file: the file's end takes both mutexes to
 * remove it, so that with epoll->lock held the file is there.
 */
#include "vfs/epoll.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "kernel/kmalloc.h"
#include "kernel/uaccess.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "vfs/file.h"

#define CHAIN_MAX      5 /* sets that watch sets that watch ... */
#define INLINE_WAITERS 2

/* What is not an event but says how to watch. */
#define MODE_BITS (EPOLLEXCLUSIVE | EPOLLWAKEUP | EPOLLONESHOT | EPOLLET)
#define EXCLUSIVE_BITS                                                  \
    (EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | \
     EPOLLEXCLUSIVE)

struct epoll {
    struct file *file; /* its own; borrowed */
    struct mutex lock;
    struct rb_root watches; /* by file and number */
    struct spinlock ready_lock;
    struct list_node ready; /* of watch.ready_node */
    unsigned ready_count;
    struct wait_queue sleepers;    /* in epoll_wait */
    struct wait_queue pollers;     /* those who poll the set's file */
    uint64_t down_round, up_round; /* when down and up were computed */
    unsigned down, up;             /* see depth_of */
};

struct entry {
    struct waiter waiter;
    struct watch *watch;
    struct entry *next; /* past the inline ones */
};

struct watch {
    struct rb_node node;
    struct list_node ready_node; /* empty: not on the list */
    struct list_node file_node;  /* in file->epoll_items */
    struct epoll *ep;
    struct file *file;
    int fd;
    struct abi_epoll_event event;
    struct poll_table table; /* while it enters queues */
    int error;
    unsigned used;
    struct entry entries[INLINE_WAITERS];
    struct entry *more;
};

static struct mutex files_lock = MUTEX_INIT(files_lock);
static uint64_t round_now; /* of check_nesting; files_lock */

/* --- the ready list --- */

static void push_ready(struct epoll *ep, struct watch *w)
{
    unsigned long irq = spin_lock(&ep->ready_lock);

    if (list_empty(&w->ready_node)) {
        list_add_tail(&ep->ready, &w->ready_node);
        ep->ready_count++;
    }
    spin_unlock(&ep->ready_lock, irq);
}

static struct watch *pop_ready(struct epoll *ep)
{
    unsigned long irq = spin_lock(&ep->ready_lock);
    struct watch *w = NULL;

    if (!list_empty(&ep->ready)) {
        w = list_first_entry(&ep->ready, struct watch, ready_node);
        list_del(&w->ready_node);
        ep->ready_count--;
    }
    spin_unlock(&ep->ready_lock, irq);
    return w;
}

/* Back to the head: it was taken too early. */
static void unpop_ready(struct epoll *ep, struct watch *w)
{
    unsigned long irq = spin_lock(&ep->ready_lock);

    if (list_empty(&w->ready_node))
        ep->ready_count++;
    list_del(&w->ready_node);
    list_add(&ep->ready, &w->ready_node);
    spin_unlock(&ep->ready_lock, irq);
}

static void drop_ready(struct epoll *ep, struct watch *w)
{
    unsigned long irq = spin_lock(&ep->ready_lock);

    if (!list_empty(&w->ready_node)) {
        list_del(&w->ready_node);
        ep->ready_count--;
    }
    spin_unlock(&ep->ready_lock, irq);
}

static bool any_ready(const struct epoll *ep)
{
    return __atomic_load_n(&ep->ready_count, __ATOMIC_RELAXED) != 0;
}

/* One thread in epoll_wait is enough: it wakes the next when it leaves some.
 * Whether anybody was there. */
static bool announce(struct epoll *ep)
{
    unsigned woken = wait_queue_wake(&ep->sleepers, 1);

    return wait_queue_wake(&ep->pollers, UINT32_MAX) + woken > 0;
}

/* A queue of the watch's file was woken. Any context, queue's lock held. */
static bool file_changed(struct waiter *waiter)
{
    struct watch *w = container_of(waiter, struct entry, waiter)->watch;

    if (!(w->event.events & ~MODE_BITS))
        return false; /* EPOLLONESHOT that fired */
    push_ready(w->ep, w);
    return announce(w->ep);
}

/* --- watches --- */

static struct entry *new_entry(struct watch *w)
{
    struct entry *e;

    if (w->used < INLINE_WAITERS)
        return &w->entries[w->used++];
    e = kmalloc(sizeof(*e));
    if (!e)
        return NULL;
    e->next = w->more;
    w->more = e;
    return e;
}

static void enter_queue(struct poll_table *t, struct wait_queue *q)
{
    struct watch *w = container_of(t, struct watch, table);
    struct entry *e = new_entry(w);

    if (!e) {
        w->error = -ENOMEM;
        return;
    }
    waiter_init(&e->waiter);
    e->watch = w;
    e->waiter.wake = file_changed;
    e->waiter.exclusive = w->event.events & EPOLLEXCLUSIVE;
    wait_queue_add(q, &e->waiter);
}

static void leave_queues(struct watch *w)
{
    for (unsigned i = 0; i < w->used; i++)
        wait_queue_remove(&w->entries[i].waiter);
    w->used = 0;
    while (w->more) {
        struct entry *e = w->more;

        wait_queue_remove(&e->waiter);
        w->more = e->next;
        kfree(e);
    }
}

/* Enters the queues that tell of what is wanted now, and notes what holds
 * already. */
static int enter_queues(struct watch *w)
{
    unsigned now;

    w->error = 0;
    w->table = (struct poll_table){.add = enter_queue};
    w->table.wanted = w->event.events & ~MODE_BITS;
    now = file_poll(w->file, &w->table);
    if (w->error) {
        leave_queues(w);
        return w->error;
    }
    if (now & w->event.events & ~MODE_BITS) {
        push_ready(w->ep, w);
        announce(w->ep);
    }
    return 0;
}

static int compare(const struct watch *w, const struct file *f, int fd)
{
    if (w->file != f)
        return w->file < f ? -1 : 1;
    return (w->fd > fd) - (w->fd < fd);
}

/* Where the watch is, or would be; epoll->lock held. */
static struct rb_node **find_link(struct epoll *ep, const struct file *f,
                                  int fd, struct rb_node **parent)
{
    struct rb_node **link = &ep->watches.node;

    *parent = NULL;
    while (*link) {
        int order = compare(rb_entry(*link, struct watch, node), f, fd);

        if (!order)
            break;
        *parent = *link;
        link = order > 0 ? &(*link)->left : &(*link)->right;
    }
    return link;
}

static struct watch *find(struct epoll *ep, const struct file *f, int fd)
{
    struct rb_node *parent, **link = find_link(ep, f, fd, &parent);

    return *link ? rb_entry(*link, struct watch, node) : NULL;
}

/* Both mutexes are held. */
static void end_watch(struct watch *w)
{
    leave_queues(w);
    drop_ready(w->ep, w);
    list_del(&w->file_node);
    rb_erase(&w->ep->watches, &w->node);
    kfree(w);
}

static uint32_t normal_events(uint32_t events)
{
    return events | EPOLLERR | EPOLLHUP;
}

/* --- nested sets; files_lock held --- */

/* How many sets a chain has at most from ep down. Each set is looked at once
 * in a round: there may be very many ways down. */
static unsigned depth_of(struct epoll *ep)
{
    unsigned deepest = 0;

    if (ep->down_round == round_now)
        return ep->down;
    for (struct rb_node *n = rb_first(&ep->watches); n; n = rb_next(n)) {
        struct watch *w = rb_entry(n, struct watch, node);

        if (epoll_is_file(w->file))
            deepest = MAX(deepest, depth_of(w->file->private));
    }
    ep->down_round = round_now;
    ep->down = deepest + 1;
    return ep->down;
}

/* The same upwards: sets that watch ep, with ep. */
static unsigned height_of(struct epoll *ep)
{
    unsigned highest = 0;
    struct watch *w;

    if (ep->up_round == round_now)
        return ep->up;
    list_for_each_entry (w, &ep->file->epoll_items, file_node)
        highest = MAX(highest, height_of(w->ep));
    ep->up_round = round_now;
    ep->up = highest + 1;
    return ep->up;
}

/* May ep watch f? */
static int check_nesting(struct epoll *ep, struct file *f)
{
    unsigned depth, height;

    if (!epoll_is_file(f))
        return 0;
    round_now++;
    depth = depth_of(f->private);
    height = height_of(ep);
    /* Whoever was met on the way down must not come on the way up. */
    return ep->down_round == round_now || depth + height > CHAIN_MAX ? -ELOOP
                                                                     : 0;
}

/* --- epoll_ctl --- */

static int check_exclusive(const struct file *f, uint32_t events)
{
    if (!(events & EPOLLEXCLUSIVE))
        return 0;
    return (events & ~EXCLUSIVE_BITS) || epoll_is_file(f) ? -EINVAL : 0;
}

static int add_locked(struct epoll *ep, struct file *f, int fd,
                      const struct abi_epoll_event *event)
{
    struct rb_node *parent, **link = find_link(ep, f, fd, &parent);
    struct watch *w;
    int err;

    if (*link)
        return -EEXIST;
    w = kzalloc(sizeof(*w));
    if (!w)
        return -ENOMEM;
    w->ep = ep;
    w->file = f;
    w->fd = fd;
    w->event = *event;
    w->event.events = normal_events(event->events);
    list_init(&w->ready_node);
    list_add_tail(&f->epoll_items, &w->file_node);
    rb_insert(&ep->watches, parent, link, &w->node);
    err = enter_queues(w);
    if (err)
        end_watch(w);
    return err;
}

int epoll_add(struct file *epf, struct file *f, int fd,
              const struct abi_epoll_event *event)
{
    struct epoll *ep = epf->private;
    int err;

    if (!f->ops->poll)
        return -EPERM;
    err = f == epf ? -EINVAL : check_exclusive(f, event->events);
    if (err)
        return err;
    mutex_lock(&files_lock);
    err = check_nesting(ep, f);
    if (!err) {
        mutex_lock(&ep->lock);
        err = add_locked(ep, f, fd, event);
        mutex_unlock(&ep->lock);
    }
    mutex_unlock(&files_lock);
    return err;
}

static int modify_locked(struct watch *w, const struct abi_epoll_event *event)
{
    struct abi_epoll_event old = w->event;
    int err;

    if ((event->events | w->event.events) & EPOLLEXCLUSIVE)
        return -EINVAL;
    leave_queues(w);
    drop_ready(w->ep, w);
    w->event = *event;
    w->event.events = normal_events(event->events);
    err = enter_queues(w);
    if (!err)
        return 0;
    w->event = old;
    /* The queues that the old events need fit into the same memory but for
     * the rarest of files; then the next epoll_wait asks the file. */
    (void)enter_queues(w);
    push_ready(w->ep, w);
    return err;
}

int epoll_modify(struct file *epf, struct file *f, int fd,
                 const struct abi_epoll_event *event)
{
    struct epoll *ep = epf->private;
    struct watch *w;
    int err;

    if (!f->ops->poll)
        return -EPERM;
    if (f == epf)
        return -EINVAL;
    mutex_lock(&ep->lock);
    w = find(ep, f, fd);
    err = w ? modify_locked(w, event) : -ENOENT;
    mutex_unlock(&ep->lock);
    return err;
}

int epoll_remove(struct file *epf, struct file *f, int fd)
{
    struct epoll *ep = epf->private;
    struct watch *w;

    if (!f->ops->poll)
        return -EPERM;
    if (f == epf)
        return -EINVAL;
    mutex_lock(&files_lock);
    mutex_lock(&ep->lock);
    w = find(ep, f, fd);
    if (w)
        end_watch(w);
    mutex_unlock(&ep->lock);
    mutex_unlock(&files_lock);
    return w ? 0 : -ENOENT;
}

void epoll_forget(struct file *f)
{
    mutex_lock(&files_lock);
    while (!list_empty(&f->epoll_items)) {
        struct watch *w =
            list_first_entry(&f->epoll_items, struct watch, file_node);
        struct epoll *ep = w->ep;

        mutex_lock(&ep->lock);
        end_watch(w);
        mutex_unlock(&ep->lock);
    }
    mutex_unlock(&files_lock);
}

/* --- epoll_wait --- */

/* The events of w that hold. epoll->lock held. */
static uint32_t events_of(const struct watch *w)
{
    uint32_t wanted = w->event.events & ~MODE_BITS;

    return wanted ? file_poll(w->file, NULL) & wanted : 0;
}

/* The watch at the head, which stays there. Only whoever holds epoll->lock
 * takes watches off the list. */
static struct watch *first_ready(struct epoll *ep)
{
    if (!any_ready(ep))
        return NULL;
    return list_first_entry(&ep->ready, struct watch, ready_node);
}

/* From the head to the end: the others get their turn. */
static void rotate_ready(struct epoll *ep, struct watch *w)
{
    unsigned long irq;

    if (__atomic_load_n(&ep->ready_count, __ATOMIC_RELAXED) == 1)
        return;
    irq = spin_lock(&ep->ready_lock);
    list_del(&w->ready_node);
    list_add_tail(&ep->ready, &w->ready_node);
    spin_unlock(&ep->ready_lock, irq);
}

static bool is_level(const struct watch *w)
{
    return !(w->event.events & (EPOLLET | EPOLLONESHOT));
}

/*
 * What the first watch has to tell, with the watch moved on; 0: nothing. One
 * that is edge-triggered, or not ready, leaves the list before its file is
 * asked, so that a wake-up after that brings it back.
 */
static uint32_t next_events(struct epoll *ep, struct watch *w)
{
    uint32_t events = 0;

    if (is_level(w))
        events = events_of(w);
    if (events) {
        rotate_ready(ep, w);
        return events;
    }
    pop_ready(ep);
    events = events_of(w);
    if (events && is_level(w))
        push_ready(ep, w);
    return events;
}

/* Hands over what is ready now, each watch at most once. */
static int hand_over(struct epoll *ep, struct abi_epoll_event user *events,
                     int max)
{
    unsigned left;
    struct watch *w;
    int n = 0;

    mutex_lock(&ep->lock);
    left = ep->ready_count;
    while (n < max && left-- && (w = first_ready(ep))) {
        struct abi_epoll_event e = w->event;

        e.events = next_events(ep, w);
        if (!e.events)
            continue;
        if (copy_to_user(&events[n], &e, sizeof(e))) {
            unpop_ready(ep, w);
            n = n ? n : -EFAULT;
            break;
        }
        n++;
        if (w->event.events & EPOLLONESHOT)
            w->event.events &= MODE_BITS;
    }
    mutex_unlock(&ep->lock);
    if (any_ready(ep))
        wait_queue_wake(&ep->sleepers, 1);
    return n;
}

int epoll_wait_events(struct file *epf, struct abi_epoll_event user *events,
                      int max, uint64_t deadline_ns)
{
    struct epoll *ep = epf->private;
    int n = 0, err = 0;

    for (;;) {
        if (any_ready(ep))
            n = hand_over(ep, events, max);
        if (n || err || deadline_ns == 0)
            break;
        err = wait_event(&ep->sleepers, any_ready(ep), deadline_ns);
    }
    if (n || !err)
        return n;
    /* signal(7): never restarted, whatever the handler's flags. */
    return err == -ETIMEDOUT ? 0 : -EINTR;
}

/* --- the file --- */

/* Is a watch ready? Those that turn out not to be leave the list. */
static bool look(struct epoll *ep)
{
    struct watch *w;

    while ((w = pop_ready(ep))) {
        if (events_of(w)) {
            unpop_ready(ep, w);
            return true;
        }
    }
    return false;
}

static unsigned set_poll(struct file *f, struct poll_table *t)
{
    struct epoll *ep = f->private;
    bool ready = any_ready(ep);

    poll_wait_for(t, &ep->pollers, POLLIN | POLLRDNORM);
    /* While somebody hands events over, the list is as good an answer. */
    if (ready && mutex_trylock(&ep->lock)) {
        ready = look(ep);
        mutex_unlock(&ep->lock);
    }
    return ready ? POLLIN | POLLRDNORM : 0;
}

static void set_release(struct file *f)
{
    struct epoll *ep = f->private;

    mutex_lock(&files_lock);
    mutex_lock(&ep->lock);
    while (ep->watches.node)
        end_watch(rb_entry(ep->watches.node, struct watch, node));
    mutex_unlock(&ep->lock);
    mutex_unlock(&files_lock);
    kfree(ep);
}

static const struct file_ops set_ops = {
    .name = "[eventpoll]",
    .poll = set_poll,
    .release = set_release,
    .seek_ignored = true,
};

struct file *epoll_create(void)
{
    struct epoll *ep = kzalloc(sizeof(*ep));

    if (!ep)
        return NULL;
    mutex_init(&ep->lock);
    list_init(&ep->ready);
    wait_queue_init(&ep->sleepers);
    wait_queue_init(&ep->pollers);
    ep->file = file_create_anonymous(0600, &set_ops, O_RDWR, ep);
    if (!ep->file)
        kfree(ep);
    return ep->file;
}

bool epoll_is_file(const struct file *f)
{
    return f->ops == &set_ops;
}
