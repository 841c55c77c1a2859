// SPDX-License-Identifier: MIT
/*
 * tlb: PCIDs are given out in order. When all are used up, everything is
 * flushed, and a new generation begins; spaces with a PCID of an older one get
 * a new one when they are next loaded. So a PCID is clean when it is given.
 */
#include "kernel/tlb.h"

#include "kernel/cpu.h"
#include "kernel/page.h"
#include "kernel/pagetable.h"
#include "kernel/vm.h"

#define FLUSH_ONE_MAX 32 /* above: the whole TLB is cheaper */
#define PCID_LAST     4095
#define CR3_NO_FLUSH  (1ul << 63)
#define CR4_PGE       (1ul << 7)

enum { INVPCID_ALL = 3 }; /* contexts, but for global translations */

static void cr3_write(uint64_t value)
{
    __asm__ volatile("movq %0, %%cr3" : : "r"(value) : "memory");
}

static void invlpg(uintptr_t va)
{
    __asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

/* Every PCID, and without INVPCID also global translations. */
static void flush_everything(void)
{
    struct {
        uint64_t pcid, addr;
    } none = {0, 0};
    uint64_t cr4;

    if (cpu_features.invpcid) {
        __asm__ volatile("invpcid %0, %1"
                         :
                         : "m"(none), "r"((uint64_t)INVPCID_ALL)
                         : "memory");
        return;
    }
    __asm__ volatile("movq %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("movq %0, %%cr4" : : "r"(cr4 & ~CR4_PGE) : "memory");
    __asm__ volatile("movq %0, %%cr4" : : "r"(cr4) : "memory");
}

/* A PCID of which the CPU remembers nothing. */
static uint64_t pcid_new(struct tlb_cpu *t)
{
    if (t->generation == 0 || t->last_pcid == PCID_LAST) {
        flush_everything();
        t->generation++;
        t->last_pcid = 0; /* that of the kernel's own tables */
    }
    return ++t->last_pcid;
}

void tlb_load(struct vm_space *s)
{
    struct tlb_cpu *t = &cpu_this()->tlb;

    if (t->space == s)
        return;
    t->space = s;
    t->switches++;
    if (!cpu_features.pcid) {
        cr3_write(s->root);
        return;
    }
    if (s->tlb.generation == 0 || s->tlb.generation != t->generation) {
        s->tlb.pcid = pcid_new(t);
        s->tlb.generation = t->generation;
    }
    cr3_write(s->root | s->tlb.pcid | CR3_NO_FLUSH);
}

void tlb_leave(struct vm_space *s)
{
    struct tlb_cpu *t = &cpu_this()->tlb;

    if (t->space != s)
        return;
    t->space = NULL;
    cr3_write(pt_kernel_root);
}

/* Is s in use? If not, what the CPU may remember of it is given up. */
static bool is_loaded(struct vm_space *s)
{
    if (cpu_this()->tlb.space == s)
        return true;
    s->tlb.generation = 0;
    return false;
}

void tlb_flush_space(struct vm_space *s)
{
    if (!is_loaded(s))
        return;
    cpu_this()->tlb.flushes++;
    cr3_write(s->root | (cpu_features.pcid ? s->tlb.pcid : 0));
}

void tlb_flush_range(struct vm_space *s, uintptr_t start, uintptr_t end)
{
    if ((end - start) >> PAGE_SHIFT > FLUSH_ONE_MAX) {
        tlb_flush_space(s);
        return;
    }
    if (!is_loaded(s))
        return;
    for (uintptr_t va = start; va < end; va += PAGE_SIZE)
        invlpg(va);
}

/* INVLPG also forgets all upper entries of the current PCID (4.10.4.1). */
void tlb_flush_tables(struct vm_space *s)
{
    if (is_loaded(s))
        invlpg(0);
}

void tlb_flush_kernel(uintptr_t va)
{
    invlpg(va);
}
