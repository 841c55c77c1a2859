// SPDX-License-Identifier: MIT
/*
 * checksum: the Internet checksum (RFC 1071). A partial sum is a uint32_t of
 * 16-bit words as they are in memory, so that no byte order is involved:
 * results are stored as they are.
 */
#pragma once

#include "net/addr.h"

struct netbuf;

/* The sum of data added to sum; an odd length is padded with zero. */
uint32_t checksum_partial(const void *data, size_t len, uint32_t sum);

/* Folds a partial sum into what goes into a header: its complement. */
static inline uint16_t checksum_fold(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* Of an IPv4 header without options (20 bytes), quickly. */
static inline uint16_t checksum_ipv4_header(const void *header)
{
    const uint8_t *p = header;
    uint64_t sum = (uint64_t)load32(p) + load32(p + 4) + load32(p + 8) +
                   load32(p + 12) + load32(p + 16);

    sum = (sum & UINT32_MAX) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    return checksum_fold((uint32_t)sum);
}

/* Whether the checksum of such a header, of a packet that is no fragment, is
 * right: all words modulo 65535 are 0. The eighth byte, part of the offset, is
 * 0 too, so that only one of the sums can have a carry. */
static inline bool checksum_ipv4_whole_ok(const void *header)
{
    const uint8_t *p = header;
    uint64_t sum = load64(p) + load32(p + 16), carry;

    carry = __builtin_add_overflow(sum, load64(p + 8), &sum);
    return (sum + carry) % 65535 == 0;
}

/* Sum of the pseudo-header (RFC 9293 3.1, RFC 8200 8.1): addresses, protocol
 * and transport length in bytes; of IPv4 when both addresses are. */
uint32_t checksum_pseudo(const struct netaddr *source,
                         const struct netaddr *destination, uint8_t protocol,
                         uint32_t len);

/* The same for IPv4 addresses as on the wire. */
static inline uint32_t checksum_pseudo_v4(uint32_t source, uint32_t destination,
                                          uint8_t protocol, uint32_t len)
{
    uint64_t sum = (uint64_t)source + destination + ((uint32_t)protocol << 8) +
                   be16((uint16_t)len);

    sum = (sum & UINT32_MAX) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint32_t)sum;
}

/* The sum over len bytes of nb from offset on, fragments too. */
uint32_t checksum_netbuf(const struct netbuf *nb, size_t offset, size_t len,
                         uint32_t sum);

/* Of a packet with NETBUF_CSUM_PARTIAL: sums and stores, clears the flag. */
void checksum_complete(struct netbuf *nb);

/* Changes a header's checksum for a 16-bit word that changed (RFC 1624). */
static inline void checksum_update16(uint16_t *sum, uint16_t from, uint16_t to)
{
    uint32_t s = (uint16_t) ~*sum + (uint32_t)(uint16_t)~from + to;

    *sum = checksum_fold(s);
}
