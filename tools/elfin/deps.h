// SPDX-License-Identifier: MIT
/*
 * deps: the interpreter and the shared libraries that a dynamically linked
 * program loads at its start, found as its dynamic linker would find them.
 *
 * Follows ld.so(8) for glibc (RPATH, LD_LIBRARY_PATH, RUNPATH, the directories
 * of ld.so.conf, default directories) and musl's order when the interpreter is
 * musl's. $ORIGIN and $PLATFORM are expanded. Libraries that a program opens
 * itself (dlopen) are not known here.
 */
#pragma once

#include "tools/elfin/elfinfo.h"

struct dep {
    char *name;       /* as DT_NEEDED or PT_INTERP has it */
    char *host_path;  /* NULL: not found */
    char *guest_path; /* where the dynamic linker will look for it */
    const char *how;  /* "RPATH", "ld.so.conf", ... */
    char *needed_by;  /* the host path of the first file that needs it */
};

struct deps {
    struct dep *items; /* items[0] is the interpreter */
    size_t count;
    size_t required; /* so many, from the first, are the program's own */
    bool musl;
    bool used_library_path; /* LD_LIBRARY_PATH led to one of them */
    char *config; /* the file (host and guest path) without which the dynamic
                     linker does not find some of them, or NULL */
};

/*
 * Collects what program (host path host_path, to be put at guest_path) needs.
 * library_path: LD_LIBRARY_PATH, or NULL. more: host paths of files that it
 * may load later, in places of their own, or NULL; what they need comes behind
 * the required items, and only if it is there. Nothing is printed; items
 * without a host_path are missing.
 */
void deps_collect(struct deps *d, const struct elfinfo *program,
                  const char *host_path, const char *guest_path,
                  const char *library_path, const struct strlist *more);
void deps_fini(struct deps *d);
