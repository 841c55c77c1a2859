// SPDX-License-Identifier: MIT
/* vm_priv: what vm.c (areas) and vm_fault.c (pages) share. */
#pragma once

#include "kernel/vm.h"

/* The first area that ends above addr. Lock held. */
static inline struct vm_area *vm_area_of(struct rb_node *n)
{
    return n ? rb_entry(n, struct vm_area, node) : NULL;
}

/* Drops every page mapped in [start, end) and flushes the TLB. */
void vm_pages_drop(struct vm_space *s, uintptr_t start, uintptr_t end);
/* Makes the mapped pages of [start, end) obey an area's new protection. */
void vm_pages_protect(struct vm_space *s, uintptr_t start, uintptr_t end,
                      unsigned flags);
/* Moves mapped pages, entry by entry; -ENOMEM moves none. */
int vm_pages_move(struct vm_space *s, uintptr_t from, uintptr_t to, size_t len);
