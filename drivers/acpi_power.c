// SPDX-License-Identifier: MIT
/* acpi_power: see the header; ACPI 6.4, sections 4.8, 5.2.9 and 20.2. */
#include "drivers/acpi_power.h"

#include "abi/errno.h"
#include "kernel/acpi.h"
#include "kernel/mmio.h"
#include "kernel/shutdown.h"
#include "lib/string.h"

#define LOG_TAG "acpi"
#include "kernel/log.h"

enum { /* offsets in the FADT, 5.2.9 */
       FADT_DSDT = 40,
       FADT_SMI_COMMAND = 48,
       FADT_ACPI_ENABLE = 52,
       FADT_PM1A_CONTROL = 64,
       FADT_PM1B_CONTROL = 68,
       FADT_FLAGS = 112,
       FADT_X_DSDT = 140,
       FADT_X_PM1A_CONTROL = 172,
       FADT_X_PM1B_CONTROL = 184,
       FADT_SLEEP_CONTROL = 244,
       FADT_V1_SIZE = 116,

       FLAG_HARDWARE_REDUCED = 1 << 20,

       /* An address in the generic form, 5.2.3.2 */
       GENERIC_SIZE = 12,
       GENERIC_ADDRESS = 4, /* offset; the address space is at 0 */
       SPACE_MEMORY = 0,
       SPACE_PORT = 1,
};

enum { /* AML, 20.2 */
       AML_ZERO = 0x00,
       AML_ONE = 0x01,
       AML_NAME = 0x08,
       AML_BYTE = 0x0a,
       AML_WORD = 0x0b,
       AML_DWORD = 0x0c,
       AML_PACKAGE = 0x12,
};

enum {
    PM1_ACPI_MODE = 1,
    PM1_SLEEP_TYPE_SHIFT = 10,
    PM1_SLEEP_TYPE_MASK = 7 << PM1_SLEEP_TYPE_SHIFT,
    PM1_SLEEP = 1 << 13,
    REDUCED_SLEEP_TYPE_SHIFT = 2,
    REDUCED_SLEEP = 1 << 5,
    MODE_POLLS = 10000,
};

/* Values may stand anywhere; 0 beyond the table's end. */
static uint64_t field(const uint8_t *table, size_t len, size_t at, size_t size)
{
    uint64_t v = 0;

    if (at <= len && size <= len - at)
        memcpy(&v, table + at, size);
    return v;
}

/* A generic address in the wanted space, or 0. */
static uint64_t generic(const uint8_t *fadt, size_t len, size_t at, int space)
{
    if (len < at + GENERIC_SIZE || fadt[at] != space)
        return 0;
    return field(fadt, len, at + GENERIC_ADDRESS, sizeof(uint64_t));
}

/* A PM1 register: the newer field, else the older; 0: none, or no port. */
static uint16_t pm1_port(const uint8_t *fadt, size_t len, size_t x, size_t old)
{
    uint64_t port = generic(fadt, len, x, SPACE_PORT);

    if (port == 0)
        port = field(fadt, len, old, sizeof(uint32_t));
    return port <= UINT16_MAX ? (uint16_t)port : 0;
}

int acpi_power_parse_fadt(const void *table, size_t len, struct acpi_power *p)
{
    const uint8_t *fadt = table;

    *p = (struct acpi_power){0};
    if (len < FADT_V1_SIZE)
        return -EINVAL;
    p->reduced = field(fadt, len, FADT_FLAGS, 4) & FLAG_HARDWARE_REDUCED;
    p->dsdt = field(fadt, len, FADT_X_DSDT, 8);
    if (p->dsdt == 0)
        p->dsdt = field(fadt, len, FADT_DSDT, 4);
    if (p->reduced) {
        p->sleep_control = generic(fadt, len, FADT_SLEEP_CONTROL, SPACE_MEMORY);
        p->in_memory = p->sleep_control != 0;
        if (!p->in_memory)
            p->sleep_control =
                generic(fadt, len, FADT_SLEEP_CONTROL, SPACE_PORT);
        if (!p->in_memory && p->sleep_control > UINT16_MAX)
            p->sleep_control = 0;
        return p->sleep_control ? 0 : -EINVAL;
    }
    p->pm1a = pm1_port(fadt, len, FADT_X_PM1A_CONTROL, FADT_PM1A_CONTROL);
    p->pm1b = pm1_port(fadt, len, FADT_X_PM1B_CONTROL, FADT_PM1B_CONTROL);
    p->smi_command = (uint16_t)field(fadt, len, FADT_SMI_COMMAND, 4);
    p->acpi_enable = (uint8_t)field(fadt, len, FADT_ACPI_ENABLE, 1);
    return p->pm1a ? 0 : -EINVAL;
}

