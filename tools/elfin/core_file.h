// SPDX-License-Identifier: MIT
/*
 * core_file: what an ELF core tells: threads, mapped files, memory. Written
 * for those that Elfin's kernel makes; the file is not trusted, and what does
 * not fit into it is left out.
 */
#pragma once

#include "abi/core.h"
#include "abi/signal.h"
#include "tools/elfin/util.h"

struct core_thread {
    int tid;
    struct abi_user_regs regs;
};

/* A mapping of a file. */
struct core_map {
    uint64_t start, end, offset;
    const char *path; /* in the machine */
};

struct core_segment {
    uint64_t start, end, file_size, offset;
    unsigned flags; /* PF_R ... */
};

struct core_file {
    struct mapped_file file;
    struct core_thread *threads; /* the one that died first */
    struct core_map *maps;
    struct core_segment *segments; /* in the order of addresses */
    size_t thread_count, map_count, segment_count;
    struct abi_siginfo info; /* all zeros: there is none */
    char name[17];           /* of the program */
};

/* 0, or a negative errno: -ENODATA for an empty file, -ENOEXEC for what is no
 * core. core_file_close in any case. */
int core_file_open(struct core_file *c, const char *path);
void core_file_close(struct core_file *c);

/* The 8 bytes at addr; false when the core does not have them. */
bool core_file_word(const struct core_file *c, uint64_t addr, uint64_t *word);
/* What addr lies in, or NULL. */
const struct core_segment *core_file_segment(const struct core_file *c,
                                             uint64_t addr);
const struct core_map *core_file_map(const struct core_file *c, uint64_t addr);
