// SPDX-License-Identifier: MIT
/*
 * vm: the program's address space: areas, the pages behind them, and faults.
 *
 * An area is a page-aligned range with one protection and one backing: zeros
 * made on demand, or an object's pages (vm_object.h). Areas never overlap;
 * neighbours that continue each other are merged. Page tables are filled by
 * faults only; each mapped page holds a reference.
 *
 * Locking: vm_space->lock covers areas, page tables and the brk.
 */
#pragma once

#include "kernel/lock.h"
#include "kernel/page.h"
#include "kernel/tlb.h"
#include "kernel/vm_object.h"
#include "lib/rbtree.h"

/* The program's half: page 0 up to the last canonical page is never mapped
 * (a `syscall` there would return to a non-canonical address). */
#define VM_USER_MIN 0x10000ul /* as Linux's vm.mmap_min_addr */
#define VM_USER_END 0x7ffffffff000ul

enum {
    VM_READ = 1,
    VM_WRITE = 2,
    VM_EXEC = 4, /* PROT_* of mmap(2) have the same values */
    VM_PROT = 7,
    VM_SHARED = 8,      /* stores reach the object */
    VM_GROWSDOWN = 16,  /* a stack: grows towards lower addresses on fault */
    VM_STACK = 32,      /* the initial stack: named [stack] */
    VM_HEAP = 64,       /* the brk area: named [heap] */
    VM_NO_WRITE = 128,  /* mprotect may not add VM_WRITE */
    VM_LOCKED = 256,    /* mlock(2): filled at once; nothing is ever swapped */
    VM_NORESERVE = 512, /* may be larger than memory */
    VM_DONTFORK = 1024, /* a child has not got it */
    VM_WIPEONFORK = 2048, /* a child finds zeros */
    VM_LARGE = 4096,      /* large pages even where memory is less plenty */
    VM_NO_LARGE = 8192,   /* never large pages */
};

struct vm_area {
    struct rb_node node;
    uintptr_t start, end; /* page aligned, end excluded */
    unsigned flags;
    uint32_t drop; /* the latest vm_object_drop that came by */
    bool copies;   /* copies of the object's pages may be mapped */
    struct vm_space *space;
    struct vm_object *object;     /* NULL: anonymous; a reference */
    uint64_t offset;              /* of start within object, page aligned */
    struct list_node object_node; /* in object->areas */
};

struct vm_space {
    unsigned refs;
    struct mutex lock;
    struct rb_root areas;
    paddr_t root; /* the top page table */
    struct tlb_context tlb;
    unsigned future;     /* VM_LOCKED: of new areas (mlockall) */
    unsigned membarrier; /* what membarrier(2) has registered */
    bool no_large;       /* no large pages (PR_SET_THP_DISABLE) */
    uintptr_t mmap_top;  /* mappings are placed below this */
    uintptr_t gap_top; /* no gap between here and mmap_top has gap_len bytes */
    size_t gap_len;
    uintptr_t brk_start, brk;
    uintptr_t stack_top, stack_limit; /* RLIMIT_STACK in bytes when made */
    uintptr_t arg_start, arg_end, env_start, env_end;
    uintptr_t auxv_start, auxv_end;
    size_t area_count;
    size_t mapped_pages;               /* the sum of area sizes */
    size_t resident;                   /* pages in the page tables */
    size_t mapped_peak, resident_peak; /* as they were before they sank */
};

/* The most that they have been. */
static inline size_t vm_mapped_peak(const struct vm_space *s)
{
    return MAX(s->mapped_peak, s->mapped_pages);
}

static inline size_t vm_resident_peak(const struct vm_space *s)
{
    return MAX(s->resident_peak, s->resident);
}

/* A new, empty space with the kernel's half in place; NULL without memory. */
struct vm_space *vm_space_create(void);
/*
 * What fork(2) makes of a space: the same memory, of which each side sees only
 * its own later stores, but for shared mappings. VM_DONTFORK areas are left
 * out, VM_WIPEONFORK ones are empty, nothing is VM_LOCKED. NULL: no memory, and
 * the parent is as it was. May sleep.
 */
struct vm_space *vm_space_fork(struct vm_space *parent);
void vm_space_get(struct vm_space *s);
/* A reference on a space that may be on its way out; false: it is. */
bool vm_space_try_get(struct vm_space *s);
void vm_space_put(struct vm_space *s); /* the last one unmaps everything */
void vm_space_activate(struct vm_space *s);

/* How vm_map finds the place. */
enum vm_place {
    VM_PLACE_HINT,      /* at addr if free, else anywhere; addr 0: anywhere */
    VM_PLACE_FIXED,     /* at addr, over whatever is there */
    VM_PLACE_FIXED_NEW, /* at addr, -EEXIST if anything is there */
    VM_PLACE_LOW,       /* anywhere below 2 GiB (MAP_32BIT) */
};

/*
 * Maps len bytes (rounded up to pages). flags: VM_*. object may be NULL; vm_map
 * takes its own reference. The address comes back through *addr, which also
 * brings the wish. Errors as mmap(2): -ENOMEM, -EINVAL, -EEXIST. May sleep.
 */
int vm_map(struct vm_space *s, uintptr_t *addr, size_t len, unsigned flags,
           enum vm_place place, struct vm_object *object, uint64_t offset);
