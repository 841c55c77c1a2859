// SPDX-License-Identifier: MIT
/*
 * vm_range: what madvise, mlock and mincore do to a range of a space: its
 * pages are dropped, filled or counted, its areas marked.
 */
#include "abi/errno.h"
#include "kernel/pagetable.h"
#include "kernel/thread.h"
#include "kernel/vm_priv.h"

/* The end of a range of madvise and its kind; -EINVAL, or -ENOMEM for what no
 * space can hold. */
static int range_end(uintptr_t addr, size_t len, uintptr_t *end)
{
    if (!IS_ALIGNED(addr, PAGE_SIZE) || len > SIZE_MAX - PAGE_MASK)
        return -EINVAL;
    len = ALIGN_UP(len, PAGE_SIZE);
    if (addr + len < addr)
        return -EINVAL;
    *end = addr + len;
    return vm_range_valid(addr, len) ? 0 : -ENOMEM;
}

static bool may_discard(const struct vm_area *a, enum vm_discard which)
{
    if ((a->flags & VM_LOCKED) && which != VM_DISCARD_LOCKED)
        return false;
    return !a->object || which != VM_DISCARD_OWN;
}

int vm_discard(struct vm_space *s, uintptr_t addr, size_t len,
               enum vm_discard which)
{
    uintptr_t end, at = addr;
    int err = range_end(addr, len, &end);

    if (err < 0)
        return err;
    mutex_lock(&s->lock);
    while (at < end) {
        struct vm_area *a = vm_area_find(s, at);

        if (!a || a->start > at)
            err = -ENOMEM;
        if (!a || a->start >= end)
            break;
        if (!may_discard(a, which)) {
            err = -EINVAL;
            break;
        }
        vm_pages_drop(s, MAX(at, a->start), MIN(end, a->end));
        at = a->end;
    }
    mutex_unlock(&s->lock);
    return err;
}

/* The object of the first shared area at or after *at and before end, with a
 * reference, if it has anything to sync; *at moves behind the area. False:
 * there is no area. */
static bool next_object(struct vm_space *s, uintptr_t *at, uintptr_t end,
                        struct vm_object **o)
{
    struct vm_area *a;

    *o = NULL;
    mutex_lock(&s->lock);
    a = vm_area_find(s, *at);
    if (a && a->start >= end)
        a = NULL;
    if (a && (a->flags & VM_SHARED) && a->object && a->object->ops->sync) {
        *o = a->object;
        (*o)->ops->get(*o);
    }
    if (a)
        *at = a->end;
    mutex_unlock(&s->lock);
    return a;
}

int vm_sync(struct vm_space *s, uintptr_t addr, size_t len)
{
    uintptr_t end, at = addr;
    struct vm_object *o;
    int err = range_end(addr, len, &end), one;

    if (err < 0)
        return err;
    while (at < end && next_object(s, &at, end, &o)) {
        if (!o)
            continue;
        one = o->ops->sync(o);
        o->ops->put(o);
        err = err ? err : one;
    }
    return err;
}

/* --- marks ----------------------------------------------------------------*/

/* Only memory of the program's own can be empty after a fork. */
static bool mark_fits(const struct vm_area *a, unsigned set)
{
    return !(set & VM_WIPEONFORK) || (!a->object && !(a->flags & VM_SHARED));
}

static int mark_area(struct vm_space *s, uintptr_t start, uintptr_t end,
                     unsigned flags)
{
    struct vm_area *a = vm_area_find(s, start);
    int err;

    if (a->flags == flags)
        return 0;
    err = vm_areas_split(s, start, end);
    if (err < 0)
        return err;
    a = vm_area_find(s, start);
    a->flags = flags;
    vm_area_merge(s, a);
    return 0;
}

int vm_mark(struct vm_space *s, uintptr_t addr, size_t len, unsigned set,
            unsigned clear)
{
    uintptr_t end, at = addr;
    int err = range_end(addr, len, &end), holes = 0;

    if (err < 0)
        return err;
    mutex_lock(&s->lock);
    while (at < end && err == 0) {
        struct vm_area *a = vm_area_find(s, at);
        uintptr_t stop;

        if (!a || a->start > at)
            holes = -ENOMEM;
        if (!a || a->start >= end)
            break;
        at = MAX(at, a->start);
        stop = MIN(end, a->end);
        err = mark_fits(a, set)
                  ? mark_area(s, at, stop, (a->flags & ~clear) | set)
                  : -EINVAL;
        at = stop;
    }
    mutex_unlock(&s->lock);
    return err ? err : holes;
}

