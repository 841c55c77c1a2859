// SPDX-License-Identifier: MIT
/* random: the same numbers in every run (xorshift64), anew for each test. */
#include "tests/unit/stubs/stubs.h"

#include "kernel/random.h"

static uint64_t state;

void stub_random_reset(void)
{
    state = 0x9e3779b97f4a7c15;
}

uint64_t random_u64(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

uint64_t random_below(uint64_t bound)
{
    return random_u64() % bound;
}

void random_bytes(void *buf, size_t len)
{
    uint8_t *p = buf;

    while (len-- > 0)
        *p++ = (uint8_t)random_u64();
}

void random_mix(const void *data, size_t len)
{
    (void)data;
    (void)len;
}
