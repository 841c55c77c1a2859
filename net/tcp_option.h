// SPDX-License-Identifier: MIT
/* tcp_option: the options of a header (RFC 9293, 3.2; 7323; 2018). */
#pragma once

#include "net/tcp_wire.h"

struct tcp_range {
    uint32_t start, end;
};

struct tcp_options {
    bool has_mss, has_wscale, has_ts, sack_ok;
    uint8_t wscale;
    uint8_t nsack;
    uint16_t mss;
    uint32_t tsval, tsecr;
    struct tcp_range sack[TCP_SACK_MAX];
};

/* From the len bytes behind the fixed header. What is malformed or unknown is
 * passed over; those of a SYN count only when syn. */
void tcp_option_parse(const uint8_t *p, size_t len, bool syn,
                      struct tcp_options *o);

/* The quick case: exactly NOP NOP timestamps. False: parse. */
bool tcp_option_parse_ts(const uint8_t *p, size_t len, struct tcp_options *o);

/* Writes what o has (at most TCP_OPTIONS_MAX bytes; SACK blocks that do not
 * fit are left out), padded to words. How long it is. */
size_t tcp_option_write(uint8_t *p, const struct tcp_options *o);

/* Timestamps alone: TCP_TS_LEN bytes. */
static inline void tcp_option_write_ts(uint8_t *p, uint32_t tsval,
                                       uint32_t tsecr)
{
    const uint32_t words[3] = {BE32(0x0101080a), be32(tsval), be32(tsecr)};

    __builtin_memcpy(p, words, sizeof(words));
}
