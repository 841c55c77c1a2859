// SPDX-License-Identifier: MIT
/*
 * siphash: a keyed hash that cannot be predicted without its key (J.-P.
 * Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF", 2012), for
 * numbers that strangers must not guess.
 */
#pragma once

#include "lib/base.h"

/* SipHash-2-4 of data[0..len). */
uint64_t siphash(const uint64_t key[2], const void *data, size_t len);
