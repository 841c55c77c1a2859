// SPDX-License-Identifier: MIT
/*
 * membership: the groups that a socket has joined, and from whom it wants their
 * datagrams: from all but some (EXCLUDE), or from some (INCLUDE); ip(7), RFC
 * 3678. Sockets with the same group on an interface are in one netdev_group,
 * which knows what routers are told.
 */
#pragma once

#include "net/netdev.h"
#include "net/sock.h"

#define MEMBERSHIP_SOURCES_MAX 64

struct membership {
    struct membership *next; /* of the socket */
    struct netdev *dev;
    struct netaddr group;
    struct netdev_member member;
};

/* Joins a group for all that is sent to it. -EINVAL: it is none; -ENODEV (dev
 * NULL); -EADDRINUSE: is in it; -ENOBUFS. Leaves it: -EADDRNOTAVAIL. */
int membership_join(struct sock *sk, struct netdev *dev,
                    const struct netaddr *group);
int membership_leave(struct sock *sk, struct netdev *dev,
                     const struct netaddr *group);
void membership_leave_all(struct sock *sk);

/* One source more or less in a filter of that mode. -EINVAL: not in the group,
 * or in the other mode; -EADDRNOTAVAIL: is there, is not there; -ENOBUFS. */
int membership_source(struct sock *sk, struct netdev *dev,
                      const struct netaddr *group, const struct netaddr *source,
                      bool include, bool add);

/* The whole filter. include with no sources leaves the group. */
int membership_set_filter(struct sock *sk, struct netdev *dev,
                          const struct netaddr *group, bool include,
                          const struct netaddr *sources, unsigned n);

/* The socket's membership, or NULL. */
const struct membership *membership_find(const struct sock *sk,
                                         const struct netdev *dev,
                                         const struct netaddr *group);

/* Does sk want what source has sent to the group? */
bool membership_wants(const struct sock *sk, const struct netdev *dev,
                      const struct netaddr *group,
                      const struct netaddr *source);

/* Options of ip(7) and ipv6(7) that are about groups; -ENOPROTOOPT: another.
 * get: value is what the program had there. */
int membership_set_option(struct sock *sk, int level, int name,
                          const void *value, size_t len);
int membership_get_option(struct sock *sk, int level, int name, void *value,
                          size_t *len);
