// SPDX-License-Identifier: MIT
/*
 * virtio_console: the device with the ports that lead to the host (virtio 1.2,
 * section 5.3). Ports are told apart by name; a device without names, or
 * without several ports, gives one plain console.
 *
 * Set-up asks the device for its ports and waits for the answers, by polling:
 * it takes three notifications. One device is used, and of its ports the first
 * eight; ports that appear later are ignored.
 *
 * Locking: console->lock covers the control queues; it is taken before a
 * port's lock.
 */
#pragma once

#include "drivers/virtio_console_control.h"
#include "drivers/virtio_port.h"

/* Makes the driver known; before the transports look for devices. */
void virtio_console_register(void);

/* The port with this role, or NULL: the host gave none. */
struct virtio_port *virtio_console_port(enum virtio_console_role role);

/* Notifications and interrupts of all queues so far. */
void virtio_console_counts(uint64_t *kicks, uint64_t *interrupts);
