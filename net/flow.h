// SPDX-License-Identifier: MIT
/*
 * flow: connections by their two ends, in one hash table of the stack for all
 * protocols. A flow is embedded in what the connection is: a socket, or the
 * little that is left of one (TIME_WAIT) or not there yet (SYN received);
 * `kind` says which. Unconnected receivers are in net/port.h.
 */
#pragma once

#include "net/addr.h"
#include "net/stack.h"

enum flow_kind {
    FLOW_SOCK,   /* in a struct sock */
    FLOW_OTHER1, /* the protocol's own */
    FLOW_OTHER2,
};

struct flow {
    struct flow *next; /* in its bucket */
    uint32_t hash;
    uint8_t protocol; /* flow_find_v4 looks at these two at once */
    uint8_t kind;     /* enum flow_kind */
    bool hashed;      /* is in the table */
    uint16_t remote_port, local_port; /* as on the wire */
    /* Set by flow_insert: remote and local address as in an IPv4 header; 0: of
     * another kind. */
    uint64_t v4;
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

/* The socket's flow of an IPv4 packet that came in, or NULL. addresses: source
 * and destination, 8 bytes; ports: likewise, 4 bytes. */
static inline struct flow *flow_find_v4(const struct netstack *s,
                                        uint8_t protocol, const void *addresses,
                                        const void *ports)
{
    uint64_t ends = load64(addresses);
    uint32_t both = load32(ports);
    uint16_t what = (uint16_t)(protocol | FLOW_SOCK << 8);
    struct flow *f;

    if (unlikely(!s->flows.buckets))
        return NULL;
    f = s->flows.buckets[netstack_hash(s, ends, both) & s->flows.mask];
    while (f && (f->v4 != ends || load32(&f->remote_port) != both ||
                 load16(&f->protocol) != what))
        f = f->next;
    return f;
}
