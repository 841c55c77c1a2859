// SPDX-License-Identifier: MIT
/*
 * vm_object: the areas that map an object, and taking pages out of them.
 *
 * vm_object_drop visits each space once. Which ones it has visited is noted in
 * the areas, as the number of the drop: a space can come and go meanwhile, and
 * an area that is moved or split starts without a number, so that its space is
 * visited again.
 */
#include "kernel/vm_object.h"

#include "kernel/vm_priv.h"

void vm_object_attach(struct vm_area *a)
{
    struct vm_object *o = a->object;
    unsigned long irq = spin_lock(&o->lock);

    if (!o->areas.next)
        list_init(&o->areas);
    a->drop = 0;
    list_add(&o->areas, &a->object_node);
    spin_unlock(&o->lock, irq);
    if (o->ops->attached)
        o->ops->attached(o);
}

void vm_object_detach(struct vm_area *a)
{
    struct vm_object *o = a->object;
    unsigned long irq = spin_lock(&o->lock);

    list_del(&a->object_node);
    spin_unlock(&o->lock, irq);
    if (o->ops->detached)
        o->ops->detached(o);
}

bool vm_object_may_be_stored_to(struct vm_object *o)
{
    unsigned long irq = spin_lock(&o->lock);
    bool found = false;
    struct vm_area *a;

    if (o->areas.next)
        list_for_each_entry (a, &o->areas, object_node)
            if ((a->flags & (VM_SHARED | VM_NO_WRITE)) == VM_SHARED)
                found = true;
    spin_unlock(&o->lock, irq);
    return found;
}

static uint32_t drop_begin(struct vm_object *o)
{
    unsigned long irq = spin_lock(&o->lock);
    uint32_t number = ++o->drops;

    if (number == 0) /* that of areas not visited */
        number = o->drops = 1;
    spin_unlock(&o->lock, irq);
    return number;
}

/* A space that drop number has not visited, with a reference; NULL: none. */
static struct vm_space *next_space(struct vm_object *o, uint32_t number)
{
    unsigned long irq = spin_lock(&o->lock);
    struct vm_space *s = NULL;
    struct vm_area *a;

    if (!o->areas.next)
        goto unlock;
    list_for_each_entry (a, &o->areas, object_node) {
        if (a->drop != number && !s && vm_space_try_get(a->space))
            s = a->space;
        if (s == a->space)
            a->drop = number;
    }
unlock:
    spin_unlock(&o->lock, irq);
    return s;
}

/* Calls fn for every area that maps the object, with its part of the pages from
 * first to end. */
static void for_each_part(struct vm_object *o, uint64_t first, uint64_t end,
                          void (*fn)(struct vm_area *a, uintptr_t from,
                                     uintptr_t to))
{
    uint32_t number = drop_begin(o);
    struct vm_space *s;

    might_sleep();
    while ((s = next_space(o, number))) {
        mutex_lock(&s->lock);
        for (struct rb_node *n = rb_first(&s->areas); n; n = rb_next(n)) {
            struct vm_area *a = vm_area_of(n);
            uint64_t begin = a->offset >> PAGE_SHIFT;
            uint64_t pages = (a->end - a->start) >> PAGE_SHIFT;
            uint64_t from = first > begin ? first - begin : 0;
            uint64_t to = end > begin ? MIN(end - begin, pages) : 0;

            if (a->object == o && from < to)
                fn(a, a->start + (from << PAGE_SHIFT),
                   a->start + (to << PAGE_SHIFT));
        }
        mutex_unlock(&s->lock);
        vm_space_put(s);
    }
}

static void drop_part(struct vm_area *a, uintptr_t from, uintptr_t to)
{
    vm_pages_drop(a->space, from, to);
}

void vm_object_drop(struct vm_object *o, uint64_t first)
{
    for_each_part(o, first, UINT64_MAX, drop_part);
}

static void protect_part(struct vm_area *a, uintptr_t from, uintptr_t to)
{
    if (a->flags & VM_SHARED)
        vm_pages_protect(a->space, from, to, a->flags & ~(unsigned)VM_WRITE);
}

void vm_object_protect(struct vm_object *o, uint64_t first, uint64_t end)
{
    for_each_part(o, first, end, protect_part);
}

static void forget_part(struct vm_area *a, uintptr_t from, uintptr_t to)
{
    if (((a->flags & VM_SHARED) || !a->copies) && !(a->flags & VM_LOCKED))
        vm_pages_drop(a->space, from, to);
}

void vm_object_forget(struct vm_object *o)
{
    for_each_part(o, 0, UINT64_MAX, forget_part);
}
