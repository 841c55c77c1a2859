// SPDX-License-Identifier: MIT
/*
 * ipv6: the packets of RFC 8200, the addresses of interfaces (RFC 4862), and
 * which of them a packet is sent from (RFC 6724).
 */
#pragma once

#include "net/ip.h"

#define IPV6_HEADER          40
#define IPV6_FRAGMENT_HEADER 8
#define IPV6_MTU_MIN         1280
#define IPV6_HOPS            64
#define IPV6_LEN_MAX         65535 /* of the payload */

enum { /* next headers, beside the protocols */
       IPV6_HOP_BY_HOP = 0,
       IPV6_ROUTING = 43,
       IPV6_FRAGMENT = 44,
       IPV6_NONE = 59,
       IPV6_DESTINATION = 60,
};

struct ipv6_header {
    uint32_t version_class_flow;
    uint16_t len;
    uint8_t next, hops;
    uint8_t source[16], destination[16];
} packed;
static_assert(sizeof(struct ipv6_header) == IPV6_HEADER, "RFC 8200");

enum ipv6_state {
    IPV6_TENTATIVE, /* being asked for: nobody may have it */
    IPV6_VALID,
    IPV6_DUPLICATE, /* somebody else has it: not used */
};

enum ipv6_origin {
    IPV6_BY_HAND,   /* or the link-local one */
    IPV6_BY_ROUTER, /* in a prefix of a router's */
    IPV6_BY_DHCP,
};

/* An address of an interface. Times are those of stack->now. */
struct ipv6_addr {
    struct netaddr addr;
    uint8_t prefix;
    uint8_t state;  /* enum ipv6_state */
    uint8_t origin; /* enum ipv6_origin: whose lifetimes are its */
    uint64_t dad_until, preferred_until, valid_until;
};

struct dhcp6;

enum { IPV6_ADDRS = 16, IPV6_ROUTERS = 4, IPV6_PREFIXES = 8, IPV6_DNS = 3 };

/* What IPv6 keeps of an interface. */
struct netdev_v6 {
    struct netdev *dev;
    struct ipv6_addr addrs[IPV6_ADDRS];
    unsigned addr_count;
    struct {
        struct netaddr addr;
        uint64_t until; /* 0: free */
    } routers[IPV6_ROUTERS];
    struct {
        struct netaddr prefix;
        uint8_t len;
        uint64_t until;        /* 0: free */
    } prefixes[IPV6_PREFIXES]; /* that are on the link */
    struct {
        struct netaddr addr;
        uint64_t until;  /* 0: free */
    } dns[IPV6_DNS];     /* name servers, as routers say (RFC 8106) */
    struct dhcp6 *dhcp6; /* NULL: no router speaks of it */
    uint32_t mtu;        /* as routers say; 0: the interface's */
    uint8_t hops;        /* the same; 0: IPV6_HOPS */
    unsigned solicits;   /* router solicitations to send */
    uint64_t solicit_at;
    uint64_t report_at; /* when groups are reported; NEVER: nobody asked */
    struct net_timer timer;
};

/* Takes a packet that came in, data at the IPv6 header. */
void ipv6_input(struct netstack *s, struct netbuf *nb);

/* For ip_output, which see. */
int ipv6_output(struct netstack *s, struct ip_path *p, struct netbuf *nb,
                uint8_t protocol, const struct ip_options *o);

/* Takes extension headers off a packet of ours, data behind the header that
 * says what is next: the protocol, or -1. */
int ipv6_skip_headers(struct netstack *s, struct netbuf *nb, uint8_t next);

/* As ipv4_unreachable_host. */
void ipv6_unreachable_host(struct netstack *s, struct netbuf *nb);

/* Writes a header for len bytes behind it. hops 0: the default. */
void ipv6_fill_header(struct ipv6_header *h, const struct netaddr *source,
                      const struct netaddr *destination, uint8_t next,
                      const struct ip_options *o, uint8_t hops, size_t len);

/* --- addresses (net/ipv6_addr.c) --- */

static inline bool ipv6_is_link_local(const struct netaddr *a)
{
    return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

/* Begins IPv6 on an Ethernet interface: a link-local address, and routers are
 * asked for more (RFC 4862). Again: nothing. -ENOMEM. */
int ipv6_start(struct netdev *dev);
/* Ends it, for tests. */
void ipv6_stop(struct netdev *dev);

/* Gives the interface an address, which is used once nobody has objected for a
 * second. Lifetimes: until when; NET_TIMER_NEVER. -ENOBUFS, -EEXIST, -ENOMEM.
 */
int ipv6_add(struct netdev *dev, const struct netaddr *a, unsigned prefix,
             enum ipv6_origin origin, uint64_t preferred_until,
             uint64_t valid_until);
void ipv6_remove(struct netdev *dev, struct ipv6_addr *a);

/* The interface's entry for a, in any state; NULL. */
struct ipv6_addr *ipv6_find(const struct netdev *dev, const struct netaddr *a);

/* The address to send to destination from; NULL: there is none. */
const struct netaddr *ipv6_source(const struct netdev *dev,
                                  const struct netaddr *destination);

/* ff02::1:ff00:0/104 with the low bytes of a (RFC 4291, 2.7.1). */
struct netaddr ipv6_solicited_node(const struct netaddr *a);
