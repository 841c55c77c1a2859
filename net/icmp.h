// SPDX-License-Identifier: MIT
/* icmp: answers to echo requests, and errors in both directions (RFC 792). */
#pragma once

#include "abi/socket.h"
#include "net/ip.h"

enum { /* types */
       ICMP_ECHO_REPLY = 0,
       ICMP_UNREACHABLE = 3,
       ICMP_SOURCE_QUENCH = 4,
       ICMP_ECHO = 8,
       ICMP_TIME_EXCEEDED = 11,
       ICMP_PARAMETER = 12,
};

enum { /* codes of ICMP_UNREACHABLE */
       ICMP_NET = 0,
       ICMP_HOST = 1,
       ICMP_PROTOCOL = 2,
       ICMP_PORT = 3,
       ICMP_TOO_BIG = 4,
       ICMP_SOURCE_ROUTE = 5,
};

#define ICMP_HEADER 8

struct icmp_header {
    uint8_t type, code;
    uint16_t checksum;
    union {
        struct {
            uint16_t id, sequence;
        } echo;
        struct {
            uint16_t unused, mtu;
        } too_big;
        uint32_t rest;
    };
} packed;
static_assert(sizeof(struct icmp_header) == ICMP_HEADER, "RFC 792");

void icmp_init(struct netstack *s);

/*
 * Tells the sender of nb (network header at nb->network) what happened to it.
 * Not about ICMP errors, fragments, broadcasts (RFC 1122, 3.2.2), and not more
 * often than 1000 times a second. Borrows nb.
 */
void icmp_send_error(struct netstack *s, const struct netbuf *nb,
                     const struct ip_info *info, uint8_t type, uint8_t code,
                     uint32_t rest);

/* Takes one from the budget of errors, of both versions, that may be sent. */
bool icmp_error_allowed(struct netstack *s);

/* What an error means for a socket: a positive errno, 0: nothing. */
int icmp_errno(uint8_t type, uint8_t code, bool *hard);
