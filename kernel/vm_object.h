// SPDX-License-Identifier: MIT
/*
 * vm_object: what a file gives to memory, so that it can be mapped.
 *
 * The file system embeds a vm_object in its node; areas hold a reference on it
 * while they map it. Pages that get_page returns are the file's own: read and
 * write see what a shared mapping stores, and the other way round.
 */
#pragma once

#include "lib/base.h"

struct page;
struct vm_object;

struct vm_object_ops {
    /*
     * The page at a page index of the file, with a reference for the caller.
     * write: it will be stored into through a shared mapping. -ENXIO past the
     * last page that holds a byte of the file (the program gets SIGBUS), or
     * -ENOMEM, -EIO. May sleep. Called with the space's lock held.
     */
    int (*get_page)(struct vm_object *o, uint64_t index, bool write,
                    struct page **page);
    void (*get)(struct vm_object *o);
    void (*put)(struct vm_object *o);
    /* A name for messages and /proc/self/maps; into buf, NUL-terminated. */
    void (*name)(struct vm_object *o, char *buf, size_t size);
};

struct vm_object {
    const struct vm_object_ops *ops;
};
