// SPDX-License-Identifier: MIT
/* trace: packets as lines of text, for `trace=net`. */
#pragma once

#include "net/netbuf.h"

struct netaddr;
struct netstack;

/* A datagram, data at the UDP header; way: "in" or "out". Only while s->trace
 * is not 0; 2 adds the first bytes of the payload. */
void udp_trace(struct netstack *s, const char *way, const struct netbuf *nb,
               const struct netaddr *source, const struct netaddr *destination);

/* A segment, data at the TCP header; likewise. net/tcp_trace.c. */
void tcp_trace(struct netstack *s, const char *way, const struct netbuf *nb,
               const struct netaddr *source, const struct netaddr *destination);

/* The first bytes of a payload at offset, in hexadecimal, as a line. */
void net_trace_payload(struct netstack *s, const struct netbuf *nb,
                       size_t offset);
