// SPDX-License-Identifier: MIT
/*
 * futex_robust: what a thread leaves behind (get_robust_list(2),
 * set_tid_address(2)). Its list of robust mutexes lies in the program's memory
 * and is believed nothing: whatever it holds, a word is changed only if it
 * names the thread, and the walk ends.
 */
#include "abi/errno.h"
#include "abi/futex.h"
#include "kernel/futex_priv.h"
#include "kernel/thread.h"

/* How an entry was found. */
enum entry_kind {
    ENTRY_LISTED,
    ENTRY_PENDING, /* being locked or unlocked when the thread died */
};

/* The address of an entry; its lowest bit tells a PI lock. */
struct entry {
    uintptr_t addr;
    bool pi;
};

static int read_entry(uintptr_t from, struct entry *e)
{
    uint64_t raw;

    if (get_user(&raw, (const uint64_t user *)from) < 0)
        return -EFAULT;
    *e = (struct entry){raw & ~1ul, raw & 1};
    return 0;
}

static void wake_one(uint32_t user *word)
{
    (void)futex_wake((struct futex_word){word, true}, 1, UINT32_MAX);
}

/* Marks the mutex whose word it is, if its owner is tid. -EFAULT, -EINVAL: the
 * list is not to be trusted any further. */
static int owner_died(uintptr_t addr, int tid, bool pi, enum entry_kind kind)
{
    uint32_t user *word = (uint32_t user *)addr;
    uint32_t value, now;

    if (!IS_ALIGNED(addr, sizeof(value)))
        return -EINVAL;
    if (load_user32(word, &value) < 0)
        return -EFAULT;
    for (;;) {
        uint32_t owner = value & FUTEX_TID_MASK;

        /* Unlocked, and the wake-up that was to follow never came. */
        if (kind == ENTRY_PENDING && !pi && owner == 0) {
            wake_one(word);
            return 0;
        }
        if (owner != (uint32_t)tid)
            return 0;
        if (cmpxchg_user32(word, value,
                           (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED,
                           &now) < 0)
            return -EFAULT;
        if (now == value)
            break;
        value = now;
    }
    if (!pi && (value & FUTEX_WAITERS))
        wake_one(word);
    return 0;
}

static void walk(uintptr_t head, int tid)
{
    const struct abi_robust_list_head user *h =
        (const struct abi_robust_list_head user *)head;
    struct entry e, next, pending;
    int64_t offset;

    if (read_entry((uintptr_t)&h->list.next, &e) < 0 ||
        get_user(&offset, &h->futex_offset) < 0 ||
        read_entry((uintptr_t)&h->list_op_pending, &pending) < 0)
        return;
    for (int i = 0; i < ROBUST_LIST_LIMIT && e.addr != head; i++) {
        /* First, for once it is marked the entry is somebody else's. */
        int err = read_entry(e.addr, &next);

        if (e.addr != pending.addr &&
            owner_died(e.addr + (uintptr_t)offset, tid, e.pi, ENTRY_LISTED) < 0)
            return;
        if (err < 0)
            return;
        e = next;
    }
    if (pending.addr)
        (void)owner_died(pending.addr + (uintptr_t)offset, tid, pending.pi,
                         ENTRY_PENDING);
}

void futex_thread_leaves(struct thread *t)
{
    uint32_t user *tid_word = (uint32_t user *)t->clear_child_tid;
    const uint32_t zero = 0;

    if (t->robust_list)
        walk(t->robust_list, t->tid);
    t->robust_list = 0;
    futex_pi_thread_leaves(t);
    t->clear_child_tid = 0;
    if (tid_word && put_user(zero, tid_word) == 0)
        wake_one(tid_word);
}
