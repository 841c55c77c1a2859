// SPDX-License-Identifier: MIT
/*
 * debug: places where a debugger learns what the program consists of.
 * tools/gdb/elfin.py reads them by name; nothing in the kernel does.
 */
#pragma once

#include "lib/base.h"

struct process;
struct vm_object;
struct vm_space;

#define DEBUG_IMAGES_MAX 128
#define DEBUG_PATH_SIZE  192

/* A part of a file that is mapped executable. */
struct debug_image {
    uintptr_t start, end;
    uint64_t offset; /* of start in the file */
    char path[DEBUG_PATH_SIZE];
};

/* The first `count` are valid, of all processes. A mapping over an older one
 * takes its place, and so does one that finds the list full; those that were
 * only unmapped stay. */
struct debug_images {
    unsigned count;
    struct debug_image image[DEBUG_IMAGES_MAX];
};
extern struct debug_images debug_images;

/* debug_images has grown. Does nothing: a debugger's breakpoint belongs
 * here. */
void debug_images_changed(void);

/* A program is loaded: publishes what it has mapped executable. */
void debug_program_loaded(struct process *p);

/* One more mapping of object at [start, end), from offset on. */
void debug_image_mapped(uintptr_t start, uintptr_t end,
                        struct vm_object *object, uint64_t offset);
