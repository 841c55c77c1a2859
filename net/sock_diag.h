// SPDX-License-Identifier: MIT
/*
 * sock_diag: NETLINK_SOCK_DIAG, sock_diag(7): what sockets there are, as `ss`
 * asks. Internet sockets are in inet_diag.c and what programs want left out in
 * diag_filter.c, AF_UNIX in unix_diag.c.
 */
#pragma once

#include "abi/sock_diag.h"
#include "net/flow.h"
#include "net/netlink.h"
#include "net/sock.h"

/* Does what is asked for, as rtnl_request. */
int sock_diag_request(const struct netlink_request *r);
int inet_diag_request(const struct netlink_request *r);
int unix_diag_request(const struct netlink_request *r);

/* Whether the cookie of a request is this socket's, or any. */
bool sock_diag_cookie_fits(const uint32_t cookie[2], const struct sock *sk);
void sock_diag_put_cookie(uint32_t cookie[2], const struct sock *sk);
void sock_diag_put_memory(struct netlink_out *o, uint16_t type,
                          const struct sock *sk);

/* Whether a program of INET_DIAG_BC_ can run: -EINVAL. */
int diag_filter_check(const uint8_t *code, size_t len);
/* Whether it wants this one; sk NULL: what is left of a connection. */
bool diag_filter_wants(const uint8_t *code, size_t len, const struct flow *f,
                       const struct sock *sk);
