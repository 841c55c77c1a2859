// SPDX-License-Identifier: MIT
/* tcp_wire: the header (RFC 9293, 3.1) and sequence numbers (3.4). */
#pragma once

#include "net/bytes.h"

struct tcp_header {
    uint16_t source, destination;
    uint32_t seq, ack;
    uint8_t offset; /* of the data, in words, in the upper half */
    uint8_t flags;
    uint16_t window, checksum, urgent;
};
static_assert(sizeof(struct tcp_header) == 20, "RFC 9293");

enum {
    TCP_FIN = 0x01,
    TCP_SYN = 0x02,
    TCP_RST = 0x04,
    TCP_PSH = 0x08,
    TCP_ACK = 0x10,
    TCP_URG = 0x20,
    TCP_ECE = 0x40,
    TCP_CWR = 0x80,
};

#define TCP_CSUM_OFFSET   offsetof(struct tcp_header, checksum)
#define TCP_OPTIONS_MAX   40
#define TCP_SACK_MAX      4
#define TCP_MSS_DEFAULT   536u /* RFC 9293, 3.7.1 */
#define TCP_MSS_DEFAULT_6 1220u
#define TCP_WSCALE_MAX    14 /* RFC 7323, 2.3 */
#define TCP_TS_LEN        12 /* of the timestamps option, aligned */

static inline bool seq_lt(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

static inline bool seq_le(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) <= 0;
}

static inline uint32_t seq_max(uint32_t a, uint32_t b)
{
    return seq_lt(a, b) ? b : a;
}

static inline uint32_t seq_min(uint32_t a, uint32_t b)
{
    return seq_lt(a, b) ? a : b;
}
