// SPDX-License-Identifier: MIT
/* mm: mmap(2) and what goes with it. */
#include "abi/fcntl.h"
#include "abi/mman.h"
#include "kernel/debug.h"
#include "kernel/doctor.h"
#include "kernel/page.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "net/kern/socket.h"
#include "syscalls/define.h"
#include "syscalls/mm_lock.h"
#include "vfs/fd.h"
#include "vfs/file.h"
#include "vfs/memfd.h"
#include "vfs/ramfs.h"

/* Flags that change nothing, here as on Linux. */
#define MAP_IGNORED (MAP_DENYWRITE | MAP_EXECUTABLE | MAP_STACK | MAP_NONBLOCK)
#define MAP_KNOWN                                                      \
    (MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_32BIT | MAP_IGNORED |  \
     MAP_POPULATE | MAP_FIXED_NOREPLACE | MAP_NORESERVE | MAP_LOCKED | \
     MAP_GROWSDOWN)

static enum vm_place place_of(unsigned flags)
{
    if (flags & MAP_FIXED_NOREPLACE)
        return VM_PLACE_FIXED_NEW;
    if (flags & MAP_FIXED)
        return VM_PLACE_FIXED;
    return flags & MAP_32BIT ? VM_PLACE_LOW : VM_PLACE_HINT;
}

/* What mmap(2) demands of the descriptor. */
static int file_allows(struct file *f, unsigned prot, bool shared)
{
    const struct sock *sk;

    if (f->mode & FILE_PATH)
        return -EBADF;
    if (!(f->mode & FILE_READ))
        return -EACCES;
    if (shared && (prot & PROT_WRITE) && !(f->mode & FILE_WRITE))
        return -EACCES;
    if (file_vm_object(f))
        return 0;
    sk = socket_sock(f); /* of AF_PACKET: without a ring yet */
    return sk && sk->family == AF_PACKET ? -EINVAL : -ENODEV;
}

/* What a call of mmap(2) asks for. */
struct wish {
    uintptr_t addr;
    size_t len;
    unsigned prot, flags; /* VM_READ and so on; MAP_* */
    int fd;
    uint64_t offset;
    bool shared;
};

static unsigned area_flags(const struct wish *w)
{
    unsigned kind = w->shared ? VM_SHARED : 0;

    if (w->flags & MAP_NORESERVE)
        kind |= VM_NORESERVE;
    if (w->flags & MAP_STACK)
        kind |= VM_NO_LARGE; /* most of it is never touched */
    if (w->flags & MAP_LOCKED)
        kind |= VM_LOCKED;
    return w->prot | kind;
}

static long map_object(const struct wish *w, struct vm_object *o,
                       uint64_t offset, unsigned more)
{
    uintptr_t addr = w->addr;
    int err = vm_map(process_current()->space, &addr, w->len,
                     area_flags(w) | more, place_of(w->flags), o, offset);

    return err < 0 ? err : (long)addr;
}

/* Stores through a shared mapping go to the file: seals may forbid them. */
static long map_file_shared(const struct wish *w, struct file *f)
{
    struct vnode *v = f->vnode;
    unsigned more = f->mode & FILE_WRITE ? 0 : VM_NO_WRITE;
    long result = -EPERM;
    int seals;

    mutex_lock(&v->io_lock); /* seals stay as they are */
    seals = ramfs_seals(v);
    if (seals > 0 && (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)))
        more = VM_NO_WRITE;
    if (!(more && (w->prot & VM_WRITE)))
        result = map_object(w, file_vm_object(f), w->offset, more);
    mutex_unlock(&v->io_lock);
    return result;
}

static long map_file(const struct wish *w)
{
    struct file *f = fd_get(w->fd);
    long result;

    if (!f)
        return -EBADF;
    result = file_allows(f, w->prot, w->shared);
    if (result == 0 && w->shared)
        result = map_file_shared(w, f);
    else if (result == 0)
        result = map_object(w, file_vm_object(f), w->offset, 0);
    if (result >= 0 && (w->prot & VM_EXEC))
        debug_image_mapped((uintptr_t)result,
                           (uintptr_t)result + ALIGN_UP(w->len, PAGE_SIZE),
                           file_vm_object(f), w->offset);
    file_put(f);
    return result;
}

static long map_anonymous(const struct wish *w)
{
    struct page_stats pages;
    struct vnode *v;
    long result;
    int err;

    if (!w->shared)
        return map_object(w, NULL, 0,
                          w->flags & MAP_GROWSDOWN ? VM_GROWSDOWN : 0);
    page_get_stats(&pages);
    if (!(w->flags & MAP_NORESERVE) && w->len >> PAGE_SHIFT > pages.total)
        return -ENOMEM;
    err = memfd_create_shared(ALIGN_UP(w->len, PAGE_SIZE), &v);
    if (err < 0)
        return err;
    result = map_object(w, &v->object, 0, 0);
    vnode_put(v);
    return result;
}

