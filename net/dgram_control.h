// SPDX-License-Identifier: MIT
/* dgram_control: control messages that come with a datagram to be sent: ip(7),
 * ipv6(7), udp(7). */
#pragma once

#include "net/dgram.h"

struct dgram_control {
    struct netaddr source;  /* IP_PKTINFO; any: none */
    int dev;                /* the same; 0: none */
    int ttl, tos;           /* -1: as the socket says */
    uint16_t segment;       /* UDP_SEGMENT; 0: none */
    struct ip_extra *extra; /* IP_RETOPTS, IPV6_HOPOPTS ...; a reference, NULL:
                             * as the socket says */
};

/* Reads them. -EINVAL: there is one that this kind of socket does not know, or
 * it makes no sense; -EPERM, -ENOMEM. Those of other levels are skipped, as on
 * Linux. The caller ends with dgram_control_done, after errors too. */
int dgram_control_get(const struct sock *sk, const struct sock_msg *m,
                      struct dgram_control *c);
void dgram_control_done(const struct sock *sk, struct dgram_control *c);

/* The way to a destination that they ask for: p is zeroed, and the caller's to
 * release. As ip_path_lookup. */
int dgram_control_path(const struct sock *sk, const struct dgram_control *c,
                       const struct netaddr *to, struct ip_path *p);

/* As dgram_options, with what they ask for. */
void dgram_control_options(const struct sock *sk, const struct dgram_control *c,
                           const struct ip_path *p, size_t len,
                           struct ip_options *o);
