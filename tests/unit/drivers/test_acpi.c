// SPDX-License-Identifier: MIT
/*
 * Tests of kernel/acpi.c and drivers/acpi_power.c. The firmware's memory is an
 * array; a mapping is a fresh copy of it, so that the sanitizer sees every read
 * beyond what was asked for.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "abi/errno.h"
#include "drivers/acpi_power.h"
#include "kernel/acpi.h"
#include "kernel/mmio.h"
#include "kernel/shutdown.h"

#define MEMORY_SIZE 8192
#define RSDP        0x100
#define ROOT        0x200
#define TABLE       0x400
#define DSDT        0x800

static uint8_t memory[MEMORY_SIZE];
static void *mappings[64];
static unsigned mapping_count;

const void *firmware_map(paddr_t pa, size_t len)
{
    void *copy;

    if (pa > MEMORY_SIZE || len > MEMORY_SIZE - pa)
        return NULL;
    ck_assert_uint_lt(mapping_count, ARRAY_SIZE(mappings));
    copy = malloc(len);
    memcpy(copy, memory + pa, len);
    mappings[mapping_count++] = copy;
    return copy;
}

/* acpi_power.c refers to these; no test here gets so far. */
__attribute__((weak)) volatile void *mmio_map(paddr_t pa, size_t len)
{
    (void)pa;
    (void)len;
    return NULL;
}

__attribute__((weak)) void shutdown_register(struct shutdown_ops *ops)
{
    (void)ops;
}

static void forget(void)
{
    while (mapping_count > 0)
        free(mappings[--mapping_count]);
    memset(memory, 0, sizeof(memory));
}

static void put(size_t at, uint64_t v, size_t size)
{
    memcpy(memory + at, &v, size);
}

static void fix_sum(size_t at, size_t len, size_t sum_at)
{
    uint8_t sum = 0;

    memory[sum_at] = 0;
    for (size_t i = 0; i < len; i++)
        sum += memory[at + i];
    memory[sum_at] = (uint8_t)-sum;
}

static void put_table(size_t at, const char *signature, uint32_t len)
{
    memcpy(memory + at, signature, 4);
    put(at + 4, len, 4);
    fix_sum(at, len, at + 9);
}

static void put_rsdp(uint8_t revision, uint32_t rsdt, uint64_t xsdt)
{
    memcpy(memory + RSDP, "RSD PTR ", 8);
    memory[RSDP + 15] = revision;
    put(RSDP + 16, rsdt, 4);
    put(RSDP + 20, 36, 4);
    put(RSDP + 24, xsdt, 8);
    fix_sum(RSDP, 20, RSDP + 8);
    fix_sum(RSDP, 36, RSDP + 32);
    acpi_init(RSDP);
}

START_TEST(finds_a_table_through_the_xsdt)
{
    const struct acpi_header *h;
    size_t len;

    put_rsdp(2, 0, ROOT);
    put(ROOT + 36, DSDT, 8); /* something else comes first */
    put(ROOT + 44, TABLE, 8);
    put_table(ROOT, "XSDT", 36 + 16);
    put_table(DSDT, "OTHR", 36);
    put_table(TABLE, "APIC", 50);
    h = acpi_find_table("APIC", &len);
    ck_assert_ptr_nonnull(h);
    ck_assert_uint_eq(len, 50);
    ck_assert_mem_eq(h->signature, "APIC", 4);
    ck_assert_ptr_null(acpi_find_table("HPET", &len));
    forget();
}
END_TEST

START_TEST(finds_a_table_through_the_rsdt)
{
    size_t len;

    put_rsdp(0, ROOT, 0);
    put(ROOT + 36, TABLE, 4);
    put_table(ROOT, "RSDT", 36 + 4 + 3); /* three bytes are no entry */
    put_table(TABLE, "APIC", 44);
    ck_assert_ptr_nonnull(acpi_find_table("APIC", &len));
    ck_assert_uint_eq(len, 44);
    forget();
}
END_TEST

START_TEST(no_acpi_has_no_tables)
{
    size_t len;

    acpi_init(0);
    ck_assert_ptr_null(acpi_find_table("APIC", &len));
    acpi_init(1ull << 60);
    ck_assert_ptr_null(acpi_find_table("APIC", &len));
    acpi_init(RSDP); /* zeros are there */
    ck_assert_ptr_null(acpi_find_table("APIC", &len));
    forget();
}
END_TEST

START_TEST(refuses_bad_checksums_and_lengths)
{
    size_t len;

    put_rsdp(2, 0, ROOT);
    put(ROOT + 36, TABLE, 8);
    put_table(ROOT, "XSDT", 44);
    put_table(TABLE, "APIC", 44);
    memory[TABLE + 40]++;
    ck_assert_ptr_null(acpi_find_table("APIC", &len));
    put_table(TABLE, "APIC", 35);
    ck_assert_ptr_null(acpi_find_table("APIC", &len));
    put(TABLE + 4, UINT32_MAX, 4);
    ck_assert_ptr_null(acpi_find_table("APIC", &len));
    put(TABLE + 4, MEMORY_SIZE, 4); /* beyond the end of memory */
    ck_assert_ptr_null(acpi_find_table("APIC", &len));
    forget();
}
END_TEST

/* A FADT of its latest form. */
static size_t make_fadt(uint8_t *f)
{
    memset(f, 0, 276);
    f[64] = 0x04; /* PM1a control: 0x604 */
    f[65] = 0x06;
    f[48] = 0xb2; /* SMI command */
    f[52] = 2;
    f[40] = 0x00; /* DSDT: 0x1200 */
    f[41] = 0x12;
    return 276;
}

