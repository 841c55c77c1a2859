// SPDX-License-Identifier: MIT
/*
 * acpi: the firmware's tables (ACPI specification 6.4, section 5.2).
 *
 * Tables are looked up by signature in the XSDT, or the RSDT of old firmware,
 * mapped, and checked: length and checksum. What is in a table is the caller's
 * to check. Context: boot.
 */
#pragma once

#include "lib/base.h"

/* What every table but the RSDP begins with. */
struct acpi_header {
    char signature[4];
    uint32_t length; /* of the table, with this header */
    uint8_t revision;
    uint8_t checksum; /* makes the sum of all bytes 0 */
    char oem_id[6];
    char oem_table_id[8];
    uint32_t oem_revision;
    char creator_id[4];
    uint32_t creator_revision;
} packed;
static_assert(sizeof(struct acpi_header) == 36, "ACPI 6.4, table 5.4");

/* Takes note of where the RSDP is; 0: the machine has no ACPI. */
void acpi_init(paddr_t rsdp);

/* The first table with this signature (4 characters) and its length, never
 * less than a header's; NULL: there is none. Stays mapped. */
const void *acpi_find_table(const char *signature, size_t *len);

/* The same for a table whose address another table gives (the DSDT). */
const void *acpi_table_at(paddr_t pa, const char *signature, size_t *len);
