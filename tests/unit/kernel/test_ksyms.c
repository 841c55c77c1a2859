// SPDX-License-Identifier: MIT
/* The look-up in a symbol table as tools/gen/ksyms.c writes it. */
#include "tests/unit/unit.h"

#include "kernel/ksyms.h"

#define BASE 0xffffffff80000000ul

/* In the kernel the generator defines these. */
extern const uint32_t ksyms_count, ksyms_addr[], ksyms_name[];
extern const char ksyms_text[];
const uint32_t ksyms_count = 3;
const uint32_t ksyms_addr[] = {0x1000, 0x1010, 0x2000, 0x2400};
const uint32_t ksyms_name[] = {0, 6, 11};
const char ksyms_text[] = "start\0main\0last";

static void expect(uintptr_t addr, const char *name, size_t offset)
{
    size_t o = 99;
    const char *s = ksym_lookup(addr, &o);

    if (name)
        ck_assert_str_eq(s, name);
    else
        ck_assert_ptr_null(s);
    ck_assert_uint_eq(o, offset);
}

START_TEST(names_the_function_around_an_address)
{
    expect(BASE + 0x1000, "start", 0);
    expect(BASE + 0x100f, "start", 15);
    expect(BASE + 0x1010, "main", 0);
    expect(BASE + 0x1fff, "main", 0xfef);
    expect(BASE + 0x2000, "last", 0);
    expect(BASE + 0x23ff, "last", 0x3ff);
}
END_TEST

START_TEST(knows_nothing_outside_the_code)
{
    expect(BASE, NULL, 0);
    expect(BASE + 0xfff, NULL, 0);
    expect(BASE + 0x2400, NULL, 0);
    expect(0x1000, NULL, 0);
    expect(0, NULL, 0);
    expect(UINTPTR_MAX, NULL, 0);
}
END_TEST

UNIT_SUITE(kernel_ksyms, "kernel/ksyms", names_the_function_around_an_address,
           knows_nothing_outside_the_code)
