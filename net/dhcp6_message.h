// SPDX-License-Identifier: MIT
/* dhcp6_message: what goes between client and server of DHCPv6, made and taken
 * apart (RFC 8415, 8 and 21). */
#pragma once

#include "net/dhcp6.h"

struct netbuf;

enum {
    DHCP6_SOLICIT = 1,
    DHCP6_ADVERTISE = 2,
    DHCP6_REQUEST = 3,
    DHCP6_RENEW = 5,
    DHCP6_REBIND = 6,
    DHCP6_REPLY = 7,
    DHCP6_RELEASE = 8,
    DHCP6_DECLINE = 9,
    DHCP6_INFORMATION = 11,
};

#define DHCP6_NO_BINDING 3 /* a status */
#define DHCP6_ID_MAX     130

struct dhcp6_lease {
    struct netaddr addr;
    uint8_t server[DHCP6_ID_MAX];
    size_t server_len;
};

struct dhcp6_answer {
    uint8_t message, preference;
    bool has_ia, has_addr, rapid;
    bool ours, bad; /* the client's id; an option is malformed */
    uint16_t status;
    uint32_t renew_s, rebind_s, preferred_s, valid_s, refresh_s;
    struct dhcp6_lease lease;
    struct dhcp6_names names;
};

/* A message with what belongs into it; elapsed in hundredths of a second. Link,
 * IP and UDP headers fit in front. NULL: no memory. */
struct netbuf *dhcp6_message(const struct netdev *dev, uint8_t message,
                             const uint8_t xid[3], uint64_t elapsed,
                             const struct dhcp6_lease *lease);

/* An answer to the exchange xid of this client, from a server with a name:
 * else false. */
bool dhcp6_parse(const struct netdev *dev, const uint8_t *p, size_t len,
                 const uint8_t xid[3], struct dhcp6_answer *a);
