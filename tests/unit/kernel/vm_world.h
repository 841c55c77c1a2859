// SPDX-License-Identifier: MIT
/*
 * vm_world: an address space to be looked into. Spaces, tables and faults are
 * the real ones; pages are the stub's.
 */
#pragma once

#include "kernel/vm_priv.h"

#define RW (VM_READ | VM_WRITE)

extern struct world {
    struct vm_space *space;
    struct vm_object object; /* a file of one page, world.object_page */
    struct page *object_page;
    unsigned object_refs;
} world;

void world_begin(void);
void world_end(void);

/* Maps pages at addr in world.space; o may be NULL. */
void world_map(uintptr_t addr, size_t pages, unsigned flags,
               struct vm_object *o);

/* The byte at addr, as an access finds it. */
uint8_t *world_byte(struct vm_space *s, uintptr_t addr, unsigned access);
int world_load(struct vm_space *s, uintptr_t addr);
void world_store(struct vm_space *s, uintptr_t addr, uint8_t value);
