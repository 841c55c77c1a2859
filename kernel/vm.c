// SPDX-License-Identifier: MIT
/*
 * vm: spaces and their areas. Pages and faults are in vm_fault.c.
 */
#include "kernel/vm.h"

#include "abi/errno.h"
#include "abi/mman.h"
#include "kernel/kmalloc.h"
#include "kernel/pagetable.h"
#include "kernel/panic.h"
#include "kernel/tlb.h"
#include "kernel/vm_priv.h"
#include "lib/printf.h"
#include "lib/string.h"

#define LOW_END   0x80000000ul      /* MAP_32BIT: below 2 GiB */
#define AREAS_MAX 65530             /* as Linux's vm.max_map_count */
#define STACK_GAP (256 * PAGE_SIZE) /* kept free below a growing stack */

static_assert(VM_READ == PROT_READ && VM_WRITE == PROT_WRITE &&
                  VM_EXEC == PROT_EXEC,
              "mmap passes PROT_* through");

/* --- areas ----------------------------------------------------------------*/

struct vm_area *vm_area_find(struct vm_space *s, uintptr_t addr)
{
    struct rb_node *n = s->areas.node;
    struct vm_area *best = NULL;

    while (n) {
        struct vm_area *a = vm_area_of(n);

        if (a->end > addr) {
            best = a;
            n = n->left;
        } else {
            n = n->right;
        }
    }
    return best;
}

struct vm_area *vm_area_next(struct vm_area *a)
{
    return vm_area_of(rb_next(&a->node));
}

static struct vm_area *area_prev(struct vm_area *a)
{
    return vm_area_of(rb_prev(&a->node));
}

/* The last area that starts below addr. */
static struct vm_area *area_below(struct vm_space *s, uintptr_t addr)
{
    struct vm_area *a = vm_area_find(s, addr);

    if (a && a->start < addr)
        return a;
    return a ? area_prev(a) : vm_area_of(rb_last(&s->areas));
}

static void area_insert(struct vm_space *s, struct vm_area *a)
{
    struct rb_node **link = &s->areas.node, *parent = NULL;

    while (*link) {
        parent = *link;
        link = a->start < vm_area_of(parent)->start ? &parent->left
                                                    : &parent->right;
    }
    rb_insert(&s->areas, parent, link, &a->node);
    s->area_count++;
    s->mapped_pages += (a->end - a->start) >> PAGE_SHIFT;
}

static void area_destroy(struct vm_space *s, struct vm_area *a)
{
    rb_erase(&s->areas, &a->node);
    s->area_count--;
    s->mapped_peak = vm_mapped_peak(s);
    s->mapped_pages -= (a->end - a->start) >> PAGE_SHIFT;
    if (a->object) {
        vm_object_detach(a);
        a->object->ops->put(a->object);
    }
    kfree(a);
}

struct vm_area *vm_area_create(struct vm_space *s, uintptr_t start,
                               uintptr_t end, unsigned flags,
                               struct vm_object *object, uint64_t offset)
{
    struct vm_area *a;

    if (s->area_count >= AREAS_MAX)
        return NULL;
    a = kzalloc(sizeof(*a));
    if (!a)
        return NULL;
    a->start = start;
    a->end = end;
    a->flags = flags;
    a->space = s;
    a->object = object;
    a->offset = offset;
    if (object) {
        object->ops->get(object);
        vm_object_attach(a);
    }
    area_insert(s, a);
    return a;
}

/* Cuts a in two at an address inside; a keeps the lower part. */
static int area_split(struct vm_space *s, struct vm_area *a, uintptr_t at)
{
    uintptr_t end = a->end;
    struct vm_area *upper;

    s->mapped_pages -= (end - at) >> PAGE_SHIFT;
    a->end = at;
    upper = vm_area_create(s, at, end, a->flags, a->object,
                           a->object ? a->offset + (at - a->start) : 0);
    if (!upper) {
        a->end = end;
        s->mapped_pages += (end - at) >> PAGE_SHIFT;
        return -ENOMEM;
    }
    upper->copies = a->copies;
    return 0;
}

