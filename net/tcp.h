// SPDX-License-Identifier: MIT
/*
 * tcp: stream sockets over IP (RFC 9293). Everything that programs do goes
 * through the socket operations (net/sock.h), everything that comes from the
 * wire through the protocol that tcp_init registers.
 *
 * Files: tcp_in (what comes in), tcp_ack, tcp_sack and tcp_rack (what an
 * acknowledgement says, and what is lost), tcp_cc and tcp_cubic (congestion
 * control), tcp_data (in order and out of order), tcp_fast and tcp_smooth (the
 * quick ways in and out), tcp_out (segments out), tcp_buf (bytes to send),
 * tcp_timer, tcp_listen and tcp_cookie (connections to be), tcp_timewait
 * (connections that were), tcp_option (header options), tcp_sock, tcp_setopt,
 * tcp_stamps and tcp_info (the socket).
 */
#pragma once

#include "lib/base.h"

struct netstack;
struct netbuf;
struct ip_info;

/* -ENOMEM. */
int tcp_init(struct netstack *s);
/* Forgets connections that nobody has open: for tests. Sockets with an owner
 * must have been closed. */
void tcp_fini(struct netstack *s);

/* What there is, for tests and /proc/net/sockstat. */
struct tcp_counts {
    uint32_t socks, time_wait, requests, orphans;
};
void tcp_count(const struct netstack *s, struct tcp_counts *c);
