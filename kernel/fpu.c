// SPDX-License-Identifier: MIT
#include "kernel/fpu.h"

#include "kernel/cpu.h"
#include "kernel/kmalloc.h"
#include "lib/string.h"

#define XSTATE_LEGACY    3      /* XSTATE_BV: x87 and SSE */
#define FCW_INITIAL      0x037f /* System V ABI, 3.2.1: as after FNINIT */
#define MXCSR_INITIAL    0x1f80 /* all SSE exceptions masked */
#define MXCSR_MASK_SHIFT 7

/* The legacy region that FXSAVE and XSAVE share (SDM volume 1, 10.5.1). */
struct fxsave {
    uint16_t fcw, fsw, ftw, fop;
    uint64_t fip, fdp;
    uint32_t mxcsr, mxcsr_mask;
    uint8_t registers[480];
} __attribute__((aligned(16)));

static_assert(sizeof(struct fxsave) == FPU_LEGACY_SIZE, "SDM 10.5.1");

void fpu_enable(void)
{
    struct cpu_features *f = &cpu_features;

    f->xsave_size = FPU_LEGACY_SIZE;
    if (!f->xsave)
        return;
    __asm__ volatile("xsetbv"
                     :
                     : "c"(0), "a"((uint32_t)f->xcr0),
                       "d"((uint32_t)(f->xcr0 >> 32)));
    f->xsave_size = cpuid(0xd, 0).ebx;
}

/* XSAVE wants 64-byte alignment: kmalloc aligns powers of two so. */
static size_t area_size(void)
{
    size_t size = 1024;

    while (size < cpu_features.xsave_size)
        size *= 2;
    return size;
}

void *fpu_area_create(void)
{
    struct fxsave *area = kzalloc(area_size());

    if (area) {
        area->fcw = FCW_INITIAL;
        area->mxcsr = MXCSR_INITIAL;
    }
    return area;
}

void fpu_area_destroy(void *area)
{
    kfree(area);
}

void fpu_area_copy(void *to, const void *from)
{
    memcpy(to, from, cpu_features.xsave_size);
}

void fpu_save(void *area)
{
    if (cpu_features.xsave)
        __asm__ volatile("xsave64 (%0)"
                         :
                         : "r"(area), "a"(-1), "d"(-1)
                         : "memory");
    else
        __asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

void fpu_restore(const void *area)
{
    if (cpu_features.xsave)
        __asm__ volatile("xrstor64 (%0)"
                         :
                         : "r"(area), "a"(-1), "d"(-1)
                         : "memory");
    else
        __asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

unsigned fpu_exceptions(bool sse)
{
    struct fxsave now;

    __asm__ volatile("fxsave64 %0" : "=m"(now));
    if (sse)
        return now.mxcsr & ~(now.mxcsr >> MXCSR_MASK_SHIFT) & FPU_EXCEPTIONS;
    return now.fsw & ~now.fcw & FPU_EXCEPTIONS;
}

void fpu_area_set_legacy(void *area)
{
    if (cpu_features.xsave)
        *(uint64_t *)((char *)area + FPU_LEGACY_SIZE) = XSTATE_LEGACY;
}

/* XRSTOR faults on a header with reserved bits (SDM volume 1, 13.8.2), and
 * both on reserved MXCSR bits. */
bool fpu_area_valid(void *area)
{
    struct fxsave *legacy = area;
    const uint64_t *header = (const uint64_t *)((char *)area + FPU_LEGACY_SIZE);
    struct fxsave now;
    uint32_t mask;

    __asm__ volatile("fxsave64 %0" : "=m"(now));
    mask = now.mxcsr_mask ? now.mxcsr_mask : 0xffbf;
    if (legacy->mxcsr & ~mask)
        return false;
    if (!cpu_features.xsave)
        return true;
    for (unsigned i = 1; i < 8; i++)
        if (header[i] != 0)
            return false;
    return (header[0] & ~cpu_features.xcr0) == 0;
}
