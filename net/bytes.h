// SPDX-License-Identifier: MIT
/* bytes: network byte order. A field of a header is kept as it is on the wire;
 * be16 and the like convert in both directions. */
#pragma once

#include "lib/base.h"

static inline uint16_t be16(uint16_t v)
{
    return __builtin_bswap16(v);
}

static inline uint32_t be32(uint32_t v)
{
    return __builtin_bswap32(v);
}

/* The same of a constant, for initialisers and case labels. */
#define BE16(v) ((uint16_t)(((v)&0xff) << 8 | ((v) >> 8 & 0xff)))
#define BE32(v)                                          \
    ((uint32_t)(((v)&0xffu) << 24 | ((v)&0xff00u) << 8 | \
                ((v) >> 8 & 0xff00u) | ((v) >> 24 & 0xffu)))

/* A word as it is, from wherever it lies. */
static inline uint32_t load32(const void *p)
{
    uint32_t v;

    __builtin_memcpy(&v, p, sizeof(v));
    return v;
}
