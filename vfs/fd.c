// SPDX-License-Identifier: MIT
/*
 * fd: descriptor tables. The arrays double when they are full; a table that
 * grows allocates without the lock and looks again.
 */
#include "vfs/fd.h"

#include "abi/errno.h"
#include "kernel/kmalloc.h"
#include "kernel/panic.h"
#include "lib/string.h"
#include "vfs/lock.h"
#include "vfs/ref.h"

#define WORD_BITS    64
#define INITIAL_SIZE 64

static bool bit_test(const uint64_t *bits, unsigned i)
{
    return bits[i / WORD_BITS] >> i % WORD_BITS & 1;
}

static void bit_put(uint64_t *bits, unsigned i, bool on)
{
    uint64_t mask = 1ull << i % WORD_BITS;

    if (on)
        bits[i / WORD_BITS] |= mask;
    else
        bits[i / WORD_BITS] &= ~mask;
}

/* --- arrays --- */

struct arrays {
    unsigned size;
    struct file **files;
    uint64_t *used, *cloexec;
};

static void arrays_free(struct arrays *a)
{
    kfree(a->files);
    kfree(a->used);
    kfree(a->cloexec);
}

/* Arrays for at least min_size numbers. */
static int arrays_alloc(struct arrays *a, unsigned min_size)
{
    unsigned size = INITIAL_SIZE;

    while (size < min_size)
        size *= 2;
    a->size = size;
    a->files = kzalloc(size * sizeof(*a->files));
    a->used = kzalloc(size / 8);
    a->cloexec = kzalloc(size / 8);
    if (a->files && a->used && a->cloexec)
        return 0;
    arrays_free(a);
    return -ENOMEM;
}

/* Puts larger arrays in, and hands the old ones back through a. Locked. */
static void arrays_swap(struct fd_table *t, struct arrays *a)
{
    struct arrays old = {t->size, t->files, t->used, t->cloexec};

    memcpy(a->files, t->files, t->size * sizeof(*t->files));
    memcpy(a->used, t->used, t->size / 8);
    memcpy(a->cloexec, t->cloexec, t->size / 8);
    t->size = a->size;
    t->files = a->files;
    t->used = a->used;
    t->cloexec = a->cloexec;
    *a = old;
}

/* Makes the table larger than number fd. */
static int grow(struct fd_table *t, unsigned fd)
{
    unsigned long irq_state;
    struct arrays a;

    if (arrays_alloc(&a, fd + 1))
        return -ENOMEM;
    irq_state = spin_lock(&t->lock);
    if (t->size < a.size)
        arrays_swap(t, &a);
    spin_unlock(&t->lock, irq_state);
    arrays_free(&a);
    return 0;
}

/* --- tables --- */

static struct fd_table *create(unsigned size)
{
    struct fd_table *t = kzalloc(sizeof(*t));
    struct arrays a;

    if (!t)
        return NULL;
    if (arrays_alloc(&a, size)) {
        kfree(t);
        return NULL;
    }
    t->refs = 1;
    t->size = a.size;
    t->files = a.files;
    t->used = a.used;
    t->cloexec = a.cloexec;
    return t;
}

struct fd_table *fd_table_create(void)
{
    return create(INITIAL_SIZE);
}

void fd_table_get(struct fd_table *t)
{
    ref_get(&t->refs);
}

void fd_table_put(struct fd_table *t)
{
    if (!ref_put(&t->refs))
        return;
    for (unsigned fd = 0; fd < t->size; fd++) {
        if (t->files[fd])
            fd_table_close(t, (int)fd);
    }
    kfree(t->files);
    kfree(t->used);
    kfree(t->cloexec);
    kfree(t);
}

struct fd_table *fd_table_copy(struct fd_table *t)
{
    for (;;) {
        unsigned size = t->size;
        struct fd_table *copy = create(size);
        unsigned long irq_state;

        if (!copy)
            return NULL;
        irq_state = spin_lock(&t->lock);
        if (t->size > copy->size) {
            spin_unlock(&t->lock, irq_state);
            fd_table_put(copy);
            continue;
        }
        for (unsigned fd = 0; fd < t->size; fd++) {
            struct file *f = t->files[fd];

            if (!f)
                continue; /* reserved by a call of another thread, or free */
            file_get(f);
            copy->files[fd] = f;
            bit_put(copy->used, fd, true);
            bit_put(copy->cloexec, fd, bit_test(t->cloexec, fd));
        }
        spin_unlock(&t->lock, irq_state);
        return copy;
    }
}

void fd_table_close_on_exec(struct fd_table *t)
{
    for (unsigned fd = 0; fd < t->size; fd++) {
        if (fd_table_cloexec(t, (int)fd) > 0)
            fd_table_close(t, (int)fd);
    }
}

/* --- numbers --- */

struct file *fd_table_lookup_shared(struct fd_table *t, int fd)
{
    unsigned long irq_state;
    struct file *f = NULL;

