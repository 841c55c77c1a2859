// SPDX-License-Identifier: MIT
/*
 * dhcp6: the client of DHCPv6 (RFC 8415), one for each interface whose routers
 * say so: addresses (M), or name servers and domains alone (O).
 */
#pragma once

#include "net/addr.h"

struct dhcp6;
struct ipv6_addr;
struct netdev;
struct netdev_v6;

#define DHCP6_DNS_MAX    3
#define DHCP6_DOMAIN_MAX 254

/* What the server gave for resolv.conf. */
struct dhcp6_names {
    struct netaddr dns[DHCP6_DNS_MAX];
    unsigned dns_count;
    char domains[DHCP6_DOMAIN_MAX + 1]; /* with spaces between; "": none */
};

/* A router advertises: managed and other are its flags M and O. Begins what
 * follows from them and goes on with it in the background. */
void dhcp6_router_said(struct netdev *dev, bool managed, bool other);

/* Another host has a, one of the interface's: if it came from a server, that
 * is told, and it goes. */
void dhcp6_conflict(struct netdev *dev, const struct ipv6_addr *a);

/* Gives the address back and ends. Does nothing when it never began. */
void dhcp6_stop(struct netdev_v6 *v6);

/* NULL: nothing has come. */
const struct dhcp6_names *dhcp6_names(const struct netdev *dev);
