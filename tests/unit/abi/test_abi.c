// SPDX-License-Identifier: MIT
/*
 * abi/ against the real thing: every constant, and every struct's size and
 * offsets, are those of the headers of the Linux that the tests run on.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "tests/unit/unit.h"

#include "abi/stat.h"
#include "tests/unit/abi/values.h"

static void compare(const struct abi_value *ours, const struct abi_value *host,
                    size_t least)
{
    size_t compared = 0;

    for (; ours->name; ours++, host++) {
        ck_assert_str_eq(ours->name, host->name);
        if (host->value == ABI_ABSENT)
            continue;
        ck_assert_msg(ours->value == host->value,
                      "%s is %#llx, Linux has %#llx", ours->name,
                      (long long)ours->value, (long long)host->value);
        compared++;
    }
    ck_assert_ptr_null(host->name);
    ck_assert_uint_ge(compared, least);
}

START_TEST(constants_are_those_of_linux)
{
    compare(abi_ours_like_linux, abi_linux, 400);
    compare(abi_ours_like_libc, abi_libc, 200);
}
END_TEST

START_TEST(structs_are_laid_out_as_those_of_linux)
{
    compare(abi_ours_layout_like_linux, abi_linux_layout, 300);
    compare(abi_ours_layout_like_libc, abi_libc_layout, 90);
}
END_TEST

static bool is_listed(const char *name, size_t len)
{
    const struct abi_value *lists[] = {abi_ours_like_linux, abi_ours_like_libc};

    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        for (const struct abi_value *v = lists[i]; v->name; v++)
            if (strlen(v->name) == len && memcmp(v->name, name, len) == 0)
                return true;
    return false;
}

/* Constants that no header for programs has, and those of Elfin's own trace
 * files. */
static bool is_internal(const char *name)
{
    return strncmp(name, "ABI_", 4) == 0 || strncmp(name, "ERESTART", 8) == 0 ||
           strncmp(name, "ELFMAG ", 7) == 0 || strncmp(name, "TRACE_", 6) == 0;
}

static unsigned check_header(const char *path)
{
    FILE *f = fopen(path, "r");
    char line[256];
    unsigned found = 0;

    ck_assert_msg(f != NULL, "cannot open %s", path);
    while (fgets(line, sizeof(line), f)) {
        const char *name = line + 8;
        size_t len = 0;

        if (strncmp(line, "#define ", 8) != 0 || is_internal(name))
            continue;
        while (isalnum((unsigned char)name[len]) || name[len] == '_')
            len++;
        if (name[len] == '(')
            continue;
        found++;
        ck_assert_msg(is_listed(name, len),
                      "%s: %.*s is not in tests/unit/abi/constants.h", path,
                      (int)len, name);
    }
    fclose(f);
    return found;
}

/* Runs from the root of the source tree, as the Makefile does. */
START_TEST(every_constant_is_compared)
{
    DIR *dir = opendir("abi");
    struct dirent *e;
    unsigned found = 0;

    ck_assert_msg(dir != NULL, "run this from the root of the source tree");
    while ((e = readdir(dir))) {
        const char *dot = strrchr(e->d_name, '.');
        char path[300];

        if (!dot || strcmp(dot, ".h") != 0)
            continue;
        snprintf(path, sizeof(path), "abi/%s", e->d_name);
        found += check_header(path);
    }
    closedir(dir);
    ck_assert_uint_gt(found, 600);
}
END_TEST

START_TEST(device_numbers_are_those_of_the_c_library)
{
    static const uint32_t numbers[] = {0, 1, 5, 0xff, 0x100, 0xfff, 0x12345678};

    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(numbers); j++) {
            uint64_t dev = abi_makedev(numbers[i], numbers[j]);

            ck_assert_uint_eq(dev, makedev(numbers[i], numbers[j]));
            ck_assert_uint_eq(abi_major(dev), numbers[i]);
            ck_assert_uint_eq(abi_minor(dev), numbers[j]);
        }
    }
}
END_TEST

UNIT_SUITE(abi, "abi", constants_are_those_of_linux,
           structs_are_laid_out_as_those_of_linux, every_constant_is_compared,
           device_numbers_are_those_of_the_c_library)
