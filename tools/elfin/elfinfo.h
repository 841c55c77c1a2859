// SPDX-License-Identifier: MIT
/*
 * elfinfo: what an executable file is: its kind, segments, interpreter and
 * needed libraries, and whether Elfin runs it.
 *
 * Whether it runs is what the kernel's own checker says (loader/elf.c), so
 * that a file is refused in the same words before a machine is started; the
 * rest is read with libelf. The file is not trusted: whatever its fields say,
 * only its own bytes are read.
 */
#pragma once

#include <gelf.h>

#include "tools/elfin/util.h"

enum elf_kind {
    ELF_KIND_NONE,       /* no ELF file, or one too broken to tell */
    ELF_KIND_SCRIPT,     /* begins with #! */
    ELF_KIND_FOREIGN,    /* ELF for another machine, or 32-bit */
    ELF_KIND_OBJECT,     /* relocatable, core, ...: never a program */
    ELF_KIND_LIBRARY,    /* shared object without an entry point */
    ELF_KIND_STATIC,     /* ET_EXEC without interpreter */
    ELF_KIND_STATIC_PIE, /* ET_DYN without interpreter */
    ELF_KIND_DYNAMIC     /* has an interpreter */
};

struct elfinfo {
    enum elf_kind kind;
    char *problem; /* NULL: it can be loaded; else what is wrong, a colon,
                      and what to do; completes "PROGRAM ..." */
    char *interp;  /* PT_INTERP, or of a script the interpreter; or NULL */
    char *soname, *rpath, *runpath; /* NULL when absent */
    struct strlist needed;          /* DT_NEEDED, in order */
    GElf_Phdr *segments;            /* all program headers, not only PT_LOAD */
    size_t segment_count;
};

/* Reads size bytes at data into info, which elfinfo_fini releases. */
void elfinfo_read(struct elfinfo *info, const char *data, size_t size);
void elfinfo_fini(struct elfinfo *info);
const char *elf_kind_name(enum elf_kind kind);

/* True for an ELF file of the class and machine that Elfin runs. */
bool elf_is_x86_64(const char *data, size_t size);
