// SPDX-License-Identifier: MIT
/*
 * vm_object: what a file gives to memory, so that it can be mapped.
 *
 * The file system embeds a vm_object in its node; areas hold a reference on it
 * while they map it. Pages that get_page returns are the file's own: read and
 * write see what a shared mapping stores, and the other way round.
 *
 * The object knows the areas that map it, so that a file which loses pages can
 * take them out of every address space. Zeroed memory with ops set is an
 * object that nobody maps.
 *
 * Locking: vm_object->lock covers areas, drops and every vm_area's part of
 * them. It is a leaf below the lock of an address space.
 */
#pragma once

#include "kernel/lock.h"
#include "lib/base.h"
#include "lib/list.h"

struct page;
struct vm_area;
struct vm_object;
struct vm_space;

struct vm_object_ops {
    /*
     * The page at a page index of the file, with a reference for the caller.
     * write: it will be stored into through a shared mapping. -ENXIO past the
     * last page that holds a byte of the file (the program gets SIGBUS), or
     * -ENOMEM, -EIO. May sleep. Called with the space's lock held.
     */
    int (*get_page)(struct vm_object *o, uint64_t index, bool write,
                    struct page **page);
    /*
     * Optional: those of n pages from index on that can be had without
     * allocating or copying, with a reference each; NULL for the others and
     * past the end. May sleep. Called with the space's lock held.
     */
    void (*peek_pages)(struct vm_object *o, uint64_t index, unsigned n,
                       struct page **pages);
    void (*get)(struct vm_object *o);
    void (*put)(struct vm_object *o);
    /* Optional: an area begins and ceases to map it, in the process that is
     * current. Called with the space's lock held; do not sleep. */
    void (*attached)(struct vm_object *o);
    void (*detached)(struct vm_object *o);
    /* Optional: what was stored through mappings lies safe (msync(2)): 0 or an
     * error. May sleep; no locks held. */
    int (*sync)(struct vm_object *o);
    /* A name for messages and /proc/self/maps; into buf, NUL-terminated. */
    void (*name)(struct vm_object *o, char *buf, size_t size);
};

struct vm_object {
    const struct vm_object_ops *ops;
    struct spinlock lock;
    struct list_node areas; /* vm_area.object_node; next NULL: none yet */
    uint32_t drops;         /* number of the latest vm_object_drop */
};

/*
 * Takes the pages from index first on out of every space that maps the object,
 * copies that private mappings made of them included (so does Linux). The
 * object must have ceased to give them out: the next access asks it anew, and
 * past the end of the file that is SIGBUS. One call for an object at a time;
 * no space's lock may be held. May sleep.
 */
void vm_object_drop(struct vm_object *o, uint64_t first);

/*
 * Takes from every shared mapping of the pages from first to end the permission
 * to store: the next store asks get_page anew. As vm_object_drop.
 */
void vm_object_protect(struct vm_object *o, uint64_t first, uint64_t end);

/* Takes all pages out of the mappings that can get them again: not out of those
 * that have copies of their own. As vm_object_drop. */
void vm_object_forget(struct vm_object *o);

/* Is there a shared mapping that stores may go through, now or after an
 * mprotect? */
bool vm_object_may_be_stored_to(struct vm_object *o);

/* For kernel/vm.c: an area begins and ceases to map its object. */
void vm_object_attach(struct vm_area *a);
void vm_object_detach(struct vm_area *a);
