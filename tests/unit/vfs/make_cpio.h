// SPDX-License-Identifier: MIT
/* make_cpio: builds newc archives, also wrong ones. */
#pragma once

#include "lib/base.h"

struct cpio_maker {
    uint8_t *data; /* page aligned, of stub_ram_take */
    size_t capacity, size;
};

/* What an entry's header says; data may be shorter or longer than size. */
struct cpio_fields {
    const char *magic; /* NULL: "070701" */
    const char *name;
    uint32_t ino, mode, uid, gid, nlink, mtime;
    uint32_t rdev_major, rdev_minor, check;
    const void *data;
    uint32_t size;
    uint32_t name_size; /* 0: that of the name with NUL */
};

void cpio_maker_init(struct cpio_maker *m, size_t pages);
void cpio_maker_add(struct cpio_maker *m, const struct cpio_fields *f);
void cpio_maker_file(struct cpio_maker *m, const char *name, const char *text);
void cpio_maker_end(struct cpio_maker *m); /* the trailer */
void cpio_maker_raw(struct cpio_maker *m, const void *data, size_t size);
