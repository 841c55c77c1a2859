// SPDX-License-Identifier: MIT
/*
 * vm_priv: what the parts of vm share: areas (vm.c), their pages (vm_fault.c),
 * moving (vm_remap.c), large pages (vm_large.c), advice and locking
 * (vm_range.c), limits (vm_limit.c). Everything here wants the space's lock
 * held.
 */
#pragma once

#include "kernel/vm.h"

/* The area whose node n is; NULL for NULL. */
static inline struct vm_area *vm_area_of(struct rb_node *n)
{
    return n ? rb_entry(n, struct vm_area, node) : NULL;
}

/* A new area in a free place; NULL without memory. */
struct vm_area *vm_area_create(struct vm_space *s, uintptr_t start,
                               uintptr_t end, unsigned flags,
                               struct vm_object *object, uint64_t offset);
/* Joins a with the neighbours that continue it; a may be gone then. */
void vm_area_merge(struct vm_space *s, struct vm_area *a);
/* Splits so that areas begin and end at start and end where they cross. */
int vm_areas_split(struct vm_space *s, uintptr_t start, uintptr_t end);
/* Is [addr, addr + len) page aligned and within the program's half? */
bool vm_range_valid(uintptr_t addr, size_t len);
int vm_unmap_locked(struct vm_space *s, uintptr_t addr, size_t len);
/* Where a mapping goes; makes room for a fixed one. */
int vm_place(struct vm_space *s, uintptr_t *addr, size_t len,
             enum vm_place how);

/* May the areas of s grow by so many pages with these VM_* flags? RLIMIT_AS
 * and RLIMIT_DATA of the calling process decide: 0 or -ENOMEM. */
int vm_limit_grow(struct vm_space *s, size_t pages, unsigned flags);
/* The same for pages that become private and writable: RLIMIT_DATA alone. */
int vm_limit_data(struct vm_space *s, size_t pages);
/* -ENOMEM for private writable memory of more pages than the machine has,
 * unless it is VM_NORESERVE (Linux: vm.overcommit_memory 0). */
int vm_limit_commit(size_t pages, unsigned flags);

/* Can a store at va be served by a large page? Then it is mapped, and *pte its
 * entry. */
bool vm_large_fill(struct vm_space *s, struct vm_area *a, uintptr_t va,
                   uint64_t **pte);
/* Splits large pages that reach over start or end. */
void vm_large_cut(struct vm_space *s, uintptr_t start, uintptr_t end);
/* Frees the page behind a large entry and empties the entry. */
void vm_large_drop(struct vm_space *s, uint64_t *pte);
/* The flags of an entry for a page of an area with these VM_* flags. */
uint64_t vm_pte_flags(unsigned area_flags, bool writable);

/* Drops every page mapped in [start, end) and flushes the TLB. */
void vm_pages_drop(struct vm_space *s, uintptr_t start, uintptr_t end);
/* Makes the mapped pages of [start, end) obey an area's new protection. */
void vm_pages_protect(struct vm_space *s, uintptr_t start, uintptr_t end,
                      unsigned flags);
/* Moves mapped pages, entry by entry; -ENOMEM moves none. */
int vm_pages_move(struct vm_space *s, uintptr_t from, uintptr_t to, size_t len);