/* An integer constant at *at; moves behind it. */
static int aml_integer(const uint8_t **at, const uint8_t *end, uint8_t *v)
{
    static const uint8_t sizes[] = {
        [AML_BYTE] = 1, [AML_WORD] = 2, [AML_DWORD] = 4};
    uint8_t op;
    size_t size;

    if (*at == end)
        return -EINVAL;
    op = *(*at)++;
    if (op == AML_ZERO || op == AML_ONE) {
        *v = op;
        return 0;
    }
    size = op < sizeof(sizes) ? sizes[op] : 0;
    if (size == 0 || (size_t)(end - *at) < size)
        return -EINVAL;
    *v = **at; /* the low byte: sleep types have three bits */
    *at += size;
    return 0;
}

/* The package of integers behind the name: a length whose first byte says how
 * many more it has, the count of elements, and the elements. */
static int s5_package(const uint8_t *at, const uint8_t *end, uint8_t *type_a,
                      uint8_t *type_b)
{
    size_t length_bytes, elements;
    int err;

    if (end - at < 2 || *at++ != AML_PACKAGE)
        return -EINVAL;
    length_bytes = 1 + (*at >> 6);
    if ((size_t)(end - at) <= length_bytes)
        return -EINVAL;
    at += length_bytes;
    elements = *at++;
    if (elements < 1)
        return -EINVAL;
    err = aml_integer(&at, end, type_a);
    if (err)
        return err;
    *type_b = *type_a;
    return elements < 2 ? 0 : aml_integer(&at, end, type_b);
}

int acpi_power_find_s5(const uint8_t *aml, size_t len, uint8_t *type_a,
                       uint8_t *type_b)
{
    const uint8_t *end = aml + len;

    for (size_t i = 1; i + 4 < len; i++) {
        const uint8_t *at = aml + i;

        if (memcmp(at, "_S5_", 4) != 0)
            continue;
        /* A use of the name is no definition; the root's mark may precede. */
        if (at[-1] != AML_NAME &&
            !(i >= 2 && at[-1] == '\\' && at[-2] == AML_NAME))
            continue;
        if (s5_package(at + 4, end, type_a, type_b) == 0)
            return 0;
    }
    return -ENOENT;
}

static struct acpi_power power;

/* Registers answer to sleep requests only in ACPI mode. */
static void enter_acpi_mode(void)
{
    if (port_read16(power.pm1a) & PM1_ACPI_MODE)
        return;
    if (power.smi_command == 0 || power.acpi_enable == 0)
        return;
    port_write8(power.smi_command, power.acpi_enable);
    for (unsigned i = 0; i < MODE_POLLS; i++) {
        if (port_read16(power.pm1a) & PM1_ACPI_MODE)
            return;
    }
}

static void pm1_sleep(uint16_t port, uint8_t type)
{
    unsigned v = port_read16(port) & ~(unsigned)PM1_SLEEP_TYPE_MASK;

    v |= (type & 7u) << PM1_SLEEP_TYPE_SHIFT;
    port_write16(port, (uint16_t)(v | PM1_SLEEP));
}

static volatile void *sleep_register; /* when it is in memory */

/* Reads the tables; 0 when they say all that power_off needs. */
static int learn(void)
{
    const struct acpi_header *dsdt;
    const void *fadt;
    size_t len;
    int err;

    fadt = acpi_find_table("FACP", &len);
    if (!fadt)
        return -ENOENT;
    err = acpi_power_parse_fadt(fadt, len, &power);
    if (err)
        return err;
    dsdt = acpi_table_at(power.dsdt, "DSDT", &len);
    if (!dsdt)
        return -ENOENT;
    err = acpi_power_find_s5((const uint8_t *)(dsdt + 1), len - sizeof(*dsdt),
                             &power.type_a, &power.type_b);
    if (err || !power.in_memory)
        return err;
    sleep_register = mmio_map(power.sleep_control, 1);
    return sleep_register ? 0 : -ENOMEM;
}

static void power_off(struct shutdown_ops *ops, int status)
{
    static bool tried;
    uint8_t v;
    int err;

    (void)ops;
    (void)status;
    if (tried) /* and it ended in a panic */
        return;
    tried = true;
    err = learn();
    if (err) {
        log_debug("no power-off (error %d)", err);
        return;
    }
    v = (uint8_t)((power.type_a & 7) << REDUCED_SLEEP_TYPE_SHIFT |
                  REDUCED_SLEEP);
    if (sleep_register) {
        mmio_write8(sleep_register, v);
    } else if (power.reduced) {
        port_write8((uint16_t)power.sleep_control, v);
    } else {
        enter_acpi_mode();
        pm1_sleep(power.pm1a, power.type_a);
        if (power.pm1b)
            pm1_sleep(power.pm1b, power.type_b);
    }
    /* It takes effect a moment later; the next way must not be tried yet. */
    for (unsigned i = 0; i < MODE_POLLS; i++)
        port_read8(0x80);
}

/* The tables are long, and boot does without them. */
void acpi_power_register(void)
{
    static struct shutdown_ops ops = {.power_off = power_off};

    shutdown_register(&ops);
}
