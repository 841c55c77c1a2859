// SPDX-License-Identifier: MIT
/*
 * cmdline: writes the kernel command line in the form that boot/cmdline.c
 * reads: words between blanks; inside double quotes blanks are kept and
 * \" \\ \n \t \xHH stand for those bytes.
 */
#pragma once

#include "tools/elfin/util.h"

/* The longest line for PVH's 4095 bytes that leaves QEMU room for its own. */
enum { CMDLINE_MAX = 3500 };

/* Adds word, quoted if it must be, behind a blank if it is not the first. */
void cmdline_add(struct strbuf *line, const char *word);
/* Adds key=value as one word. */
void cmdline_add_option(struct strbuf *line, const char *key,
                        const char *value);