/* May len more bytes be locked? -EPERM, -EAGAIN. */
static int may_lock(size_t len, unsigned flags)
{
    struct vm_space *s = process_current()->space;

    if (!(flags & MAP_LOCKED) && !s->future)
        return 0;
    switch (mm_may_lock(len)) {
    case 0:
        return 0;
    case -EPERM:
        return flags & MAP_LOCKED ? -EPERM : -EAGAIN;
    default:
        return -EAGAIN;
    }
}

static int check_wish(const struct wish *w)
{
    unsigned type = w->flags & MAP_TYPE;

    if (type == MAP_SHARED_VALIDATE && (w->flags & ~MAP_KNOWN)) {
        doctor_refused("mmap", "flags=0x%x", w->flags & ~MAP_KNOWN);
        return -EOPNOTSUPP;
    }
    if (!IS_ALIGNED(w->offset, PAGE_SIZE) || w->len == 0 ||
        (type != MAP_SHARED && type != MAP_PRIVATE &&
         type != MAP_SHARED_VALIDATE) ||
        ((w->flags & MAP_GROWSDOWN) && w->shared))
        return -EINVAL;
    if (w->flags & MAP_HUGETLB) {
        doctor_refused("mmap", "flags=0x%x", MAP_HUGETLB);
        return -ENOMEM; /* the pool of huge pages is empty */
    }
    if (ALIGN_UP(w->len, PAGE_SIZE) < w->len)
        return -ENOMEM;
    if (w->offset + w->len < w->offset)
        return -EOVERFLOW;
    return may_lock(w->len, w->flags);
}

/* mmap(2) */
SYSCALL_DEFINE6(mmap, uintptr_t, addr, size_t, len, int, prot, int, flags, int,
                fd, uint64_t, offset)
{
    const struct wish w = {
        .addr = addr,
        .len = len,
        .prot = prot & VM_PROT,
        .flags = (unsigned)flags,
        .fd = fd,
        .offset = offset,
        .shared = (flags & MAP_TYPE) != MAP_PRIVATE,
    };
    struct vm_space *s = process_current()->space;
    long result = check_wish(&w);

    if (result == 0)
        result = flags & MAP_ANONYMOUS ? map_anonymous(&w) : map_file(&w);
    if (result == -ENOMEM)
        doctor_no_memory("mmap", len);
    /* What cannot be filled is no error of mmap, as on Linux. */
    if (result >= 0 && ((flags & (MAP_POPULATE | MAP_LOCKED)) || s->future))
        vm_populate(s, (uintptr_t)result, len, VM_POPULATE_OWN);
    return result;
}
SYSCALL_PARTIAL(mmap, "huge pages and MAP_SYNC are refused");

/* munmap(2) */
SYSCALL_DEFINE2(munmap, uintptr_t, addr, size_t, len)
{
    return vm_unmap(process_current()->space, addr, len);
}

/* mprotect(2) */
SYSCALL_DEFINE3(mprotect, uintptr_t, addr, size_t, len, int, prot)
{
    const int grows = PROT_GROWSDOWN | PROT_GROWSUP;
    unsigned down = prot & PROT_GROWSDOWN ? VM_GROWSDOWN : 0;

    /* Nothing grows up on this machine. */
    if ((prot & ~(VM_PROT | PROT_SEM | grows)) || (prot & PROT_GROWSUP))
        return -EINVAL;
    return vm_protect(process_current()->space, addr, len,
                      (prot & VM_PROT) | down);
}

/* Protection keys: Elfin gives none out, as Linux on a CPU without them. */

/* pkey_alloc(2) */
SYSCALL_DEFINE2(pkey_alloc, unsigned, flags, unsigned, access_rights)
{
    if (flags || (access_rights & ~(PKEY_DISABLE_ACCESS | PKEY_DISABLE_WRITE)))
        return -EINVAL;
    return -ENOSPC;
}

/* pkey_free(2) */
SYSCALL_DEFINE1(pkey_free, int, pkey)
{
    (void)pkey;
    return -EINVAL;
}

/* pkey_mprotect(2) */
SYSCALL_DEFINE4(pkey_mprotect, uintptr_t, addr, size_t, len, int, prot, int,
                pkey)
{
    long err = sys_mprotect(addr, 0, prot); /* the arguments alone */

    if (err < 0 || len == 0)
        return err;
    return pkey == -1 ? sys_mprotect(addr, len, prot) : -EINVAL;
}

/* mremap(2) */
SYSCALL_DEFINE5(mremap, uintptr_t, addr, size_t, old_len, size_t, new_len, int,
                flags, uintptr_t, new_addr)
{
    long result;

    result = vm_remap(process_current()->space, addr, old_len, new_len, flags,
                      new_addr);
    if (result == -ENOMEM)
        doctor_no_memory("mremap", new_len);
    return result;
}

/* brk(2), as the kernel has it: the new end, or the old one on failure. */
SYSCALL_DEFINE1(brk, uintptr_t, addr)
{
    uintptr_t end = vm_set_brk(process_current()->space, addr);

    if (addr > end)
        doctor_no_memory("brk", addr - end);
    return (long)end;
}
