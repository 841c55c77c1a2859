// SPDX-License-Identifier: MIT
/*
 * fuzz: targets for libFuzzer (`make fuzz`; clang): each file is one, linked
 * with the kernel's own sources and the stubs of the unit tests. A target takes
 * bytes; what must not happen are crashes, failed checks and memory that is
 * left. Copies of the very size let the sanitizer see a step too far.
 */
#pragma once

#include "tests/unit/unit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input, taken from its front. At its end all is 0. */
struct fuzz_input {
    const uint8_t *data;
    size_t left;
};

static inline uint8_t fuzz_byte(struct fuzz_input *in)
{
    return in->left ? in->left--, *in->data++ : 0;
}

static inline uint16_t fuzz_word(struct fuzz_input *in)
{
    uint16_t high = fuzz_byte(in);

    return (uint16_t)(high << 8 | fuzz_byte(in));
}

/* Up to len bytes, in the input; *len becomes how many there were. */
static inline const uint8_t *fuzz_bytes(struct fuzz_input *in, size_t *len)
{
    const uint8_t *at = in->data;

    *len = MIN(*len, in->left);
    in->data += *len;
    in->left -= *len;
    return at;
}

/* A block of exactly len bytes, which the caller frees. */
static inline void *fuzz_copy(const void *data, size_t len)
{
    void *copy = malloc(len + !len);

    if (len)
        memcpy(copy, data, len);
    return copy;
}
