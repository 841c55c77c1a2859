// SPDX-License-Identifier: MIT
/* Locking: one lock, outside that of an address space. A debugger that stops
 * the machine within an update sees the count grow last. */
#include "kernel/debug.h"

#include "kernel/thread.h"
#include "kernel/vm.h"

struct debug_images debug_images;

static struct mutex lock = MUTEX_INIT(lock);
static unsigned oldest; /* of a full list */

__attribute__((noinline)) void debug_images_changed(void)
{
    __asm__ volatile("" : : : "memory");
}

static void image_add(uintptr_t start, uintptr_t end, struct vm_object *object,
                      uint64_t offset)
{
    unsigned at = 0;
    struct debug_image *image;

    while (at < debug_images.count && (debug_images.image[at].start >= end ||
                                       debug_images.image[at].end <= start))
        at++;
    if (at == DEBUG_IMAGES_MAX)
        at = oldest++ % DEBUG_IMAGES_MAX;
    image = &debug_images.image[at];
    object->ops->name(object, image->path, sizeof(image->path));
    image->start = start;
    image->end = end;
    image->offset = offset;
    if (at == debug_images.count)
        debug_images.count++;
}

void debug_image_mapped(uintptr_t start, uintptr_t end,
                        struct vm_object *object, uint64_t offset)
{
    mutex_lock(&lock);
    image_add(start, end, object, offset);
    debug_images_changed();
    mutex_unlock(&lock);
}

void debug_program_loaded(struct process *p)
{
    struct vm_space *s = p->space;
    struct vm_area *a;

    mutex_lock(&lock);
    mutex_lock(&s->lock);
    for (a = vm_area_find(s, 0); a; a = vm_area_find(s, a->end))
        if ((a->flags & VM_EXEC) && a->object)
            image_add(a->start, a->end, a->object, a->offset);
    mutex_unlock(&s->lock);
    debug_images_changed();
    mutex_unlock(&lock);
}
