// SPDX-License-Identifier: MIT
/*
 * kmalloc: slabs of one page per size class, page blocks above.
 *
 * A slab's free objects are chained through their first word; a slab with
 * free objects is on its class's list, a full one on none, and an empty one
 * goes back to the page allocator unless it is the class's last.
 * kmalloc_lock covers lists and slabs.
 */
#include "kernel/kmalloc.h"

#include "kernel/fail.h"
#include "kernel/lock.h"
#include "kernel/page.h"
#include "kernel/panic.h"
#include "lib/string.h"

/* Multiples of 16; what does not fill a page is lost at its end. */
static const uint16_t class_size[] = {16,  32,  48,  64,   96,  128,
                                      192, 256, 512, 1024, 2048};
#define CLASSES  ARRAY_SIZE(class_size)
#define SLAB_MAX 2048

static struct spinlock kmalloc_lock = SPINLOCK_INIT;
static struct list_node partial[CLASSES];

static unsigned class_for(size_t size)
{
    unsigned c = 0;

    while (class_size[c] < size)
        c++;
    return c;
}

static struct page *slab_create(unsigned c)
{
    struct page *p = page_alloc(0);
    char *base, *object = NULL;
    size_t size = class_size[c];

    if (!p)
        return NULL;
    page_mark_slab(p, c);
    base = page_virt(p);
    for (size_t at = PAGE_SIZE / size * size; at >= size; at -= size) {
        *(void **)(base + at - size) = object;
        object = base + at - size;
    }
    p->slab_free = object;
    p->slab_used = 0;
    list_add(&partial[c], &p->node);
    return p;
}

static void *slab_alloc(unsigned c)
{
    struct list_node *list = &partial[c];
    struct page *p;
    void *object;

    if (!list->next)
        list_init(list);
    if (!list_empty(list))
        p = list_first_entry(list, struct page, node);
    else if (!(p = slab_create(c)))
        return NULL;
    object = p->slab_free;
    p->slab_free = *(void **)object;
    p->slab_used++;
    if (!p->slab_free)
        list_del(&p->node);
    return object;
}

static void slab_free(struct page *p, void *object)
{
    struct list_node *list = &partial[p->order];

    if (!p->slab_free)
        list_add(list, &p->node);
    *(void **)object = p->slab_free;
    p->slab_free = object;
    assert(p->slab_used > 0);
    if (--p->slab_used == 0 && list->next->next != list) {
        list_del(&p->node);
        page_free(p);
    }
}

static unsigned order_for(size_t size)
{
    unsigned order = 0;

    while ((PAGE_SIZE << order) < size)
        order++;
    return order;
}

void *kmalloc(size_t size)
{
    unsigned long irq;
    struct page *p;
    void *object;

    if (size > SLAB_MAX) {
        if (size > PAGE_SIZE << PAGE_ORDER_MAX)
            return NULL;
        p = page_alloc(order_for(size));
        return p ? page_virt(p) : NULL;
    }
    if (fail_alloc_now())
        return NULL;
    irq = spin_lock(&kmalloc_lock);
    object = slab_alloc(class_for(size));
    spin_unlock(&kmalloc_lock, irq);
    return object;
}

void *kzalloc(size_t size)
{
    void *p = kmalloc(size);

    if (p)
        memset(p, 0, size);
    return p;
}

void kfree(void *object)
{
    unsigned long irq;
    struct page *p;

    if (!object)
        return;
    p = page_of_virt(object);
    if (!page_is_slab(p)) {
        page_free(p);
        return;
    }
    irq = spin_lock(&kmalloc_lock);
    slab_free(p, object);
    spin_unlock(&kmalloc_lock, irq);
}

void *krealloc(void *object, size_t size)
{
    struct page *p;
    size_t have;
    void *bigger;

    if (!object)
        return kmalloc(size);
    p = page_of_virt(object);
    have = page_is_slab(p) ? class_size[p->order] : PAGE_SIZE << p->order;
    if (size <= have)
        return object;
    bigger = kmalloc(size);
    if (!bigger)
        return NULL;
    memcpy(bigger, object, have);
    kfree(object);
    return bigger;
}

char *kstrndup(const char *s, size_t len)
{
    char *copy = kmalloc(len + 1);

    if (!copy)
        return NULL;
    memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}