static bool area_continues(const struct vm_area *a, const struct vm_area *b)
{
    return a && b && a->end == b->start && a->flags == b->flags &&
           a->object == b->object && !(a->flags & VM_GROWSDOWN) &&
           (!a->object || a->offset + (a->end - a->start) == b->offset);
}

/* Joins a with the neighbours that continue it. */
void vm_area_merge(struct vm_space *s, struct vm_area *a)
{
    struct vm_area *prev = area_prev(a), *next = vm_area_next(a);
    uintptr_t end;

    if (area_continues(a, next)) {
        end = next->end;
        a->copies |= next->copies;
        area_destroy(s, next);
        s->mapped_pages += (end - a->end) >> PAGE_SHIFT;
        a->end = end;
    }
    if (area_continues(prev, a)) {
        end = a->end;
        prev->copies |= a->copies;
        area_destroy(s, a);
        s->mapped_pages += (end - prev->end) >> PAGE_SHIFT;
        prev->end = end;
    }
}

/* Splits so that areas begin and end at start and end where they cross. */
int vm_areas_split(struct vm_space *s, uintptr_t start, uintptr_t end)
{
    struct vm_area *a = vm_area_find(s, start);
    int err;

    if (a && a->start < start && (err = area_split(s, a, start)) < 0)
        return err;
    a = vm_area_find(s, end);
    if (a && a->start < end)
        return area_split(s, a, end);
    return 0;
}

bool vm_range_valid(uintptr_t addr, size_t len)
{
    return IS_ALIGNED(addr, PAGE_SIZE) && len <= VM_USER_END &&
           addr <= VM_USER_END - len;
}

static bool range_free(struct vm_space *s, uintptr_t addr, size_t len)
{
    struct vm_area *a = vm_area_find(s, addr);
    uintptr_t start;

    if (!a)
        return true;
    start = a->start;
    if (a->flags & VM_GROWSDOWN)
        start -= MIN(start, STACK_GAP);
    return start >= addr + len;
}

/* Where in a gap: at its end, and so that large pages fit if there can be. */
static uintptr_t place_within(uintptr_t low, uintptr_t top, size_t len)
{
    uintptr_t at = ALIGN_DOWN(top - len, LARGE_SIZE);

    return len >= LARGE_SIZE && at >= low && at > 0 ? at : top - len;
}

/* The highest free place of len bytes within [low, high), or 0. */
static uintptr_t find_gap(struct vm_space *s, size_t len, uintptr_t low,
                          uintptr_t high)
{
    uintptr_t top = high;
    struct vm_area *a = vm_area_find(s, high);

    if (!a)
        a = vm_area_of(rb_last(&s->areas));
    for (; a && a->end > low; a = area_prev(a)) {
        uintptr_t start = a->start;

        if (a->end < top && top - a->end >= len)
            return place_within(a->end, top, len);
        if (a->flags & VM_GROWSDOWN)
            start -= MIN(start, STACK_GAP);
        top = MIN(top, start);
    }
    return top >= low && top - low >= len ? place_within(low, top, len) : 0;
}

/* The highest free place below mmap_top, or 0. The search goes on where the
 * last one, for no more bytes, ended. */
static uintptr_t find_top_gap(struct vm_space *s, size_t len)
{
    uintptr_t high = s->mmap_top, at;

    if (len >= s->gap_len)
        high = MIN(high, s->gap_top);
    at = find_gap(s, len, VM_USER_MIN, high);
    if (at) {
        s->gap_top = at;
        s->gap_len = len;
    }
    return at;
}

/* --- mapping ------------------------------------------------------------- */

