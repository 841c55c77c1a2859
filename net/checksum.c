// SPDX-License-Identifier: MIT
/*
 * checksum: sums 32-bit words into 64 bits, of which the carries are folded in
 * at the end: ones' complement addition may be done in any width (RFC 1071,
 * section 2).
 */
#include "net/checksum.h"

#include "net/netbuf.h"

static inline uint32_t fold64(uint64_t sum)
{
    sum = (sum & UINT32_MAX) + (sum >> 32);
    sum = (sum & UINT32_MAX) + (sum >> 32);
    return (uint32_t)sum;
}

/* A 32-bit sum as one of 17 bits at most, so that sums can be added. */
static inline uint32_t fold32(uint32_t sum)
{
    return (sum & 0xffff) + (sum >> 16);
}

uint32_t checksum_partial(const void *data, size_t len, uint32_t sum)
{
    const uint8_t *p = data;
    uint64_t total = sum;

    for (; len >= 16; len -= 16, p += 16) {
        total += load32(p);
        total += load32(p + 4);
        total += load32(p + 8);
        total += load32(p + 12);
    }
    for (; len >= 4; len -= 4, p += 4)
        total += load32(p);
    if (len & 2) {
        total += (uint32_t)p[0] | (uint32_t)p[1] << 8;
        p += 2;
    }
    if (len & 1)
        total += *p;
    return fold32(fold64(total));
}

uint32_t checksum_pseudo(const struct netaddr *source,
                         const struct netaddr *destination, uint8_t protocol,
                         uint32_t len)
{
    uint32_t tail[2] = {be32(len), be32(protocol)};
    uint32_t sum;

    if (netaddr_is_v4(source) && netaddr_is_v4(destination))
        return checksum_pseudo_v4(source->w[3], destination->w[3], protocol,
                                  len);
    sum = checksum_partial(source->b, sizeof(source->b), 0);
    sum = checksum_partial(destination->b, sizeof(destination->b), sum);
    return checksum_partial(tail, sizeof(tail), sum);
}

/* The sum of bytes that begin at an odd place. */
static uint32_t swap_bytes(uint32_t sum)
{
    sum = fold32(fold32(sum));
    return (sum & 0xff) << 8 | (sum >> 8 & 0xff);
}

uint32_t checksum_netbuf(const struct netbuf *nb, size_t offset, size_t len,
                         uint32_t sum)
{
    bool odd = false;

    while (len) {
        uint8_t *at;
        size_t n = netbuf_piece(nb, offset, &at);
        uint32_t part;

        n = MIN(n, len);
        part = checksum_partial(at, n, 0);
        sum += odd ? swap_bytes(part) : part;
        sum = fold32(sum);
        odd ^= n & 1;
        offset += n;
        len -= n;
    }
    return sum;
}

void checksum_complete(struct netbuf *nb)
{
    size_t start = (size_t)(nb->head + nb->csum_start - nb->data);
    uint16_t sum =
        checksum_fold(checksum_netbuf(nb, start, nb->len - start, 0));

    /* UDP: zero means that there is none (RFC 768). It is right for TCP too:
     * both forms of zero are equal. */
    sum = sum ? sum : 0xffff;
    __builtin_memcpy(nb->head + nb->csum_start + nb->csum_offset, &sum,
                     sizeof(sum));
    nb->flags &= (uint16_t)~NETBUF_CSUM_PARTIAL;
}