void vm_mark_all(struct vm_space *s, unsigned set, unsigned clear)
{
    mutex_lock(&s->lock);
    for (struct rb_node *n = rb_first(&s->areas); n; n = rb_next(n)) {
        struct vm_area *a = vm_area_of(n);

        a->flags = (a->flags & ~clear) | set;
    }
    mutex_unlock(&s->lock);
}

int vm_check_mapped(struct vm_space *s, uintptr_t addr, size_t len,
                    unsigned *flags)
{
    uintptr_t end, at = addr;
    int err = range_end(addr, len, &end);
    unsigned found = 0;

    if (err < 0)
        return err;
    mutex_lock(&s->lock);
    while (at < end && err == 0) {
        struct vm_area *a = vm_area_find(s, at);

        if (!a || a->start > at) {
            err = -ENOMEM;
        } else {
            found |= a->flags;
            at = a->end;
        }
    }
    mutex_unlock(&s->lock);
    if (flags)
        *flags = found;
    return err;
}

/* --- filling --------------------------------------------------------------*/

/* How the area around addr is to be touched, and where it ends. */
static int populate_access(struct vm_space *s, uintptr_t addr,
                           enum vm_populate how, unsigned *access,
                           uintptr_t *end)
{
    struct vm_area *a;
    int err = 0;

    mutex_lock(&s->lock);
    a = vm_area_find(s, addr);
    if (!a || a->start > addr) {
        err = -ENOMEM;
        goto unlock;
    }
    *end = a->end;
    if (how == VM_POPULATE_OWN)
        *access = (a->flags & (VM_WRITE | VM_SHARED)) == VM_WRITE ? VM_WRITE
                                                                  : VM_READ;
    else
        *access = how == VM_POPULATE_WRITE ? VM_WRITE : VM_READ;
    if (!(a->flags & VM_PROT) || (*access & ~a->flags & VM_WRITE))
        err = -EINVAL;
unlock:
    mutex_unlock(&s->lock);
    return err;
}

static int fault_error(enum vm_fault_result result)
{
    switch (result) {
    case VM_FAULT_OK:
        return 0;
    case VM_FAULT_UNMAPPED:
    case VM_FAULT_NOMEM:
        return -ENOMEM;
    case VM_FAULT_DENIED:
        return -EINVAL;
    case VM_FAULT_BUS:
        break;
    }
    return -EFAULT;
}

int vm_populate(struct vm_space *s, uintptr_t addr, size_t len,
                enum vm_populate how)
{
    uintptr_t end, stop = addr, at = addr;
    unsigned access = VM_READ;
    int err = range_end(addr, len, &end);

    for (; at < end && err == 0; at += PAGE_SIZE) {
        if (at >= stop)
            err = populate_access(s, at, how, &access, &stop);
        if (thread_current()->work & WORK_KILLED)
            err = -EINTR;
        if (err == 0)
            err = fault_error(vm_fault(s, at, access));
    }
    return err;
}

void vm_populate_all(struct vm_space *s)
{
    uintptr_t at = 0;

    while (at < VM_USER_END) {
        struct vm_area *a;
        uintptr_t start, end;

        mutex_lock(&s->lock);
        a = vm_area_find(s, at);
        start = a ? MAX(at, a->start) : VM_USER_END;
        end = a ? a->end : VM_USER_END;
        mutex_unlock(&s->lock);
        if (start < end &&
            vm_populate(s, start, end - start, VM_POPULATE_OWN) == -EINTR)
            return;
        at = end;
    }
}

/* --- counting -------------------------------------------------------------*/

static bool page_at_hand(struct vm_area *a, uintptr_t va)
{
    const uint64_t *pte = pt_lookup(a->space->root, va);
    struct page *p = NULL;

    if (pte && pte_mapped(*pte))
        return true;
    if (!a->object || !a->object->ops->peek_pages)
        return false;
    a->object->ops->peek_pages(
        a->object, (a->offset + (va - a->start)) >> PAGE_SHIFT, 1, &p);
    if (p)
        page_put(p);
    return p;
}

int vm_resident(struct vm_space *s, uintptr_t addr, size_t pages,
                uint8_t *present)
{
    int err = 0;

    mutex_lock(&s->lock);
    for (size_t i = 0; i < pages && err == 0; i++, addr += PAGE_SIZE) {
        struct vm_area *a = vm_area_find(s, addr);

        if (a && a->start <= addr)
            present[i] = page_at_hand(a, addr);
        else
            err = -ENOMEM;
    }
    mutex_unlock(&s->lock);
    return err;
}
