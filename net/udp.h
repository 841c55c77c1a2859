// SPDX-License-Identifier: MIT
/* udp: RFC 768 and RFC 1122, 4.1. */
#pragma once

#include "net/dgram.h"

#define UDP_HEADER   8
#define UDP_DATA_MAX (65535 - 20 - UDP_HEADER)

struct udp_header {
    uint16_t source, destination, len, checksum;
} packed;
static_assert(sizeof(struct udp_header) == UDP_HEADER, "RFC 768");

struct udp_sock {
    struct dgram_sock dgram;
    uint16_t segment;      /* UDP_SEGMENT; 0: off */
    bool gro, cork;        /* UDP_GRO, UDP_CORK */
    struct udp_more *more; /* a datagram that is put together; NULL: none */
    /* For sockets of the kernel's own: takes nb (data: the payload). */
    void (*input)(struct udp_sock *u, struct netbuf *nb,
                  const struct ip_info *info);
};

void udp_init(struct netstack *s);

/* A socket of the kernel's own, bound to a port (as on the wire) of an
 * interface; AF_INET6: for IPv6 alone. sock_ops->close ends it. NULL: no
 * memory, or taken. */
struct udp_sock *udp_create_kernel(struct netstack *s, int family,
                                   struct netdev *dev, uint16_t port,
                                   void (*input)(struct udp_sock *u,
                                                 struct netbuf *nb,
                                                 const struct ip_info *info));

/* Takes nb (data: the payload, headroom for headers): ports as on the wire. As
 * ip_output. */
int udp_output(struct netstack *s, struct ip_path *path, struct netbuf *nb,
               uint16_t source, uint16_t destination,
               const struct ip_options *o);
