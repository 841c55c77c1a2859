// SPDX-License-Identifier: MIT
#include "kernel/fpu.h"

#include "abi/errno.h"
#include "kernel/cpu.h"
#include "kernel/kmalloc.h"
#include "kernel/uaccess.h"
#include "lib/string.h"

#define FCW_INITIAL      0x037f /* System V ABI, 3.2.1: as after FNINIT */
#define MXCSR_INITIAL    0x1f80 /* all SSE exceptions masked */
#define FPU_HEADER_SIZE  64     /* of an XSAVE area, behind the legacy region */
#define MXCSR_MASK_SHIFT 7

/* The legacy region that FXSAVE and XSAVE share (SDM volume 1, 10.5.1). */
struct fxsave {
    uint16_t fcw, fsw, ftw, fop;
    uint64_t fip, fdp;
    uint32_t mxcsr, mxcsr_mask;
    uint8_t registers[480];
} __attribute__((aligned(16)));

static_assert(sizeof(struct fxsave) == FPU_LEGACY_SIZE, "SDM 10.5.1");

/* uaccess_copy.S */
int uaccess_xsave(const void *to);
int uaccess_xrstor(const void *from);
int uaccess_fxsave(const void *to);
int uaccess_fxrstor(const void *from);

/* An empty header: XRSTOR gives every component its initial state, and reads
 * nothing behind it. */
static const struct {
    struct fxsave legacy;
    uint8_t header[FPU_HEADER_SIZE];
} __attribute__((aligned(64))) initial = {
    .legacy = {.fcw = FCW_INITIAL, .mxcsr = MXCSR_INITIAL},
};

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

void fpu_reset(void)
{
    fpu_restore(&initial);
}

int fpu_save_user(void user *to)
{
    char user *header = (char user *)to + FPU_LEGACY_SIZE;

    if (!cpu_features.xsave)
        return uaccess_fpu(uaccess_fxsave, to, FPU_LEGACY_SIZE);
    /* XSAVE leaves most of the header as it is. */
    if (clear_user(header, FPU_HEADER_SIZE) < 0)
        return -EFAULT;
    return uaccess_fpu(uaccess_xsave, to, cpu_features.xsave_size);
}

int fpu_restore_user(const void user *from, bool legacy)
{
    int err;

    if (legacy) {
        fpu_reset();
        err = uaccess_fpu(uaccess_fxrstor, from, FPU_LEGACY_SIZE);
    } else {
        err = uaccess_fpu(uaccess_xrstor, from, cpu_features.xsave_size);
    }
    if (err < 0)
        fpu_reset();
    return err;
}
