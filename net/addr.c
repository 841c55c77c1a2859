// SPDX-License-Identifier: MIT
/* addr: addresses as text. */
#include "net/addr.h"

#include "lib/printf.h"

/* The longest run of two or more zero groups, which "::" stands for. */
static unsigned longest_zeros(const uint16_t g[8], unsigned *first)
{
    unsigned best = 0;

    for (unsigned i = 0; i < 8; i++) {
        unsigned n = 0;

        while (i + n < 8 && g[i + n] == 0)
            n++;
        if (n > best) {
            best = n;
            *first = i;
        }
        i += n;
    }
    return best > 1 ? best : 0;
}

static void format_v6(const struct netaddr *a, char *buf, size_t size)
{
    uint16_t g[8];
    unsigned first = 8, zeros;
    size_t n = 0;

    for (unsigned i = 0; i < 8; i++)
        g[i] = (uint16_t)(a->b[2 * i] << 8 | a->b[2 * i + 1]);
    zeros = longest_zeros(g, &first);
    for (unsigned i = 0; i < 8;) {
        if (zeros && i == first) {
            n += (size_t)snprintf(buf + n, size - n, "::");
            i += zeros;
            continue;
        }
        n += (size_t)snprintf(buf + n, size - n, "%s%x",
                              i && !(zeros && i == first + zeros) ? ":" : "",
                              g[i]);
        i++;
    }
}

const char *netaddr_format(const struct netaddr *a, char buf[NETADDR_TEXT])
{
    if (netaddr_is_v4(a))
        snprintf(buf, NETADDR_TEXT, "%u.%u.%u.%u", a->b[12], a->b[13], a->b[14],
                 a->b[15]);
    else
        format_v6(a, buf, NETADDR_TEXT);
    return buf;
}

bool netaddr_parse_v4(const char *text, size_t len, uint32_t *wire)
{
    uint8_t b[4];
    size_t at = 0;

    for (unsigned i = 0; i < 4; i++) {
        unsigned v = 0, digits = 0;

        if (i && (at == len || text[at++] != '.'))
            return false;
        for (; at < len && text[at] >= '0' && text[at] <= '9'; at++) {
            v = v * 10 + (unsigned)(text[at] - '0');
            if (++digits > 3)
                return false;
        }
        if (!digits || v > 255)
            return false;
        b[i] = (uint8_t)v;
    }
    memcpy(wire, b, sizeof(b));
    return at == len;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One group of up to four digits; how many characters, 0: it is none. */
static size_t parse_group(const char *p, const char *end, unsigned *v)
{
    const char *start = p;

    for (*v = 0; p < end && p - start < 5 && hex_digit(*p) >= 0; p++)
        *v = *v << 4 | (unsigned)hex_digit(*p);
    return p - start > 4 ? 0 : (size_t)(p - start);
}

bool netaddr_parse_v6(const char *text, size_t len, struct netaddr *a)
{
    const char *p = text, *end = text + len;
    int count = 0, gap = -1; /* bytes so far; where :: stood */

    memset(a, 0, sizeof(*a));
    if (len >= 2 && p[0] == ':' && p[1] == ':') {
        gap = 0;
        p += 2;
    }
    while (p < end) {
        uint32_t v4;
        unsigned v;
        size_t n;

        if (count <= 12 && netaddr_parse_v4(p, (size_t)(end - p), &v4)) {
            memcpy(a->b + count, &v4, sizeof(v4));
            count += 4;
            break;
        }
        n = parse_group(p, end, &v);
        if (!n || count > 14)
            return false;
        a->b[count++] = (uint8_t)(v >> 8);
        a->b[count++] = (uint8_t)v;
        p += n;
        if (p == end)
            break;
        if (*p++ != ':' || p == end)
            return false;
        if (*p == ':') {
            if (gap >= 0)
                return false;
            gap = count;
            p++;
        }
    }
    if (gap < 0)
        return count == 16;
    if (count > 14)
        return false;
    memmove(a->b + gap + 16 - count, a->b + gap, (size_t)(count - gap));
    memset(a->b + gap, 0, (size_t)(16 - count));
    return true;
}
