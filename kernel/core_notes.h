// SPDX-License-Identifier: MIT
/* core_notes: the notes of a core: threads, the process, mapped files. */
#pragma once

#include "abi/signal.h"
#include "kernel/regs.h"

#define CORE_AUXV_MAX 1024

struct vm_space;

/* Bytes that grow; and what had to be found out before the space was locked. */
struct core_notes {
    uint8_t *data;
    size_t len, size;
    bool failed; /* no memory: what came since is missing */
    uint8_t auxv[CORE_AUXV_MAX];
    size_t auxv_len;
    char arguments[80];
    int group, session;
};

/* Reads the program's memory, and looks where the calling process belongs. May
 * sleep; the space's lock is not held. */
void core_notes_init(struct core_notes *n, const struct vm_space *s);

/* All notes for the calling thread's process; the space's lock is held. What
 * memory does not suffice for is left out. The caller frees n->data. */
void core_notes_make(struct core_notes *n, struct vm_space *s,
                     const struct regs *r, const struct abi_siginfo *info);
