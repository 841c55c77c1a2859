// SPDX-License-Identifier: MIT
/*
 * exe: the file that a process runs from (struct process.exe). Nobody opens it
 * for writing meanwhile, and what is open for writing does not run: ETXTBSY.
 */
#pragma once

#include "vfs/dentry.h"

/* For a process that is to run d, which gets a reference. -ETXTBSY. */
int exe_take(struct dentry *d);

/* The same for one more process that runs it already; and one less. */
void exe_get(struct dentry *d);
void exe_put(struct dentry *d);
