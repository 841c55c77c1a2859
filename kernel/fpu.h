// SPDX-License-Identifier: MIT
/*
 * fpu: the program's x87, SSE and AVX registers. The kernel never uses them,
 * so they are saved and restored only when the CPU goes to another thread.
 */
#pragma once

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

/* After FPU_LEGACY_SIZE bytes were written to a fresh area: makes it hold x87
 * and SSE state alone. */
void fpu_area_set_legacy(void *area);

/* Whether an area that the program may have written can be restored. */
bool fpu_area_valid(void *area);
