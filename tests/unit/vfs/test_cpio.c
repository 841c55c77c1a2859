// SPDX-License-Identifier: MIT
/* Tests of vfs/cpio.c: the parser and what hostile archives make of it. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "tests/unit/vfs/make_cpio.h"
#include "vfs/cpio.h"

/*
 * Parses a copy that ends where the archive ends, so that the sanitizer sees a
 * read beyond. The number of entries, or the error, whose text is checked.
 */
static int parse(const struct cpio_maker *m, size_t size, const char *error)
{
    uint8_t *copy = malloc(size + !size);
    struct cpio_entry e;
    struct cpio c;
    int more, count = 0;

    memcpy(copy, m->data, size);
    cpio_init(&c, copy, size);
    while ((more = cpio_next(&c, &e)) > 0) {
        count++;
        ck_assert_uint_eq(strlen(e.name), e.name_len);
        ck_assert_uint_le(e.size, size);
    }
    if (more < 0) {
        ck_assert_ptr_nonnull(c.error);
        ck_assert_uint_le(c.pos, size);
        if (error)
            ck_assert_msg(strstr(c.error, error), "the error is: %s", c.error);
    }
    free(copy);
    return more < 0 ? more : count;
}

START_TEST(reads_names_data_and_fields)
{
    struct cpio_maker m;
    struct cpio_entry e;
    struct cpio c;

    cpio_maker_init(&m, 1);
    cpio_maker_add(&m, &(struct cpio_fields){.name = "dir/file",
                                             .ino = 7,
                                             .mode = S_IFREG | 0751,
                                             .uid = 0xabcdef,
                                             .gid = 2,
                                             .nlink = 3,
                                             .mtime = 0x65000000,
                                             .data = "12345",
                                             .size = 5});
    cpio_maker_end(&m);
    cpio_init(&c, m.data, m.size);
    ck_assert_int_eq(cpio_next(&c, &e), 1);
    ck_assert_str_eq(e.name, "dir/file");
    ck_assert_uint_eq(e.ino, 7);
    ck_assert_uint_eq(e.mode, S_IFREG | 0751);
    ck_assert_uint_eq(e.uid, 0xabcdef);
    ck_assert_uint_eq(e.mtime, 0x65000000);
    ck_assert_uint_eq(e.size, 5);
    ck_assert_mem_eq(e.data, "12345", 5);
    ck_assert_int_eq(cpio_next(&c, &e), 0);
    ck_assert_int_eq(cpio_next(&c, &e), 0);
}
END_TEST

START_TEST(reads_archives_in_a_row)
{
    struct cpio_maker m;

    cpio_maker_init(&m, 2);
    cpio_maker_raw(&m, "\0\0\0\0", 4);
    cpio_maker_file(&m, "a", "A");
    cpio_maker_end(&m);
    cpio_maker_raw(&m, "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
    cpio_maker_file(&m, "b", "B");
    cpio_maker_file(&m, "c", "C");
    cpio_maker_end(&m);
    cpio_maker_raw(&m, "\0\0\0", 3);
    ck_assert_int_eq(parse(&m, m.size, NULL), 3);
}
END_TEST

START_TEST(reads_nothing_from_nothing)
{
    struct cpio_maker m;

    cpio_maker_init(&m, 1);
    ck_assert_int_eq(parse(&m, 0, NULL), 0);
    ck_assert_int_eq(parse(&m, 100, NULL), 0);
}
END_TEST

START_TEST(allows_names_padded_with_nul)
{
    struct cpio_maker m;
    struct cpio_entry e;
    struct cpio c;

    cpio_maker_init(&m, 3);
    cpio_maker_add(&m, &(struct cpio_fields){.name = "f",
                                             .mode = S_IFREG,
                                             .name_size = 4096 - 110,
                                             .data = "data",
                                             .size = 4});
    cpio_maker_end(&m);
    cpio_init(&c, m.data, m.size);
    ck_assert_int_eq(cpio_next(&c, &e), 1);
    ck_assert_uint_eq(e.name_len, 1);
    ck_assert_ptr_eq(e.data, m.data + 4096);
}
END_TEST

START_TEST(verifies_checksums)
{
    struct cpio_maker m;
    struct cpio_fields f = {.magic = "070702",
                            .name = "f",
                            .mode = S_IFREG,
                            .data = "\x01\xff",
                            .size = 2,
                            .check = 0x100};

    cpio_maker_init(&m, 1);
    cpio_maker_add(&m, &f);
    cpio_maker_end(&m);
    ck_assert_int_eq(parse(&m, m.size, NULL), 1);
    cpio_maker_init(&m, 1);
    f.check++;
    cpio_maker_add(&m, &f);
    ck_assert_int_eq(parse(&m, m.size, "checksum"), -EINVAL);
}
END_TEST

START_TEST(names_what_is_compressed)
{
    static const struct {
        const char *magic, *error;
        size_t len;
    } kinds[] = {
        {"\xfd"
         "7zXZ",
         "xz-compressed", 5},
        {"\x28\xb5\x2f\xfd", "zstd-compressed", 4},
        {"BZh9", "bzip2-compressed", 4},
        {"\x02\x21\x4c\x18", "lz4-compressed", 4},
    };
    struct cpio_maker m;

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        cpio_maker_init(&m, 1);
        cpio_maker_raw(&m, kinds[i].magic, kinds[i].len);
        ck_assert(cpio_recognises(m.data, m.size));
        ck_assert_int_eq(parse(&m, m.size, kinds[i].error), -EINVAL);
    }
    cpio_maker_init(&m, 1);
    cpio_maker_file(&m, "early", "microcode");
    cpio_maker_end(&m);
    cpio_maker_raw(&m, "BZh", 3);
    ck_assert_int_eq(parse(&m, m.size, "bzip2"), -EINVAL);
}
END_TEST

