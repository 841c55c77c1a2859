// SPDX-License-Identifier: MIT
/* select: select(2) and pselect(2), on top of the same waiting as poll. */
#include "abi/poll.h"
#include "kernel/kmalloc.h"
#include "syscalls/define.h"
#include "syscalls/timespec.h"
#include "syscalls/wait_mask.h"
#include "vfs/fd.h"

#define WORD_BITS 64
#define SETS      3

/* What each of the three sets waits for, and what counts as that. */
static const struct {
    uint32_t wanted, counts;
} kinds[SETS] = {
    {POLLIN | POLLRDNORM | POLLRDBAND,
     POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR},
    {POLLOUT | POLLWRNORM | POLLWRBAND,
     POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR},
    {POLLPRI, POLLPRI},
};

struct select {
    size_t count; /* descriptors looked at */
    size_t words; /* of each set */
    uint64_t *sets[SETS];
    uint64_t *memory; /* of all sets, then results */
    struct poll_entry *entries;
};

static bool in_set(const uint64_t *set, size_t fd)
{
    return set[fd / WORD_BITS] >> fd % WORD_BITS & 1;
}

static void select_free(struct select *s)
{
    kfree(s->memory);
    kfree(s->entries);
}

/* Sets of the program that are NULL stay empty. */
static int select_read(struct select *s, uint64_t user *const *sets)
{
    s->words = (s->count + WORD_BITS - 1) / WORD_BITS;
    s->memory = kzalloc(MAX(SETS * s->words, 1ul) * sizeof(uint64_t));
    s->entries = kzalloc(MAX(s->count, 1ul) * sizeof(*s->entries));
    if (!s->memory || !s->entries)
        return -ENOMEM;
    for (int k = 0; k < SETS; k++) {
        s->sets[k] = s->memory + (size_t)k * s->words;
        if (sets[k] && copy_from_user(s->sets[k], sets[k], s->words * 8))
            return -EFAULT;
    }
    return 0;
}

/* Takes the files of all descriptors in a set. -EBADF: one is not open. */
static int select_open(struct select *s)
{
    for (size_t fd = 0; fd < s->count; fd++) {
        struct poll_entry *e = &s->entries[fd];

        for (int k = 0; k < SETS; k++) {
            if (in_set(s->sets[k], fd))
                e->wanted |= kinds[k].wanted;
        }
        if (!e->wanted)
            continue;
        e->file = fd_get((int)fd);
        if (!e->file)
            return -EBADF;
    }
    return 0;
}

static void select_close(struct select *s)
{
    for (size_t fd = 0; fd < s->count; fd++) {
        if (s->entries[fd].file)
            file_put(s->entries[fd].file);
    }
}

/* Leaves in the sets what is ready; how many bits that is. */
static long select_result(struct select *s)
{
    long bits = 0;

    for (size_t fd = 0; fd < s->count; fd++) {
        for (int k = 0; k < SETS; k++) {
            uint64_t bit = 1ull << fd % WORD_BITS;

            if (!in_set(s->sets[k], fd))
                continue;
            if (s->entries[fd].ready & kinds[k].counts)
                bits++;
            else
                s->sets[k][fd / WORD_BITS] &= ~bit;
        }
    }
    return bits;
}

static long select_write(struct select *s, uint64_t user *const *sets)
{
    for (int k = 0; k < SETS; k++) {
        if (sets[k] && copy_to_user(sets[k], s->sets[k], s->words * 8))
            return -EFAULT;
    }
    return 0;
}

static long select_fds(int count, uint64_t user *const *sets, uint64_t deadline)
{
    struct select s = {0};
    long bits, err;

    if (count < 0)
        return -EINVAL;
    /* Beyond the table there is nothing that could be open. */
    s.count = MIN((size_t)count, fd_table_current()->size);
    err = select_read(&s, sets);
    if (err)
        goto free_sets;
    err = select_open(&s);
    if (err)
        goto close_files;
    err = poll_files(s.entries, s.count, deadline);
    if (err < 0)
        goto close_files;
    bits = select_result(&s);
    err = select_write(&s, sets);
    if (!err)
        err = bits;
close_files:
    select_close(&s);
free_sets:
    select_free(&s);
    return err;
}

/* As timespec_get; more than a second of microseconds is allowed. */
static int timeval_get(const struct abi_timeval user *from, uint64_t *ns)
{
    struct abi_timespec ts;
    struct abi_timeval tv;

    if (copy_from_user(&tv, from, sizeof(tv)))
        return -EFAULT;
    if (tv.tv_sec < 0 || tv.tv_usec < 0)
        return -EINVAL;
    ts.tv_nsec = tv.tv_usec % 1000000 * (int64_t)NSEC_PER_USEC;
    if (__builtin_add_overflow(tv.tv_sec, tv.tv_usec / 1000000, &ts.tv_sec))
        ts.tv_sec = INT64_MAX;
    return timespec_to_ns(&ts, ns);
}

/* select(2) */
SYSCALL_DEFINE5(select, int, count, uint64_t user *, readfds, uint64_t user *,
                writefds, uint64_t user *, exceptfds, struct abi_timeval user *,
                timeout)
{
    uint64_t user *const sets[SETS] = {readfds, writefds, exceptfds};
    uint64_t deadline = WAIT_FOREVER, ns;
    struct abi_timeval left;
    long ready;
    int err;

    if (timeout) {
        err = timeval_get(timeout, &ns);
        if (err)
            return err;
        deadline = ns ? deadline_after(ns) : 0;
    }
    ready = select_fds(count, sets, deadline);
    if (timeout && deadline) {
        left = timeval_from_ns(deadline_left(deadline));
        if (copy_to_user(timeout, &left, sizeof(left)) < 0 &&
            ready == -ERESTARTNOHAND)
            ready = -EINTR;
    }
    return ready;
}

/* pselect6(2): the last argument points to a mask's address and size. */
SYSCALL_DEFINE6(pselect6, int, count, uint64_t user *, readfds, uint64_t user *,
                writefds, uint64_t user *, exceptfds,
                struct abi_timespec user *, timeout, const uint64_t user *,
                mask_and_size)
{
    uint64_t user *const sets[SETS] = {readfds, writefds, exceptfds};
    uint64_t deadline, mask[2] = {0, 0};
    const uint64_t user *set;
    long ready;
    int err = deadline_of_timeout(timeout, &deadline);

    if (err)
        return err;
    if (mask_and_size && copy_from_user(mask, mask_and_size, sizeof(mask)))
        return -EFAULT;
    set = (const uint64_t user *)(uintptr_t)mask[0];
    err = wait_mask_set(set, mask[1]);
    if (err)
        return err;
    ready = select_fds(count, sets, deadline);
    wait_mask_restore(set, ready);
    return timeout_put_left(timeout, deadline, ready);
}
