// SPDX-License-Identifier: MIT
/*
 * neigh: the link addresses of the hosts on an interface's link, and packets
 * that wait for them. The states are those of RFC 4861, 7.3.2, for ARP as well
 * (RFC 1122, 2.3.2.1 asks for expiry): an address that has not been confirmed
 * for a while is used on, but asked for again.
 */
#pragma once

#include "net/addr.h"
#include "net/ether.h"
#include "net/netbuf.h"
#include "net/timer.h"

struct netdev;
struct netstack;

enum neigh_state {
    NEIGH_INCOMPLETE, /* asked for: packets wait */
    NEIGH_REACHABLE,  /* until fresh_until, then stale */
    NEIGH_PROBE,      /* used on, but being asked again */
    NEIGH_FAILED,     /* nobody answered */
};

struct neigh {
    struct neigh *next; /* in its bucket */
    struct netdev *dev;
    struct netaddr addr;
    uint32_t refs; /* the table's, and those of paths */
    uint8_t state; /* enum neigh_state */
    uint8_t probes;
    uint8_t mac[ETHER_ADDR_LEN];
    uint64_t fresh_until; /* stack->now; 0: the slow way; NEVER and reachable:
                           * for ever */
    uint64_t used_ns;     /* last time it was looked up */
    struct net_timer timer;
    struct netbuf_queue waiting; /* network packets */
    uint32_t waiting_count;
};

/* The entry for addr on dev's link, made if need be: a reference; NULL: no
 * memory. */
struct neigh *neigh_get(struct netdev *dev, const struct netaddr *addr);
struct neigh *neigh_find(struct netdev *dev, const struct netaddr *addr);
void neigh_put(struct netstack *s, struct neigh *n);

/* Takes nb (data: the network header): sends it to n, now or once its address
 * is known. */
void neigh_output_slow(struct netstack *s, struct neigh *n, struct netbuf *nb,
                       uint16_t type);

/* addr has this link address. create: also when nobody has asked. Whether an
 * entry was changed or made. */
void neigh_learn(struct netdev *dev, const struct netaddr *addr,
                 const uint8_t mac[ETHER_ADDR_LEN], bool create,
                 bool confirmed);

/* For TCP: n has just got our packets through (RFC 4861, 7.3.1). */
void neigh_confirm(struct netstack *s, struct neigh *n);

/* As a program says: addr has this link address, for ever or for a while.
 * -ENOBUFS. */
int neigh_set(struct netdev *dev, const struct netaddr *addr,
              const uint8_t mac[ETHER_ADDR_LEN], bool permanent);
/* Whether there was one. */
bool neigh_forget(struct netdev *dev, const struct netaddr *addr);

void neigh_forget_dev(struct netstack *s, const struct netdev *dev);
void neigh_fini(struct netstack *s);

/* Calls fn for each entry, e.g. for /proc/net/arp. */
void neigh_for_each(struct netstack *s,
                    void (*fn)(const struct neigh *n, void *arg), void *arg);
