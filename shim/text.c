// SPDX-License-Identifier: MIT
#include "shim/text.h"

#include "lib/printf.h"
#include "lib/string.h"

void text_init(struct text *t, char *buf, size_t size)
{
    *t = (struct text){.buf = buf, .size = size};
    buf[0] = '\0';
}

void text_add(struct text *t, const char *fmt, ...)
{
    size_t room = t->size - t->len;
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(t->buf + t->len, room, fmt, args);
    va_end(args);
    if (n < 0)
        return;
    t->cut |= (size_t)n >= room;
    t->len += MIN((size_t)n, room - 1);
}

void text_addc(struct text *t, char c)
{
    if (t->len + 1 >= t->size) {
        t->cut = true;
        return;
    }
    t->buf[t->len++] = c;
    t->buf[t->len] = '\0';
}

static char escape_letter(char c)
{
    switch (c) {
    case '\n':
        return 'n';
    case '\t':
        return 't';
    case '\r':
        return 'r';
    case '\v':
        return 'v';
    case '\f':
        return 'f';
    case '"':
    case '\\':
        return c;
    default:
        return 0;
    }
}

void text_escape(struct text *t, const char *s, size_t len, size_t known)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        char letter = escape_letter(s[i]);
        bool digit_next = i + 1 < known && s[i + 1] >= '0' && s[i + 1] <= '9';

        if (letter)
            text_add(t, "\\%c", letter);
        else if (c >= ' ' && c < 0x7f)
            text_addc(t, s[i]);
        else /* a digit behind must not look like part of the number */
            text_add(t, digit_next ? "\\%03o" : "\\%o", c);
    }
}

void text_escape_hex(struct text *t, const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        text_add(t, "\\x%02x", (unsigned char)s[i]);
}

void text_pad(struct text *t, size_t column)
{
    while (t->len < column && !t->cut)
        text_addc(t, ' ');
}
