// SPDX-License-Identifier: MIT
#include "kernel/debug.h"

__attribute__((noinline)) void debug_image_mapped(uintptr_t bias,
                                                  const char *path)
{
    /* The arguments must be in their registers when a debugger stops. */
    __asm__ volatile("" : : "r"(bias), "r"(path) : "memory");
}
