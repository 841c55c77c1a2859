// SPDX-License-Identifier: MIT
/*
 * drivers: brings up the devices, in the order that they need.
 */
#pragma once

#include "drivers/virtio_mmio.h"
#include "lib/base.h"

/* `console=`: where the program's streams go. */
enum drivers_console {
    DRIVERS_CONSOLE_AUTO, /* virtio where the machine has it, else serial */
    DRIVERS_CONSOLE_SERIAL,
    DRIVERS_CONSOLE_VIRTIO,
};

struct drivers_config {
    const struct virtio_mmio_slot *slots; /* as the command line names them */
    size_t slot_count;
    enum drivers_console console;
};

/* The serial port, so that kernel messages are seen, and ways to end the
 * machine. First thing in boot. */
void drivers_early_init(void);

/*
 * All other devices, the ways to end the machine, the console and the log.
 * Needs acpi_init, memory, the clock and irq_init to have been called; the vfs
 * may open console streams afterwards.
 */
void drivers_init(const struct drivers_config *config);

/* Tells a host that listens that the program is about to start. */
void drivers_announce_ready(void);
