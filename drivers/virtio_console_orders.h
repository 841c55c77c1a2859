// SPDX-License-Identifier: MIT
/*
 * virtio_console_orders: what the host asks for on the control port: signals
 * for the program, and another size of its terminal.
 */
#pragma once

struct virtio_port;

/* Listens to port from now on. -ENOMEM. */
int virtio_console_take_orders(struct virtio_port *port);
