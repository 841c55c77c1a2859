// SPDX-License-Identifier: MIT
/*
 * fpu: the program's x87, SSE and AVX registers. The kernel never uses them,
 * so they are saved and restored only when the CPU goes to another thread.
 */
#pragma once

#include "lib/base.h"

/* Sets XCR0 and learns the size of a save area. Once per CPU. */
void fpu_enable(void);

/* A save area in the state of a fresh program, or NULL without memory. */
void *fpu_area_create(void);
void fpu_area_destroy(void *area);
/* The area takes over what another holds. */
void fpu_area_copy(void *to, const void *from);

void fpu_save(void *area);
void fpu_restore(const void *area);

/* Whether an area that the program may have written can be restored. */
bool fpu_area_valid(void *area);
