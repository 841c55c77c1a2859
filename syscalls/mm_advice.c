// SPDX-License-Identifier: MIT
/* mm_advice: madvise(2), mincore(2) and msync(2). */
#include "abi/mman.h"
#include "kernel/doctor.h"
#include "kernel/page.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "syscalls/define.h"

#define ADVICE_UNKNOWN 1 /* no errno */

static long populate(struct vm_space *s, uintptr_t addr, size_t len,
                     enum vm_populate how)
{
    int err = vm_check_mapped(s, addr, len, NULL);

    return err < 0 ? err : vm_populate(s, addr, len, how);
}

/* What changes memory or its areas. */
static long advise(struct vm_space *s, uintptr_t addr, size_t len, int advice)
{
    switch (advice) {
    case MADV_DONTNEED:
        return vm_discard(s, addr, len, VM_DISCARD);
    case MADV_DONTNEED_LOCKED:
        return vm_discard(s, addr, len, VM_DISCARD_LOCKED);
    case MADV_FREE:
        return vm_discard(s, addr, len, VM_DISCARD_OWN);
    case MADV_DONTFORK:
        return vm_mark(s, addr, len, VM_DONTFORK, 0);
    case MADV_DOFORK:
        return vm_mark(s, addr, len, 0, VM_DONTFORK);
    case MADV_WIPEONFORK:
        return vm_mark(s, addr, len, VM_WIPEONFORK, 0);
    case MADV_KEEPONFORK:
        return vm_mark(s, addr, len, 0, VM_WIPEONFORK);
    case MADV_HUGEPAGE:
        return vm_mark(s, addr, len, VM_LARGE, VM_NO_LARGE);
    case MADV_NOHUGEPAGE:
        return vm_mark(s, addr, len, VM_NO_LARGE, VM_LARGE);
    case MADV_POPULATE_READ:
        return populate(s, addr, len, VM_POPULATE_READ);
    case MADV_POPULATE_WRITE:
        return populate(s, addr, len, VM_POPULATE_WRITE);
    default:
        return ADVICE_UNKNOWN;
    }
}

/* madvise(2): hints that Elfin has no use for are taken and change nothing,
 * which is all that the manual page promises of them. */
SYSCALL_DEFINE3(madvise, uintptr_t, addr, size_t, len, int, advice)
{
    struct vm_space *s = process_current()->space;
    long result = advise(s, addr, len, advice);

    if (result != ADVICE_UNKNOWN)
        return result;
    switch (advice) {
    case MADV_NORMAL:
    case MADV_RANDOM:
    case MADV_SEQUENTIAL:
    case MADV_WILLNEED:
    case MADV_COLD:
    case MADV_PAGEOUT:
    case MADV_MERGEABLE:
    case MADV_UNMERGEABLE:
    case MADV_DONTDUMP:
    case MADV_DODUMP:
        return vm_check_mapped(s, addr, len, NULL);
    default:
        doctor_refused("madvise", "advice=%d", advice);
        return -EINVAL;
    }
}
SYSCALL_PARTIAL(madvise, "hints about order and equal pages, core dumps "
                         "and swapping have no effect; MADV_REMOVE, "
                         "MADV_COLLAPSE and memory failures are refused");

/* mincore(2) */
SYSCALL_DEFINE3(mincore, uintptr_t, addr, size_t, len, uint8_t user *, vec)
{
    struct vm_space *s = process_current()->space;
    size_t left = (len >> PAGE_SHIFT) + ((len & PAGE_MASK) != 0);
    uint8_t present[256];

    if (!IS_ALIGNED(addr, PAGE_SIZE))
        return -EINVAL;
    if (addr > VM_USER_END || len > VM_USER_END - addr)
        return -ENOMEM;
    while (left > 0) {
        size_t n = MIN(left, sizeof(present));
        int err = vm_resident(s, addr, n, present);

        if (err < 0)
            return err;
        if (copy_to_user(vec, present, n))
            return -EFAULT;
        vec += n;
        addr += n << PAGE_SHIFT;
        left -= n;
    }
    return 0;
}

/* msync(2): a mapping's pages are the file's own, and files in memory have no
 * other place to be written to. Those of volumes have; MS_ASYNC leaves it to
 * them when. */
SYSCALL_DEFINE3(msync, uintptr_t, addr, size_t, len, int, flags)
{
    unsigned areas;
    int err;

    if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) ||
        (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC) ||
        !IS_ALIGNED(addr, PAGE_SIZE))
        return -EINVAL;
    if (len > SIZE_MAX - PAGE_MASK)
        return -ENOMEM;
    len = ALIGN_UP(len, PAGE_SIZE);
    if (addr + len < addr)
        return -ENOMEM;
    err = vm_check_mapped(process_current()->space, addr, len, &areas);
    if (err == 0 && (flags & MS_INVALIDATE) && (areas & VM_LOCKED))
        return -EBUSY;
    if (err == 0 && (flags & MS_SYNC))
        err = vm_sync(process_current()->space, addr, len);
    return err;
}
