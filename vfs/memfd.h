// SPDX-License-Identifier: MIT
/*
 * memfd: files in memory without a name: those of memfd_create(2), and what
 * shared anonymous mappings map.
 */
#pragma once

#include "vfs/file.h"

#define MEMFD_NAME_MAX 249 /* bytes of a name that memfd_create takes */

/* memfd_create(2): a file that is open for reading and writing; sealing as
 * with MFD_ALLOW_SEALING. -ENOMEM. May sleep. */
int memfd_create_file(const char *name, bool sealing, struct file **file);

/* Zeros of a size, to be mapped: a reference on the vnode whose object it is;
 * its pages are made on the first touch. -ENOMEM. May sleep. */
int memfd_create_shared(uint64_t size, struct vnode **v);
