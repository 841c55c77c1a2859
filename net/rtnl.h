// SPDX-License-Identifier: MIT
/*
 * rtnl: NETLINK_ROUTE, rtnetlink(7): what interfaces, addresses, routes and
 * neighbours there are, changes to them, and who wants to hear of changes.
 */
#pragma once

#include "abi/rtnetlink.h"
#include "net/netlink.h"
#include "net/sock.h"

struct neigh;
struct netdev;
struct netdev_v4;
struct ipv6_addr;
struct route;

/* Does what is asked for: 0, an error, or 1: it has been answered by a dump. */
int rtnl_request(const struct netlink_request *r);

/* Something has come, changed or (gone) went. */
void rtnl_link_changed(struct netdev *dev);
void rtnl_v4_changed(struct netdev *dev, const struct netdev_v4 *a, bool gone);
void rtnl_v6_changed(struct netdev *dev, const struct ipv6_addr *a, bool gone);
/* The state of a neighbour as NUD_ of rtnetlink(7). */
uint16_t rtnl_neigh_state(const struct neigh *n, uint64_t now);

void rtnl_route_changed(struct netstack *s, const struct route *r, bool gone);
