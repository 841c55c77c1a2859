// SPDX-License-Identifier: MIT
/*
 * text: a line in the making. What does not fit is left out, and `cut` says so;
 * the text is always a string.
 */
#pragma once

#include "lib/base.h"

struct text {
    char *buf;
    size_t size, len;
    bool cut;
};

/* An empty text in buf[0..size), size > 0. */
void text_init(struct text *t, char *buf, size_t size);

void text_add(struct text *t, const char *fmt, ...) printf_like(2, 3);
void text_addc(struct text *t, char c);

/* The first len of known bytes with C's escapes, as strace writes them, without
 * quotes; how one is written may depend on the byte behind it. */
void text_escape(struct text *t, const char *s, size_t len, size_t known);
/* Every byte as \xHH. */
void text_escape_hex(struct text *t, const char *s, size_t len);

/* Blanks up to the column given. */
void text_pad(struct text *t, size_t column);
