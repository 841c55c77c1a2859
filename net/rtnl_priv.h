// SPDX-License-Identifier: MIT
/* rtnl_priv: one file for each kind of thing. */
#pragma once

#include "net/rtnl.h"

int rtnl_get_link(const struct netlink_request *r);
void rtnl_dump_links(const struct netlink_request *r, struct netlink_out *o);
int rtnl_set_link(const struct netlink_request *r);

void rtnl_dump_addrs(const struct netlink_request *r, struct netlink_out *o);
int rtnl_change_addr(const struct netlink_request *r, bool add);

int rtnl_get_route(const struct netlink_request *r);
void rtnl_dump_routes(const struct netlink_request *r, struct netlink_out *o);
int rtnl_change_route(const struct netlink_request *r, bool add);

int rtnl_get_neigh(const struct netlink_request *r);
void rtnl_dump_neighs(const struct netlink_request *r, struct netlink_out *o);
int rtnl_change_neigh(const struct netlink_request *r, bool add);

/* An address of a family as attributes hold it: 4 or 16 bytes of it. */
void rtnl_put_addr(struct netlink_out *o, uint16_t type,
                   const struct netaddr *a);
/* -EINVAL: it is too short; -EAFNOSUPPORT. *a is any when there is none. */
int rtnl_get_addr(const struct netlink_request *r, size_t fixed, uint16_t type,
                  int family, struct netaddr *a);
/* The value of a 32-bit attribute, or otherwise. */
uint32_t rtnl_get_u32(const struct netlink_request *r, size_t fixed,
                      uint16_t type, uint32_t otherwise);
/* The family that is asked for: the first byte of each body. */
bool rtnl_wants(const struct netlink_request *r, int family);
