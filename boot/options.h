// SPDX-License-Identifier: MIT
/* options: what the options of the command line change in the kernel. */
#pragma once

#include "boot/cmdline.h"

/* Logs the line's errors and sets what modules keep; may be called again with
 * more options. Context: boot. */
void options_apply(const struct boot_options *o);
