// SPDX-License-Identifier: MIT
/*
 * elf: the loader's rules, on files that libelf wrote and that the test then
 * spoils. Every refusal is one line that says what is wrong and what to do.
 */
#include "tests/unit/unit.h"

#include "abi/elf.h"
#include "abi/errno.h"
#include "abi/mman.h"
#include "lib/string.h"
#include "loader/elf.h"
#include "tests/unit/loader/make_elf.h"

#define FILE_SIZE 0x4000
#define ENTRY     0x1010

enum { TEXT, DATA, STACK, INTERP, SEGMENTS };

/* A good file; a test changes it before build(). */
static struct make_segment segments[SEGMENTS];
static size_t segment_count;
static unsigned type;
static uint64_t entry;

static uint8_t *file;
static size_t file_size;
static struct elf_image image;
static char why[ELF_WHY_SIZE];

static void good(void)
{
    segments[TEXT] = (struct make_segment){PT_LOAD, PF_R | PF_X, 0,     0,
                                           0x1100,  0x1100,      0x1000};
    segments[DATA] = (struct make_segment){PT_LOAD, PF_R | PF_W, 0x2f00, 0x3f00,
                                           0x300,   0x5000,      0x1000};
    segments[STACK] =
        (struct make_segment){PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0, 16};
    segments[INTERP] =
        (struct make_segment){PT_INTERP, PF_R, 0x800, 0x800, 16, 16, 1};
    segment_count = INTERP; /* without it */
    type = ET_DYN;
    entry = ENTRY;
    file_size = FILE_SIZE;
}

static void build(void)
{
    file = make_elf(type, entry, segments, segment_count, file_size);
}

/* Reads the file as the loader does. */
static int read_file(void)
{
    uint8_t *exact = malloc(file_size + !file_size), *phdrs;
    size_t head = MIN(file_size, (size_t)ELF_HEAD_SIZE), table;
    int err;

    /* Blocks of the very size, so that reading beyond is noticed. */
    memcpy(exact, file, head);
    err = elf_read_header(exact, head, file_size, &image, why, sizeof(why));
    free(exact);
    if (!err) {
        table = (size_t)image.phnum * ELF_PHDR_SIZE;
        ck_assert_uint_le(image.phoff + table, file_size);
        phdrs = malloc(table + 1); /* + 1: not aligned, as it may come */
        memcpy(phdrs + 1, file + image.phoff, table);
        err = elf_read_segments(&image, phdrs + 1, why, sizeof(why));
        free(phdrs);
    }
    free(file);
    return err;
}

static void expect_good(void)
{
    why[0] = '\0';
    ck_assert_msg(read_file() == 0, "refused: %s", why);
}

static void expect_refusal(const char *part)
{
    why[0] = '\0';
    ck_assert_int_eq(read_file(), -ENOEXEC);
    ck_assert_msg(strstr(why, part), "\"%s\" does not say \"%s\"", why, part);
    ck_assert_msg(strstr(why, ": "), "\"%s\" does not say what to do", why);
    ck_assert_ptr_null(strchr(why, '\n'));
    ck_assert_uint_lt(strlen(why), sizeof(why) - 1);
}

START_TEST(takes_a_position_independent_program)
{
    good();
    build();
    expect_good();
    ck_assert(!image.fixed && !image.exec_stack);
    ck_assert_uint_eq(image.entry, ENTRY);
    ck_assert_uint_eq(image.phdr_vaddr, 64);
    ck_assert_uint_eq(image.phnum, 3);
    ck_assert_uint_eq(image.low, 0);
    ck_assert_uint_eq(image.high, 0x9000);
    ck_assert_uint_eq(image.align, 0x1000);
    ck_assert_uint_eq(image.interp_len, 0);
    ck_assert_uint_eq(image.segment_count, 2);
    ck_assert_uint_eq(image.segments[0].prot, PROT_READ | PROT_EXEC);
    ck_assert_uint_eq(image.segments[1].prot, PROT_READ | PROT_WRITE);
    ck_assert_uint_eq(image.segments[1].vaddr, 0x3f00);
    ck_assert_uint_eq(image.segments[1].filesz, 0x300);
    ck_assert_uint_eq(image.segments[1].memsz, 0x5000);
}
END_TEST

START_TEST(takes_a_program_at_a_fixed_address)
{
    good();
    type = ET_EXEC;
    entry += 0x400000;
    segments[TEXT].vaddr += 0x400000;
    segments[DATA].vaddr += 0x400000;
    build();
    expect_good();
    ck_assert(image.fixed);
    ck_assert_uint_eq(image.low, 0x400000);
    ck_assert_uint_eq(image.phdr_vaddr, 0x400040);
}
END_TEST

