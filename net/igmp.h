// SPDX-License-Identifier: MIT
/*
 * igmp: tells routers and switches which IPv4 groups the host is in: reports of
 * version 3 (RFC 9776), of version 2 (RFC 2236) or 1 while a router asks in
 * that. A report that is lost is made good by the next query.
 */
#pragma once

#include "net/netdev.h"

void igmp_init(struct netstack *s);

/* For netdev_register, and before an interface goes. */
void igmp_start(struct netdev *dev);
void igmp_stop(struct netdev *dev);

/* What is wanted of a group has changed; joined false: nothing any more. */
void igmp_changed(struct netdev *dev, const struct netdev_group *g,
                  bool joined);
