// SPDX-License-Identifier: MIT
/*
 * printf: a conversion is parsed into a struct spec, its text is made in a
 * small buffer (numbers) or stays where it is (strings), and emit_field lays
 * sign, zeros, text and blanks out. A conversion that is not known comes out
 * as it was written.
 */
#include "lib/printf.h"

#include <limits.h>

struct out {
    char *buf;
    size_t size, len; /* len counts what did not fit, too */
};

struct spec {
    bool left, zero, plus, space, alt;
    int width;
    int precision; /* negative: none was given */
    int bytes;     /* of an integer argument */
    char conversion;
};

static void emit(struct out *o, char c)
{
    if (o->len < o->size)
        o->buf[o->len] = c;
    o->len++;
}

static void emit_repeated(struct out *o, char c, int n)
{
    for (; n > 0; n--)
        emit(o, c);
}

static void emit_text(struct out *o, const char *s, int len)
{
    for (int i = 0; i < len; i++)
        emit(o, s[i]);
}

/* prefix (sign or 0x), zeros and text within the width. */
static void emit_field(struct out *o, const struct spec *s, const char *prefix,
                       int zeros, const char *text, int len)
{
    int prefix_len = 0, blanks;

    while (prefix[prefix_len])
        prefix_len++;
    blanks = s->width - prefix_len - len;
    blanks = blanks > zeros ? blanks - zeros : 0;
    if (!s->left)
        emit_repeated(o, ' ', blanks);
    emit_text(o, prefix, prefix_len);
    emit_repeated(o, '0', zeros);
    emit_text(o, text, len);
    if (s->left)
        emit_repeated(o, ' ', blanks);
}

/* The digits of v, written so that they end before end; returns the first. */
static char *format_digits(uint64_t v, unsigned base, bool upper, char *end)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";

    for (; v > 0; v /= base)
        *--end = digits[v % base];
    return end;
}

static void emit_number(struct out *o, const struct spec *s, uint64_t v,
                        const char *prefix, unsigned base)
{
    char digits[24], *end = digits + sizeof(digits), *first;
    int len, zeros, prefix_len = 0;

    first = format_digits(v, base, s->conversion == 'X', end);
    len = (int)(end - first);
    zeros = (s->precision < 0 ? 1 : s->precision) - len;
    if (base == 8 && s->alt && zeros <= 0)
        zeros = 1;
    while (prefix[prefix_len])
        prefix_len++;
    if (s->zero && !s->left && s->precision < 0 &&
        zeros < s->width - prefix_len - len)
        zeros = s->width - prefix_len - len;
    emit_field(o, s, prefix, zeros > 0 ? zeros : 0, first, len);
}

/* Takes an integer argument and narrows it to the length that was given. */
static uint64_t take_unsigned(const struct spec *s, va_list *args)
{
    uint64_t v;

    if (s->bytes == 8)
        return va_arg(*args, uint64_t);
    v = va_arg(*args, unsigned);
    return s->bytes == 4 ? v : v & ((1u << s->bytes * 8) - 1);
}

static int64_t take_signed(const struct spec *s, va_list *args)
{
    int v;

    if (s->bytes == 8)
        return va_arg(*args, int64_t);
    v = va_arg(*args, int);
    return s->bytes == 1 ? (signed char)v : s->bytes == 2 ? (short)v : v;
}

static void convert_signed(struct out *o, const struct spec *s, va_list *args)
{
    int64_t v = take_signed(s, args);
    uint64_t magnitude = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

    emit_number(o, s, magnitude,
                v < 0      ? "-"
                : s->plus  ? "+"
                : s->space ? " "
                           : "",
                10);
}

static void convert_unsigned(struct out *o, const struct spec *s, va_list *args)
{
    uint64_t v = take_unsigned(s, args);

    switch (s->conversion) {
    case 'u':
        emit_number(o, s, v, "", 10);
        break;
    case 'o':
        emit_number(o, s, v, "", 8);
        break;
    case 'x':
        emit_number(o, s, v, s->alt && v ? "0x" : "", 16);
        break;
    case 'X':
        emit_number(o, s, v, s->alt && v ? "0X" : "", 16);
        break;
    }
}

