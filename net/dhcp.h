// SPDX-License-Identifier: MIT
/* dhcp: asks for an IPv4 address and keeps it (RFC 2131, options RFC 2132). */
#pragma once

#include "lib/base.h"

struct netdev;
struct netstack;

#define DHCP_DNS_MAX    3
#define DHCP_DOMAIN_MAX 254

/* What the server gave, for resolv.conf and the like. */
struct dhcp_lease {
    uint32_t addr, gateway, server; /* as on the wire; 0: none */
    unsigned prefix;
    uint32_t dns[DHCP_DNS_MAX];
    unsigned dns_count;
    char domain[DHCP_DOMAIN_MAX + 1]; /* "": none */
    uint32_t lease_s, renew_s, rebind_s;
};

/* Begins to ask for an interface, in the background; s->configuring is true
 * until one has an address or for none of them several attempts were answered.
 * hostname is told to the server; borrowed. -ENOMEM. Locked. */
int dhcp_start(struct netdev *dev, const char *hostname);

/* Gives the addresses back and ends, for all interfaces. */
void dhcp_stop(struct netstack *s);

/* The present leases, one by one: the first behind l, or the first of all (l
 * NULL); NULL: there is no other. */
const struct dhcp_lease *dhcp_next_lease(const struct netstack *s,
                                         const struct dhcp_lease *l);

/* For ARP: somebody has said sender is at mac. */
void dhcp_arp_seen(struct netstack *s, struct netdev *dev, uint32_t sender,
                   uint32_t target, const uint8_t *mac);
