// SPDX-License-Identifier: MIT
/* debug: places where a debugger learns what the program consists of. */
#pragma once

#include "lib/base.h"

/* Called when a program or an interpreter has been mapped, bias bytes above
 * the addresses in its file. Does nothing: tools/gdb sets a breakpoint here. */
void debug_image_mapped(uintptr_t bias, const char *path);
