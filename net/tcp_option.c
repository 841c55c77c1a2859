// SPDX-License-Identifier: MIT
/* tcp_option: see the header. */
#include "net/tcp_option.h"

#include "lib/string.h"

enum { /* kinds, and the lengths that they have */
       OPTION_END = 0,
       OPTION_NOP = 1,
       OPTION_MSS = 2,
       OPTION_WSCALE = 3,
       OPTION_SACK_OK = 4,
       OPTION_SACK = 5,
       OPTION_TS = 8,
};

static uint32_t read32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, 4);
    return be32(v);
}

static uint8_t *write32(uint8_t *p, uint32_t v)
{
    v = be32(v);
    memcpy(p, &v, 4);
    return p + 4;
}

bool tcp_option_parse_ts(const uint8_t *p, size_t len, struct tcp_options *o)
{
    if (len != TCP_TS_LEN || read32(p) != 0x0101080a)
        return false;
    o->has_ts = true;
    o->nsack = 0;
    o->tsval = read32(p + 4);
    o->tsecr = read32(p + 8);
    return true;
}

/* One option with its body. */
static void parse_one(unsigned kind, const uint8_t *body, size_t len, bool syn,
                      struct tcp_options *o)
{
    if (kind == OPTION_MSS && len == 2 && syn) {
        o->has_mss = true;
        o->mss = (uint16_t)(body[0] << 8 | body[1]);
    } else if (kind == OPTION_WSCALE && len == 1 && syn) {
        o->has_wscale = true;
        o->wscale = MIN(body[0], TCP_WSCALE_MAX);
    } else if (kind == OPTION_SACK_OK && len == 0 && syn) {
        o->sack_ok = true;
    } else if (kind == OPTION_TS && len == 8) {
        o->has_ts = true;
        o->tsval = read32(body);
        o->tsecr = read32(body + 4);
    } else if (kind == OPTION_SACK && len % 8 == 0 && !syn) {
        for (o->nsack = 0; len && o->nsack < TCP_SACK_MAX; len -= 8) {
            o->sack[o->nsack].start = read32(body);
            o->sack[o->nsack++].end = read32(body + 4);
            body += 8;
        }
    }
}

void tcp_option_parse(const uint8_t *p, size_t len, bool syn,
                      struct tcp_options *o)
{
    o->has_mss = o->has_wscale = o->has_ts = o->sack_ok = false;
    o->nsack = 0;
    while (len) {
        unsigned kind = p[0], size = 1;

        if (kind == OPTION_END)
            return;
        if (kind != OPTION_NOP) {
            if (len < 2 || p[1] < 2 || p[1] > len)
                return;
            size = p[1];
            parse_one(kind, p + 2, size - 2, syn, o);
        }
        p += size;
        len -= size;
    }
}

size_t tcp_option_write(uint8_t *p, const struct tcp_options *o)
{
    uint8_t *start = p;
    unsigned room;

    if (o->has_mss)
        p = write32(p, OPTION_MSS << 24 | 4 << 16 | o->mss);
    if (o->has_ts) {
        /* SACK permitted goes where the padding would be. */
        p = write32(p, o->sack_ok ? OPTION_SACK_OK << 24 | 2 << 16 | 0x080a
                                  : 0x0101080a);
        p = write32(p, o->tsval);
        p = write32(p, o->tsecr);
    } else if (o->sack_ok) {
        p = write32(p, 0x01010000 | OPTION_SACK_OK << 8 | 2);
    }
    if (o->has_wscale)
        p = write32(p, OPTION_NOP << 24 | OPTION_WSCALE << 16 | 3 << 8 |
                           o->wscale);
    room = (TCP_OPTIONS_MAX - (unsigned)(p - start) - 4) / 8;
    if (o->nsack && room) {
        unsigned n = MIN(room, o->nsack);

        p = write32(p, 0x01010000 | OPTION_SACK << 8 | (2 + 8 * n));
        for (unsigned i = 0; i < n; i++) {
            p = write32(p, o->sack[i].start);
            p = write32(p, o->sack[i].end);
        }
    }
    return (size_t)(p - start);
}
