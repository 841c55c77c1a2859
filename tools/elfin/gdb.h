// SPDX-License-Identifier: MIT
/*
 * gdb: --gdb: what gdb is told of a machine that waits for it.
 */
#pragma once

#include "tools/elfin/image.h"

/* The default of --gdb. */
#define GDB_PORT "1234"

/* QEMU's arguments for --gdb=WHERE: a port of this host, or the path of a
 * socket (with a slash). 0, or a status after a message. */
int gdb_qemu_args(const char *where, struct strlist *args);

/*
 * Writes a file of gdb commands that finds the symbols of kernel and image,
 * and prints the command to type. *file (malloc) is its path, to be removed
 * when the machine is gone. 0, or a status after a message.
 */
int gdb_prepare(const char *where, const char *kernel,
                const struct image *image, char **file);
