// SPDX-License-Identifier: MIT
/*
 * stack: what a new program finds on its stack, as Linux lays it out (System V
 * ABI for x86-64, section 3.4.1; getauxval(3)). From high to low addresses:
 *
 *     8 bytes of zeros
 *     the path that was executed (AT_EXECFN)
 *     the strings of envp, then those of argv, the first lowest
 *     a random gap; the platform's name; 16 random bytes
 *     auxv, envp and argv as arrays with their ends, argc <- rsp, 16-byte
 *     aligned
 *
 * Pure: computes addresses, then fills a buffer that the caller copies to the
 * program's memory. Context: any.
 */
#pragma once

#include "lib/base.h"

#define STACK_RANDOM_SIZE 16
#define STACK_GAP_MAX     8192 /* the random gap is below this */

struct stack_spec {
    const char *const *argv, *const *envp; /* argc and envc strings */
    size_t argc, envc;
    const char *execfn;
    uint8_t random[STACK_RANDOM_SIZE];
    unsigned gap;                /* bytes, less than STACK_GAP_MAX */
    uint64_t phdr, phnum, entry; /* of the program, where it is loaded */
    uint64_t base;               /* of its interpreter, or 0 */
    uint64_t vdso;               /* where its ELF file lies, or 0: no entry */
    uint64_t hwcap, hwcap2, minsigstksz;
    uint32_t uid, euid, gid, egid;
    bool secure; /* privileges were gained by this execve */
};

/* Addresses in the program's memory. */
struct stack_layout {
    uintptr_t top; /* the end of the stack, as given */
    uintptr_t sp;  /* rsp at the program's first instruction */
    uintptr_t arg_start, arg_end, env_start, env_end; /* the strings */
    uintptr_t auxv_start, auxv_end;
    uintptr_t execfn, platform, random;
};

/*
 * Computes the layout below top (page aligned). -E2BIG when the strings and
 * the arrays that point to them need more than limit bytes, or a string more
 * than Linux's 128 KiB. The contents take top - sp bytes.
 */
int stack_plan(const struct stack_spec *spec, uintptr_t top, size_t limit,
               struct stack_layout *layout);

/* Writes all top - sp bytes of the contents to buf. */
void stack_fill(const struct stack_spec *spec,
                const struct stack_layout *layout, void *buf);
