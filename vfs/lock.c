// SPDX-License-Identifier: MIT
/*
 * lock: the list of a file's locks, in no particular order. Locks of one owner
 * do not overlap, and neighbours of one type are one lock.
 */
#include "vfs/lock.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "kernel/kmalloc.h"
#include "kernel/lock.h"
#include "kernel/panic.h"
#include "kernel/wait.h"
#include "vfs/text.h"
#include "vfs/vnode.h"

#define DEADLOCK_STEPS 10 /* longer chains of waiters are not followed */

struct file_lock {
    struct list_node node;
    struct lock_request is; /* type is F_RDLCK or F_WRLCK */
};

struct lock_list {
    struct list_node node; /* in lists */
    struct vnode *vnode;
    struct list_node locks;
    struct wait_queue changed;
    uint64_t changes; /* grows whenever a lock becomes weaker */
};

/* Somebody who sleeps in lock_set; on his stack. */
struct lock_waiter {
    struct list_node node;
    struct vnode *vnode;
    const struct lock_request *wants;
};

static struct mutex all_locks = MUTEX_INIT(all_locks);
static struct list_node lists = LIST_INIT(lists); /* of files ever locked */
static struct list_node waiters = LIST_INIT(waiters);

/* --- conflicts --- */

static bool same_holder(const struct lock_request *a,
                        const struct lock_request *b)
{
    return a->kind == b->kind && a->owner == b->owner;
}

static bool conflicts(const struct lock_request *a,
                      const struct lock_request *b)
{
    return (a->kind == LOCK_FLOCK) == (b->kind == LOCK_FLOCK) &&
           !same_holder(a, b) && a->start <= b->end && b->start <= a->end &&
           (a->type == F_WRLCK || b->type == F_WRLCK);
}

static struct file_lock *find_conflict(struct vnode *v,
                                       const struct lock_request *r)
{
    struct file_lock *l;

    if (!v->locks)
        return NULL;
    list_for_each_entry (l, &v->locks->locks, node) {
        if (conflicts(&l->is, r))
            return l;
    }
    return NULL;
}

static struct lock_waiter *find_waiter(const void *owner)
{
    struct lock_waiter *w;

    list_for_each_entry (w, &waiters, node) {
        if (w->wants->kind == LOCK_POSIX && w->wants->owner == owner)
            return w;
    }
    return NULL;
}

/* Would r's owner wait for somebody who waits for it? */
static bool would_deadlock(struct vnode *v, const struct lock_request *r)
{
    const struct lock_request *wants = r;
    const struct file_lock *l;
    struct lock_waiter *w;

    for (int i = 0; i < DEADLOCK_STEPS; i++) {
        l = find_conflict(v, wants);
        if (!l || l->is.kind != LOCK_POSIX)
            return false;
        if (l->is.owner == r->owner)
            return true;
        w = find_waiter(l->is.owner);
        if (!w)
            return false;
        v = w->vnode;
        wants = w->wants;
    }
    return false;
}

/* --- changes --- */

static void weakened(struct lock_list *list)
{
    list->changes++;
    wait_queue_wake_all(&list->changed);
}

static void lock_remove(struct file_lock *l)
{
    list_del(&l->node);
    kfree(l);
}

/* Takes start..end from what r's owner holds. spare, when not NULL, becomes the
 * second half of a lock that is cut in two, and is NULL then. */
static void carve(struct lock_list *list, const struct lock_request *r,
                  struct file_lock **spare)
{
    struct file_lock *l, *next;

    list_for_each_entry_safe (l, next, &list->locks, node) {
        if (!same_holder(&l->is, r) || l->is.start > r->end ||
            l->is.end < r->start)
            continue;
        if (l->is.start >= r->start && l->is.end <= r->end) {
            lock_remove(l);
        } else if (l->is.start >= r->start) {
            l->is.start = r->end + 1;
        } else if (l->is.end <= r->end) {
            l->is.end = r->start - 1;
        } else {
            assert(*spare);
            (*spare)->is = l->is;
            (*spare)->is.start = r->end + 1;
            l->is.end = r->start - 1;
            list_add_tail(&list->locks, &(*spare)->node);
            *spare = NULL;
        }
    }
}

/* Adds new, together with the owner's locks of this type that it touches. */
static void join(struct lock_list *list, struct file_lock *new)
{
    struct file_lock *l, *next;

    list_for_each_entry_safe (l, next, &list->locks, node) {
        if (!same_holder(&l->is, &new->is) || l->is.type != new->is.type)
            continue;
        if (l->is.end + 1 == new->is.start)
            new->is.start = l->is.start;
        else if (new->is.end + 1 == l->is.start)
            new->is.end = l->is.end;
        else
            continue;
        lock_remove(l);
    }
    list_add_tail(&list->locks, &new->node);
}

/* Both are needed at most once; which, shows later. */
struct spares {
    struct file_lock *new, *half;
};

/* 0, or -EAGAIN with nothing changed. */
static int set_now(struct vnode *v, const struct lock_request *r,
                   struct spares *s)
{
    if (r->type != F_UNLCK && find_conflict(v, r))
        return -EAGAIN;
    carve(v->locks, r, &s->half);
    if (r->type != F_UNLCK) {
        s->new->is = *r;
        join(v->locks, s->new);
        s->new = NULL;
    }
    if (r->type != F_WRLCK)
        weakened(v->locks);
    return 0;
}