/* Area by area, so that the walks need not look at what lies between. */
int vm_unmap_locked(struct vm_space *s, uintptr_t addr, size_t len)
{
    uintptr_t end = addr + len, floor, ceiling = 0;
    struct vm_area *a, *below;
    int err = vm_areas_split(s, addr, end);

    if (err < 0)
        return err;
    below = area_below(s, addr);
    floor = below ? below->end : 0;
    a = vm_area_find(s, addr);
    while (a && a->start < end) {
        struct vm_area *next = vm_area_next(a);
        uintptr_t from = a->start, to = a->end;

        vm_pages_drop(s, from, to);
        area_destroy(s, a);
        ceiling = next ? next->start : VM_USER_END + PAGE_SIZE;
        pt_free_tables(s, from, to, floor, ceiling);
        a = next;
    }
    s->gap_top = MAX(s->gap_top, ceiling);
    return 0;
}

int vm_unmap(struct vm_space *s, uintptr_t addr, size_t len)
{
    int err;

    if (len == 0 || len > VM_USER_END)
        return -EINVAL;
    len = ALIGN_UP(len, PAGE_SIZE);
    if (!vm_range_valid(addr, len))
        return -EINVAL;
    mutex_lock(&s->lock);
    err = vm_unmap_locked(s, addr, len);
    mutex_unlock(&s->lock);
    return err;
}

/* Does a map its object as if that began at addr? */
static bool area_has(const struct vm_area *a, uintptr_t addr,
                     const struct vm_object_ops *ops)
{
    return a->object && a->object->ops == ops && a->start - a->offset == addr;
}

int vm_unmap_object(struct vm_space *s, uintptr_t addr,
                    const struct vm_object_ops *ops)
{
    struct vm_object *object = NULL;
    struct vm_area *a, *next;
    int err = -EINVAL;

    mutex_lock(&s->lock);
    for (a = vm_area_find(s, addr); a; a = next) {
        next = vm_area_next(a);
        if (!area_has(a, addr, ops) || (object && a->object != object))
            continue;
        object = a->object;
        err = vm_unmap_locked(s, a->start, a->end - a->start);
    }
    mutex_unlock(&s->lock);
    return err;
}

struct vm_object *vm_object_at(struct vm_space *s, uintptr_t addr,
                               const struct vm_object_ops *ops)
{
    struct vm_object *o = NULL;
    struct vm_area *a;

    mutex_lock(&s->lock);
    a = vm_area_find(s, addr);
    if (a && area_has(a, addr, ops)) {
        o = a->object;
        ops->get(o);
    }
    mutex_unlock(&s->lock);
    return o;
}

/* Where a mapping goes; makes room for a fixed one. */
int vm_place(struct vm_space *s, uintptr_t *addr, size_t len, enum vm_place how)
{
    uintptr_t at = *addr, low_end = MIN(LOW_END, s->mmap_top);

    switch (how) {
    case VM_PLACE_FIXED:
    case VM_PLACE_FIXED_NEW:
        if (!IS_ALIGNED(at, PAGE_SIZE))
            return -EINVAL;
        if (!vm_range_valid(at, len))
            return -ENOMEM;
        if (at < VM_USER_MIN)
            return -EPERM;
        if (how == VM_PLACE_FIXED)
            return vm_unmap_locked(s, at, len);
        return range_free(s, at, len) ? 0 : -EEXIST;
    case VM_PLACE_LOW:
        at = find_gap(s, len, VM_USER_MIN, low_end);
        break;
    case VM_PLACE_HINT:
        at = ALIGN_DOWN(at, PAGE_SIZE);
        if (at >= VM_USER_MIN && vm_range_valid(at, len) &&
            range_free(s, at, len))
            break;
        at = find_top_gap(s, len);
        break;
    }
    *addr = at;
    return at ? 0 : -ENOMEM;
}

