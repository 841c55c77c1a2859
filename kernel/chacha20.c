// SPDX-License-Identifier: MIT
/*
 * chacha20: see the header. The words of a block are little-endian, as the CPU
 * is, so that they are copied as they are.
 */
#include "kernel/chacha20.h"

#include "lib/string.h"

#define WORDS         16
#define DOUBLE_ROUNDS 10

static uint32_t rotate_left(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static void quarter_round(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
    *a += *b;
    *d = rotate_left(*d ^ *a, 16);
    *c += *d;
    *b = rotate_left(*b ^ *c, 12);
    *a += *b;
    *d = rotate_left(*d ^ *a, 8);
    *c += *d;
    *b = rotate_left(*b ^ *c, 7);
}

/* A loop rather than eight calls: an emulated CPU has to translate each line of
 * code before it can run it, at every boot. */
static void double_round(uint32_t x[WORDS])
{
    static const uint8_t at[8][4] = {
        {0, 4, 8, 12},  {1, 5, 9, 13},  {2, 6, 10, 14}, {3, 7, 11, 15},
        {0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13},  {3, 4, 9, 14},
    };

    for (int i = 0; i < 8; i++)
        quarter_round(&x[at[i][0]], &x[at[i][1]], &x[at[i][2]], &x[at[i][3]]);
}

void chacha20_block(const uint8_t key[CHACHA20_KEY_SIZE], uint32_t counter,
                    const uint8_t nonce[CHACHA20_NONCE_SIZE],
                    uint8_t out[CHACHA20_BLOCK_SIZE])
{
    /* "expand 32-byte k" */
    uint32_t input[WORDS] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    uint32_t x[WORDS];

    memcpy(&input[4], key, CHACHA20_KEY_SIZE);
    input[12] = counter;
    memcpy(&input[13], nonce, CHACHA20_NONCE_SIZE);
    memcpy(x, input, sizeof(x));
    for (int i = 0; i < DOUBLE_ROUNDS; i++)
        double_round(x);
    for (int i = 0; i < WORDS; i++)
        x[i] += input[i];
    memcpy(out, x, sizeof(x));
}
