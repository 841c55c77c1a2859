// SPDX-License-Identifier: MIT
/* kernel_printf: lib/printf.c under names that the C library does not use. */
#define snprintf  kernel_snprintf
#define vsnprintf kernel_vsnprintf

#include "lib/printf.c"
