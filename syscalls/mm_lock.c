// SPDX-License-Identifier: MIT
/*
 * mm_lock: mlock(2) and its relatives. Nothing is ever swapped out, so that a
 * page which was touched stays: locking memory is filling it, and a mark on
 * its area that later fillings and MADV_DONTNEED go by.
 */
#include "syscalls/mm_lock.h"

#include "abi/mman.h"
#include "abi/resource.h"
#include "kernel/cred.h"
#include "kernel/page.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "syscalls/define.h"

#define MLOCK_ONFAULT 1

int mm_may_lock(size_t len)
{
    struct process *p = process_current();
    uint64_t limit = p->limits[RLIMIT_MEMLOCK].soft;
    size_t pages = (len >> PAGE_SHIFT) + ((len & PAGE_MASK) != 0);

    if (capable(CAP_IPC_LOCK) || limit == RLIM64_INFINITY)
        return 0;
    if (limit == 0)
        return -EPERM;
    return vm_locked_pages(p->space) + pages <= limit >> PAGE_SHIFT ? 0
                                                                    : -ENOMEM;
}

/* The whole pages around a range; false when it wraps. A length that wraps
 * while it is rounded up becomes 0, as on Linux. */
static bool whole_pages(uintptr_t *addr, size_t *len)
{
    uintptr_t start = ALIGN_DOWN(*addr, PAGE_SIZE);
    size_t more = *addr - start;

    *len = ALIGN_UP(*len + more, PAGE_SIZE);
    *addr = start;
    return start + *len >= start;
}

static long lock_range(uintptr_t addr, size_t len, bool fill)
{
    struct vm_space *s = process_current()->space;
    int err;

    if (!whole_pages(&addr, &len))
        return -EINVAL;
    err = mm_may_lock(len);
    if (err == 0)
        err = vm_mark(s, addr, len, VM_LOCKED, 0);
    if (err < 0 || !fill)
        return err;
    err = vm_populate(s, addr, len, VM_POPULATE_OWN);
    if (err == -ENOMEM)
        return -EAGAIN;
    return err == -EINVAL || err == -EFAULT ? -ENOMEM : err;
}

/* mlock(2) */
SYSCALL_DEFINE2(mlock, uintptr_t, addr, size_t, len)
{
    return lock_range(addr, len, true);
}

/* mlock2(2) */
SYSCALL_DEFINE3(mlock2, uintptr_t, addr, size_t, len, unsigned, flags)
{
    if (flags & ~MLOCK_ONFAULT)
        return -EINVAL;
    return lock_range(addr, len, !(flags & MLOCK_ONFAULT));
}

/* munlock(2) */
SYSCALL_DEFINE2(munlock, uintptr_t, addr, size_t, len)
{
    if (!whole_pages(&addr, &len))
        return -EINVAL;
    return vm_mark(process_current()->space, addr, len, 0, VM_LOCKED);
}

/* mlockall(2) */
SYSCALL_DEFINE1(mlockall, int, flags)
{
    struct vm_space *s = process_current()->space;
    int err;

    if (!flags || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) ||
        flags == MCL_ONFAULT)
        return -EINVAL;
    err = mm_may_lock(flags & MCL_CURRENT ? s->mapped_pages << PAGE_SHIFT : 0);
    if (err < 0)
        return err;
    s->future = flags & MCL_FUTURE ? VM_LOCKED : 0;
    if (!(flags & MCL_CURRENT))
        return 0;
    vm_mark_all(s, VM_LOCKED, 0);
    if (!(flags & MCL_ONFAULT))
        vm_populate_all(s);
    return 0;
}
SYSCALL_PARTIAL(mlockall, "with MCL_FUTURE, MCL_ONFAULT has no effect: later "
                          "mappings are filled at once");

/* munlockall(2) */
SYSCALL_DEFINE0(munlockall)
{
    struct vm_space *s = process_current()->space;

    s->future = 0;
    vm_mark_all(s, 0, VM_LOCKED);
    return 0;
}
