// SPDX-License-Identifier: MIT
/*
 * ioapic: routes interrupt wires to vectors (Intel 82093AA data sheet; ACPI
 * specification, MADT). The chips are looked up when the first wire is routed,
 * so that a machine with message-signalled interrupts alone never asks.
 * Inside kernel/ only; drivers use irq_gsi_attach.
 */
#pragma once

#include "lib/base.h"

/*
 * Sends a global system interrupt to vector on the CPU with this local APIC.
 * Numbers below 16 are ISA interrupts: the firmware's overrides apply to them,
 * over `level` too. -ENODEV: no I/O APIC has the input. Boot and driver set-up.
 */
int ioapic_route(unsigned gsi, bool level, unsigned vector, unsigned apic_id);

/* Where an ISA interrupt really goes; other numbers stay. */
unsigned ioapic_resolve(unsigned gsi);
