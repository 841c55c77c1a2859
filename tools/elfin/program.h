// SPDX-License-Identifier: MIT
/*
 * program: a program of the host in the machine's root: the file, the links
 * that lead to it, and what it needs to run.
 */
#pragma once

#include "tools/elfin/tree.h"

/*
 * The host path of PROGRAM as a person types it: itself, or what a shell would
 * find for a name without a slash that is no file here. The caller frees it.
 */
char *program_find(const char *program);

/*
 * Puts the host's file at path. When path is its own place on the host, and a
 * symbolic link there, the links are made too. 0 or a status after a message.
 */
int program_add_file(struct tree *t, const char *path, const char *host);

/*
 * Adds what the program needs that is at path already: of a script the
 * interpreter, of a dynamically linked program the dynamic linker and the
 * libraries, and unless bare the files of its Debian package (package.h).
 * *library_path is set when LD_LIBRARY_PATH of the host is needed for that.
 * 0 or a status after a message.
 */
int program_add_needs(struct tree *t, const char *path, const char *host,
                      bool bare, bool *library_path);
