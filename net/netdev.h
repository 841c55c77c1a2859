// SPDX-License-Identifier: MIT
/*
 * netdev: a network interface, as drivers offer it to the stack. The driver
 * embeds the struct. Everything is covered by the stack's lock: a driver's
 * operations are called with it held, and its interrupt does nothing but call
 * netdev_interrupt, which has poll called once the lock can be had.
 */
#pragma once

#include "lib/base.h"
#include "lib/list.h"
#include "net/addr.h"
#include "net/timer.h"

struct netbuf;
struct netdev;
struct netstack;

enum { /* netdev.features: what the device does so that the stack need not */
       NETDEV_TX_CSUM = 1, /* completes NETBUF_CSUM_PARTIAL */
       NETDEV_TSO4 = 2,    /* segments NETBUF_GSO_TCPV4 */
       NETDEV_TSO6 = 4,
       NETDEV_USO = 8,       /* segments NETBUF_GSO_UDP_L4 */
       NETDEV_LOOPBACK = 16, /* no link layer: frames are bare IP packets */
       NETDEV_TSO_ECN = 32,
};

struct netdev_ops {
    /*
     * Takes nb, a whole frame. Queues it for the device without telling it.
     * What cannot be queued is dropped and counted (stats.tx_dropped).
     */
    void (*transmit)(struct netdev *dev, struct netbuf *nb);
    /* The batch is over: tells the device of what was queued. */
    void (*kick)(struct netdev *dev);
    /* Hands up to budget frames to netdev_receive. Returns how many; fewer
     * than budget means that there are no more, and that the device will
     * call netdev_interrupt when there are. */
    unsigned (*poll)(struct netdev *dev, unsigned budget);
    /* Frees what the device has sent, and asks to be interrupted when it has
     * sent more. True: there is more. NULL: nothing is kept. */
    bool (*reap)(struct netdev *dev);
    /* Frames to the groups that the stack is in come in; NULL: all do. */
    void (*set_groups)(struct netdev *dev);
};

struct netdev_stats {
    uint64_t rx_packets, rx_bytes, rx_errors, rx_dropped;
    uint64_t tx_packets, tx_bytes, tx_errors, tx_dropped;
    uint64_t multicast;
};

/* An IPv4 address of an interface. */
struct netdev_v4 {
    uint32_t addr, mask, broadcast; /* as on the wire; addr 0: none */
    struct netdev_v4 *next;
};

/* What a member of a group wants: INCLUDE these sources, or all but these. */
struct netdev_member {
    struct list_node node; /* in netdev_group.members */
    struct netaddr *sources;
    uint8_t count;
    bool include;
};

struct netdev_group {
    struct netdev_group *next;
    struct netaddr addr;
    uint32_t own; /* memberships of the stack itself */
    struct list_node members;
};

struct netdev {
    const struct netdev_ops *ops;
    struct netstack *stack; /* set by netdev_register */
    struct netdev *next;    /* in stack->devs, by index */
    struct netdev *next_kick;
    char name[16];              /* "eth0" */
    int index;                  /* from 1, as ioctls and cmsgs name it */
    uint8_t mac[6], mac_end[2]; /* eight bytes, to be read at once */
    uint32_t mtu;               /* of IP packets, without the link's header */
    uint32_t mtu_max;           /* what it can be set to */
    uint16_t features;
    uint32_t gso_max;     /* bytes of one large segment; 0: no segmentation */
    bool up, link;        /* configured; carrier */
    bool kick_due;        /* in stack->kicks */
    bool poll_due;        /* an interrupt came */
    bool tapped;          /* somebody wants to see its frames, or it is down */
    uint32_t promiscuous; /* how many of them want frames to others */
    struct netdev_v4 v4;  /* the first, with the others behind it */
    struct netdev_v6 *v6; /* net/ipv6.h; NULL: it has no IPv6 */
    struct netdev_group *groups;
    struct {
        struct net_timer timer;      /* groups are reported */
        uint64_t v1_until, v2_until; /* routers speak these; 0: never heard */
    } igmp;
    uint64_t defended_ns; /* when its address was last defended */
    struct netdev_stats stats;
};

/* Gives it a name (eth%d when name is empty) and number, for ever. */
void netdev_register(struct netstack *s, struct netdev *dev);

struct netdev *netdev_find(struct netstack *s, const char *name);
struct netdev *netdev_by_index(struct netstack *s, int index);

/* For drivers, in poll: takes nb, whose data is the link's header. */
void netdev_receive(struct netdev *dev, struct netbuf *nb);
/* The same of the loopback, whose frames are bare IP packets. */
void netdev_receive_looped(struct netdev *dev, struct netbuf *nb);

/* For drivers, from the interrupt, lock not held: polls now or soon. */
void netdev_interrupt(struct netdev *dev);

/* Takes nb, a whole frame; does in software what the device does not. */
void netdev_transmit(struct netdev *dev, struct netbuf *nb);

/* The link went up or down. */
void netdev_set_link(struct netdev *dev, bool link);

/* Up and down, as a program wants it: down, its neighbours and the routes that
 * somebody made are forgotten. */
void netdev_set_up(struct netdev *dev, bool up);
/* -EINVAL: too small, or more than the device does. */
int netdev_set_mtu(struct netdev *dev, uint32_t mtu);
/* IFF_UP ... of netdevice(7) */
uint32_t netdev_flags(const struct netdev *dev);

/* Gives it one IPv4 address with the routes that follow from it, or none (addr
 * 0). Announces it (gratuitous ARP). -ENOMEM. */
int netdev_set_v4(struct netdev *dev, uint32_t addr, unsigned prefix);
/* One more: -EEXIST, -ENOBUFS, -ENOMEM; one less: -EADDRNOTAVAIL. */
int netdev_add_v4(struct netdev *dev, uint32_t addr, unsigned prefix);
int netdev_remove_v4(struct netdev *dev, uint32_t addr);
bool netdev_has_v4(const struct netdev *dev, uint32_t addr);
bool netdev_is_broadcast_v4(const struct netdev *dev, uint32_t addr);

/* Whether the interface is in a group; all are in 224.0.0.1, ff01::1 and
 * ff02::1. */
bool netdev_in_group(const struct netdev *dev, const struct netaddr *group);
/* Joins or leaves, for a socket (its filter then lies in *m, zeroed at first)
 * or for the stack itself (NULL), which wants all; routers are told. -ENOMEM.
 */
int netdev_join_group(struct netdev *dev, const struct netaddr *group,
                      struct netdev_member *m);
void netdev_leave_group(struct netdev *dev, const struct netaddr *group,
                        struct netdev_member *m);
/* A member's filter is another. */
void netdev_group_changed(struct netdev *dev, const struct netaddr *group);
void netdev_for_each_group(const struct netdev *dev,
                           void (*fn)(const struct netdev_group *g, void *arg),
                           void *arg);

#define NETDEV_SOURCES_MAX 64

/* What a report tells of a group, as IGMPv3 and MLDv2 both number it (RFC 9776,
 * 4.2.12; RFC 9777, 5.2.12): now and then, or that it has just changed. */
struct netdev_group_record {
    uint8_t kind;
    unsigned count;
    struct netaddr sources[NETDEV_SOURCES_MAX];
};

void netdev_group_record(const struct netdev_group *g, bool change, bool joined,
                         struct netdev_group_record *r);

/* Makes the interface that programs expect to be there. -ENOMEM. */
int loopback_create(struct netstack *s);
