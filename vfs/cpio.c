// SPDX-License-Identifier: MIT
/*
 * cpio: the parser. A header is 110 characters: the magic and 13 fields of
 * eight hexadecimal digits. The name follows, then the data; both are padded
 * so that the next part begins at a multiple of four from the archive's
 * start. The archive ends with an entry named TRAILER!!!.
 */
#include "vfs/cpio.h"

#include "abi/errno.h"
#include "abi/limits.h"
#include "lib/inflate.h"
#include "lib/string.h"

#define HEADER_SIZE 110
#define FIELDS      13
#define TRAILER     "TRAILER!!!"
#define MAGIC_SIZE  6

enum {
    F_INO,
    F_MODE,
    F_UID,
    F_GID,
    F_NLINK,
    F_MTIME,
    F_FILESIZE,
    F_DEV_MAJOR,
    F_DEV_MINOR,
    F_RDEV_MAJOR,
    F_RDEV_MINOR,
    F_NAMESIZE,
    F_CHECK,
};

void cpio_init(struct cpio *c, const void *data, size_t size)
{
    *c = (struct cpio){.data = data, .size = size};
}

static int fail(struct cpio *c, const char *error)
{
    c->error = error;
    return -EINVAL;
}

static bool has_magic(const uint8_t *p, size_t left)
{
    return left >= MAGIC_SIZE && (!memcmp(p, "070701", MAGIC_SIZE) ||
                                  !memcmp(p, "070702", MAGIC_SIZE));
}

/* Compressed streams that people use for initial RAM disks. */
static const struct {
    const char *magic;
    size_t len;
    const char *error;
} compressions[] = {
    {"\xfd"
     "7zXZ",
     5,
     "the initrd is xz-compressed: of compressed archives only those of gzip "
     "are understood"},
    {"\x28\xb5\x2f\xfd", 4,
     "the initrd is zstd-compressed: of compressed archives only those of gzip "
     "are understood"},
    {"\x02\x21\x4c\x18", 4,
     "the initrd is lz4-compressed: of compressed archives only those of gzip "
     "are understood"},
    {"BZh", 3,
     "the initrd is bzip2-compressed: of compressed archives only those of "
     "gzip are understood"},
};

static const char *compression_of(const uint8_t *p, size_t left)
{
    for (size_t i = 0; i < ARRAY_SIZE(compressions); i++) {
        if (left >= compressions[i].len &&
            !memcmp(p, compressions[i].magic, compressions[i].len))
            return compressions[i].error;
    }
    return NULL;
}

bool cpio_recognises(const void *data, size_t size)
{
    return has_magic(data, size) || inflate_recognises(data, size) ||
           compression_of(data, size);
}

static bool parse_field(const uint8_t *p, uint32_t *value)
{
    uint32_t v = 0;

    for (int i = 0; i < 8; i++) {
        uint8_t ch = p[i];

        if (ch >= '0' && ch <= '9')
            v = v << 4 | (uint32_t)(ch - '0');
        else if ((ch | 32) >= 'a' && (ch | 32) <= 'f')
            v = v << 4 | (uint32_t)((ch | 32) - 'a' + 10);
        else
            return false;
    }
    *value = v;
    return true;
}

/* Skips to the next multiple of four from the archive's start. */
static void skip_padding(struct cpio *c)
{
    size_t pad = -(c->pos - c->start) & 3;

    c->pos += MIN(pad, c->size - c->pos);
}

static bool checksum_holds(const struct cpio_entry *e, uint32_t check)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < e->size; i++)
        sum += e->data[i];
    return sum == check;
}

/* Between archives: 1 when another begins, CPIO_GZIP when it is compressed, 0
 * at the end. */
static int begin_archive(struct cpio *c)
{
    const char *error;

    while (c->pos < c->size && c->data[c->pos] == 0)
        c->pos++;
    if (c->pos == c->size)
        return 0;
    if (inflate_recognises(c->data + c->pos, c->size - c->pos))
        return CPIO_GZIP;
    error = compression_of(c->data + c->pos, c->size - c->pos);
    if (error)
        return fail(c, error);
    if (!has_magic(c->data + c->pos, c->size - c->pos))
        return fail(c, "no cpio archive of the newc kind (magic 070701 or "
                       "070702) begins here: make it with cpio -o -H newc");
    c->start = c->pos;
    c->inside = true;
    return 1;
}

static int parse_name(struct cpio *c, uint32_t name_size, struct cpio_entry *e)
{
    const char *name = (const char *)c->data + c->pos;

    if (name_size == 0)
        return fail(c, "an entry has no name");
    if (name_size > c->size - c->pos)
        return fail(c, "the archive is truncated within a name");
    e->name_len = strnlen(name, name_size);
    if (e->name_len == name_size)
        return fail(c, "a name does not end with a NUL byte");
    if (e->name_len == 0)
        return fail(c, "an entry has an empty name");
    if (e->name_len >= PATH_MAX)
        return fail(c, "a name is longer than 4095 bytes");
    e->name = name;
    c->pos += name_size;
    skip_padding(c);
    return 0;
}

static int parse_data(struct cpio *c, const uint32_t *field, bool checked,
                      struct cpio_entry *e)
{
    if (field[F_FILESIZE] > c->size - c->pos)
        return fail(c, "the archive is truncated within a file");
    e->data = c->data + c->pos;
    e->size = field[F_FILESIZE];
    if (checked && !checksum_holds(e, field[F_CHECK]))
        return fail(c, "the checksum of a file does not match its data");
    c->pos += e->size;
    skip_padding(c);
    return 0;
}

static int parse_entry(struct cpio *c, struct cpio_entry *e)
{
    const uint8_t *header = c->data + c->pos;
    size_t offset = c->pos;
    uint32_t field[FIELDS];
    bool checked;
    int err;

    if (c->size - c->pos < HEADER_SIZE)
        return fail(c, "the archive is truncated: it has no trailer");
    if (!has_magic(header, HEADER_SIZE))
        return fail(c, "a header does not begin with the magic of the newc "
                       "kind, 070701 or 070702");
    for (int i = 0; i < FIELDS; i++) {
        if (!parse_field(header + MAGIC_SIZE + 8 * i, &field[i]))
            return fail(c, "a header field is not a hexadecimal number");
    }
    checked = header[MAGIC_SIZE - 1] == '2' && field[F_FILESIZE];
    *e = (struct cpio_entry){
        .ino = field[F_INO],
        .mode = field[F_MODE],
        .uid = field[F_UID],
        .gid = field[F_GID],
        .nlink = field[F_NLINK],
        .mtime = field[F_MTIME],
        .dev_major = field[F_DEV_MAJOR],
        .dev_minor = field[F_DEV_MINOR],
        .rdev_major = field[F_RDEV_MAJOR],
        .rdev_minor = field[F_RDEV_MINOR],
        .offset = offset,
        .archive = c->archive,
    };
    c->pos += HEADER_SIZE;
    err = parse_name(c, field[F_NAMESIZE], e);
    if (!err)
        err = parse_data(c, field, checked, e);
    if (err)
        c->pos = offset;
    return err;
}

int cpio_next(struct cpio *c, struct cpio_entry *e)
{
    int more;

    for (;;) {
        if (!c->inside) {
            more = begin_archive(c);
            if (more != 1)
                return more;
        }
        more = parse_entry(c, e);
        if (more < 0)
            return more;
        if (strcmp(e->name, TRAILER))
            return 1;
        c->inside = false;
        c->archive++;
    }
}
