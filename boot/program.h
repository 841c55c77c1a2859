// SPDX-License-Identifier: MIT
/* program: from the initial RAM disk to the first thread of the program. */
#pragma once

#include "boot/cmdline.h"

/* The initial RAM disk in the direct map; size 0: none was given. */
struct initrd {
    const void *data;
    size_t size;
};

/*
 * Unpacks the initrd, adds the options of its .elfin/cmdline to o (the ones
 * of the real line come first in force), finds and loads the program, and
 * starts its thread. When the program cannot be started, it reports why and
 * ends the machine. Context: a thread.
 */
void program_start(struct boot_options *o, const char *line, size_t line_len,
                   const struct initrd *initrd);
