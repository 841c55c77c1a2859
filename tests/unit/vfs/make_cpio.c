// SPDX-License-Identifier: MIT
/* make_cpio: see the header. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "abi/stat.h"
#include "kernel/page.h"
#include "tests/unit/vfs/make_cpio.h"

void cpio_maker_init(struct cpio_maker *m, size_t pages)
{
    m->data = stub_ram_take(pages);
    m->capacity = pages * PAGE_SIZE;
    m->size = 0;
    memset(m->data, 0, m->capacity);
}

void cpio_maker_raw(struct cpio_maker *m, const void *data, size_t size)
{
    ck_assert_uint_le(size, m->capacity - m->size);
    memcpy(m->data + m->size, data, size);
    m->size += size;
}

static void pad(struct cpio_maker *m)
{
    cpio_maker_raw(m, "\0\0\0", -m->size & 3);
}

void cpio_maker_add(struct cpio_maker *m, const struct cpio_fields *f)
{
    uint32_t name_len = (uint32_t)strlen(f->name) + 1;
    uint32_t name_size = f->name_size ? f->name_size : name_len;
    char header[128];

    snprintf(header, sizeof(header),
             "%s%08X%08x%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
             f->magic ? f->magic : "070701", f->ino, f->mode, f->uid, f->gid,
             f->nlink, f->mtime, f->size, 8, 1, f->rdev_major, f->rdev_minor,
             name_size, f->check);
    cpio_maker_raw(m, header, 110);
    cpio_maker_raw(m, f->name, name_len);
    while (name_size > name_len && name_size - name_len < 10000) {
        cpio_maker_raw(m, "", 1);
        name_len++;
    }
    pad(m);
    if (f->data)
        cpio_maker_raw(m, f->data, f->size);
    pad(m);
}

void cpio_maker_file(struct cpio_maker *m, const char *name, const char *text)
{
    cpio_maker_add(m, &(struct cpio_fields){
                          .name = name,
                          .mode = S_IFREG | 0644,
                          .nlink = 1,
                          .data = text,
                          .size = (uint32_t)strlen(text),
                      });
}

void cpio_maker_end(struct cpio_maker *m)
{
    cpio_maker_add(m, &(struct cpio_fields){.name = "TRAILER!!!", .nlink = 1});
}
