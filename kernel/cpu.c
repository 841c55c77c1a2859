// SPDX-License-Identifier: MIT
/*
 * cpu: which features the CPU has, and the control registers that use them.
 * Bits and leaves: Intel SDM volume 2 (CPUID) and volume 3, chapter 2.
 */
#include "kernel/cpu.h"

#include "kernel/asm.h"
#include "kernel/fpu.h"
#include "kernel/smap.h"

struct cpu_features cpu_features;

/* The boot CPU's; boot/start.S points GS here before any C runs. */
extern struct cpu boot_cpu;
struct cpu boot_cpu = {.self = &boot_cpu, .stack_canary = 0x1badb002deadc0de};

static_assert(offsetof(struct cpu, current) == CPU_CURRENT, "asm.h");
static_assert(offsetof(struct cpu, kernel_sp) == CPU_KERNEL_SP, "asm.h");
static_assert(offsetof(struct cpu, user_sp) == CPU_USER_SP, "asm.h");

enum {
    CR0_MP = 1 << 1,
    CR0_EM = 1 << 2,
    CR0_TS = 1 << 3,
    CR0_NE = 1 << 5,
    CR0_WP = 1 << 16,
    CR0_AM = 1 << 18,
    CR4_PGE = 1 << 7,
    CR4_OSFXSR = 1 << 9,
    CR4_OSXMMEXCPT = 1 << 10,
    CR4_UMIP = 1 << 11,
    CR4_FSGSBASE = 1 << 16,
    CR4_PCIDE = 1 << 17,
    CR4_OSXSAVE = 1 << 18,
    CR4_SMEP = 1 << 20,
    CR4_SMAP = 1 << 21,
};

#define EFER_NXE (1ul << 11)

/* x87, SSE, AVX, and the three AVX-512 components: all or none of those. */
#define XCR0_BASE   0x7ul
#define XCR0_AVX512 0xe0ul

static bool bit(uint32_t word, unsigned n)
{
    return word >> n & 1;
}

static void detect_basic(struct cpu_features *f)
{
    struct cpuid r = cpuid(1, 0);

    f->hwcap = r.edx;
    f->x2apic = bit(r.ecx, 21);
    f->tsc_deadline = bit(r.ecx, 24);
    f->xsave = bit(r.ecx, 26);
    f->pcid = bit(r.ecx, 17);
    f->rdrand = bit(r.ecx, 30);
    if (cpuid(0, 0).eax >= 7) {
        r = cpuid(7, 0);
        f->fsgsbase = bit(r.ebx, 0);
        f->smep = bit(r.ebx, 7);
        f->erms = bit(r.ebx, 9);
        f->invpcid = bit(r.ebx, 10);
        f->rdseed = bit(r.ebx, 18);
        f->smap = bit(r.ebx, 20);
        f->umip = bit(r.ecx, 2);
    }
}

static void detect_extended(struct cpu_features *f)
{
    uint32_t max = cpuid(0x80000000, 0).eax;
    struct cpuid r = cpuid(0x80000001, 0);

    f->nx = bit(r.edx, 20);
    f->pages_1g = bit(r.edx, 26);
    f->rdtscp = bit(r.edx, 27);
    f->phys_bits = 36;
    if (max >= 0x80000007)
        f->invariant_tsc = bit(cpuid(0x80000007, 0).edx, 8);
    if (max >= 0x80000008)
        f->phys_bits = cpuid(0x80000008, 0).eax & 0xff;
}

static void detect_xsave(struct cpu_features *f)
{
    struct cpuid r;

    if (!f->xsave)
        return;
    r = cpuid(0xd, 0);
    f->xcr0 = r.eax & (XCR0_BASE | XCR0_AVX512);
    f->xsaveopt = bit(cpuid(0xd, 1).eax, 0);
    if ((f->xcr0 & XCR0_AVX512) != XCR0_AVX512)
        f->xcr0 &= XCR0_BASE;
}

void cpu_detect(void)
{
    struct cpu_features *f = &cpu_features;

    detect_basic(f);
    detect_extended(f);
    detect_xsave(f);
}

void cpu_enable(void)
{
    const struct cpu_features *f = &cpu_features;
    uint64_t cr0, cr4;

    if (f->smap)
        smap_enable();
    if (f->nx)
        msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_NXE);
    __asm__ volatile("movq %%cr0, %0" : "=r"(cr0));
    cr0 &= ~(uint64_t)(CR0_EM | CR0_TS);
    cr0 |= CR0_MP | CR0_NE | CR0_WP | CR0_AM;
    __asm__ volatile("movq %0, %%cr0" : : "r"(cr0));
    __asm__ volatile("movq %%cr4, %0" : "=r"(cr4));
    cr4 |= CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;
    cr4 |= (f->umip ? CR4_UMIP : 0) | (f->fsgsbase ? CR4_FSGSBASE : 0) |
           (f->xsave ? CR4_OSXSAVE : 0) | (f->smep ? CR4_SMEP : 0) |
           (f->smap ? CR4_SMAP : 0) | (f->pcid ? CR4_PCIDE : 0);
    __asm__ volatile("movq %0, %%cr4" : : "r"(cr4));
    fpu_enable();
}
