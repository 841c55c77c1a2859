// SPDX-License-Identifier: MIT
/*
 * cpu: per-CPU data behind GS, and the instructions C has no words for.
 */
#pragma once

#include "kernel/irq_state.h"
#include "kernel/kmalloc.h"
#include "kernel/page.h"
#include "kernel/tlb.h"
#include "lib/base.h"

struct ring;
struct thread;

/* The offsets of the first fields are known to assembly (kernel/asm.h). */
struct cpu {
    struct cpu *self;
    struct thread *current;
    uintptr_t kernel_sp; /* struct regs at the top of current's kernel stack */
    uintptr_t user_sp;   /* scratch of the system call entry */
    uint64_t pad;
    uint64_t stack_canary; /* GCC and clang read it at %gs:0x28 */
    struct thread *idle;
    struct thread *program; /* whose vector registers and bases are loaded */
    unsigned id;
    unsigned irq_depth; /* interrupt handlers running, nested */
    bool need_resched;  /* current should give up the CPU soon */
    uint64_t irqs, switches, page_faults; /* statistics */
    struct ring *ring; /* kernel/ring.h; NULL: nothing is recorded */
    struct tlb_cpu tlb;
    struct page_cache pages;
    struct kmalloc_magazine magazines[KMALLOC_CLASSES];
};

static_assert(offsetof(struct cpu, stack_canary) == 0x28, "compiler ABI");

/* What the CPU has; read once at boot, constant afterwards. */
struct cpu_features {
    bool nx, pages_1g, smep, smap, umip, fsgsbase, pcid, invpcid;
    bool xsave, xsaveopt;
    bool rdrand, rdseed, tsc_deadline, x2apic, invariant_tsc, erms, rdtscp;
    uint64_t xcr0;       /* state components that the program may use */
    uint32_t xsave_size; /* bytes of an XSAVE area for xcr0 */
    uint32_t hwcap;      /* CPUID 1 EDX: AT_HWCAP */
    uint32_t phys_bits;
};
extern struct cpu_features cpu_features;

void cpu_detect(void); /* fills cpu_features */
void cpu_enable(void); /* control registers and MSRs of this CPU */

static inline struct cpu *cpu_this(void)
{
    struct cpu *c;
    __asm__ volatile("movq %%gs:0, %0" : "=r"(c));
    return c;
}

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid r;
    __asm__ volatile("cpuid"
                     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                     : "a"(leaf), "c"(subleaf));
    return r;
}

static inline uint64_t msr_read(uint32_t msr)
{
    uint32_t lo, hi;
    __asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
    return (uint64_t)hi << 32 | lo;
}

static inline void msr_write(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value),
                       "d"((uint32_t)(value >> 32))
                     : "memory");
}

enum {
    MSR_TSC_DEADLINE = 0x6e0,
    MSR_APIC_BASE = 0x1b,
    MSR_EFER = 0xc0000080,
    MSR_STAR = 0xc0000081,
    MSR_LSTAR = 0xc0000082,
    MSR_SFMASK = 0xc0000084,
    MSR_FS_BASE = 0xc0000100,
    MSR_GS_BASE = 0xc0000101,
    MSR_KERNEL_GS_BASE = 0xc0000102,
};

static inline uint64_t tsc_read(void)
{
    uint32_t lo, hi;
    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return (uint64_t)hi << 32 | lo;
}

static inline void cpu_pause(void)
{
    __asm__ volatile("pause" ::: "memory");
}

/* Waits for an interrupt with interrupts on; returns with them off. */
static inline void cpu_idle_wait(void)
{
    __asm__ volatile("sti; hlt; cli" ::: "memory");
}
