// SPDX-License-Identifier: MIT
/*
 * page_copy: whole pages cleared and copied by whatever is quickest on this
 * CPU: its string instructions, or stores of 16 bytes where those are slow.
 */
#pragma once

#include "lib/base.h"

/* Both ranges are page aligned and do not overlap. Context: any. */
void page_clear(void *page);
void page_copy(void *to, const void *from);

/* Tries both ways; the FPU must be on. scratch: two pages side by side. Until
 * then string instructions are used. */
void page_copy_choose(void *scratch);

/* What came out; constant after boot. Copies to and from the program's memory
 * go by it too (kernel/uaccess_copy.S). */
extern bool page_copy_is_wide;
