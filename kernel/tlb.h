// SPDX-License-Identifier: MIT
/*
 * tlb: which space's page tables this CPU uses, and what it remembers of them.
 *
 * With PCIDs (SDM volume 3, 4.10) the CPU remembers the translations of spaces
 * that it has left; a flush of one of those only makes the space get another
 * PCID when it comes back.
 *
 * Locking: flushes want the space's lock; tlb_load and tlb_leave have
 * interrupts off or nobody else who could switch.
 */
#pragma once

#include "lib/base.h"

struct vm_space;

/* Of each space: the PCID it has on the CPU. */
struct tlb_context {
    uint64_t generation; /* in which it was given out; 0: none */
    uint64_t pcid;
};

/* Of each CPU (struct cpu). */
struct tlb_cpu {
    struct vm_space *space; /* whose tables are loaded; NULL: the kernel's */
    uint64_t generation;    /* counts how often PCIDs were used up */
    uint64_t last_pcid;
    uint64_t flushes, switches; /* statistics: whole flushes, spaces loaded */
};

/* Forgets translations of s, after its tables changed. */
void tlb_flush_range(struct vm_space *s, uintptr_t start, uintptr_t end);
void tlb_flush_space(struct vm_space *s);
/* The same after upper tables of s lost entries below which nothing was
 * mapped. */
void tlb_flush_tables(struct vm_space *s);
/* Forgets one page of the kernel's half. */
void tlb_flush_kernel(uintptr_t va);

/* Uses the tables of s from now on. A thread of the kernel keeps those that it
 * finds. */
void tlb_load(struct vm_space *s);
/* Stops using those of s, which are about to go. */
void tlb_leave(struct vm_space *s);
