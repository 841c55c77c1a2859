// SPDX-License-Identifier: MIT
/*
 * ip: what the transport protocols see of IPv4 and IPv6. Going out, a path is
 * looked up once and kept by the socket; coming in, a protocol gets packets
 * whose addresses have been checked, and errors that routers sent back.
 *
 * All of it with the stack locked.
 */
#pragma once

#include "net/addr.h"
#include "net/netbuf.h"
#include "net/stack.h"

struct ip_extra;
struct neigh;
struct netdev;
struct netstack;
struct sock;

/* --- in --- */

/* What a protocol learns of a packet besides its bytes. */
struct ip_info {
    struct netaddr source, destination;
    struct netdev *dev;
    uint8_t version; /* 4 or 6 */
    uint8_t protocol;
    uint8_t ttl;
    uint8_t tos;   /* or traffic class; ECN in the low two bits */
    bool to_group; /* to a broadcast or multicast address */
};

/* An ICMP error about a packet that this stack has sent. */
struct ip_error {
    struct netaddr source, destination; /* of the packet: source is ours */
    struct netaddr reporter;
    uint8_t version, protocol;
    uint8_t type, code; /* ICMP's or ICMPv6's */
    bool hard;          /* no use in trying again (RFC 1122, 4.2.3.9) */
    int error;     /* what a socket is told, ECONNREFUSED ...; 0: nothing */
    uint32_t info; /* the MTU of "too big", else 0 */
    const uint8_t *header; /* the packet's transport header, as it came back */
    size_t header_len;     /* at least 8 */
    struct netbuf *packet; /* the whole message, data at the returned packet's
                            * transport header. Borrowed */
};

struct ipv4_header;

/* Before anything but the header itself was checked: takes a whole IPv4 packet
 * of len bytes, whose header h lies in nb's linear part and has no options,
 * for a transport of its own. What it does not know at once it gives to
 * ipv4_input_slow as it is. */
typedef void ipv4_fast_fn(struct netstack *s, struct netbuf *nb,
                          const struct ipv4_header *h, uint32_t len);

struct ip_protocol {
    uint8_t number;
    /* Takes nb: data is the transport header, len what IP says, transport
     * and network are set. The checksum has not been looked at. */
    void (*input)(struct netstack *s, struct netbuf *nb,
                  const struct ip_info *info);
    void (*error)(struct netstack *s, const struct ip_error *e); /* or NULL */
    ipv4_fast_fn *fast_v4;                                       /* or NULL */
};

/* Makes it known; borrowed for ever. */
void ip_register(struct netstack *s, const struct ip_protocol *p);

/* Whether the transport checksum of a received packet (data at the transport
 * header, the whole of it summed with the pseudo-header) is right, or need not
 * be looked at. */
bool ip_checksum_ok(const struct netbuf *nb, const struct ip_info *info);

/* --- out --- */

/* Headers of link, IP and transport that are made once, right-aligned
 * (net/ipv4_head.h). */
#define IPV4_HEAD_ROOM 72u
struct ip_head {
    uint8_t bytes[IPV4_HEAD_ROOM];
    uint32_t generation; /* of the routes when they were made; 0: never */
    uint32_t payload;    /* bytes behind them that they are right for */
    uint32_t sum;      /* the IP header's, without length and identification */
    uint32_t pseudo;   /* the pseudo-header's, without length */
    uint16_t id;       /* of the next packet that may be cut */
    uint8_t len;       /* of all of them */
    uint8_t transport; /* of this the last */
    uint16_t csum_start;         /* where that begins in a netbuf */
    const uint64_t *fresh_until; /* as neigh has it */
};

/*
 * The way from here to a destination. A socket keeps one, sets destination,
 * source (any: choose), bound_dev, and calls ip_path_refresh before each use,
 * which looks routes up again only when they changed. Zeroed: never used.
 */
struct ip_path {
    struct netaddr source, destination;
    int bound_dev;       /* SO_BINDTODEVICE, 0: any */
    uint32_t generation; /* of the routes, when it was looked up; 0: never */
    struct netdev *dev;
    struct neigh *neigh; /* whom to send to; a reference; NULL: no link layer
                            address is needed, or broadcast */
    uint32_t mtu;        /* of the path: the device's, or what PMTU found */
    bool broadcast, multicast, local; /* local: to this stack itself */
    struct ip_head head;              /* lookup and release forget it */
};