START_TEST(takes_segments_in_any_order_and_empty_ones)
{
    struct make_segment text;

    good();
    text = segments[TEXT];
    segments[TEXT] = segments[DATA];
    segments[DATA] = text;
    segments[STACK] = (struct make_segment){PT_LOAD, PF_R, 0, 0, 0, 0, 0};
    build();
    expect_good();
    ck_assert_uint_eq(image.segment_count, 2);
    ck_assert_uint_eq(image.low, 0);
    ck_assert_uint_eq(image.high, 0x9000);
}
END_TEST

START_TEST(reports_the_largest_alignment_and_the_stack_flag)
{
    good();
    segments[DATA].align = 0x200000;
    segments[STACK].flags |= PF_X;
    build();
    expect_good();
    ck_assert_uint_eq(image.align, 0x200000);
    ck_assert(image.exec_stack);
}
END_TEST

START_TEST(finds_the_interpreter)
{
    good();
    segment_count = SEGMENTS;
    build();
    expect_good();
    ck_assert_uint_eq(image.interp_offset, 0x800);
    ck_assert_uint_eq(image.interp_len, 16);
    ck_assert_int_eq(
        elf_check_interp(&image, "/lib64/ld.so\0\0\0", why, sizeof(why)), 0);
    ck_assert_int_eq(
        elf_check_interp(&image, "/lib64/ld.so.123", why, sizeof(why)),
        -ENOEXEC);
    ck_assert_int_eq(
        elf_check_interp(&image, "\0lib64/ld.so.12", why, sizeof(why)),
        -ENOEXEC);
}
END_TEST

/* A change of one byte of the ELF header, and what is said of it. */
static const struct {
    size_t at;
    uint8_t value;
    const char *says;
} spoiled[] = {
    {0, 'X', "not an ELF file"},
    {4, 1, "32-bit"},
    {4, 7, "damaged"},
    {5, 2, "big-endian"},
    {5, 0, "damaged"},
    {6, 9, "damaged"},
    {16, 1, "object file"},
    {16, 4, "core dump"},
    {16, 0, "type 0"},
    {18, 183, "aarch64"},
    {18, 243, "riscv"},
    {18, 3, "i386"},
    {18, 199, "unknown machine"},
    {38, 0x7f, "truncated"}, /* e_phoff, bits 48 and up */
    {39, 0xff, "truncated"},
    {54, 32, "32 bytes instead of 56"},
    {56, 0, "no program headers"},
    {57, 2, "at most 256"},
};

START_TEST(refuses_spoiled_headers)
{
    for (size_t i = 0; i < ARRAY_SIZE(spoiled); i++) {
        good();
        build();
        file[spoiled[i].at] = spoiled[i].value;
        expect_refusal(spoiled[i].says);
    }
}
END_TEST

START_TEST(refuses_scripts_and_empty_files)
{
    good();
    build();
    memcpy(file, "#!/bin/sh\n", 10);
    expect_refusal("script");
    file_size = 0;
    file = malloc(1);
    expect_refusal("empty");
}
END_TEST

START_TEST(refuses_every_cut_file)
{
    /* All of the last segment's file bytes are needed: 0x2f00 + 0x300. */
    for (size_t size = 4; size < 0x3200; size += size < 300 ? 1 : 61) {
        good();
        build();
        file_size = size;
        expect_refusal("truncated");
    }
    good();
    build();
    file_size = 0x3200;
    expect_good();
}
END_TEST

START_TEST(rejects_overlapping_segments)
{
    good();
    segments[DATA].vaddr = 0xf00;
    build();
    expect_refusal("overlaps");
    good();
    segments[DATA].vaddr = 0x1f00 - 0x1000; /* inside */
    segments[DATA].memsz = 0x300;
    build();
    expect_refusal("overlaps");
}
END_TEST

START_TEST(takes_segments_that_share_a_page)
{
    good();
    segments[DATA].offset = 0x1100;
    segments[DATA].vaddr = 0x1100;
    build();
    expect_good();
}
END_TEST

START_TEST(rejects_segments_outside_the_address_space)
{
    static const struct {
        uint64_t vaddr, memsz;
    } bad[] = {
        {0xfffffffffffff000 + 0xf00, 0x2000}, /* wraps */
        {0x3f00, UINT64_MAX - 0x1000},
        {0x3f00, UINT64_MAX},
        {0x800000000f00, 0x5000}, /* not canonical */
        {0xffff800000000f00, 0x5000},
        {0x7fffffffef00, 0x101}, /* one byte too far */
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        good();
        segments[DATA].vaddr = bad[i].vaddr;
        segments[DATA].memsz = bad[i].memsz;
        segments[DATA].filesz = 0x100;
        build();
        expect_refusal("address space");
    }
    good();
    segments[DATA].vaddr = 0x7fffffffef00;
    segments[DATA].memsz = segments[DATA].filesz = 0x100;
    build();
    expect_good();
}
END_TEST

