// SPDX-License-Identifier: MIT
#include "kernel/vdso.h"

#include "abi/errno.h"
#include "kernel/clock.h"
#include "kernel/memlayout.h"
#include "kernel/page.h"
#include "kernel/panic.h"
#include "kernel/vm.h"
#include "lib/printf.h"

static_assert(CLOCK_PAGE_SIZE == PAGE_SIZE, "mapped as one page");

struct vdso_part {
    struct vm_object object;
    const char *name;
    const char *start; /* in the kernel image, page aligned */
    size_t size;       /* whole pages */
};

static int part_get_page(struct vm_object *o, uint64_t index, bool write,
                         struct page **page)
{
    const struct vdso_part *part = container_of(o, struct vdso_part, object);

    (void)write; /* VM_NO_WRITE: nobody asks for it */
    if (index >= part->size >> PAGE_SHIFT)
        return -ENXIO;
    *page = page_of_phys(image_to_phys(part->start) + (index << PAGE_SHIFT));
    page_get(*page);
    return 0;
}

/* The kernel image outlives every mapping: references need not be counted. */
static void part_get_put(struct vm_object *o)
{
    (void)o;
}

static void part_name(struct vm_object *o, char *buf, size_t size)
{
    snprintf(buf, size, "%s", container_of(o, struct vdso_part, object)->name);
}

static const struct vm_object_ops part_ops = {
    .get_page = part_get_page,
    .get = part_get_put,
    .put = part_get_put,
    .name = part_name,
};

static struct vdso_part vvar = {.object.ops = &part_ops, .name = "[vvar]"};
static struct vdso_part vdso = {.object.ops = &part_ops, .name = "[vdso]"};

static void part_set(struct vdso_part *part, const void *start, size_t size)
{
    assert(IS_ALIGNED((uintptr_t)start, PAGE_SIZE) &&
           IS_ALIGNED(size, PAGE_SIZE));
    part->start = start;
    part->size = size;
    page_adopt(image_to_phys(start), image_to_phys(start) + size);
}

void vdso_init(const void *start, const void *end)
{
    part_set(&vvar, &clock_shared, CLOCK_PAGE_SIZE);
    part_set(&vdso, start, (const char *)end - (const char *)start);
}

size_t vdso_size(void)
{
    return vvar.size + vdso.size;
}

int vdso_map(struct vm_space *s, uintptr_t wish, uintptr_t *base)
{
    uintptr_t at = wish;
    int err;

    /* The first one reserves room for both. */
    err = vm_map(s, &at, vdso_size(), VM_READ | VM_NO_WRITE, VM_PLACE_HINT,
                 &vvar.object, 0);
    if (err)
        return err;
    *base = at + vvar.size;
    err = vm_map(s, base, vdso.size, VM_READ | VM_EXEC | VM_NO_WRITE,
                 VM_PLACE_FIXED, &vdso.object, 0);
    if (err)
        vm_unmap(s, at, vdso_size());
    return err;
}
