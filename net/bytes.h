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

/* Words as they are, from wherever they lie. */
static inline uint16_t load16(const void *p)
{
    uint16_t v;

    __builtin_memcpy(&v, p, sizeof(v));
    return v;
}

static inline uint64_t load64(const void *p)
{
    uint64_t v;

    __builtin_memcpy(&v, p, sizeof(v));
    return v;
}

static inline uint32_t load32(const void *p)
{
    uint32_t v;

    __builtin_memcpy(&v, p, sizeof(v));
    return v;
}
