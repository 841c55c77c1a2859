// SPDX-License-Identifier: MIT
/*
 * acpi_power: turns the machine off through ACPI's state S5.
 *
 * The registers are in the FADT; the value that means S5 is in the DSDT, as
 * the object \_S5_ in AML. Of AML only that one object is looked for and
 * decoded: nothing is interpreted.
 */
#pragma once

#include "lib/base.h"

/* How to reach S5, from a FADT and the DSDT's \_S5_. */
struct acpi_power {
    bool reduced;   /* sleep_control, else the PM1 registers */
    bool in_memory; /* sleep_control is an address, else a port */
    uint64_t sleep_control;
    uint16_t pm1a, pm1b;  /* control ports; pm1b 0: none */
    uint16_t smi_command; /* where to ask for ACPI mode; 0: always on */
    uint8_t acpi_enable;
    uint8_t type_a, type_b; /* sleep types of S5 */
    uint64_t dsdt;          /* physical address */
};

/* Reads the registers out of a FADT of len bytes; -EINVAL when it is too short
 * or names none that can be used. */
int acpi_power_parse_fadt(const void *fadt, size_t len, struct acpi_power *p);

/* Finds \_S5_ in a table's AML; -ENOENT. */
int acpi_power_find_s5(const uint8_t *aml, size_t len, uint8_t *type_a,
                       uint8_t *type_b);

/* Registers it as a way to turn the machine off, if the tables say how. */
void acpi_power_register(void);
