// SPDX-License-Identifier: MIT
/*
 * aio: a context is a memory object with one page of zeros, which is a ring
 * header without the library's magic number.
 *
 * References: one of each area that maps it, and those of calls under way.
 * Locking: lock covers the results; total_lock the sum of all contexts' room.
 */
#include "vfs/aio.h"

#include "abi/errno.h"
#include "kernel/kmalloc.h"
#include "kernel/page.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "lib/printf.h"
#include "vfs/ref.h"

struct aio_context {
    struct vm_object object;
    uint32_t refs;
    struct page *page;
    struct spinlock lock;
    bool destroyed;
    unsigned size, reserved, first, count; /* in results */
    struct wait_queue arrived;
    struct abi_io_event results[];
};

static struct spinlock total_lock = SPINLOCK_INIT;
static unsigned total;

static struct aio_context *context_of(struct vm_object *o)
{
    return container_of(o, struct aio_context, object);
}

static bool total_reserve(unsigned n)
{
    unsigned long irq = spin_lock(&total_lock);
    bool fits = n <= AIO_TOTAL_MAX - total;

    if (fits)
        total += n;
    spin_unlock(&total_lock, irq);
    return fits;
}

unsigned aio_total(void)
{
    return __atomic_load_n(&total, __ATOMIC_RELAXED);
}

static void total_release(unsigned n)
{
    unsigned long irq = spin_lock(&total_lock);

    total -= n;
    spin_unlock(&total_lock, irq);
}

void aio_put(struct aio_context *c)
{
    if (!ref_put(&c->refs))
        return;
    total_release(c->size);
    page_put(c->page);
    kfree(c);
}

/* --- the object ---------------------------------------------------------- */

static int object_get_page(struct vm_object *o, uint64_t index, bool write,
                           struct page **page)
{
    (void)write;
    if (index > 0)
        return -ENXIO;
    *page = context_of(o)->page;
    page_get(*page);
    return 0;
}

static void object_get(struct vm_object *o)
{
    ref_get(&context_of(o)->refs);
}

static void object_put(struct vm_object *o)
{
    aio_put(context_of(o));
}

static void object_name(struct vm_object *o, char *buf, size_t size)
{
    (void)o;
    snprintf(buf, size, "/[aio] (deleted)");
}

static const struct vm_object_ops object_ops = {
    .get_page = object_get_page,
    .get = object_get,
    .put = object_put,
    .name = object_name,
};

/* --- contexts ------------------------------------------------------------- */

static struct aio_context *context_alloc(unsigned n)
{
    struct aio_context *c =
        kzalloc(sizeof(*c) + n * sizeof(struct abi_io_event));

    if (!c)
        return NULL;
    c->page = page_alloc_zeroed();
    if (!c->page) {
        kfree(c);
        return NULL;
    }
    c->object.ops = &object_ops;
    c->refs = 1;
    c->size = n;
    wait_queue_init(&c->arrived);
    return c;
}

int aio_create(unsigned n, uintptr_t *id)
{
    struct aio_context *c;
    int err;

    if (!total_reserve(n))
        return -EAGAIN;
    c = context_alloc(n);
    if (!c) {
        total_release(n);
        return -ENOMEM;
    }
    *id = 0;
    err = vm_map(process_current()->space, id, PAGE_SIZE,
                 VM_SHARED | VM_READ | VM_NO_WRITE | VM_DONTFORK, VM_PLACE_HINT,
                 &c->object, 0);
    aio_put(c);
    return err;
}

struct aio_context *aio_find(uintptr_t id)
{
    struct vm_object *o =
        vm_object_at(process_current()->space, id, &object_ops);

    return o ? context_of(o) : NULL;
}

int aio_destroy(uintptr_t id)
{
    struct aio_context *c = aio_find(id);
    int err;

    if (!c)
        return -EINVAL;
    c->destroyed = true;
    wait_queue_wake_all(&c->arrived);
    err = vm_unmap_object(process_current()->space, id, &object_ops);
    aio_put(c);
    return err;
}

/* --- results -------------------------------------------------------------- */

bool aio_reserve(struct aio_context *c)
{
    unsigned long irq = spin_lock(&c->lock);
    bool fits = c->reserved < c->size;

    if (fits)
        c->reserved++;
    spin_unlock(&c->lock, irq);
    return fits;
}

void aio_release(struct aio_context *c)
{
    unsigned long irq = spin_lock(&c->lock);

    c->reserved--;
    spin_unlock(&c->lock, irq);
}

void aio_complete(struct aio_context *c, const struct abi_io_event *e)
{
    unsigned long irq = spin_lock(&c->lock);

    c->results[(c->first + c->count) % c->size] = *e;
    c->count++;
    spin_unlock(&c->lock, irq);
    wait_queue_wake_all(&c->arrived);
}

unsigned aio_take(struct aio_context *c, struct abi_io_event *e, unsigned n)
{
    unsigned long irq = spin_lock(&c->lock);

    n = MIN(n, c->count);
    for (unsigned i = 0; i < n; i++)
        e[i] = c->results[(c->first + i) % c->size];
    c->first = (c->first + n) % c->size;
    c->count -= n;
    c->reserved -= n;
    spin_unlock(&c->lock, irq);
    return n;
}

static bool has_arrived(struct aio_context *c, unsigned n)
{
    return __atomic_load_n(&c->count, __ATOMIC_ACQUIRE) >= n || c->destroyed;
}

int aio_wait(struct aio_context *c, unsigned n, uint64_t deadline_ns)
{
    int err = wait_event(&c->arrived, has_arrived(c, n), deadline_ns);

    return c->destroyed ? -EINVAL : err;
}
