// SPDX-License-Identifier: MIT
/*
 * irq: interrupt vectors, the local APIC and the I/O APICs.
 *
 * Handlers run with interrupts off on the interrupted thread's kernel stack,
 * must not sleep, and need not acknowledge the APIC: irq_dispatch does.
 */
#pragma once

#include "lib/base.h"

enum {
    IRQ_VECTOR_FIRST = 0x30, /* below: exceptions and the masked 8259s */
    IRQ_VECTOR_TIMER = 0xf0, /* the local APIC's own */
    IRQ_VECTOR_SPURIOUS = 0xff,
};

typedef void irq_handler_fn(void *arg);

/* Enables the local APIC, finds the I/O APICs, masks the 8259s. Boot only. */
void irq_init(void);

/* A free vector that calls fn(arg) from now on, or -ENOSPC. */
int irq_vector_alloc(irq_handler_fn *fn, void *arg);
/* Fixed vectors: only for IRQ_VECTOR_TIMER. */
void irq_vector_set(unsigned vector, irq_handler_fn *fn, void *arg);

/* Routes a global system interrupt (I/O APIC input) to fn(arg); -ENODEV when
 * no I/O APIC has that input. level: level-triggered, else edge. */
int irq_gsi_attach(unsigned gsi, bool level, irq_handler_fn *fn, void *arg);

/* What a device must write where to raise vector here (PCI MSI/MSI-X). */
void irq_msi_message(unsigned vector, uint64_t *address, uint32_t *data);

/* Called by the trap entry for every vector >= IRQ_VECTOR_FIRST. */
void irq_dispatch(unsigned vector);

/* One-shot local APIC timer, for kernel/timer.c. */
void lapic_timer_arm_ns(uint64_t delta_ns);
void lapic_timer_calibrate(void);
