// SPDX-License-Identifier: MIT
/*
 * random: a ChaCha20 generator with fast key erasure, seeded from RDSEED or
 * RDRAND when the CPU has them and from the jitter of the TSC always.
 *
 * Context: any. random_bytes never fails and never blocks.
 */
#pragma once

#include "lib/base.h"

void random_init(void);
void random_bytes(void *buf, size_t len);
uint64_t random_u64(void);
/* Uniform in [0, bound); bound > 0. */
uint64_t random_below(uint64_t bound);
/* Mixes in what a device or an interrupt's time may contribute. */
void random_mix(const void *data, size_t len);
