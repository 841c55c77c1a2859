// SPDX-License-Identifier: MIT
/* vm_remap: mremap(2): areas that grow, shrink, move and are duplicated. */
#include "abi/errno.h"
#include "abi/mman.h"
#include "kernel/vm_priv.h"

#define REMAP_FLAGS (MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)

struct remap {
    uintptr_t addr;
    size_t old_len, new_len; /* old_len 0: a second view of shared memory */
    unsigned flags;          /* MREMAP_* */
    uintptr_t to;            /* wish */
};

static enum vm_place remap_place(const struct remap *r)
{
    return r->flags & MREMAP_FIXED ? VM_PLACE_FIXED : VM_PLACE_HINT;
}

/* What stays at the old place: nothing, or an empty area that is not locked
 * any more. Memory has been split around it. */
static void leave(struct vm_space *s, const struct remap *r)
{
    struct vm_area *a;

    if (!(r->flags & MREMAP_DONTUNMAP)) {
        vm_unmap_locked(s, r->addr, r->old_len);
        return;
    }
    a = vm_area_find(s, r->addr);
    a->flags &= ~VM_LOCKED;
    vm_area_merge(s, a);
}

/* Moves [addr, addr + old_len), which lies in one area, to a new place. */
static long remap_move(struct vm_space *s, const struct remap *r)
{
    struct vm_area *old, *moved;
    uintptr_t to = r->to;
    int err = vm_place(s, &to, r->new_len, remap_place(r));

    /* An area of its own, so that the old place can be left without memory. */
    if (err == 0 && r->old_len)
        err = vm_areas_split(s, r->addr, r->addr + r->old_len);
    if (err < 0)
        return err;
    old = vm_area_find(s, r->addr);
    moved = vm_area_create(s, to, to + r->new_len, old->flags, old->object,
                           old->offset + (r->addr - old->start));
    if (!moved)
        return -ENOMEM;
    moved->copies = old->copies;
    if (r->old_len) {
        err = vm_pages_move(s, r->addr, to, MIN(r->old_len, r->new_len));
        if (err < 0) {
            vm_unmap_locked(s, to, r->new_len);
            return err;
        }
        leave(s, r);
    }
    vm_area_merge(s, moved);
    return to;
}

/* Can a, of which the range is the end, grow where it is? */
static bool room_behind(struct vm_area *a, const struct remap *r)
{
    struct vm_area *next = vm_area_next(a);

    return r->addr + r->old_len == a->end &&
           vm_range_valid(r->addr, r->new_len) &&
           (!next || next->start >= r->addr + r->new_len);
}

static long remap_locked(struct vm_space *s, const struct remap *r)
{
    struct vm_area *a = vm_area_find(s, r->addr);
    size_t more = r->new_len > r->old_len ? r->new_len - r->old_len : 0;
    bool move = r->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP);
    int err = 0;

    if (!a || a->start > r->addr)
        return -EFAULT;
    if (r->old_len == 0 && !(a->flags & VM_SHARED))
        return -EINVAL;
    if (r->old_len > a->end - r->addr)
        return -EFAULT;
    if (r->flags & MREMAP_DONTUNMAP)
        more = r->new_len;
    if (more)
        err = vm_limit_grow(s, more >> PAGE_SHIFT, a->flags);
    if (more && err == 0)
        err = vm_limit_commit(more >> PAGE_SHIFT, a->flags);
    if (err < 0)
        return err;
    if (move)
        return remap_move(s, r);
    if (!more) {
        if (r->new_len < r->old_len)
            err = vm_unmap_locked(s, r->addr + r->new_len,
                                  r->old_len - r->new_len);
        return err < 0 ? err : (long)r->addr;
    }
    if (r->old_len && room_behind(a, r)) {
        s->mapped_pages += more >> PAGE_SHIFT;
        a->end = r->addr + r->new_len;
        vm_area_merge(s, a);
        return r->addr;
    }
    return r->flags & MREMAP_MAYMOVE ? remap_move(s, r) : -ENOMEM;
}

/* What can be said without a look at the areas. */
static int remap_check(const struct remap *r)
{
    bool needs_move = r->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP);

    if (!vm_range_valid(r->addr, r->old_len) || (r->flags & ~REMAP_FLAGS) ||
        (needs_move && !(r->flags & MREMAP_MAYMOVE)))
        return -EINVAL;
    if ((r->flags & MREMAP_DONTUNMAP) && r->old_len != r->new_len)
        return -EINVAL;
    if (!needs_move)
        return 0;
    if (!vm_range_valid(r->to, r->new_len) ||
        ((r->flags & MREMAP_FIXED) && r->to < VM_USER_MIN) ||
        (r->to < r->addr + r->old_len && r->addr < r->to + r->new_len))
        return -EINVAL;
    return 0;
}

long vm_remap(struct vm_space *s, uintptr_t addr, size_t old_len,
              size_t new_len, unsigned flags, uintptr_t to)
{
    struct remap r = {.addr = addr, .flags = flags, .to = to};
    struct vm_area *a;
    bool locked;
    long result;
    int err;

    if (!IS_ALIGNED(addr, PAGE_SIZE) || new_len == 0)
        return -EINVAL;
    if (new_len > VM_USER_END || old_len > VM_USER_END)
        return -ENOMEM;
    r.old_len = ALIGN_UP(old_len, PAGE_SIZE);
    r.new_len = ALIGN_UP(new_len, PAGE_SIZE);
    if (!(flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)))
        r.to = 0;
    err = remap_check(&r);
    if (err < 0)
        return err;
    mutex_lock(&s->lock);
    result = remap_locked(s, &r);
    a = result < 0 ? NULL : vm_area_find(s, (uintptr_t)result);
    locked = a && (a->flags & VM_LOCKED);
    mutex_unlock(&s->lock);
    if (locked)
        vm_populate(s, (uintptr_t)result, r.new_len, VM_POPULATE_OWN);
    return result;
}
