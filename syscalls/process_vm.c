// SPDX-License-Identifier: MIT
/* process_vm: reading and writing another process's memory:
 * process_vm_readv(2). */
#include "abi/errno.h"
#include "kernel/cred.h"
#include "kernel/kmalloc.h"
#include "kernel/thread.h"
#include "kernel/uio.h"
#include "kernel/vm.h"
#include "syscalls/define.h"
#include "syscalls/vectors.h"

struct transfer {
    struct uio local;
    struct vm_space *space; /* of the other process */
    char *page;             /* what is on its way */
    bool write;             /* to the other process */
};

/* Between the local buffers and addr, within a page; how many bytes. */
static size_t move_piece(struct transfer *t, uintptr_t addr, size_t len)
{
    unsigned wanted = t->write ? VM_WRITE : VM_READ, flags;

    if (vm_check_mapped(t->space, ALIGN_DOWN(addr, PAGE_SIZE), PAGE_SIZE,
                        &flags) < 0 ||
        !(flags & wanted))
        return 0;
    if (!t->write) {
        len = vm_peek(t->space, addr, t->page, len);
        return uio_put(&t->local, t->page, len);
    }
    len = uio_get(&t->local, t->page, len);
    return vm_poke(t->space, addr, t->page, len) < 0 ? 0 : len;
}

/* Stops at the first piece that cannot be moved whole. */
static long move_all(struct transfer *t, const struct vectors *remote)
{
    size_t done = 0;

    for (size_t i = 0; i < remote->n; i++) {
        uintptr_t addr = remote->vec[i].base;
        size_t left = MIN(remote->vec[i].len, t->local.left);

        while (left > 0) {
            size_t n = MIN(left, PAGE_SIZE - (addr & PAGE_MASK));
            size_t moved = addr < VM_USER_END ? move_piece(t, addr, n) : 0;

            done += moved;
            if (moved < n)
                return done ? (long)done : -EFAULT;
            addr += n;
            left -= n;
        }
    }
    return (long)done;
}

static long move_with(struct process *p, const struct vectors *local,
                      const struct vectors *remote, bool write)
{
    struct transfer t = {.write = write};
    unsigned long irq;
    long result;

    t.page = kmalloc(PAGE_SIZE);
    if (!t.page)
        return -ENOMEM;
    irq = spin_lock(&p->lock);
    if (p->space && vm_space_try_get(p->space))
        t.space = p->space;
    spin_unlock(&p->lock, irq);
    uio_init(&t.local, local->vec, local->n, false);
    result = t.space ? move_all(&t, remote) : -ESRCH;
    if (t.space)
        vm_space_put(t.space);
    kfree(t.page);
    return result;
}

/* The process that pid, also of one of its threads, names. */
static struct process *process_of(int pid)
{
    struct thread *t = thread_find(pid);
    struct process *p = t ? t->process : NULL;

    if (p)
        process_get(p);
    thread_put(t);
    return p;
}

static long move(int pid, const struct vectors *local,
                 const struct vectors *remote, bool write)
{
    struct process *p = process_of(pid);
    long result;

    if (!p)
        return -ESRCH;
    result =
        process_inspectable(p) ? move_with(p, local, remote, write) : -EPERM;
    process_put(p);
    return result;
}

static long transfer(int pid, const struct abi_iovec user *local_iov,
                     uint64_t local_n, const struct abi_iovec user *remote_iov,
                     uint64_t remote_n, unsigned long flags, bool write)
{
    struct vectors local, remote;
    long result;

    if (flags)
        return -EINVAL;
    result = vectors_get(&local, local_iov, local_n);
    if (result)
        return result;
    result = vectors_get(&remote, remote_iov, remote_n);
    if (!result) {
        result = move(pid, &local, &remote, write);
        vectors_put(&remote);
    }
    vectors_put(&local);
    return result;
}

/* process_vm_readv(2) */
SYSCALL_DEFINE6(process_vm_readv, int, pid, const struct abi_iovec user *,
                local_iov, uint64_t, liovcnt, const struct abi_iovec user *,
                remote_iov, uint64_t, riovcnt, unsigned long, flags)
{
    return transfer(pid, local_iov, liovcnt, remote_iov, riovcnt, flags, false);
}

/* process_vm_writev(2) */
SYSCALL_DEFINE6(process_vm_writev, int, pid, const struct abi_iovec user *,
                local_iov, uint64_t, liovcnt, const struct abi_iovec user *,
                remote_iov, uint64_t, riovcnt, unsigned long, flags)
{
    return transfer(pid, local_iov, liovcnt, remote_iov, riovcnt, flags, true);
}
