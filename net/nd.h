// SPDX-License-Identifier: MIT
/*
 * nd: who is on the link, whose an address is, and what routers say: Neighbour
 * Discovery (RFC 4861), address configuration without a server (RFC 4862), and
 * the groups that routers shall send here (MLDv2, RFC 9777).
 */
#pragma once

#include "net/icmpv6.h"
#include "net/ipv6.h"

void nd_init(struct netdev_v6 *v6);

/* Takes no nb: a message of a type that is nd's, checked and whole. */
void nd_input(struct netstack *s, struct netbuf *nb,
              const struct ip_info *info);

/* Asks whose a is: all hosts (mac NULL) or one. */
void nd_ask(struct netdev *dev, const struct netaddr *a, const uint8_t *mac);

/* Asks whether anybody has the tentative address a. */
void nd_detect(struct netdev *dev, const struct netaddr *a);

/* Asks routers to say what they have. */
void nd_solicit_routers(struct netdev *dev);

/* Sets the timer for what is due next. */
void nd_schedule(struct netdev_v6 *v6);

/* Sends nb (data: an ICMPv6 message without its checksum) on the link, to the
 * group or the host with that link address. Takes it. */
void nd_send(struct netdev *dev, struct netbuf *nb,
             const struct netaddr *source, const struct netaddr *destination,
             const uint8_t *mac);

/* --- groups (net/mld.c) --- */

/* What is wanted of a group has changed, joined false: nothing any more:
 * routers are told. */
void mld_changed(struct netdev *dev, const struct netdev_group *g, bool joined);
/* A router asks (data: the message): the answer comes a little later. */
void mld_query(struct netdev *dev, const struct netbuf *nb);
/* All groups, because a router asked. */
void mld_report_all(struct netdev *dev);