START_TEST(reads_the_pm1_registers)
{
    uint8_t f[276];
    struct acpi_power p;
    size_t len = make_fadt(f);

    ck_assert_int_eq(acpi_power_parse_fadt(f, 116, &p), 0);
    ck_assert(!p.reduced);
    ck_assert_uint_eq(p.pm1a, 0x604);
    ck_assert_uint_eq(p.pm1b, 0);
    ck_assert_uint_eq(p.smi_command, 0xb2);
    ck_assert_uint_eq(p.acpi_enable, 2);
    ck_assert_uint_eq(p.dsdt, 0x1200);
    f[172] = 1; /* the newer field goes first: a port, 0x704 */
    f[176] = 0x04;
    f[177] = 0x07;
    f[140] = 0x34; /* and the newer address of the DSDT */
    ck_assert_int_eq(acpi_power_parse_fadt(f, len, &p), 0);
    ck_assert_uint_eq(p.pm1a, 0x704);
    ck_assert_uint_eq(p.dsdt, 0x34);
}
END_TEST

START_TEST(reads_the_sleep_register_of_reduced_hardware)
{
    uint8_t f[276];
    struct acpi_power p;
    size_t len = make_fadt(f);

    f[114] = 0x10; /* flag 20 */
    f[248] = 0xee; /* sleep control in memory, at 0xfe0000ee */
    f[251] = 0xfe;
    ck_assert_int_eq(acpi_power_parse_fadt(f, len, &p), 0);
    ck_assert(p.reduced && p.in_memory);
    ck_assert_uint_eq(p.sleep_control, 0xfe0000ee);
    f[244] = 1; /* no port has that number */
    ck_assert_int_eq(acpi_power_parse_fadt(f, len, &p), -EINVAL);
    f[251] = 0;
    ck_assert_int_eq(acpi_power_parse_fadt(f, len, &p), 0);
    ck_assert(!p.in_memory);
    ck_assert_uint_eq(p.sleep_control, 0xee);
    ck_assert_int_eq(acpi_power_parse_fadt(f, 244, &p), -EINVAL);
}
END_TEST

START_TEST(refuses_a_short_fadt)
{
    uint8_t f[276];
    struct acpi_power p;

    make_fadt(f);
    ck_assert_int_eq(acpi_power_parse_fadt(f, 0, &p), -EINVAL);
    ck_assert_int_eq(acpi_power_parse_fadt(f, 115, &p), -EINVAL);
    memset(f + 64, 0, 8); /* no PM1 control */
    ck_assert_int_eq(acpi_power_parse_fadt(f, 276, &p), -EINVAL);
}
END_TEST

/* Looks for S5 in exactly these bytes, on the heap. */
static int find_s5(const void *bytes, size_t len, uint8_t *a, uint8_t *b)
{
    uint8_t *copy = malloc(len ? len : 1);
    int err;

    memcpy(copy, bytes, len);
    err = acpi_power_find_s5(copy, len, a, b);
    free(copy);
    return err;
}

START_TEST(finds_the_sleep_types_of_s5)
{
    static const char plain[] = "junk\x08_S5_\x12\x06\x04\x0a\x05\x0a\x07\0\0";
    static const char rooted[] = "\x08\\_S5_\x12\x06\x04\x01\0\0\0";
    static const char wide[] = "\x08_S5_\x12\x4a\x00\x02\x0b\x03\x00\x01";
    static const char use[] = "_S5__S5_\x08_S5_\x12\x04\x01\x0a\x06";
    uint8_t a, b;

    ck_assert_int_eq(find_s5(plain, sizeof(plain), &a, &b), 0);
    ck_assert_uint_eq(a, 5);
    ck_assert_uint_eq(b, 7);
    ck_assert_int_eq(find_s5(rooted, sizeof(rooted), &a, &b), 0);
    ck_assert_uint_eq(a, 1);
    ck_assert_uint_eq(b, 0);
    ck_assert_int_eq(find_s5(wide, sizeof(wide) - 1, &a, &b), 0);
    ck_assert_uint_eq(a, 3);
    ck_assert_uint_eq(b, 1);
    ck_assert_int_eq(find_s5(use, sizeof(use) - 1, &a, &b), 0);
    ck_assert_uint_eq(a, 6);
    ck_assert_uint_eq(b, 6);
}
END_TEST

START_TEST(cut_aml_has_no_s5)
{
    static const char aml[] = "x\x08_S5_\x12\x06\x02\x0a\x05\x0a\x07";
    uint8_t a, b;

    for (size_t len = 0; len < sizeof(aml) - 1; len++)
        ck_assert_int_eq(find_s5(aml, len, &a, &b), -ENOENT);
    ck_assert_int_eq(find_s5(aml, sizeof(aml) - 1, &a, &b), 0);
    ck_assert_int_eq(find_s5("x_S5_\x12\x06\x02\x0a\x05\x0a\x07", 12, &a, &b),
                     -ENOENT);
    ck_assert_int_eq(find_s5("\x08_S5_\x12\x03\x00", 8, &a, &b), -ENOENT);
    ck_assert_int_eq(find_s5("\x08_S5_\x12\x04\x01\x0d\x05", 10, &a, &b),
                     -ENOENT);
}
END_TEST

UNIT_SUITE(drivers_acpi, "drivers/acpi", finds_a_table_through_the_xsdt,
           finds_a_table_through_the_rsdt, no_acpi_has_no_tables,
           refuses_bad_checksums_and_lengths, reads_the_pm1_registers,
           reads_the_sleep_register_of_reduced_hardware, refuses_a_short_fadt,
           finds_the_sleep_types_of_s5, cut_aml_has_no_s5)
