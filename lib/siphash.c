// SPDX-License-Identifier: MIT
/* siphash: SipHash-2-4, section 2 of the paper. Words are little-endian. */
#include "lib/siphash.h"

#include "lib/string.h"

struct state {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotl(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static inline void sip_round(struct state *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotl(s->v1, 13) ^ s->v0;
    s->v3 = rotl(s->v3, 16) ^ s->v2;
    s->v0 = rotl(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotl(s->v1, 17) ^ s->v2;
    s->v3 = rotl(s->v3, 21) ^ s->v0;
    s->v2 = rotl(s->v2, 32);
}

static inline void absorb(struct state *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    sip_round(s);
    s->v0 ^= word;
}

uint64_t siphash(const uint64_t key[2], const void *data, size_t len)
{
    struct state s = {
        .v0 = key[0] ^ 0x736f6d6570736575,
        .v1 = key[1] ^ 0x646f72616e646f6d,
        .v2 = key[0] ^ 0x6c7967656e657261,
        .v3 = key[1] ^ 0x7465646279746573,
    };
    const uint8_t *p = data;
    uint64_t word;
    size_t left = len;

    for (; left >= 8; left -= 8, p += 8) {
        memcpy(&word, p, 8);
        absorb(&s, word);
    }
    word = 0;
    memcpy(&word, p, left);
    absorb(&s, word | (uint64_t)len << 56);
    s.v2 ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_round(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
