// SPDX-License-Identifier: MIT
/* vm_limit: how much a space may map: resource limits and overcommit. */
#include "abi/errno.h"
#include "abi/resource.h"
#include "kernel/page.h"
#include "kernel/thread.h"
#include "kernel/vm_priv.h"

/* A limit of the calling process, in pages. */
static uint64_t limit_pages(unsigned resource)
{
    const struct process *p = process_current();
    uint64_t bytes = p ? p->limits[resource].soft : RLIM64_INFINITY;

    return bytes == RLIM64_INFINITY ? UINT64_MAX : bytes >> PAGE_SHIFT;
}

/* What RLIMIT_DATA is about: private, writable, not a stack. */
static bool is_data(unsigned flags)
{
    return (flags & (VM_WRITE | VM_SHARED | VM_GROWSDOWN)) == VM_WRITE;
}

static size_t data_pages(struct vm_space *s)
{
    size_t pages = 0;

    for (struct rb_node *n = rb_first(&s->areas); n; n = rb_next(n)) {
        const struct vm_area *a = vm_area_of(n);

        if (is_data(a->flags))
            pages += (a->end - a->start) >> PAGE_SHIFT;
    }
    return pages;
}

int vm_limit_data(struct vm_space *s, size_t pages)
{
    uint64_t limit = limit_pages(RLIMIT_DATA);

    if (limit == UINT64_MAX || data_pages(s) + pages <= limit)
        return 0;
    return -ENOMEM;
}

int vm_limit_grow(struct vm_space *s, size_t pages, unsigned flags)
{
    if (s->mapped_pages + pages > limit_pages(RLIMIT_AS))
        return -ENOMEM;
    return is_data(flags) ? vm_limit_data(s, pages) : 0;
}

int vm_limit_commit(size_t pages, unsigned flags)
{
    struct page_stats stats;

    if ((flags & (VM_WRITE | VM_SHARED | VM_NORESERVE)) != VM_WRITE)
        return 0;
    page_get_stats(&stats);
    return pages <= stats.total ? 0 : -ENOMEM;
}

size_t vm_locked_pages(struct vm_space *s)
{
    size_t pages = 0;

    mutex_lock(&s->lock);
    for (struct rb_node *n = rb_first(&s->areas); n; n = rb_next(n)) {
        const struct vm_area *a = vm_area_of(n);

        if (a->flags & VM_LOCKED)
            pages += (a->end - a->start) >> PAGE_SHIFT;
    }
    mutex_unlock(&s->lock);
    return pages;
}
