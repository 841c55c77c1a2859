// SPDX-License-Identifier: MIT
/* stack: decodes what stack_fill wrote, as a program's start code does. */
#include "tests/unit/unit.h"

#include "abi/auxv.h"
#include "abi/errno.h"
#include "lib/string.h"
#include "loader/stack.h"

#define TOP 0x7ffffffff000ul

static const char *argv[] = {"prog", "", "two words", NULL};
static const char *envp[] = {"A=1", "PATH=/bin:/usr/bin", NULL};

static struct stack_layout layout;
static uint64_t *words; /* the contents, at layout.sp */

static struct stack_spec spec_of(size_t argc, size_t envc)
{
    struct stack_spec spec = {
        .argv = argv,
        .argc = argc,
        .envp = envp,
        .envc = envc,
        .execfn = "/bin/prog",
        .phdr = 0x555555554040,
        .phnum = 11,
        .entry = 0x555555555010,
        .base = 0x7ffff7fc0000,
        .vdso = 0x7ffff7fbf000,
        .hwcap = 0x178bfbff,
        .hwcap2 = 2,
        .minsigstksz = 3632,
        .uid = 1000,
        .euid = 1001,
        .gid = 1002,
        .egid = 1003,
        .secure = true,
    };

    memcpy(spec.random, "0123456789abcdef", 16);
    return spec;
}

static void build(const struct stack_spec *spec)
{
    ck_assert_int_eq(stack_plan(spec, TOP, 131072, &layout), 0);
    words = malloc(layout.top - layout.sp); /* its very size, for ASan */
    stack_fill(spec, &layout, words);
}

static const char *at(uintptr_t address)
{
    ck_assert_uint_ge(address, layout.sp);
    ck_assert_uint_lt(address, layout.top);
    return (const char *)words + (address - layout.sp);
}

static const uint64_t *auxv_of(const struct stack_spec *spec)
{
    return words + 1 + spec->argc + 1 + spec->envc + 1;
}

static uint64_t aux(const struct stack_spec *spec, uint64_t type)
{
    uint64_t value = 0;
    int seen = 0;

    for (const uint64_t *a = auxv_of(spec); a[0] != AT_NULL; a += 2) {
        if (a[0] == type) {
            value = a[1];
            seen++;
        }
    }
    ck_assert_msg(seen == 1, "AT_ number %lu is there %d times", type, seen);
    return value;
}

START_TEST(arguments_and_environment_come_back)
{
    struct stack_spec spec = spec_of(3, 2);

    build(&spec);
    ck_assert_uint_eq(words[0], 3);
    for (int i = 0; i < 3; i++)
        ck_assert_str_eq(at(words[1 + i]), argv[i]);
    ck_assert_uint_eq(words[4], 0);
    for (int i = 0; i < 2; i++)
        ck_assert_str_eq(at(words[5 + i]), envp[i]);
    ck_assert_uint_eq(words[7], 0);
    free(words);
}
END_TEST

START_TEST(stack_pointer_is_aligned_for_any_number_of_strings)
{
    for (size_t argc = 0; argc <= 3; argc++) {
        for (size_t envc = 0; envc <= 2; envc++) {
            struct stack_spec spec = spec_of(argc, envc);

            spec.gap = (unsigned)(argc * 1000 + envc * 7);
            build(&spec);
            ck_assert_uint_eq(layout.sp % 16, 0);
            ck_assert_uint_eq(words[0], argc);
            ck_assert_str_eq(at(aux(&spec, AT_EXECFN)), "/bin/prog");
            free(words);
        }
    }
}
END_TEST

