// SPDX-License-Identifier: MIT
/* netbuf: operations on packets, against plain arrays of the same bytes. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "tests/unit/net/host.h"

#define PACKETS 4

static struct host *h;
static struct netbuf *packets[PACKETS];
static uint8_t bytes[PACKETS][NETBUF_LEN_MAX];
static uint8_t next; /* what is put in counts up, so that places differ */

static void fill(uint8_t *at, uint8_t *copy, size_t len)
{
    for (size_t i = 0; i < len; i++)
        at[i] = copy[i] = next++;
}

static void compare(unsigned i)
{
    static uint8_t back[NETBUF_LEN_MAX];
    struct netbuf *nb = packets[i];
    size_t at = 0, n;
    uint8_t *piece;

    ck_assert_uint_eq(netbuf_copy_out(nb, 0, back, sizeof(back)), nb->len);
    ck_assert_mem_eq(back, bytes[i], nb->len);
    ck_assert(nb->linear <= nb->len && nb->data >= nb->head &&
              nb->data + nb->linear <= nb->end);
    for (; at < nb->len; at += n) {
        n = netbuf_piece(nb, at, &piece);
        ck_assert(n > 0 && n <= nb->len - at);
        ck_assert_mem_eq(piece, bytes[i] + at, n);
    }
}

static void begin(unsigned i, struct fuzz_input *in)
{
    uint8_t kind = fuzz_byte(in);
    size_t len = fuzz_word(in) % 3000;

    if (packets[i])
        netbuf_free(&h->stack, packets[i]);
    packets[i] = kind & 1 ? netbuf_alloc_linear(&h->stack, kind, len)
                          : netbuf_alloc(&h->stack, kind & 2);
    len = MIN(len, netbuf_tailroom(packets[i]));
    fill(netbuf_put(packets[i], len), bytes[i], len);
}

static void add_frag(unsigned i, size_t len)
{
    struct netmem *m = netmem_create(&h->stack, len + 1);
    struct netbuf *nb = packets[i];

    if (nb->len + len <= NETBUF_LEN_MAX) {
        fill(netmem_bytes(m), bytes[i] + nb->len, len);
        netbuf_add_frag(nb, m, netmem_bytes(m), len);
    }
    netmem_put(&h->stack, m);
}

/* Others may have the bytes around it: nothing is to be written there. */
static bool is_shared(const struct netbuf *nb)
{
    return nb->mem && nb->mem->refs > 1;
}

static void add_room(unsigned i, size_t len)
{
    struct netbuf *nb = packets[i];
    size_t at = nb->len, n;
    uint8_t *piece;

    if (at + len > NETBUF_LEN_MAX || is_shared(nb))
        return;
    netbuf_add_room(&h->stack, nb, len);
    for (; at < nb->len; at += n) {
        n = netbuf_piece(nb, at, &piece);
        fill(piece, bytes[i] + at, n);
    }
}

static void push(unsigned i, size_t len)
{
    struct netbuf *nb = packets[i];

    if (is_shared(nb))
        return;
    len = MIN(len, MIN(netbuf_headroom(nb), (size_t)NETBUF_LEN_MAX - nb->len));
    memmove(bytes[i] + len, bytes[i], nb->len);
    fill(netbuf_push(nb, len), bytes[i], len);
}

static void consume(unsigned i, size_t len)
{
    struct netbuf *nb = packets[i];

    len = MIN(len, (size_t)nb->len);
    netbuf_consume(&h->stack, nb, len);
    memmove(bytes[i], bytes[i] + len, nb->len);
}

static void append(unsigned to, unsigned from, size_t at, size_t len)
{
    size_t old = packets[to]->len;

    at = MIN(at, (size_t)packets[from]->len);
    len = MIN(len, packets[from]->len - at);
    if (to == from || old + len > NETBUF_LEN_MAX)
        return;
    netbuf_add_range(&h->stack, packets[to], packets[from], at, len);
    ck_assert_uint_le(packets[to]->len, old + len);
    memcpy(bytes[to] + old, bytes[from] + at, packets[to]->len - old);
}

/* Another with the same bytes in its place. */
static void replace(unsigned i, struct netbuf *with)
{
    ck_assert_uint_eq(with->len, packets[i]->len);
    netbuf_free(&h->stack, packets[i]);
    packets[i] = with;
}

static void step(struct fuzz_input *in)
{
    uint8_t what = fuzz_byte(in);
    unsigned i = what >> 6;
    size_t len = fuzz_word(in);

    if (!packets[i] || (what & 15) == 0) {
        begin(i, in);
        return;
    }
    switch (what & 15) {
    case 1:
        add_frag(i, len % 5000);
        break;
    case 2:
        add_room(i, len);
        break;
    case 3:
        push(i, len % 200);
        break;
    case 4:
        consume(i, len);
        break;
    case 5:
        netbuf_trim(&h->stack, packets[i], len);
        break;
    case 6:
        if (netbuf_need(&h->stack, packets[i], len % 129))
            ck_assert_uint_ge(packets[i]->linear, len % 129);
        break;
    case 7:
        if (packets[what >> 4 & 3])
            append(i, what >> 4 & 3, fuzz_word(in), len);
        break;
    case 8:
        replace(i, netbuf_clone(&h->stack, packets[i]));
        break;
    case 9:
        replace(i, netbuf_copy(&h->stack, packets[i], len % 300));
        break;
    }
    compare(i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};

    stubs_setup();
    h = host_create(1, 0);
    for (unsigned i = 0; in.left && i < 200; i++)
        step(&in);
    for (unsigned i = 0; i < PACKETS; i++) {
        netbuf_free(&h->stack, packets[i]);
        packets[i] = NULL;
    }
    host_destroy(h);
    stubs_teardown();
    return 0;
}
