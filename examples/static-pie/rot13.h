// SPDX-License-Identifier: MIT
/* rot13: moves every letter by half the alphabet. */
#pragma once

#include <stddef.h>

static inline void rot13(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char lower = text[i] | 0x20;

        if (lower >= 'a' && lower <= 'z')
            text[i] += lower < 'n' ? 13 : -13;
    }
}
