// SPDX-License-Identifier: MIT
/*
 * kmalloc: kernel memory by the byte. 16-byte aligned; sizes above half a page
 * come straight from the page allocator and are page aligned.
 *
 * Returns NULL only when memory ran out. Context: any; never sleeps.
 */
#pragma once

#include "lib/base.h"

void *kmalloc(size_t size);
void *kzalloc(size_t size);
void kfree(void *p); /* p may be NULL */

/* Grows or shrinks; on NULL the old block stays valid. */
void *krealloc(void *p, size_t size);

/* A copy of the first len bytes of s, NUL added. */
char *kstrndup(const char *s, size_t len);