/* Bytes of [start, end) that are mapped. */
static size_t mapped_within(struct vm_space *s, uintptr_t start, uintptr_t end)
{
    struct vm_area *a = vm_area_find(s, start);
    size_t bytes = 0;

    for (; a && a->start < end; a = vm_area_next(a))
        bytes += MIN(end, a->end) - MAX(start, a->start);
    return bytes;
}

/* May this be mapped? What a fixed mapping replaces does not count. */
static int map_limits(struct vm_space *s, uintptr_t addr, size_t len,
                      unsigned flags, enum vm_place how)
{
    int err = vm_limit_grow(s, len >> PAGE_SHIFT, flags);

    if (err < 0 && how == VM_PLACE_FIXED && vm_range_valid(addr, len)) {
        len -= mapped_within(s, addr, addr + len);
        err = vm_limit_grow(s, len >> PAGE_SHIFT, flags);
    }
    return err ? err : vm_limit_commit(len >> PAGE_SHIFT, flags);
}

int vm_map(struct vm_space *s, uintptr_t *addr, size_t len, unsigned flags,
           enum vm_place how, struct vm_object *object, uint64_t offset)
{
    struct vm_area *a;
    int err;

    might_sleep();
    if (len == 0)
        return -EINVAL;
    if (len > VM_USER_END)
        return -ENOMEM;
    len = ALIGN_UP(len, PAGE_SIZE);
    mutex_lock(&s->lock);
    flags |= s->future;
    err = map_limits(s, *addr, len, flags, how);
    if (err == 0)
        err = vm_place(s, addr, len, how);
    if (err < 0)
        goto unlock;
    a = vm_area_create(s, *addr, *addr + len, flags, object, offset);
    err = a ? 0 : -ENOMEM;
    if (a)
        vm_area_merge(s, a);
unlock:
    mutex_unlock(&s->lock);
    return err;
}

/* Memory that becomes the program's own to write is counted. */
static int protect_limits(struct vm_space *s, const struct vm_area *a,
                          uintptr_t start, uintptr_t end, unsigned prot)
{
    size_t pages = (end - start) >> PAGE_SHIFT;
    int err = 0;

    if (!(prot & VM_WRITE) || (a->flags & (VM_WRITE | VM_SHARED)))
        return 0;
    if (!(a->flags & VM_GROWSDOWN))
        err = vm_limit_data(s, pages);
    return err ? err : vm_limit_commit(pages, a->flags | VM_WRITE);
}

static int protect_locked(struct vm_space *s, uintptr_t addr, uintptr_t end,
                          unsigned prot)
{
    uintptr_t at = addr;
    struct vm_area *a;
    int err;

    while (at < end) {
        a = vm_area_find(s, at);
        if (!a || a->start > at)
            return -ENOMEM;
        if ((prot & VM_WRITE) && (a->flags & VM_NO_WRITE))
            return -EACCES;
        if ((a->flags & VM_PROT) == prot) {
            at = a->end;
            continue;
        }
        err = protect_limits(s, a, at, MIN(end, a->end), prot);
        if (err == 0)
            err = vm_areas_split(s, at, MIN(end, a->end));
        if (err < 0)
            return err;
        a = vm_area_find(s, at);
        at = a->end;
        a->flags = (a->flags & ~VM_PROT) | prot;
        vm_pages_protect(s, a->start, a->end, a->flags);
        vm_area_merge(s, a);
    }
    return 0;
}

/* With VM_GROWSDOWN the range begins where its stack does. */
static int protect_begin(struct vm_space *s, uintptr_t *addr, size_t *len,
                         unsigned prot)
{
    struct vm_area *a;

    if (!(prot & VM_GROWSDOWN))
        return 0;
    a = vm_area_find(s, *addr);
    if (!a || a->start >= *addr + *len)
        return -ENOMEM;
    if (!(a->flags & VM_GROWSDOWN))
        return -EINVAL;
    *len = *addr + *len - a->start;
    *addr = a->start;
    return 0;
}

