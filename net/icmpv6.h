// SPDX-License-Identifier: MIT
/* icmpv6: answers to echo requests, and errors in both directions (RFC 4443).
 */
#pragma once

#include "net/icmp.h"

enum { /* types */
       ICMPV6_UNREACHABLE = 1,
       ICMPV6_TOO_BIG = 2,
       ICMPV6_TIME_EXCEEDED = 3,
       ICMPV6_PARAMETER = 4,
       ICMPV6_ECHO = 128,
       ICMPV6_ECHO_REPLY = 129,
       ICMPV6_MLD_QUERY = 130,
       ICMPV6_ROUTER_SOLICIT = 133,
       ICMPV6_ROUTER_ADVERT = 134,
       ICMPV6_NEIGHBOUR_SOLICIT = 135,
       ICMPV6_NEIGHBOUR_ADVERT = 136,
       ICMPV6_MLD2_REPORT = 143,
};

enum { /* codes of ICMPV6_UNREACHABLE and ICMPV6_PARAMETER */
       ICMPV6_ADDRESS = 3,
       ICMPV6_PORT = 4,
       ICMPV6_BAD_FIELD = 0,
       ICMPV6_BAD_NEXT = 1,
       ICMPV6_BAD_OPTION = 2,
};

void icmpv6_init(struct netstack *s);

/* As icmp_send_error, for RFC 4443, 2.4 (e). to_group: send it even about a
 * packet to a group. */
void icmpv6_send_error(struct netstack *s, const struct netbuf *nb,
                       const struct ip_info *info, uint8_t type, uint8_t code,
                       uint32_t rest, bool to_group);

/* Stores the checksum of nb (data: a whole message). */
void icmpv6_sum(struct netbuf *nb, const struct netaddr *source,
                const struct netaddr *destination);

/* What an error means for a socket: a positive errno, 0: nothing. */
int icmpv6_errno(uint8_t type, uint8_t code, bool *hard);
