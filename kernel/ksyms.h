// SPDX-License-Identifier: MIT
/*
 * ksyms: names for the kernel's own code addresses, for backtraces.
 *
 * The table comes from tools/gen/ksyms.c and is linked in by the second of the
 * two kernel links; in the first, and in host builds, there is none.
 * Context: any, also in a panic.
 */
#pragma once

#include "lib/base.h"

/*
 * The function that addr lies in, and how far behind its start; NULL, with
 * *offset 0, when addr is no kernel code or there is no table. For a return
 * address ask for addr - 1: the call may be its function's last instruction.
 */
const char *ksym_lookup(uintptr_t addr, size_t *offset);