    irq_state = spin_lock(&t->lock);
    if ((unsigned)fd < t->size)
        f = t->files[fd];
    if (f)
        file_get(f);
    spin_unlock(&t->lock, irq_state);
    return f;
}

/* The lowest free number from min on; t->size when there is none. Locked. */
static unsigned find_free(const struct fd_table *t, unsigned min)
{
    unsigned fd = MAX(min, t->first_free);

    while (fd < t->size) {
        uint64_t free = ~t->used[fd / WORD_BITS] >> fd % WORD_BITS;

        if (free)
            return fd + (unsigned)__builtin_ctzll(free);
        fd = ALIGN_DOWN(fd, WORD_BITS) + WORD_BITS;
    }
    return fd;
}

static void take_number(struct fd_table *t, unsigned fd, bool cloexec)
{
    bit_put(t->used, fd, true);
    bit_put(t->cloexec, fd, cloexec);
    if (fd == t->first_free)
        t->first_free = fd + 1;
}

static void free_number(struct fd_table *t, unsigned fd)
{
    t->files[fd] = NULL;
    bit_put(t->used, fd, false);
    bit_put(t->cloexec, fd, false);
    if (fd < t->first_free)
        t->first_free = fd;
}

int fd_table_reserve(struct fd_table *t, unsigned min, uint64_t limit,
                     bool cloexec)
{
    limit = MIN(limit, (uint64_t)FD_TABLE_MAX);
    for (;;) {
        unsigned long irq_state = spin_lock(&t->lock);
        unsigned fd = find_free(t, min);
        bool fits = fd < t->size && fd < limit;

        if (fits)
            take_number(t, fd, cloexec);
        spin_unlock(&t->lock, irq_state);
        if (fits)
            return (int)fd;
        if (fd >= limit)
            return -EMFILE;
        if (grow(t, fd))
            return -ENOMEM;
    }
}

void fd_table_install(struct fd_table *t, int fd, struct file *f)
{
    unsigned long irq_state = spin_lock(&t->lock);

    assert(bit_test(t->used, (unsigned)fd) && !t->files[fd]);
    t->files[fd] = f;
    spin_unlock(&t->lock, irq_state);
}

void fd_table_unreserve(struct fd_table *t, int fd)
{
    unsigned long irq_state = spin_lock(&t->lock);

    assert(bit_test(t->used, (unsigned)fd) && !t->files[fd]);
    free_number(t, (unsigned)fd);
    spin_unlock(&t->lock, irq_state);
}

static int close_file(struct fd_table *t, struct file *f)
{
    int err = 0;

    if (f->vnode->locks)
        lock_release_owner(f->vnode, t);
    if (f->ops && f->ops->flush)
        err = f->ops->flush(f);
    file_put(f);
    return err;
}

bool fd_table_next(struct fd_table *t, unsigned *fd)
{
    unsigned long irq_state = spin_lock(&t->lock);
    unsigned i = *fd;
    bool found;

    while (i < t->size && !t->files[i])
        i++;
    found = i < t->size;
    spin_unlock(&t->lock, irq_state);
    *fd = i;
    return found;
}

int fd_table_close(struct fd_table *t, int fd)
{
    unsigned long irq_state = spin_lock(&t->lock);
    struct file *f = NULL;

    if ((unsigned)fd < t->size)
        f = t->files[fd];
    if (f)
        free_number(t, (unsigned)fd);
    spin_unlock(&t->lock, irq_state);
    if (!f)
        return -EBADF;
    return close_file(t, f);
}

int fd_table_replace(struct fd_table *t, int fd, struct file *f, uint64_t limit,
                     bool cloexec)
{
    unsigned n = (unsigned)fd;
    unsigned long irq_state;
    struct file *old;

    if (fd < 0 || n >= limit || n >= FD_TABLE_MAX)
        return -EBADF;
    if (n >= t->size && grow(t, n))
        return -ENOMEM;
    irq_state = spin_lock(&t->lock);
    old = t->files[n];
    if (!old && bit_test(t->used, n)) {
        spin_unlock(&t->lock, irq_state);
        return -EBUSY;
    }
    file_get(f);
    t->files[n] = f;
    take_number(t, n, cloexec);
    spin_unlock(&t->lock, irq_state);
    if (old)
        close_file(t, old);
    return fd;
}

int fd_table_cloexec(struct fd_table *t, int fd)
{
    unsigned long irq_state = spin_lock(&t->lock);
    int on = -EBADF;

    if ((unsigned)fd < t->size && t->files[fd])
        on = bit_test(t->cloexec, (unsigned)fd);
    spin_unlock(&t->lock, irq_state);
    return on;
}

int fd_table_set_cloexec(struct fd_table *t, int fd, bool on)
{
    unsigned long irq_state = spin_lock(&t->lock);
    int err = -EBADF;

    if ((unsigned)fd < t->size && t->files[fd]) {
        bit_put(t->cloexec, (unsigned)fd, on);
        err = 0;
    }
    spin_unlock(&t->lock, irq_state);
    return err;
}
