// SPDX-License-Identifier: MIT
/*
 * printf: formatted output into a buffer.
 *
 * As C99's snprintf with the conversions d i u x X o c s p %, the flags - 0 +
 * space #, width and precision (also *), and the lengths hh h l ll z t. Returns
 * the length that the whole text has, which may exceed size - 1; the buffer
 * ends with NUL when size > 0. Host builds link the C library's.
 */
#pragma once

#include "lib/base.h"

int snprintf(char *buf, size_t size, const char *fmt, ...) printf_like(3, 4);
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
    printf_like(3, 0);
