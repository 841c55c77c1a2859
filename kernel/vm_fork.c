// SPDX-License-Identifier: MIT
/*
 * vm_fork: the address space of a child.
 *
 * Private pages are mapped by both sides and lose their write permission on
 * both: whoever stores first makes a copy, and the other, as the page's last
 * user, may then store in place (make_writable in vm_fault.c). What an object
 * can give again, which is shared memory and the unchanged pages of files, is
 * left for the child's faults.
 *
 * Locking: the parent's lock, then the child's, which nobody else can want but
 * a vm_object_drop that found one of its areas.
 */
#include "abi/errno.h"
#include "kernel/pagetable.h"
#include "kernel/tlb.h"
#include "kernel/vm_priv.h"

static void share_one(uint64_t *pte, uint64_t *other, void *arg)
{
    struct vm_space *child = arg;
    struct page *p = page_of_phys(*pte & PTE_ADDR);

    *pte &= ~PTE_WRITE;
    *other = *pte;
    if (!vm_page_is_zero(p))
        page_get(p);
    child->resident++;
}

static bool has_pages_of_its_own(const struct vm_area *a)
{
    if (a->flags & (VM_SHARED | VM_WIPEONFORK))
        return false;
    return !a->object || a->copies;
}

static int fork_area(struct vm_space *child, const struct vm_area *a)
{
    struct vm_area *copy;

    if (a->flags & VM_DONTFORK)
        return 0;
    copy = vm_area_create(child, a->start, a->end, a->flags & ~VM_LOCKED,
                          a->object, a->offset);
    if (!copy)
        return -ENOMEM;
    if (!has_pages_of_its_own(a))
        return 0;
    copy->copies = a->copies;
    vm_large_split(a->space, a->start, a->end);
    return pt_for_each_pair(a->space->root, child->root, a->start, a->end,
                            share_one, child);
}

/* Where things are; not what only holds for the parent (future). */
static void copy_layout(struct vm_space *child, const struct vm_space *parent)
{
    child->no_large = parent->no_large;
    child->mmap_top = parent->mmap_top;
    child->brk_start = parent->brk_start;
    child->brk = parent->brk;
    child->stack_top = parent->stack_top;
    child->stack_limit = parent->stack_limit;
    child->membarrier = parent->membarrier;
    child->arg_start = parent->arg_start;
    child->arg_end = parent->arg_end;
    child->env_start = parent->env_start;
    child->env_end = parent->env_end;
    child->auxv_start = parent->auxv_start;
    child->auxv_end = parent->auxv_end;
}

struct vm_space *vm_space_fork(struct vm_space *parent)
{
    struct vm_space *child = vm_space_create();
    struct rb_node *n;
    int err = 0;

    might_sleep();
    if (!child)
        return NULL;
    mutex_lock(&parent->lock);
    mutex_lock(&child->lock);
    copy_layout(child, parent);
    for (n = rb_first(&parent->areas); n && err == 0; n = rb_next(n))
        err = fork_area(child, vm_area_of(n));
    mutex_unlock(&child->lock);
    tlb_flush_space(parent); /* the parent's entries that allowed stores */
    mutex_unlock(&parent->lock);
    if (err < 0) {
        vm_space_put(child);
        return NULL;
    }
    return child;
}
