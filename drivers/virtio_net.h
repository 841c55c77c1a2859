// SPDX-License-Identifier: MIT
/*
 * virtio_net: network cards (virtio 1.2, section 5.1), one pair of queues.
 *
 * Frames that come in lie in chunks of a page, eight of which are cut from one
 * block, so that a large frame's chunks, which the device uses in order, touch
 * each other and make few fragments. A small frame is copied out and its chunk
 * goes back to the ring; a larger one takes its chunk along, to the socket.
 * Frames go out from where they are, with the device's header in their
 * headroom.
 *
 * Locking: the stack's lock (net/stack.h) covers everything.
 */
#pragma once

/* Makes the driver known; before the transports look for devices. */
void virtio_net_register(void);