static void convert_string(struct out *o, const struct spec *s,
                           const char *text)
{
    int len = 0;

    if (!text)
        text = "(null)";
    while ((s->precision < 0 || len < s->precision) && text[len])
        len++;
    emit_field(o, s, "", 0, text, len);
}

/* False: not a conversion, nothing was taken or written. */
static bool convert(struct out *o, const struct spec *s, va_list *args)
{
    char c;

    switch (s->conversion) {
    case 'd':
    case 'i':
        convert_signed(o, s, args);
        return true;
    case 'u':
    case 'o':
    case 'x':
    case 'X':
        convert_unsigned(o, s, args);
        return true;
    case 'p':
        emit_number(o, s, (uintptr_t)va_arg(*args, void *), "0x", 16);
        return true;
    case 'c':
        c = (char)va_arg(*args, int);
        emit_field(o, s, "", 0, &c, 1);
        return true;
    case 's':
        convert_string(o, s, va_arg(*args, const char *));
        return true;
    case '%':
        emit(o, '%');
        return true;
    default:
        return false;
    }
}

static const char *parse_flags(const char *p, struct spec *s)
{
    for (;; p++) {
        switch (*p) {
        case '-':
            s->left = true;
            break;
        case '0':
            s->zero = true;
            break;
        case '+':
            s->plus = true;
            break;
        case ' ':
            s->space = true;
            break;
        case '#':
            s->alt = true;
            break;
        default:
            return p;
        }
    }
}

/* A decimal number or `*`; *n stays as it was when there is neither. */
static const char *parse_number(const char *p, int *n, va_list *args)
{
    if (*p == '*') {
        *n = va_arg(*args, int);
        return p + 1;
    }
    if (*p >= '0' && *p <= '9')
        *n = 0;
    for (; *p >= '0' && *p <= '9'; p++)
        if (*n <= (INT_MAX - 9) / 10)
            *n = *n * 10 + (*p - '0');
    return p;
}

static const char *parse_length(const char *p, struct spec *s)
{
    s->bytes = 4;
    if (*p == 'h') {
        s->bytes = 2;
        if (*++p == 'h') {
            s->bytes = 1;
            p++;
        }
    } else if (*p == 'l' || *p == 'z' || *p == 't') {
        s->bytes = 8;
        p += p[0] == 'l' && p[1] == 'l' ? 2 : 1;
    }
    return p;
}

/* What stands after a '%', up to its conversion's letter. */
static const char *parse_spec(const char *p, struct spec *s, va_list *args)
{
    *s = (struct spec){.precision = -1};
    p = parse_flags(p, s);
    p = parse_number(p, &s->width, args);
    if (s->width < 0) {
        s->left = true;
        s->width = s->width == INT_MIN ? INT_MAX : -s->width;
    }
    if (*p == '.') {
        s->precision = 0;
        p = parse_number(p + 1, &s->precision, args);
    }
    p = parse_length(p, s);
    s->conversion = *p;
    return p;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
    struct out o = {buf, size, 0};
    va_list ap;

    va_copy(ap, args);
    for (const char *p = fmt; *p; p++) {
        const char *start = p;
        struct spec s;

        if (*p != '%') {
            emit(&o, *p);
            continue;
        }
        p = parse_spec(p + 1, &s, &ap);
        if (convert(&o, &s, &ap))
            continue;
        emit_text(&o, start, (int)(p - start));
        if (!*p)
            break;
        emit(&o, *p);
    }
    va_end(ap);
    if (size > 0)
        buf[o.len < size ? o.len : size - 1] = '\0';
    return o.len > INT_MAX ? INT_MAX : (int)o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(buf, size, fmt, args);
    va_end(args);
    return len;
}
