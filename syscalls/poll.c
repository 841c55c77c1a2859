// SPDX-License-Identifier: MIT
/* poll: poll(2) and ppoll(2). */
#include "abi/poll.h"

#include "kernel/kmalloc.h"
#include "kernel/restart.h"
#include "syscalls/define.h"
#include "syscalls/timespec.h"
#include "syscalls/wait_mask.h"
#include "vfs/fd.h"

#define FEW_FDS 8 /* fit on the stack */

struct poll_set {
    size_t count;
    struct abi_pollfd *fds;
    struct poll_entry *entries;
    struct abi_pollfd few_fds[FEW_FDS];
    struct poll_entry few_entries[FEW_FDS];
};

static void set_free(struct poll_set *s)
{
    if (s->fds != s->few_fds)
        kfree(s->fds);
    if (s->entries != s->few_entries)
        kfree(s->entries);
}

static int set_alloc(struct poll_set *s, size_t count)
{
    s->count = count;
    s->fds = s->few_fds;
    s->entries = s->few_entries;
    if (count <= FEW_FDS)
        return 0;
    s->fds = kmalloc(count * sizeof(*s->fds));
    s->entries = kmalloc(count * sizeof(*s->entries));
    if (s->fds && s->entries)
        return 0;
    set_free(s);
    return -ENOMEM;
}

/* Takes the files; how many descriptors are not open. */
static int set_open(struct poll_set *s)
{
    int invalid = 0;

    for (size_t i = 0; i < s->count; i++) {
        struct abi_pollfd *p = &s->fds[i];
        struct poll_entry *e = &s->entries[i];

        e->file = p->fd < 0 ? NULL : fd_get(p->fd);
        e->wanted = (uint16_t)p->events;
        e->ready = 0;
        if (p->fd >= 0 && !e->file) {
            e->ready = POLLNVAL;
            invalid++;
        }
    }
    return invalid;
}

/* Gives the files back, and tells fds what is ready unless put is false.
 * -EFAULT. */
static int set_close(struct poll_set *s, struct abi_pollfd user *fds, bool put)
{
    int err = 0;

    for (size_t i = 0; i < s->count; i++) {
        const struct poll_entry *e = &s->entries[i];

        if (put && !err)
            err = put_user((int16_t)e->ready, &fds[i].revents);
        if (e->file)
            file_put(e->file);
    }
    return err;
}

static long poll_user(struct abi_pollfd user *fds, size_t count,
                      uint64_t deadline)
{
    struct poll_set s;
    int invalid;
    long ready;

    if (count > fd_limit())
        return -EINVAL;
    if (set_alloc(&s, count))
        return -ENOMEM;
    if (copy_from_user(s.fds, fds, count * sizeof(*s.fds))) {
        ready = -EFAULT;
        goto free_set;
    }
    invalid = set_open(&s);
    ready = poll_files(s.entries, count, invalid ? 0 : deadline);
    ready += invalid; /* which means that it is not an error */
    if (set_close(&s, fds, ready >= 0))
        ready = -EFAULT;
free_set:
    set_free(&s);
    return ready;
}

/* poll(2); cut short by a signal, it goes on to its first deadline */
static long poll_until(struct abi_pollfd user *fds, size_t count,
                       uint64_t deadline);

static long poll_again(const struct restart_block *b)
{
    return poll_until((struct abi_pollfd user *)b->arg[0], b->arg[1],
                      b->arg[2]);
}

static long poll_until(struct abi_pollfd user *fds, size_t count,
                       uint64_t deadline)
{
    long ready = poll_user(fds, count, deadline);

    if (ready != -ERESTARTNOHAND)
        return ready;
    return restart_later(
        (struct restart_block){poll_again, {(uintptr_t)fds, count, deadline}});
}

/* poll(2): timeout in milliseconds, negative for ever */
SYSCALL_DEFINE3(poll, struct abi_pollfd user *, fds, unsigned, nfds, int,
                timeout)
{
    uint64_t deadline = WAIT_FOREVER;

    if (timeout >= 0)
        deadline =
            timeout ? deadline_after((uint64_t)timeout * NSEC_PER_MSEC) : 0;
    return poll_until(fds, nfds, deadline);
}

/* ppoll(2) */
SYSCALL_DEFINE5(ppoll, struct abi_pollfd user *, fds, unsigned, nfds,
                struct abi_timespec user *, timeout, const uint64_t user *,
                mask, size_t, mask_size)
{
    uint64_t deadline;
    long ready;
    int err = deadline_of_timeout(timeout, &deadline);

    if (!err)
        err = wait_mask_set(mask, mask_size);
    if (err)
        return err;
    ready = poll_user(fds, nfds, deadline);
    wait_mask_restore(mask, ready);
    return timeout_put_left(timeout, deadline, ready);
}
