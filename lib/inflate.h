// SPDX-License-Identifier: MIT
/*
 * inflate: unpacks one member of a gzip file (RFC 1952) with data compressed
 * by "deflate" (RFC 1951). The input is hostile: every length is checked.
 */
#pragma once

#include "lib/base.h"

#define INFLATE_FAST_BITS   10
#define INFLATE_SYMBOLS_MAX 288

/* A prefix code: the short codes by what follows in the input, the long ones
 * by their length. */
struct inflate_code {
    uint16_t fast[1 << INFLATE_FAST_BITS]; /* length << 9 | symbol; 0: long */
    uint16_t count[16];                    /* of codes with this length */
    uint16_t symbol[INFLATE_SYMBOLS_MAX];  /* in the order of their codes */
};

/* What one call needs: too large for a stack. */
struct inflate {
    const uint8_t *in, *in_end;
    uint64_t bits; /* that were read and are not used yet, the first lowest */
    unsigned bit_count;
    uint8_t *out; /* NULL: the output is only counted */
    size_t out_size, out_len;
    const char *error; /* what is wrong */
    struct inflate_code literals, distances;
    uint32_t crc[256];
};

/* Does a member begin here? */
bool inflate_recognises(const uint8_t *in, size_t len);

/*
 * Unpacks the member at in. With out NULL it only finds out how long the
 * output is: *out_len, and the member itself: *used. Else writes at most
 * out_size bytes, and compares length and checksum with the member's. -EINVAL
 * with the reason in s->error.
 */
int inflate_member(struct inflate *s, const uint8_t *in, size_t len,
                   uint8_t *out, size_t out_size, size_t *used,
                   size_t *out_len);