int vm_protect(struct vm_space *s, uintptr_t addr, size_t len, unsigned prot)
{
    int err;

    might_sleep();
    if (!IS_ALIGNED(addr, PAGE_SIZE))
        return -EINVAL;
    if (len == 0)
        return 0;
    if (len > VM_USER_END)
        return -ENOMEM;
    len = ALIGN_UP(len, PAGE_SIZE);
    if (!vm_range_valid(addr, len))
        return -ENOMEM;
    mutex_lock(&s->lock);
    err = protect_begin(s, &addr, &len, prot);
    if (err == 0)
        err = protect_locked(s, addr, addr + len, prot & VM_PROT);
    mutex_unlock(&s->lock);
    return err;
}

/* --- the heap ------------------------------------------------------------ */

#define HEAP_FLAGS (VM_READ | VM_WRITE | VM_HEAP)

uintptr_t vm_set_brk(struct vm_space *s, uintptr_t brk)
{
    uintptr_t old_end, new_end;
    unsigned flags = HEAP_FLAGS | s->future;
    struct vm_area *a;
    bool fill = false;
    size_t pages;
    int err = 0;

    mutex_lock(&s->lock);
    if (brk < s->brk_start || brk > VM_USER_END)
        goto unlock;
    old_end = ALIGN_UP(s->brk, PAGE_SIZE);
    new_end = ALIGN_UP(brk, PAGE_SIZE);
    if (new_end < old_end) {
        err = vm_unmap_locked(s, new_end, old_end - new_end);
    } else if (new_end > old_end) {
        pages = (new_end - old_end) >> PAGE_SHIFT;
        if (!range_free(s, old_end, new_end - old_end))
            goto unlock;
        if (vm_limit_grow(s, pages, flags) || vm_limit_commit(pages, flags))
            goto unlock;
        a = vm_area_create(s, old_end, new_end, flags, NULL, 0);
        err = a ? 0 : -ENOMEM;
        if (a)
            vm_area_merge(s, a);
        fill = a && (flags & VM_LOCKED);
    }
    if (err == 0)
        s->brk = brk;
unlock:
    brk = s->brk;
    mutex_unlock(&s->lock);
    if (fill)
        vm_populate(s, old_end, new_end - old_end, VM_POPULATE_OWN);
    return brk;
}

/* --- spaces -------------------------------------------------------------- */

struct vm_space *vm_space_create(void)
{
    struct vm_space *s = kzalloc(sizeof(*s));

    if (!s)
        return NULL;
    s->root = pt_root_create();
    if (!s->root) {
        kfree(s);
        return NULL;
    }
    s->refs = 1;
    s->mmap_top = VM_USER_END;
    s->gap_len = SIZE_MAX;
    mutex_init(&s->lock);
    return s;
}

void vm_space_get(struct vm_space *s)
{
    __atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
}

bool vm_space_try_get(struct vm_space *s)
{
    unsigned refs = __atomic_load_n(&s->refs, __ATOMIC_RELAXED);

    while (refs > 0)
        if (__atomic_compare_exchange_n(&s->refs, &refs, refs + 1, false,
                                        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return true;
    return false;
}

void vm_space_activate(struct vm_space *s)
{
    tlb_load(s);
}

void vm_space_put(struct vm_space *s)
{
    if (__atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    tlb_leave(s);
    mutex_lock(&s->lock);
    vm_unmap_locked(s, 0, VM_USER_END);
    mutex_unlock(&s->lock);
    assert(s->resident == 0 && s->mapped_pages == 0);
    pt_root_destroy(s->root);
    kfree(s);
}

void vm_area_name(const struct vm_area *a, char *buf, size_t size)
{
    const char *name = "";

    if (a->object) {
        a->object->ops->name(a->object, buf, size);
        return;
    }
    if (a->flags & VM_STACK)
        name = "[stack]";
    else if (a->flags & VM_HEAP)
        name = "[heap]";
    snprintf(buf, size, "%s", name);
}
