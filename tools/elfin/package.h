// SPDX-License-Identifier: MIT
/*
 * package: the other files of the Debian package that a program came with.
 *
 * A program of a distribution counts on files that it opens by itself: the
 * modules of an interpreter, default settings, plug-ins. dpkg knows them. The
 * packages meant are those that were built from the same source as the one
 * that owns the program, without development files, and the packages of nothing
 * but data that those depend on. Of their files come those that a program may
 * open: no other commands, no manuals. With directories of settings comes all
 * that is in them.
 */
#pragma once

#include "tools/elfin/util.h"

/*
 * Adds the absolute paths of these files, links and directories to paths, some
 * of them twice. program: a host path without symbolic links.
 * Adds nothing where there is no dpkg, or when no package owns program.
 */
void package_paths(const char *program, struct strlist *paths);
