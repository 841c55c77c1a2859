// SPDX-License-Identifier: MIT
/*
 * inflate: the bits of a byte come lowest first; numbers lie in them as they
 * are, codes with their first bit first. A code of up to INFLATE_FAST_BITS is
 * found by one look into a table.
 */
#include "lib/inflate.h"

#include "abi/errno.h"
#include "lib/string.h"

#define CODE_BITS_MAX 15
#define END_OF_BLOCK  256

static int fail(struct inflate *s, const char *error)
{
    s->error = error;
    return -EINVAL;
}

static int truncated(struct inflate *s)
{
    return fail(s, "the compressed data ends too early");
}

/* --- bits --- */

/* Has as many bits at hand as there are, up to 56. */
static void fill(struct inflate *s)
{
    while (s->bit_count <= 56 && s->in < s->in_end) {
        s->bits |= (uint64_t)*s->in++ << s->bit_count;
        s->bit_count += 8;
    }
}

static void drop(struct inflate *s, unsigned n)
{
    s->bits >>= n;
    s->bit_count -= n;
}

/* The next n bits, at most 16, or -EINVAL. */
static int take(struct inflate *s, unsigned n)
{
    int value;

    fill(s);
    if (s->bit_count < n)
        return truncated(s);
    value = (int)(s->bits & ((1u << n) - 1));
    drop(s, n);
    return value;
}

/* --- codes --- */

static unsigned reverse(unsigned code, unsigned len)
{
    unsigned r = 0;

    for (unsigned i = 0; i < len; i++)
        r |= (code >> i & 1) << (len - 1 - i);
    return r;
}

/* Enters the code of a symbol in every place that begins with it. */
static void enter_fast(struct inflate_code *c, unsigned code, unsigned len,
                       unsigned symbol)
{
    if (len > INFLATE_FAST_BITS)
        return;
    for (unsigned i = reverse(code, len); i < 1u << INFLATE_FAST_BITS;
         i += 1u << len)
        c->fast[i] = (uint16_t)(len << 9 | symbol);
}

/* From the length of each symbol's code (0: it has none). false: there are
 * more codes than fit. */
static bool make_code(struct inflate_code *c, const uint8_t *lens, unsigned n)
{
    unsigned next[CODE_BITS_MAX + 1], at[CODE_BITS_MAX + 1];
    int left = 1;

    memset(c, 0, sizeof(*c));
    for (unsigned i = 0; i < n; i++)
        c->count[lens[i]]++;
    c->count[0] = 0;
    next[0] = at[0] = 0;
    for (unsigned len = 1; len <= CODE_BITS_MAX; len++) {
        left = left * 2 - c->count[len];
        if (left < 0)
            return false;
        next[len] = (next[len - 1] + c->count[len - 1]) << 1;
        at[len] = at[len - 1] + c->count[len - 1];
    }
    for (unsigned i = 0; i < n; i++) {
        if (!lens[i])
            continue;
        enter_fast(c, next[lens[i]]++, lens[i], i);
        c->symbol[at[lens[i]]++] = (uint16_t)i;
    }
    return true;
}

/* A code that is too long for the table. */
static int decode_long(struct inflate *s, const struct inflate_code *c)
{
    unsigned code = 0, first = 0, index = 0;

    for (unsigned len = 1; len <= CODE_BITS_MAX; len++) {
        if (len > s->bit_count)
            return truncated(s);
        code |= s->bits >> (len - 1) & 1;
        if (code < first + c->count[len]) {
            drop(s, len);
            return c->symbol[index + code - first];
        }
        index += c->count[len];
        first = (first + c->count[len]) << 1;
        code <<= 1;
    }
    return fail(s, "the compressed data holds a code that means nothing");
}

static inline int decode(struct inflate *s, const struct inflate_code *c)
{
    unsigned entry;

    fill(s);
    entry = c->fast[s->bits & ((1u << INFLATE_FAST_BITS) - 1)];
    if (!entry)
        return decode_long(s, c);
    if (entry >> 9 > s->bit_count)
        return truncated(s);
    drop(s, entry >> 9);
    return (int)(entry & 511);
}

/* --- output --- */

static int put(struct inflate *s, uint8_t byte)
{
    if (s->out) {
        if (s->out_len >= s->out_size)
            return fail(s, "the compressed data is longer than it was");
        s->out[s->out_len] = byte;
    }
    s->out_len++;
    return 0;
}

