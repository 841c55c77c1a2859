// SPDX-License-Identifier: MIT
/*
 * fpu: the program's x87, SSE and AVX registers. The kernel never uses them,
 * so they are saved and restored only when the CPU goes to another thread.
 */
#pragma once

#include "kernel/cpu.h"
#include "lib/base.h"

#define FPU_LEGACY_SIZE 512 /* what FXSAVE writes */

/* Sets XCR0 and learns the size of a save area. Once per CPU. */
void fpu_enable(void);

/* A save area in the state of a fresh program, or NULL without memory. */
void *fpu_area_create(void);
void fpu_area_destroy(void *area);
/* The area takes over what another holds. */
void fpu_area_copy(void *to, const void *from);

void fpu_save(void *area);
void fpu_restore(const void *area);
void fpu_reset(void); /* the registers of a fresh program */

/* Saves the registers, which came from the area from, there, and loads others:
 * what has not changed since, or is in its initial state, is not written again;
 * the header tells (SDM volume 1, 13.9). */
static inline void fpu_switch(void *from, const void *to)
{
    if (likely(cpu_features.xsaveopt)) {
        __asm__ volatile("xsaveopt64 (%0)\n"
                         "xrstor64 (%1)"
                         :
                         : "r"(from), "r"(to), "a"(-1), "d"(-1)
                         : "memory");
        return;
    }
    fpu_save(from);
    fpu_restore(to);
}

/* Saving and restoring at an address of the program, aligned to 64 bytes;
 * restoring takes FXSAVE's part alone if legacy. 0 or -EFAULT: a bad address,
 * or a state that the CPU does not take; the registers are then those of a
 * fresh program. */
int fpu_save_user(void user *to);
int fpu_restore_user(const void user *from, bool legacy);

/* Exceptions, as the status words have them (SDM volume 1, 8.1.3.3, 10.2.3). */
enum {
    FPU_INVALID = 1,
    FPU_DENORMAL = 2,
    FPU_ZERO_DIVIDE = 4,
    FPU_OVERFLOW = 8,
    FPU_UNDERFLOW = 16,
    FPU_PRECISION = 32,
    FPU_EXCEPTIONS = 63,
};

/* Which exceptions the registers hold that are not masked: SSE's or x87's. */
unsigned fpu_exceptions(bool sse);
