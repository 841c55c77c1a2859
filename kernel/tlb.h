// SPDX-License-Identifier: MIT
/* tlb: which page tables this CPU uses, and what it remembers of them. */
#pragma once

#include "lib/base.h"

/* Forgets translations of this CPU. */
void tlb_flush_range(uintptr_t start, uintptr_t end);
void tlb_flush_all(void);

/* Uses the tables below a top table from now on. */
void tlb_load(paddr_t root);
/* Stops using those of root, which are about to go. */
void tlb_leave(paddr_t root);
