// SPDX-License-Identifier: MIT
/*
 * load: from a file to a program ready to run: its segments, its interpreter,
 * its stack and the place of its heap, all in one address space.
 *
 * Keeps no state between calls. Context: may sleep; no locks held.
 */
#pragma once

#include "lib/base.h"

struct file;
struct vm_space;

#define PROGRAM_WHY_SIZE 512

/* What the program is started with; all borrowed. */
struct program_args {
    struct file *file;                     /* borrowed; NULL: path is opened */
    const char *execfn;                    /* AT_EXECFN; NULL: path */
    const char *const *argv, *const *envp; /* argc and envc strings */
    size_t argc, envc;
    uint32_t uid, euid, gid, egid;
    bool secure;          /* AT_SECURE */
    bool aslr;            /* random addresses; else always the same */
    bool vdso;            /* map one */
    uint64_t stack_limit; /* RLIMIT_STACK in bytes */
};

/* What the command line says about all programs: boot sets it. */
struct program_policy {
    bool aslr, vdso;
};
extern struct program_policy program_policy;

struct program_start {
    uintptr_t rip, rsp;    /* of the first instruction */
    uintptr_t entry;       /* the program's own; rip may be the interpreter's */
    uintptr_t bias;        /* added to the program's addresses */
    uintptr_t interp_bias; /* to its interpreter's, if there is one, else 0 */
    char interp[256];      /* the interpreter's path (shortened), or "" */
};

/*
 * Loads path (absolute) into s, which is new and empty and not yet shared.
 * 0, or a negative errno as execve(2), with one line in why: PATH, what is
 * wrong, what to do. -ENOENT also when the interpreter is missing, -EACCES,
 * -ENOEXEC, -E2BIG, -ENOMEM. After an error s is only good for vm_space_put.
 */
int program_load(struct vm_space *s, const char *path,
                 const struct program_args *args, struct program_start *start,
                 char *why, size_t why_size);
