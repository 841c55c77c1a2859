// SPDX-License-Identifier: MIT
/*
 * sock_error: the error queue of a socket (IP_RECVERR, IPV6_RECVERR; ip(7)):
 * what routers and receivers said of datagrams that it sent, each with the
 * beginning of the datagram. recv with MSG_ERRQUEUE takes them.
 */
#pragma once

#include "net/sock.h"

/* Queues what e says of a datagram of sk's, of which the bytes from `skip` on
 * behind the transport header that came back are given; port: where it was
 * sent. What there is no memory or room for is forgotten. */
void sock_error_queue(struct sock *sk, const struct ip_error *e, size_t skip,
                      uint16_t port);

/* An error of this host's own: too long a datagram; the MTU. */
void sock_error_queue_local(struct sock *sk, int error,
                            const struct netaddr *destination, uint16_t port,
                            uint32_t info);

/* A datagram went to its device just now: what SO_TIMESTAMPING wants to know.
 */
void sock_error_queue_stamps(struct sock *sk);

/* The oldest, as recv; -EAGAIN: there is none. */
ssize_t sock_error_recv(struct sock *sk, struct sock_msg *m);

void sock_errors_purge(struct sock *sk);