int vm_unmap(struct vm_space *s, uintptr_t addr, size_t len);
/* Unmaps all that is left of a mapping of a whole object with these ops that
 * began at addr: -EINVAL if nothing is. May sleep. */
int vm_unmap_object(struct vm_space *s, uintptr_t addr,
                    const struct vm_object_ops *ops);
/* The whole object with these ops whose mapping began at addr, with a
 * reference; NULL if nothing of it is mapped. May sleep. */
struct vm_object *vm_object_at(struct vm_space *s, uintptr_t addr,
                               const struct vm_object_ops *ops);
/* mprotect(2). prot may contain VM_GROWSDOWN: from the beginning of the stack
 * that addr lies in (-EINVAL for other areas). */
int vm_protect(struct vm_space *s, uintptr_t addr, size_t len, unsigned prot);

/* mremap(2): the new address or a negative errno. */
long vm_remap(struct vm_space *s, uintptr_t addr, size_t old_len,
              size_t new_len, unsigned flags, uintptr_t new_addr);

/*
 * Ranges as madvise(2) takes them: addr page aligned (-EINVAL), len rounded
 * up; -ENOMEM when part of the range is unmapped, and the rest is done.
 */

enum vm_discard {
    VM_DISCARD,        /* -EINVAL at VM_LOCKED areas */
    VM_DISCARD_LOCKED, /* everywhere */
    VM_DISCARD_OWN,    /* -EINVAL also at areas with an object */
};

/* Drops the pages, so that they are filled anew (MADV_DONTNEED, _FREE). */
int vm_discard(struct vm_space *s, uintptr_t addr, size_t len,
               enum vm_discard which);

/* Changes VM_LOCKED, VM_DONTFORK, VM_WIPEONFORK, VM_LARGE and VM_NO_LARGE;
 * -EINVAL for VM_WIPEONFORK on other areas than private anonymous ones. */
int vm_mark(struct vm_space *s, uintptr_t addr, size_t len, unsigned set,
            unsigned clear);
void vm_mark_all(struct vm_space *s, unsigned set, unsigned clear);

/* Only looks: *flags, if not NULL, is all that the areas' flags have set. */
int vm_check_mapped(struct vm_space *s, uintptr_t addr, size_t len,
                    unsigned *flags);

/* msync(2) of the objects that shared areas of the range map; holes are
 * skipped. */
int vm_sync(struct vm_space *s, uintptr_t addr, size_t len);

/* Pages of VM_LOCKED areas. */
size_t vm_locked_pages(struct vm_space *s);

enum vm_populate {
    VM_POPULATE_OWN, /* as the area is: private writable pages are stored to */
    VM_POPULATE_READ,
    VM_POPULATE_WRITE,
};

/* Fills the pages. -ENOMEM (also without memory), -EINVAL where the area does
 * not allow the access, -EFAULT where there would be SIGBUS, -EINTR when the
 * thread is to end; stops there. May sleep. */
int vm_populate(struct vm_space *s, uintptr_t addr, size_t len,
                enum vm_populate how);
/* Fills all that can be filled. */
void vm_populate_all(struct vm_space *s);

/* Which pages an access finds without more work than mapping them; addr is
 * page aligned. -ENOMEM at one that is unmapped. */
int vm_resident(struct vm_space *s, uintptr_t addr, size_t pages,
                uint8_t *present);

/* Sets the end of the heap; the new (or, on failure, the old) one. */
uintptr_t vm_set_brk(struct vm_space *s, uintptr_t brk);

enum vm_fault_result {
    VM_FAULT_OK,
    VM_FAULT_UNMAPPED, /* SIGSEGV, SEGV_MAPERR */
    VM_FAULT_DENIED,   /* SIGSEGV, SEGV_ACCERR */
    VM_FAULT_BUS,      /* SIGBUS */
    VM_FAULT_NOMEM,
};

/* Makes addr accessible for access (VM_READ, _WRITE or _EXEC). May sleep. */
enum vm_fault_result vm_fault(struct vm_space *s, uintptr_t addr,
                              unsigned access);

/* Stores len bytes into areas whatever their protection, for the loader. */
int vm_poke(struct vm_space *s, uintptr_t addr, const void *data, size_t len);

/* Reads len bytes whatever their protection: how many came, from the start,
 * before one that is not mapped or cannot be had. May sleep. */
size_t vm_peek(struct vm_space *s, uintptr_t addr, void *data, size_t len);

/* Large pages, in the whole machine. */
struct vm_large_stats {
    uint64_t mapped; /* now */
    uint64_t made, split;
};
extern struct vm_large_stats vm_large_stats;

/* Makes large pages that [start, end) touches into small ones. Lock held. */
void vm_large_split(struct vm_space *s, uintptr_t start, uintptr_t end);

/* The area that holds addr, or the next above; NULL if none. Lock held. */
struct vm_area *vm_area_find(struct vm_space *s, uintptr_t addr);
/* The area after a, or NULL. Lock held. */
struct vm_area *vm_area_next(struct vm_area *a);
/* Is p the page of zeros that stands for what was only read? */
bool vm_page_is_zero(const struct page *p);
/* "[heap]", "[stack]", the object's name, or "" */
void vm_area_name(const struct vm_area *a, char *buf, size_t size);
