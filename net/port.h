// SPDX-License-Identifier: MIT
/*
 * port: who has which local port, and who gets what comes to a port and belongs
 * to no flow. Every holder of a port, also a connection, has a port_use; those
 * that take packets from anybody (bound datagram sockets, listeners) are its
 * receivers as well. Ports are as on the wire.
 */
#pragma once

#include "lib/list.h"
#include "net/addr.h"
#include "net/stack.h"

struct flow;
struct sock;

enum {                      /* port_use.flags */
       PORT_REUSEADDR = 1,  /* SO_REUSEADDR */
       PORT_REUSEPORT = 2,  /* SO_REUSEPORT */
       PORT_LISTENING = 4,  /* a stream's listener: REUSEADDR does not share */
       PORT_DATAGRAM = 8,   /* REUSEADDR on both sides shares */
       PORT_ONLY_V6 = 16,   /* IPV6_V6ONLY */
       PORT_CONNECTED = 32, /* chosen by port_connect */
};

/* All uses of one port of one protocol. */
struct port {
    struct port *next; /* in its bucket */
    uint32_t key;      /* port_key */
    /* The only receiver, if it takes all that comes by IPv4; else NULL. */
    struct sock *only;
    struct list_node uses;      /* of port_use.node */
    struct list_node receivers; /* of port_use.receiver_node */
};

/* A number, as on the wire, and the protocol it is of. */
static inline uint32_t port_key(uint8_t protocol, uint16_t number)
{
    return number | (uint32_t)protocol << 16;
}

static inline uint16_t port_number(const struct port *p)
{
    return (uint16_t)p->key;
}

/* Embedded in a socket or what is left of one. Zeroed: has no port. */
struct port_use {
    struct port *port; /* NULL: none */
    struct list_node node, receiver_node;
    struct netaddr addr; /* the local address, or an any */
    int bound_dev;
    uint32_t uid; /* who may share with PORT_REUSEPORT */
    uint8_t flags;
    bool receiving;
    struct sock *sock; /* of receivers */
};

/*
 * Takes port number for use (addr, bound_dev and flags filled in), by the rules
 * of SO_REUSEADDR in socket(7); 0: one of the ephemeral ones, at random (RFC
 * 6056). -EADDRINUSE, -ENOMEM.
 */
int port_bind(struct netstack *s, struct port_use *use, uint8_t protocol,
              uint16_t number);

/* Takes an ephemeral port for a flow whose other three parts are filled in,
 * which may share the port with flows to elsewhere; puts f into the flow table.
 * -EADDRNOTAVAIL: all are taken; -ENOMEM. */
int port_connect(struct netstack *s, struct port_use *use, struct flow *f);

/* child uses the parent's port too (accepted connections, TIME_WAIT). */
void port_share(struct port_use *child, const struct port_use *parent);

void port_release(struct netstack *s, struct port_use *use); /* if it has one */

/* May use, which has its port, become a listener beside the others there?
 * -EADDRINUSE. */
int port_listen(struct port_use *use);

/* use->sock takes from now on what comes to the port; or no longer. */
void port_receive(struct port_use *use, bool receiving);

/* use->bound_dev is another. */
void port_dev_changed(struct port_use *use);

/*
 * The receiver for a packet: of those whose address and device fit the most
 * specific; among equals with PORT_REUSEPORT one by hash. Borrowed, or NULL.
 */
struct sock *port_find(struct netstack *s, uint8_t protocol,
                       const struct netaddr *local, uint16_t local_port,
                       const struct netaddr *remote, uint16_t remote_port,
                       const struct netdev *dev);

#define PORT_BUCKETS 1024u

/* Where the list of a key's bucket begins; the table has been made. */
static inline struct port **port_bucket(const struct netstack *s, uint32_t key)
{
    return (struct port **)&s->ports
        .buckets[be16((uint16_t)(key ^ key >> 16)) & (PORT_BUCKETS - 1)];
}

/* NULL: nobody has it. */
static inline struct port *port_get(const struct netstack *s, uint32_t key)
{
    struct port *p;

    if (unlikely(!s->ports.buckets))
        return NULL;
    p = *port_bucket(s, key);
    while (p && p->key != key)
        p = p->next;
    return p;
}

/* The quick case: the port's only receiver, if that takes all that comes to it
 * by IPv4; NULL: use port_find. */
static inline struct sock *port_find_only(const struct netstack *s,
                                          uint8_t protocol, uint16_t local_port)
{
    const struct port *p = port_get(s, port_key(protocol, local_port));

    return likely(p) ? p->only : NULL;
}

/* For broadcasts and groups: calls fn for every receiver that fits. */
void port_for_each(struct netstack *s, uint8_t protocol,
                   const struct netaddr *local, uint16_t local_port,
                   const struct netdev *dev,
                   void (*fn)(struct sock *sk, void *arg), void *arg);

/* Calls fn for every socket with a port of the protocol. */
void port_for_each_sock(struct netstack *s, uint8_t protocol,
                        void (*fn)(struct sock *sk, void *arg), void *arg);
