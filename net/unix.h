// SPDX-License-Identifier: MIT
/* AF_UNIX sockets (unix(7)): what the rest of net/ sees of them. */
#pragma once

#include "net/sock.h"

/* Part of netstack_init and netstack_fini. -ENOMEM. */
int unix_init(struct netstack *s);
void unix_fini(struct netstack *s);

/* socketpair(2): connects two new sockets of one type with each other. */
void unix_pair(struct sock *a, struct sock *b);

/* Gives the socket the file behind its path; the owner of sk takes it back at
 * close (unix_take_node) and drops the reference. */
void *unix_take_node(struct sock *sk);

/* Files in flight that lost their way: the caller drops the references and
 * frees the structs. A list, or NULL. */
struct sock_rights *unix_take_dead(struct netstack *s);

/* How many files are in flight. */
uint32_t unix_in_flight(const struct netstack *s);