START_TEST(auxv_tells_what_was_given)
{
    struct stack_spec spec = spec_of(1, 1);

    build(&spec);
    ck_assert_uint_eq(aux(&spec, AT_PHDR), spec.phdr);
    ck_assert_uint_eq(aux(&spec, AT_PHENT), 56);
    ck_assert_uint_eq(aux(&spec, AT_PHNUM), 11);
    ck_assert_uint_eq(aux(&spec, AT_BASE), spec.base);
    ck_assert_uint_eq(aux(&spec, AT_SYSINFO_EHDR), spec.vdso);
    ck_assert_uint_eq(aux(&spec, AT_ENTRY), spec.entry);
    ck_assert_uint_eq(aux(&spec, AT_FLAGS), 0);
    ck_assert_uint_eq(aux(&spec, AT_PAGESZ), 4096);
    ck_assert_uint_eq(aux(&spec, AT_CLKTCK), 100);
    ck_assert_uint_eq(aux(&spec, AT_HWCAP), spec.hwcap);
    ck_assert_uint_eq(aux(&spec, AT_HWCAP2), 2);
    ck_assert_uint_eq(aux(&spec, AT_MINSIGSTKSZ), 3632);
    ck_assert_uint_eq(aux(&spec, AT_UID), 1000);
    ck_assert_uint_eq(aux(&spec, AT_EUID), 1001);
    ck_assert_uint_eq(aux(&spec, AT_GID), 1002);
    ck_assert_uint_eq(aux(&spec, AT_EGID), 1003);
    ck_assert_uint_eq(aux(&spec, AT_SECURE), 1);
    ck_assert_uint_eq(aux(&spec, AT_RSEQ_FEATURE_SIZE), 28);
    ck_assert_uint_eq(aux(&spec, AT_RSEQ_ALIGN), 32);
    ck_assert_mem_eq(at(aux(&spec, AT_RANDOM)), "0123456789abcdef", 16);
    ck_assert_str_eq(at(aux(&spec, AT_PLATFORM)), "x86_64");
    ck_assert_str_eq(at(aux(&spec, AT_EXECFN)), "/bin/prog");
    free(words);
}
END_TEST

/* ps and setproctitle rely on it. */
START_TEST(strings_lie_in_one_row_at_the_top_as_on_linux)
{
    struct stack_spec spec = spec_of(3, 2);
    static const char row[] = "prog\0\0two words\0A=1\0PATH=/bin:/usr/bin\0"
                              "/bin/prog\0\0\0\0\0\0\0\0";

    build(&spec);
    ck_assert_uint_eq(layout.arg_start, words[1]);
    ck_assert_uint_eq(layout.arg_end, words[5]);
    ck_assert_uint_eq(layout.env_start, words[5]);
    ck_assert_uint_eq(layout.env_end, layout.execfn);
    ck_assert_uint_eq(layout.top - layout.arg_start, sizeof(row));
    ck_assert_mem_eq(at(layout.arg_start), row, sizeof(row));
    free(words);
}
END_TEST

START_TEST(the_gap_moves_all_below_the_strings)
{
    struct stack_spec spec = spec_of(1, 1);
    struct stack_layout plain;

    build(&spec);
    free(words);
    plain = layout;
    spec.gap = 4096;
    build(&spec);
    ck_assert_uint_eq(layout.arg_start, plain.arg_start);
    ck_assert_uint_eq(layout.sp, plain.sp - 4096);
    free(words);
}
END_TEST

START_TEST(too_much_is_refused)
{
    static char big[131073];
    const char *args[] = {big, NULL};
    struct stack_spec spec = spec_of(1, 0);

    spec.argv = args;
    memset(big, 'x', sizeof(big) - 1);
    ck_assert_int_eq(stack_plan(&spec, TOP, 1 << 20, &layout), -E2BIG);
    big[131071] = '\0'; /* with its NUL the longest that Linux takes */
    ck_assert_int_eq(stack_plan(&spec, TOP, 1 << 20, &layout), 0);
    ck_assert_int_eq(stack_plan(&spec, TOP, 131072, &layout), -E2BIG);

    spec = spec_of(3, 2);
    ck_assert_int_eq(stack_plan(&spec, TOP, 5 * 8 + 49, &layout), 0);
    ck_assert_int_eq(stack_plan(&spec, TOP, 5 * 8 + 48, &layout), -E2BIG);
    ck_assert_int_eq(stack_plan(&spec, TOP, 5 * 8 - 1, &layout), -E2BIG);
    ck_assert_int_eq(stack_plan(&spec, TOP, 0, &layout), -E2BIG);
    spec.argc = SIZE_MAX / 4;
    ck_assert_int_eq(stack_plan(&spec, TOP, 1 << 20, &layout), -E2BIG);
}
END_TEST

UNIT_SUITE(loader_stack, "loader/stack", arguments_and_environment_come_back,
           stack_pointer_is_aligned_for_any_number_of_strings,
           auxv_tells_what_was_given,
           strings_lie_in_one_row_at_the_top_as_on_linux,
           the_gap_moves_all_below_the_strings, too_much_is_refused)
