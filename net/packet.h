// SPDX-License-Identifier: MIT
/*
 * packet: sockets that see and send frames, packet(7). The loopback, which has
 * no frames of its own, shows Ethernet headers of zeros, as Linux's does.
 */
#pragma once

#include "lib/base.h"

struct netbuf;
struct netdev;
struct netstack;

void packet_init(struct netstack *s);

/* Shows a frame to the sockets that want it; only while dev->tapped. Borrows
 * nb, data at the link's header. */
void packet_tap(struct netdev *dev, struct netbuf *nb, bool outgoing);

/* Interfaces came, or went up or down, or s->recording changed: brings
 * dev->tapped up to date. */
void packet_devs_changed(struct netstack *s);

/* The page at an index of the ring that the socket with that inode number has;
 * NULL: none. */
void *packet_ring_page(struct netstack *s, uint64_t ino, uint64_t index);
