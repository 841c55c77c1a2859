// SPDX-License-Identifier: MIT
/*
 * cpio: writes a tree as a newc archive, and reads archives into a tree.
 *
 * The archive is an ordinary one (magic 070701), but the data of every regular
 * file of a page or more begins at a page boundary of the archive, so that the
 * kernel can use the initrd's own pages as the file's pages. The room before
 * the data is NUL bytes that belong to the name: a reader takes a name up to
 * its first NUL. A name field may be 4096 bytes long at most; when that does
 * not reach the boundary, an entry for the directory "." goes before, with as
 * long a name field as is needed. Entries that have less than a page of data
 * are packed without gaps.
 *
 * Order: directories before what is in them, names sorted, so that the same
 * tree gives the same bytes. All entries of a hard-linked file have its inode
 * number and link count; the last one carries the data (as GNU cpio writes).
 */
#pragma once

#include "tools/elfin/tree.h"

/*
 * Writes t to fd (from its current offset on, which must be a page boundary
 * of the file). size gets the archive's length. On error *bad (malloc) is the
 * host file that could not be read, or NULL when writing failed; -ESTALE: a
 * file became shorter meanwhile, -EFBIG: one is larger than newc can hold.
 */
int cpio_write(struct tree *t, int fd, uint64_t *size, char **bad);

/*
 * Adds the files of a newc archive (070701 or 070702; several may follow one
 * another, with NUL bytes between) to t. The data stays in `data`, which must
 * outlive t. -EINVAL and *problem (malloc) for what is no such archive.
 */
int cpio_read(struct tree *t, const char *data, size_t size, char **problem);
