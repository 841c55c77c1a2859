// SPDX-License-Identifier: MIT
/*
 * scan: which system calls a program's machine code names, as far as a look at
 * the bytes tells: a `syscall` instruction with a constant moved to eax
 * shortly before it. A guess: constants that come from elsewhere are not seen,
 * and bytes that are no instructions may look like some.
 */
#pragma once

#include "tools/elfin/elfinfo.h"

enum { SCAN_CALLS = 512 };

struct scan {
    bool calls[SCAN_CALLS]; /* by number */
    unsigned sites;         /* syscall instructions */
    unsigned unknown;       /* of which the number was not seen */
};

/* Adds size bytes of machine code to s. */
void scan_code(struct scan *s, const char *code, size_t size);
/* Adds the executable segments of an ELF file. */
void scan_elf(struct scan *s, const struct elfinfo *info, const char *data,
              size_t size);
