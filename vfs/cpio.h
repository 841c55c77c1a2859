// SPDX-License-Identifier: MIT
/*
 * cpio: reads archives of the "new ASCII" kinds, magic 070701 and 070702 (with
 * checksums), as cpio(5) and Linux's initramfs description lay them out:
 * several archives may follow each other, with NUL bytes between them.
 *
 * The archive is hostile: every length is checked against what is left.
 */
#pragma once

#include "lib/base.h"

struct cpio_entry {
    const char *name; /* NUL-terminated within the archive; not empty */
    size_t name_len;
    const uint8_t *data; /* of a link: the target, without NUL */
    size_t size;
    uint32_t ino, mode, uid, gid, nlink, mtime; /* mtime: seconds, 1970 */
    uint32_t dev_major, dev_minor, rdev_major, rdev_minor;
    size_t offset;    /* of its header in the whole */
    unsigned archive; /* counts the archives; hard links stay within one */
};

struct cpio {
    const uint8_t *data;
    size_t size;
    size_t pos;
    size_t start; /* of the present archive: padding counts from here */
    unsigned archive;
    bool inside;       /* between a first header and the trailer */
    const char *error; /* what is wrong at pos */
};

void cpio_init(struct cpio *c, const void *data, size_t size);

#define CPIO_GZIP 2

/* 1 and the next entry; CPIO_GZIP when a member of a gzip file begins at pos
 * instead, which the caller skips by moving pos behind it; 0 at the end of the
 * last archive; -EINVAL with the reason in c->error and the place in c->pos. */
int cpio_next(struct cpio *c, struct cpio_entry *e);

/* Does data begin as an archive or a compressed stream? */
bool cpio_recognises(const void *data, size_t size);