START_TEST(recognises_archives_only)
{
    ck_assert(cpio_recognises("070701", 6));
    ck_assert(cpio_recognises("070702x", 7));
    ck_assert(!cpio_recognises("070701", 5));
    ck_assert(!cpio_recognises("070707", 6));
    ck_assert(!cpio_recognises("\x7f"
                               "ELF",
                               4));
    ck_assert(!cpio_recognises("", 0));
}
END_TEST

START_TEST(refuses_lengths_beyond_the_archive)
{
    static const uint32_t sizes[] = {5, 100, 0x7fffffff, 0xfffffff0,
                                     0xffffffff};
    struct cpio_maker m;

    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        cpio_maker_init(&m, 1);
        cpio_maker_add(&m, &(struct cpio_fields){
                               .name = "f", .mode = S_IFREG, .size = sizes[i]});
        cpio_maker_raw(&m, "data", 4);
        ck_assert_int_eq(parse(&m, m.size, "truncated within a file"), -EINVAL);
        if (sizes[i] < 1000)
            continue;
        cpio_maker_init(&m, 1);
        cpio_maker_add(&m, &(struct cpio_fields){.name = "f",
                                                 .mode = S_IFREG,
                                                 .name_size = sizes[i]});
        ck_assert_int_eq(parse(&m, m.size, "truncated within a name"), -EINVAL);
    }
}
END_TEST

START_TEST(refuses_names_that_are_none)
{
    struct cpio_maker m;
    char long_name[4200];

    cpio_maker_init(&m, 1);
    cpio_maker_add(&m, &(struct cpio_fields){.name = "", .mode = S_IFREG});
    ck_assert_int_eq(parse(&m, m.size, "empty name"), -EINVAL);
    cpio_maker_init(&m, 1);
    cpio_maker_add(&m, &(struct cpio_fields){
                           .name = "file", .mode = S_IFREG, .name_size = 4});
    ck_assert_int_eq(parse(&m, m.size, "does not end"), -EINVAL);
    memset(long_name, 'n', sizeof(long_name));
    long_name[4096] = '\0';
    cpio_maker_init(&m, 2);
    cpio_maker_add(&m,
                   &(struct cpio_fields){.name = long_name, .mode = S_IFREG});
    ck_assert_int_eq(parse(&m, m.size, "longer than"), -EINVAL);
}
END_TEST

START_TEST(refuses_an_archive_cut_anywhere)
{
    struct cpio_maker m;

    cpio_maker_init(&m, 1);
    cpio_maker_file(&m, "name", "contents");
    cpio_maker_end(&m);
    /* The padding of the trailer is not missed. */
    for (size_t size = 1; size < m.size - 3; size++)
        ck_assert_int_eq(parse(&m, size, NULL), -EINVAL);
}
END_TEST

START_TEST(refuses_wrong_digits_and_magics)
{
    struct cpio_maker m;

    for (size_t at = 0; at < 110; at++) {
        cpio_maker_init(&m, 1);
        cpio_maker_file(&m, "name", "contents");
        cpio_maker_end(&m);
        m.data[at] = 'g';
        ck_assert_int_eq(parse(&m, m.size, NULL), -EINVAL);
    }
}
END_TEST

/* A small generator, so that a failure can be repeated. */
static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

START_TEST(survives_random_damage)
{
    uint32_t state = 1;

    for (int round = 0; round < 20000; round++) {
        struct cpio_maker m;
        int changes = 1 + (int)(next_random(&state) % 4);

        if (round % 1000 == 0)
            stub_memory_reset();
        cpio_maker_init(&m, 1);
        cpio_maker_file(&m, "name", "contents");
        cpio_maker_file(&m, "other/name", "");
        cpio_maker_end(&m);
        while (changes-- > 0) {
            uint32_t at = next_random(&state) % (uint32_t)m.size;

            m.data[at] = "0123456789abcdefF\0g\xff"[next_random(&state) % 20];
        }
        parse(&m, m.size - next_random(&state) % 8, NULL);
    }
}
END_TEST

UNIT_SUITE(vfs_cpio, "vfs/cpio", reads_names_data_and_fields,
           reads_archives_in_a_row, reads_nothing_from_nothing,
           allows_names_padded_with_nul, verifies_checksums,
           names_what_is_compressed, recognises_archives_only,
           refuses_lengths_beyond_the_archive, refuses_names_that_are_none,
           refuses_an_archive_cut_anywhere, refuses_wrong_digits_and_magics,
           survives_random_damage)
