// SPDX-License-Identifier: MIT
/*
 * chacha20: the block function of RFC 8439, section 2.3. Pure.
 */
#pragma once

#include "lib/base.h"

#define CHACHA20_KEY_SIZE   32
#define CHACHA20_NONCE_SIZE 12
#define CHACHA20_BLOCK_SIZE 64

/* The 64 bytes of key stream at block number counter. */
void chacha20_block(const uint8_t key[CHACHA20_KEY_SIZE], uint32_t counter,
                    const uint8_t nonce[CHACHA20_NONCE_SIZE],
                    uint8_t out[CHACHA20_BLOCK_SIZE]);
