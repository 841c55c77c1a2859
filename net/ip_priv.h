// SPDX-License-Identifier: MIT
/* ip_priv: what IPv4 and IPv6 share below the transport protocols. */
#pragma once

#include "net/ip.h"

/* Takes nb (data: the IP header) to the link; type: ETHER_IPV4 or IPV6. */
void ip_output_link(struct netstack *s, struct ip_path *p, struct netbuf *nb,
                    uint16_t type);

/* Gives this host its copy of what goes to a group, if it wants one. */
void ip_loop_group(struct netstack *s, const struct ip_path *p,
                   struct netbuf *nb);

/* nb's bytes [offset, offset + len) as a packet of its own, with headroom;
 * NULL: no memory. */
struct netbuf *ip_make_fragment(struct netstack *s, struct netbuf *nb,
                                size_t offset, size_t len);

/* Which piece of which datagram a fragment is. */
struct ip_fragment {
    struct netaddr source, destination;
    uint32_t id;
    uint32_t offset; /* of its first byte in the payload */
    uint8_t protocol, version;
    bool last;
};

/* Takes a fragment (data: its payload, network set). The whole datagram, data
 * at a header of its version without options, or NULL: it is not complete. */
struct netbuf *ip_reassemble(struct netstack *s, struct netbuf *nb,
                             const struct ip_fragment *f);
void ip_reassembly_fini(struct netstack *s);
