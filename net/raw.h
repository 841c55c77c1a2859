// SPDX-License-Identifier: MIT
/*
 * raw: sockets that see ICMP or any protocol: SOCK_RAW (raw(7), RFC 3542) and
 * ping sockets, SOCK_DGRAM with IPPROTO_ICMP or IPPROTO_ICMPV6 (icmp(7)).
 */
#pragma once

#include "net/ip.h"

void raw_init(struct netstack *s);

/* Gives copies of a packet that came in (data: the IP header; of IPv6 what is
 * behind the headers) to the raw
 * sockets that want it. Whether there were any. Borrows nb. */
bool raw_deliver(struct netstack *s, struct netbuf *nb,
                 const struct ip_info *info);

/* Calls fn for every raw (not ping) socket. */
void raw_for_each(struct netstack *s, void (*fn)(struct sock *sk, void *arg),
                  void *arg);

/* An echo reply came (data: the ICMP header): to ping sockets. Borrows nb. */
void ping_input(struct netstack *s, struct netbuf *nb,
                const struct ip_info *info);
void ping_error(struct netstack *s, const struct ip_error *e);
/* An error about a packet of any protocol, for raw sockets. */
void raw_error(struct netstack *s, const struct ip_error *e);
