// SPDX-License-Identifier: MIT
/*
 * kmalloc: kernel memory by the byte. 16-byte aligned; sizes above half a page
 * come straight from the page allocator and are page aligned.
 *
 * Returns NULL only when memory ran out. Context: any; never sleeps.
 */
#pragma once

#include "lib/base.h"

#define KMALLOC_CLASSES 11

/* Free objects of one size that a CPU has at hand (struct cpu), so that most
 * requests take no lock. Only that CPU touches it, with interrupts off. */
#define KMALLOC_MAGAZINE 16
struct kmalloc_magazine {
    unsigned count;
    void *object[KMALLOC_MAGAZINE]; /* the last is the one freed latest */
};

/* Where kernel memory is. */
struct kmalloc_stats {
    size_t slab_pages;   /* pages cut into objects */
    size_t cached_bytes; /* of those, free in magazines */
};
void kmalloc_get_stats(struct kmalloc_stats *stats);

void *kmalloc(size_t size);
void *kzalloc(size_t size);
void kfree(void *p); /* p may be NULL */

/* Grows or shrinks; on NULL the old block stays valid. */
void *krealloc(void *p, size_t size);

/* A copy of the first len bytes of s, NUL added. */
char *kstrndup(const char *s, size_t len);
