// SPDX-License-Identifier: MIT
/* mm: mmap(2) and what goes with it. */
#include "abi/mman.h"
#include "kernel/page.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "syscalls/define.h"
#include "vfs/fd.h"
#include "vfs/file.h"

/* Flags that change nothing here: mappings are never written to a device
 * behind the program's back, memory is never reserved, and all of it stays. */
#define MAP_IGNORED                                                            \
    (MAP_DENYWRITE | MAP_EXECUTABLE | MAP_NORESERVE | MAP_STACK |              \
     MAP_NONBLOCK | MAP_LOCKED | MAP_GROWSDOWN)
#define MAP_KNOWN                                                              \
    (MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_32BIT | MAP_IGNORED |          \
     MAP_POPULATE | MAP_FIXED_NOREPLACE)

static enum vm_place place_of(unsigned flags)
{
    if (flags & MAP_FIXED_NOREPLACE)
        return VM_PLACE_FIXED_NEW;
    if (flags & MAP_FIXED)
        return VM_PLACE_FIXED;
    return flags & MAP_32BIT ? VM_PLACE_LOW : VM_PLACE_HINT;
}

static void populate(uintptr_t addr, size_t len, unsigned prot)
{
    struct vm_space *s = process_current()->space;
    unsigned access = prot & VM_WRITE ? VM_WRITE : VM_READ;

    for (uintptr_t at = addr; at < addr + len; at += PAGE_SIZE)
        if (vm_fault(s, at, access) != VM_FAULT_OK)
            return; /* as on Linux: not an error of mmap */
}

/* What mmap(2) demands of the descriptor. */
static int file_allows(struct file *f, unsigned prot, bool shared)
{
    if (f->mode & FILE_PATH)
        return -EBADF;
    if (!(f->mode & FILE_READ))
        return -EACCES;
    if (shared && (prot & PROT_WRITE) && !(f->mode & FILE_WRITE))
        return -EACCES;
    return file_vm_object(f) ? 0 : -ENODEV;
}

static long map_file(uintptr_t addr, size_t len, unsigned prot, unsigned flags,
                     int fd, uint64_t offset, bool shared)
{
    struct file *f = fd_get(fd);
    int err;

    if (!f)
        return -EBADF;
    err = file_allows(f, prot, shared);
    if (err == 0)
        err = vm_map(process_current()->space, &addr, len,
                     prot | (shared ? VM_SHARED : 0), place_of(flags),
                     file_vm_object(f), offset);
    file_put(f);
    return err < 0 ? err : (long)addr;
}

/* mmap(2) */
SYSCALL_DEFINE6(mmap, uintptr_t, addr, size_t, len, int, prot, int, flags, int,
                fd, uint64_t, offset)
{
    unsigned type = flags & MAP_TYPE;
    unsigned vm_prot = prot & VM_PROT;
    long result;
    int err;

    if (type == MAP_SHARED_VALIDATE && (flags & ~MAP_KNOWN))
        return -EOPNOTSUPP;
    if (!IS_ALIGNED(offset, PAGE_SIZE) || len == 0 ||
        (type != MAP_SHARED && type != MAP_PRIVATE &&
         type != MAP_SHARED_VALIDATE))
        return -EINVAL;
    if (flags & MAP_HUGETLB)
        return -ENOMEM; /* the pool of huge pages is empty */
    if (ALIGN_UP(len, PAGE_SIZE) < len)
        return -ENOMEM;
    if (offset + len < offset)
        return -EOVERFLOW;
    if (flags & MAP_ANONYMOUS) {
        err = vm_map(process_current()->space, &addr, len, vm_prot,
                     place_of(flags), NULL, 0);
        result = err < 0 ? err : (long)addr;
    } else {
        result = map_file(addr, len, vm_prot, flags, fd, offset,
                          type != MAP_PRIVATE);
    }
    if (result >= 0 && (flags & MAP_POPULATE))
        populate(result, ALIGN_UP(len, PAGE_SIZE), vm_prot);
    return result;
}
SYSCALL_PARTIAL(mmap, "MAP_GROWSDOWN areas do not grow; huge pages and MAP_SYNC "
                      "are refused");

/* munmap(2) */
SYSCALL_DEFINE2(munmap, uintptr_t, addr, size_t, len)
{
    return vm_unmap(process_current()->space, addr, len);
}

/* mprotect(2) */
SYSCALL_DEFINE3(mprotect, uintptr_t, addr, size_t, len, int, prot)
{
    if (prot & ~(VM_PROT | PROT_SEM))
        return -EINVAL;
    return vm_protect(process_current()->space, addr, len, prot & VM_PROT);
}
SYSCALL_PARTIAL(mprotect, "PROT_GROWSDOWN and PROT_GROWSUP are refused");

/* mremap(2) */
SYSCALL_DEFINE5(mremap, uintptr_t, addr, size_t, old_len, size_t, new_len,
                int, flags, uintptr_t, new_addr)
{
    return vm_remap(process_current()->space, addr, old_len, new_len, flags,
                    new_addr);
}
SYSCALL_PARTIAL(mremap, "MREMAP_DONTUNMAP and an old size of 0 are refused");

/* brk(2), as the kernel has it: the new end, or the old one on failure. */
SYSCALL_DEFINE1(brk, uintptr_t, addr)
{
    return vm_set_brk(process_current()->space, addr);
}

/* madvise(2): advice that Elfin has no use for is taken and changes nothing,
 * which is all that the manual page promises of it. */
SYSCALL_DEFINE3(madvise, uintptr_t, addr, size_t, len, int, advice)
{
    switch (advice) {
    case MADV_DONTNEED:
        return vm_discard(process_current()->space, addr, len);
    case MADV_NORMAL:
    case MADV_RANDOM:
    case MADV_SEQUENTIAL:
    case MADV_WILLNEED:
    case MADV_FREE:
    case MADV_COLD:
    case MADV_PAGEOUT:
    case MADV_HUGEPAGE:
    case MADV_NOHUGEPAGE:
    case MADV_MERGEABLE:
    case MADV_UNMERGEABLE:
    case MADV_DONTDUMP:
    case MADV_DODUMP:
    case MADV_DONTFORK:
    case MADV_DOFORK:
        return IS_ALIGNED(addr, PAGE_SIZE) ? 0 : -EINVAL;
    default:
        return -EINVAL;
    }
}
SYSCALL_PARTIAL(madvise, "only MADV_DONTNEED acts; other hints are accepted "
                         "without effect, the rest is refused");
