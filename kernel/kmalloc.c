// SPDX-License-Identifier: MIT
/*
 * kmalloc: slabs of one page per size class, page blocks above.
 *
 * A slab's free objects are chained through their first word; a slab with
 * free objects is on its class's list, a full one on none, and an empty one
 * goes back to the page allocator unless it is the class's last.
 * kmalloc_lock covers lists and slabs.
 *
 * In front of each class every CPU has a magazine of free objects, which is
 * filled from the slabs and emptied into them by halves. An object in a
 * magazine counts as used in its slab.
 */
#include "kernel/kmalloc.h"

#include "kernel/cpu.h"
#include "kernel/fail.h"
#include "kernel/lock.h"
#include "kernel/page.h"
#include "kernel/panic.h"
#include "lib/string.h"

/* Multiples of 16; what does not fill a page is lost at its end. */
static const uint16_t class_size[] = {16,  32,  48,  64,   96,  128,
                                      192, 256, 512, 1024, 2048};
#define SLAB_MAX 2048
#define HALF     (KMALLOC_MAGAZINE / 2)

static_assert(ARRAY_SIZE(class_size) == KMALLOC_CLASSES, "kmalloc.h");

/* The class for each size, in units of 16 bytes, rounded up. */
static const uint8_t class_of[SLAB_MAX / 16 + 1] = {
    [0 ... 1] = 0,   [2] = 1,         [3] = 2,           [4] = 3,
    [5 ... 6] = 4,   [7 ... 8] = 5,   [9 ... 12] = 6,    [13 ... 16] = 7,
    [17 ... 32] = 8, [33 ... 64] = 9, [65 ... 128] = 10,
};

static struct spinlock kmalloc_lock = SPINLOCK_INIT;
static struct list_node partial[KMALLOC_CLASSES];
static size_t slab_pages;

static inline unsigned class_for(size_t size)
{
    return class_of[(size + 15) / 16];
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
    slab_pages++;
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
        slab_pages--;
        page_free(p);
    }
}

/* --- magazines; interrupts are off ---------------------------------------- */

static void magazine_fill(struct kmalloc_magazine *m, unsigned c)
{
    unsigned long irq = spin_lock(&kmalloc_lock);
    void *object;

    while (m->count < HALF && (object = slab_alloc(c)))
        m->object[m->count++] = object;
    spin_unlock(&kmalloc_lock, irq);
}

/* Gives the objects back that have been there longest. */
static void magazine_empty(struct kmalloc_magazine *m)
{
    unsigned long irq = spin_lock(&kmalloc_lock);

    for (unsigned i = 0; i < HALF; i++)
        slab_free(page_of_virt(m->object[i]), m->object[i]);
    spin_unlock(&kmalloc_lock, irq);
    m->count -= HALF;
    memcpy(m->object, m->object + HALF, m->count * sizeof(m->object[0]));
}

void kmalloc_get_stats(struct kmalloc_stats *stats)
{
    unsigned long irq = spin_lock(&kmalloc_lock);
    const struct cpu *cpu = cpu_this();

    stats->slab_pages = slab_pages;
    stats->cached_bytes = 0;
    for (unsigned c = 0; c < KMALLOC_CLASSES; c++)
        stats->cached_bytes += cpu->magazines[c].count * class_size[c];
    spin_unlock(&kmalloc_lock, irq);
}

/* --- the interface -------------------------------------------------------- */

static unsigned order_for(size_t size)
{
    unsigned order = 0;

    while ((PAGE_SIZE << order) < size)
        order++;
    return order;
}

void *kmalloc(size_t size)
{
    struct kmalloc_magazine *m;
    unsigned long irq;
    struct page *p;
    void *object = NULL;
    unsigned c;

    if (size > SLAB_MAX) {
        if (size > PAGE_SIZE << PAGE_ORDER_MAX)
            return NULL;
        p = page_alloc(order_for(size));
        return p ? page_virt(p) : NULL;
    }
    if (fail_alloc_now())
        return NULL;
    c = class_for(size);
    irq = irq_save();
    m = &cpu_this()->magazines[c];
    if (unlikely(m->count == 0))
        magazine_fill(m, c);
    if (likely(m->count > 0))
        object = m->object[--m->count];
    irq_restore(irq);
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
    struct kmalloc_magazine *m;
    unsigned long irq;
    struct page *p;

    if (!object)
        return;
    p = page_of_virt(object);
    if (!page_is_slab(p)) {
        page_free(p);
        return;
    }
    irq = irq_save();
    m = &cpu_this()->magazines[p->order];
    if (unlikely(m->count == KMALLOC_MAGAZINE))
        magazine_empty(m);
    m->object[m->count++] = object;
    irq_restore(irq);
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