/* The owner's flock, when it has the other type, goes before the new one is
 * tried; true when it has this type already. */
static bool flock_is_held(struct vnode *v, const struct lock_request *r)
{
    struct file_lock *l;

    list_for_each_entry (l, &v->locks->locks, node) {
        if (!same_holder(&l->is, r))
            continue;
        if (l->is.type == r->type)
            return true;
        lock_remove(l);
        weakened(v->locks);
        return false;
    }
    return false;
}

/* Sleeps until the file's locks change; the mutex is let go meanwhile. */
static int wait_for_change(struct vnode *v, const struct lock_request *r)
{
    struct lock_waiter w = {.vnode = v, .wants = r};
    struct lock_list *list = v->locks;
    uint64_t seen = list->changes;
    int err;

    if (r->kind == LOCK_POSIX && would_deadlock(v, r))
        return -EDEADLK;
    list_add_tail(&waiters, &w.node);
    mutex_unlock(&all_locks);
    err = wait_event(&list->changed,
                     __atomic_load_n(&list->changes, __ATOMIC_ACQUIRE) != seen,
                     WAIT_FOREVER);
    mutex_lock(&all_locks);
    list_del(&w.node);
    return err;
}

static struct lock_list *list_create(struct vnode *v)
{
    struct lock_list *list = kzalloc(sizeof(*list));

    if (list) {
        list->vnode = v;
        list_init(&list->locks);
        wait_queue_init(&list->changed);
        list_add_tail(&lists, &list->node);
    }
    return list;
}

/* The mutex is held. */
static int set_locked(struct vnode *v, const struct lock_request *r,
                      struct spares *s, bool wait)
{
    int err;

    if (!v->locks && r->type == F_UNLCK)
        return 0;
    if (!v->locks)
        v->locks = list_create(v);
    if (!v->locks)
        return -ENOLCK;
    if (r->kind == LOCK_FLOCK && flock_is_held(v, r))
        return 0;
    do {
        err = set_now(v, r, s);
        if (err != -EAGAIN || !wait)
            return err;
        err = wait_for_change(v, r);
    } while (!err);
    return err;
}

int lock_set(struct vnode *v, const struct lock_request *r, bool wait)
{
    bool whole = r->start == 0 && r->end == LOCK_END;
    struct spares s = {NULL, NULL};
    int err = -ENOLCK;

    if (r->type != F_UNLCK)
        s.new = kmalloc(sizeof(*s.new));
    if (!whole)
        s.half = kmalloc(sizeof(*s.half));
    if ((s.new || r->type == F_UNLCK) && (s.half || whole)) {
        mutex_lock(&all_locks);
        err = set_locked(v, r, &s, wait);
        mutex_unlock(&all_locks);
    }
    kfree(s.new);
    kfree(s.half);
    return err;
}

void lock_test(struct vnode *v, struct lock_request *r)
{
    struct file_lock *l;

    mutex_lock(&all_locks);
    l = find_conflict(v, r);
    if (l)
        *r = l->is;
    else
        r->type = F_UNLCK;
    mutex_unlock(&all_locks);
}

void lock_release_owner(struct vnode *v, const void *owner)
{
    struct file_lock *l, *next;
    bool any = false;

    mutex_lock(&all_locks);
    list_for_each_entry_safe (l, next, &v->locks->locks, node) {
        if (l->is.owner != owner)
            continue;
        lock_remove(l);
        any = true;
    }
    if (any)
        weakened(v->locks);
    mutex_unlock(&all_locks);
}

void lock_list_destroy(struct vnode *v)
{
    assert(list_empty(&v->locks->locks));
    mutex_lock(&all_locks);
    list_del(&v->locks->node);
    mutex_unlock(&all_locks);
    kfree(v->locks);
    v->locks = NULL;
}

/* --- /proc/locks --- */

static void show_lock(struct text *t, const struct vnode *v,
                      const struct lock_request *r, unsigned number)
{
    static const char *const kinds[] = {
        [LOCK_FLOCK] = "FLOCK", [LOCK_POSIX] = "POSIX", [LOCK_OFD] = "OFDLCK"};

    text_printf(t, "%u: %-6s ADVISORY  %s %d %02x:%02x:%llu %llu ", number,
                kinds[r->kind], r->type == F_WRLCK ? "WRITE" : "READ", r->pid,
                abi_major(v->sb->dev), abi_minor(v->sb->dev),
                (unsigned long long)v->ino, (unsigned long long)r->start);
    if (r->end == LOCK_END)
        text_puts(t, "EOF\n");
    else
        text_printf(t, "%llu\n", (unsigned long long)r->end);
}

void lock_show_all(struct text *t)
{
    const struct lock_list *list;
    const struct file_lock *l;
    unsigned number = 1;

    mutex_lock(&all_locks);
    list_for_each_entry (list, &lists, node)
        list_for_each_entry (l, &list->locks, node)
            show_lock(t, list->vnode, &l->is, number++);
    mutex_unlock(&all_locks);
}
