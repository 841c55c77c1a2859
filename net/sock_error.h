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

/* Stamps of what was sent (SO_TIMESTAMPING), which are told there too; kind:
 * SCM_TSTAMP_*, key: what is said of it with SOF_TIMESTAMPING_OPT_ID. */
void sock_error_queue_stamp(struct sock *sk, uint32_t kind, uint32_t key);
/* It went to its device just now: as wishes have it. */
void sock_error_queue_sent(struct sock *sk, uint32_t wishes, uint32_t key);
/* The same of a datagram, which is counted. */
void sock_error_queue_datagram(struct sock *sk, uint32_t wishes);
/* What is to be told of a message, SOF_TIMESTAMPING_TX_*: the socket's wishes,
 * or those of a control message. -EINVAL; -EOPNOTSUPP: with the packet. */
int sock_stamp_wishes(const struct sock *sk, const struct sock_msg *m,
                      uint32_t *wishes);

/* The oldest, as recv; -EAGAIN: there is none. */
ssize_t sock_error_recv(struct sock *sk, struct sock_msg *m);

/* Drops them; stamps of what was sent only if that is asked for. */
void sock_errors_purge(struct sock *sk, bool stamps);