START_TEST(rejects_fixed_segments_at_the_null_page)
{
    good();
    type = ET_EXEC;
    build();
    expect_refusal("below 0x10000");
}
END_TEST

START_TEST(rejects_segments_that_break_a_rule)
{
    good();
    segments[TEXT].flags = PF_R | PF_W | PF_X;
    build();
    expect_refusal("writable and executable");

    good();
    segments[DATA].memsz = 0x2ff;
    build();
    expect_refusal("larger in the file than in memory");

    good();
    segments[DATA].align = 0x1800;
    build();
    expect_refusal("no power of two");

    good();
    segments[DATA].vaddr++;
    build();
    expect_refusal("differ within a page");

    good();
    segments[DATA].offset = UINT64_MAX - 0xff;
    build();
    expect_refusal("truncated");
}
END_TEST

START_TEST(rejects_files_without_anything_to_run)
{
    good();
    segments[TEXT].type = segments[DATA].type = PT_NOTE;
    build();
    expect_refusal("nothing to load");

    good();
    entry = 0x3f80; /* in the data */
    build();
    expect_refusal("in no executable segment");

    good();
    entry = 0x1100; /* the first byte behind the code */
    build();
    expect_refusal("in no executable segment");

    good();
    segments[TEXT].offset = 0x1000;
    segments[TEXT].vaddr = 0x1000;
    segments[TEXT].filesz = segments[TEXT].memsz = 0x100;
    entry = 0;
    build();
    expect_refusal("shared library");
}
END_TEST

START_TEST(rejects_damaged_interpreter_names)
{
    static const struct {
        uint64_t offset, filesz;
    } bad[] = {
        {0x800, 0},         {0x800, 1},      {0x800, 4097},
        {FILE_SIZE - 5, 6}, {UINT64_MAX, 2}, {FILE_SIZE + 1, 2},
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        good();
        segment_count = SEGMENTS;
        segments[INTERP].offset = bad[i].offset;
        segments[INTERP].filesz = bad[i].filesz;
        build();
        expect_refusal("PT_INTERP");
    }
}
END_TEST

START_TEST(rejects_more_segments_than_supported)
{
    static struct make_segment many[ELF_SEGMENTS_MAX + 1];

    for (size_t i = 0; i < ARRAY_SIZE(many); i++)
        many[i] = (struct make_segment){PT_LOAD, PF_R | PF_X, 0,     i * 0x1000,
                                        0x1000,  0x1000,      0x1000};
    file_size = FILE_SIZE;
    file = make_elf(ET_DYN, 0x10, many, ELF_SEGMENTS_MAX, file_size);
    expect_good();
    file = make_elf(ET_DYN, 0x10, many, ELF_SEGMENTS_MAX + 1, file_size);
    expect_refusal("more than 64 segments");
}
END_TEST

/* Whatever the bytes, what is taken keeps its promises. */
START_TEST(random_damage_never_breaks_a_promise)
{
    unsigned taken = 0;

    srandom(2);
    for (int round = 0; round < 20000; round++) {
        good();
        segment_count = SEGMENTS;
        build();
        for (int n = 1 + (int)(random() % 3); n > 0; n--)
            file[random() % (64 + 56 * SEGMENTS)] = (uint8_t)random();
        if (read_file())
            continue;
        taken++;
        ck_assert_uint_le(image.high, ELF_USER_END);
        ck_assert_uint_lt(image.low, image.high);
        for (unsigned i = 0; i < image.segment_count; i++) {
            const struct elf_segment *s = &image.segments[i];

            ck_assert_uint_ge(s->vaddr, image.low);
            ck_assert_uint_le(s->memsz, image.high - s->vaddr);
            ck_assert_uint_le(s->filesz, s->memsz);
            ck_assert_uint_le(s->filesz, file_size);
            ck_assert_uint_le(s->offset, file_size - s->filesz);
            ck_assert_uint_ne(s->prot & 6, 6);
        }
        ck_assert_uint_le(image.interp_len, 4096);
    }
    ck_assert_uint_gt(taken, 100);
}
END_TEST

UNIT_SUITE(loader_elf, "loader/elf", takes_a_position_independent_program,
           takes_a_program_at_a_fixed_address,
           takes_segments_in_any_order_and_empty_ones,
           reports_the_largest_alignment_and_the_stack_flag,
           finds_the_interpreter, refuses_spoiled_headers,
           refuses_scripts_and_empty_files, refuses_every_cut_file,
           rejects_overlapping_segments, takes_segments_that_share_a_page,
           rejects_segments_outside_the_address_space,
           rejects_fixed_segments_at_the_null_page,
           rejects_segments_that_break_a_rule,
           rejects_files_without_anything_to_run,
           rejects_damaged_interpreter_names,
           rejects_more_segments_than_supported,
           random_damage_never_breaks_a_promise)
