// SPDX-License-Identifier: MIT
/* arp: link addresses of IPv4 hosts (RFC 826), address conflicts (RFC 5227). */
#pragma once

#include "net/netbuf.h"
#include "net/netdev.h"

struct netstack;

/* Takes a packet, data at the ARP header. */
void arp_input(struct netstack *s, struct netbuf *nb);

/* Asks who has target, everybody or, to = a link address, one host. */
void arp_request(struct netdev *dev, uint32_t target, const uint8_t *to);

/* Tells everybody of the interface's address (RFC 5227, 2.3). */
void arp_announce(struct netdev *dev, uint32_t addr);

/* Asks for an address that we would like to have (RFC 5227, 2.1.1). */
void arp_probe(struct netdev *dev, uint32_t target);
