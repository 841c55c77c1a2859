// SPDX-License-Identifier: MIT
/*
 * flow: connections by their two ends, in one hash table of the stack for all
 * protocols. A flow is embedded in what the connection is: a socket, or the
 * little that is left of one (TIME_WAIT) or not there yet (SYN received);
 * `kind` says which. Unconnected receivers are in net/port.h.
 */
#pragma once

#include "net/addr.h"

struct netstack;

enum flow_kind {
    FLOW_SOCK,   /* in a struct sock */
    FLOW_OTHER1, /* the protocol's own */
    FLOW_OTHER2,
};

struct flow {
    struct flow *next; /* in its bucket */
    uint32_t hash;
    uint8_t protocol;
    uint8_t kind;                     /* enum flow_kind */
    bool hashed;                      /* is in the table */
    uint16_t local_port, remote_port; /* as on the wire */
    struct netaddr local, remote;
};

/* Puts f, with its ends filled in, into the table. -EADDRNOTAVAIL: there is a
 * flow with the same ends; -ENOMEM. */
int flow_insert(struct netstack *s, struct flow *f);
void flow_remove(struct netstack *s, struct flow *f); /* if it is in */
/* old leaves the table, and new, with the same ends, takes its place. */
void flow_replace(struct netstack *s, struct flow *old, struct flow *new_flow);

struct flow *flow_find(struct netstack *s, uint8_t protocol,
                       const struct netaddr *local, uint16_t local_port,
                       const struct netaddr *remote, uint16_t remote_port);
