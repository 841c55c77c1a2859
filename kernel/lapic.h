// SPDX-License-Identifier: MIT
/*
 * lapic: this CPU's interrupt controller and its timer (Intel SDM volume 3,
 * chapter "APIC"). As x2APIC where the CPU has it, else through memory.
 * Inside kernel/ only; the timer's interface is part of kernel/irq.h.
 */
#pragma once

#include "lib/base.h"

/* Turns it on, with every local source masked and its timer counting (for
 * the measurements). Does nothing the second time. Boot only. */
void lapic_enable(void);

/* Its number, as the I/O APICs and MSI address it. */
unsigned lapic_id(void);

/* Ends the handling of the current interrupt. */
void lapic_eoi(void);

/* The TSC's frequency if the timer counts nanoseconds, as that of QEMU and KVM
 * does; 0 when it stands still. Takes 0.2 ms. Boot only. */
uint64_t lapic_measure_tsc_hz(void);