int ip_path_lookup(struct netstack *s, struct ip_path *p);

/* 0; -ENETUNREACH: no route; -EADDRNOTAVAIL, -ENODEV, -ENOMEM. source is
 * filled in when it was any. */
static inline int ip_path_refresh(struct netstack *s, struct ip_path *p)
{
    return likely(p->generation == s->route_generation) ? 0
                                                        : ip_path_lookup(s, p);
}

/* Gives up what it holds; p is as if never used, addresses stay. */
void ip_path_release(struct netstack *s, struct ip_path *p);

/* How a packet goes out. Zeroed is the default of everything. */
struct ip_options {
    uint8_t ttl; /* 0: 64, or 1 for groups */
    uint8_t tos;
    bool dont_fragment;   /* the DF bit; longer packets answer -EMSGSIZE */
    bool header_included; /* IP_HDRINCL: data begins with an IPv4 header */
    bool no_checksum;     /* of UDP, whose receiver does not ask for one */
    const struct ip_extra *extra; /* options, extension headers; NULL: none */
};

/*
 * Sends nb (data: the transport header, headroom for IP and link) along a path
 * that was refreshed. Takes nb. A packet with gso_size is cut by the device;
 * another that is longer than the path's MTU is fragmented, or -EMSGSIZE.
 * Otherwise 0: what is lost on the way is lost.
 */
int ip_output(struct netstack *s, struct ip_path *p, struct netbuf *nb,
              uint8_t protocol, const struct ip_options *o);

/* For TCP: the largest transport header and payload with gso on this path; 0:
 * the device cannot cut segments of this version. */
uint32_t ip_path_gso_max(const struct ip_path *p);

/* A router said that packets to this destination must not be longer. */
void ip_pmtu_update(struct netstack *s, const struct netaddr *destination,
                    uint32_t mtu);

/* Is it an address of this stack (loopback and broadcast not counted)? */
bool ip_is_local(struct netstack *s, const struct netaddr *a);

/* --- routes --- */

struct route {
    struct route *next; /* longest prefix first, then lowest metric */
    struct netaddr destination;
    uint8_t prefix;         /* bits of the 128: an IPv4 prefix plus 96 */
    struct netaddr gateway; /* any: the destination is on the link */
    struct netdev *dev;
    struct netaddr source; /* preferred; any: the device's */
    uint32_t metric;
    uint8_t origin; /* RTPROT_ of rtnetlink(7); 0: follows from an address */
};

/* -ENOMEM, -EEXIST. r is copied. */
int route_add(struct netstack *s, const struct route *r);
/* -ESRCH: there is no such route (metric is not compared). */
int route_remove(struct netstack *s, const struct route *r);
/* As a program does: adds, or (replace) puts in the place of that with the same
 * destination and metric; create: there need be none. -EEXIST, -ENOENT,
 * -ENOMEM. */
int route_change(struct netstack *s, const struct route *r, bool replace,
                 bool create);
/* The same of what a program wrote: -ENODEV: neither interface nor gateway;
 * -ENETUNREACH: the gateway is on no link; -ENETDOWN; -EINVAL: the source is
 * not ours. */
int route_add_checked(struct netstack *s, struct route *r, bool replace,
                      bool create);
/* Removes the first that r describes; what r leaves open does not count.
 * -ESRCH. */
int route_forget(struct netstack *s, const struct route *r);
/* Those of IPv4: all, those that follow from no address, those from a source.
 */
void route_remove_dev_v4(struct netstack *s, const struct netdev *dev);
void route_remove_chosen_v4(struct netstack *s, const struct netdev *dev);
void route_remove_source(struct netstack *s, const struct netdev *dev,
                         struct netaddr source);
const struct route *route_lookup(struct netstack *s, const struct netaddr *to,
                                 int bound_dev);
void route_fini(struct netstack *s); /* also what is known of path MTUs */
/* Routes or addresses changed: paths are looked up anew. */
void route_changed(struct netstack *s);