/* Bytes that came distance before; they may reach into themselves. */
static int copy(struct inflate *s, size_t distance, size_t len)
{
    if (distance > s->out_len)
        return fail(s, "the compressed data refers to before its beginning");
    if (s->out && len > s->out_size - s->out_len)
        return fail(s, "the compressed data is longer than it was");
    if (s->out) {
        uint8_t *to = s->out + s->out_len;

        for (size_t i = 0; i < len; i++)
            to[i] = to[i - distance];
    }
    s->out_len += len;
    return 0;
}

/* --- blocks --- */

static int stored_block(struct inflate *s)
{
    int len, complement, err = 0;

    drop(s, s->bit_count & 7);
    len = take(s, 16);
    complement = len < 0 ? len : take(s, 16);
    if (complement < 0)
        return complement;
    if (len != (complement ^ 0xffff))
        return fail(s, "a stored block's length is wrong");
    for (; len > 0 && !err; len--) {
        int byte = take(s, 8);

        err = byte < 0 ? byte : put(s, (uint8_t)byte);
    }
    return err;
}

/* What lengths and distances begin with: RFC 1951, 3.2.5. */
static int match(struct inflate *s, unsigned symbol)
{
    static const uint16_t len_base[] = {
        3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
        31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint8_t len_extra[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1,
                                        1, 1, 2, 2, 2, 2, 3, 3, 3, 3,
                                        4, 4, 4, 4, 5, 5, 5, 5, 0};
    static const uint16_t dist_base[] = {
        1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
        33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
        1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
    int more, distance;

    symbol -= END_OF_BLOCK + 1;
    if (symbol >= ARRAY_SIZE(len_base))
        return fail(s, "the compressed data holds a length that is none");
    more = take(s, len_extra[symbol]);
    distance = more < 0 ? more : decode(s, &s->distances);
    if (distance < 0)
        return distance;
    if (distance >= (int)ARRAY_SIZE(dist_base))
        return fail(s, "the compressed data holds a distance that is none");
    symbol = len_base[symbol] + (unsigned)more;
    more = take(s, distance < 4 ? 0 : (unsigned)distance / 2 - 1);
    if (more < 0)
        return more;
    return copy(s, dist_base[distance] + (unsigned)more, symbol);
}

static int coded_block(struct inflate *s)
{
    int symbol, err = 0;

    while (!err) {
        symbol = decode(s, &s->literals);
        if (symbol < 0)
            return symbol;
        if (symbol == END_OF_BLOCK)
            return 0;
        err = symbol < END_OF_BLOCK ? put(s, (uint8_t)symbol)
                                    : match(s, (unsigned)symbol);
    }
    return err;
}

static void fixed_codes(struct inflate *s)
{
    uint8_t lens[INFLATE_SYMBOLS_MAX];

    memset(lens, 8, 144);
    memset(lens + 144, 9, 112);
    memset(lens + 256, 7, 24);
    memset(lens + 280, 8, 8);
    make_code(&s->literals, lens, sizeof(lens));
    memset(lens, 5, 30);
    make_code(&s->distances, lens, 30);
}

/* The lengths of both codes, which are themselves coded (RFC 1951, 3.2.7). */
static int read_lengths(struct inflate *s, uint8_t *lens, unsigned n)
{
    unsigned i = 0;

    while (i < n) {
        int symbol = decode(s, &s->literals), times = 1;
        uint8_t len = 0;

        if (symbol < 0)
            return symbol;
        if (symbol < 16) {
            len = (uint8_t)symbol;
        } else {
            static const uint8_t bits[] = {2, 3, 7}, base[] = {3, 3, 11};

            if (symbol == 16 && i == 0)
                return fail(s, "the first code length is a repetition");
            if (symbol == 16)
                len = lens[i - 1];
            times = take(s, bits[symbol - 16]);
            if (times < 0)
                return times;
            times += base[symbol - 16];
        }
        if ((unsigned)times > n - i)
            return fail(s, "there are too many code lengths");
        memset(lens + i, len, (size_t)times);
        i += (unsigned)times;
    }
    return 0;
}

static int dynamic_codes(struct inflate *s)
{
    static const uint8_t order[] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                    11, 4,  12, 3, 13, 2, 14, 1, 15};
    uint8_t lens[286 + 32] = {0};
    int literals = take(s, 5), distances = take(s, 5), codes = take(s, 4), err;

    if (literals < 0 || distances < 0 || codes < 0)
        return -EINVAL;
    literals += 257;
    distances += 1;
    if (literals > 286)
        return fail(s, "there are too many codes");
    for (int i = 0; i < codes + 4; i++) {
        int len = take(s, 3);

        if (len < 0)
            return len;
        lens[order[i]] = (uint8_t)len;
    }
    if (!make_code(&s->literals, lens, 19))
        return fail(s, "the code of the code lengths is impossible");
    err = read_lengths(s, lens, (unsigned)(literals + distances));
    if (err)
        return err;
    if (!make_code(&s->literals, lens, (unsigned)literals) ||
        !make_code(&s->distances, lens + literals, (unsigned)distances))
        return fail(s, "a block's code is impossible");
    return 0;
}

static int inflate_blocks(struct inflate *s)
{
    int last, kind, err = 0;

    do {
        last = take(s, 1);
        kind = last < 0 ? last : take(s, 2);
        if (kind < 0)
            return kind;
        if (kind == 3)
            return fail(s,
                        "the compressed data holds a block of no known kind");
        if (kind == 0) {
            err = stored_block(s);
            continue;
        }
        if (kind == 1)
            fixed_codes(s);
        else
            err = dynamic_codes(s);
        if (!err)
            err = coded_block(s);
    } while (!err && !last);
    return err;
}

/* --- gzip --- */

enum { FHCRC = 2, FEXTRA = 4, FNAME = 8, FCOMMENT = 16 };

bool inflate_recognises(const uint8_t *in, size_t len)
{
    return len >= 2 && in[0] == 0x1f && in[1] == 0x8b;
}

static int skip(struct inflate *s, size_t n)
{
    if (n > (size_t)(s->in_end - s->in))
        return truncated(s);
    s->in += n;
    return 0;
}

static int skip_string(struct inflate *s)
{
    while (s->in < s->in_end)
        if (!*s->in++)
            return 0;
    return truncated(s);
}

static int read_header(struct inflate *s)
{
    const uint8_t *h = s->in;
    int err = skip(s, 10);

    if (err)
        return err;
    if (h[2] != 8)
        return fail(s, "the data is not compressed by deflate");
    if (h[3] & FEXTRA) {
        const uint8_t *n = s->in;

        err = skip(s, 2);
        if (!err)
            err = skip(s, n[0] | (size_t)n[1] << 8);
    }
    if (!err && (h[3] & FNAME))
        err = skip_string(s);
    if (!err && (h[3] & FCOMMENT))
        err = skip_string(s);
    if (!err && (h[3] & FHCRC))
        err = skip(s, 2);
    return err;
}

static uint32_t crc32(struct inflate *s)
{
    uint32_t c;

    for (uint32_t i = 0; i < 256; i++) {
        c = i;
        for (int bit = 0; bit < 8; bit++)
            c = c >> 1 ^ (c & 1 ? 0xedb88320 : 0);
        s->crc[i] = c;
    }
    c = ~0u;
    for (size_t i = 0; i < s->out_len; i++)
        c = s->crc[(c ^ s->out[i]) & 255] ^ c >> 8;
    return ~c;
}

static uint32_t word(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

static int read_trailer(struct inflate *s)
{
    const uint8_t *t;
    int err;

    s->in -= s->bit_count / 8; /* whole bytes that were not used */
    t = s->in;
    err = skip(s, 8);
    if (err)
        return err;
    if (word(t + 4) != (uint32_t)s->out_len)
        return fail(s, "the length differs from what it was");
    if (s->out && crc32(s) != word(t))
        return fail(s, "the checksum differs from what it was");
    return 0;
}

int inflate_member(struct inflate *s, const uint8_t *in, size_t len,
                   uint8_t *out, size_t out_size, size_t *used, size_t *out_len)
{
    int err;

    s->in = in;
    s->in_end = in + len;
    s->bits = s->bit_count = 0;
    s->out = out;
    s->out_size = out_size;
    s->out_len = 0;
    err = read_header(s);
    if (!err)
        err = inflate_blocks(s);
    if (!err)
        err = read_trailer(s);
    *used = (size_t)(s->in - in);
    *out_len = s->out_len;
    return err;
}
