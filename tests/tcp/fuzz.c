// SPDX-License-Identifier: MIT
/*
 * fuzz: the receive path under libFuzzer (`make fuzz`; clang). The input is a
 * list of steps: segments for a listener or an open connection, with numbers
 * near what is right, and calls of the program in between. Anything may happen
 * but a crash, and at the end nothing may be left.
 */
#include <stdlib.h>
#include <string.h>

#include "abi/errno.h"
#include "net/checksum.h"
#include "net/tcp_priv.h"
#include "tests/tcp/peer.h"

struct step {
    uint8_t what, flags;
    int16_t seq, ack;
    uint16_t window, urgent;
    uint8_t len, optlen;
};

static struct world w;
static struct sock *listener, *sk;
static struct fake_owner owner;
static uint32_t our_isn;

static void ignore(struct fake_owner *o, struct sock *s, unsigned events)
{
    (void)o;
    (void)s;
    (void)events;
}

static bool watch(struct world *world, int from, const uint8_t *ip, size_t len)
{
    (void)world;
    if (from == 1 && len >= 40 && ip[33] & TCP_SYN) {
        memcpy(&our_isn, ip + 24, 4);
        our_isn = be32(our_isn);
    }
    return from == 0;
}

static void segment(const struct step *s, const uint8_t *options)
{
    uint8_t bytes[512] = {0x45};
    struct tcp_sock *tp = sk ? tcp_sk(sk) : NULL;
    struct tcp_header h = {.source = be16(4000), .destination = be16(80)};
    size_t optlen = s->optlen & 0x28, total = 40 + optlen + s->len;
    uint32_t source = WORLD_ADDR(0), destination = WORLD_ADDR(1);
    uint16_t v = be16((uint16_t)total);

    h.seq = be32((tp ? tp->rcv_nxt : 1) + (uint32_t)(int32_t)s->seq);
    h.ack = be32((tp ? tp->snd_nxt : our_isn + 1) + (uint32_t)(int32_t)s->ack);
    h.flags = s->flags;
    h.offset = (uint8_t)((20 + optlen) << 2);
    h.window = be16(s->window);
    h.urgent = be16(s->urgent);
    memcpy(bytes + 2, &v, 2);
    bytes[8] = 64;
    bytes[9] = IPPROTO_TCP;
    memcpy(bytes + 12, &source, 4);
    memcpy(bytes + 16, &destination, 4);
    v = checksum_ipv4_header(bytes);
    memcpy(bytes + 10, &v, 2);
    memcpy(bytes + 40, options, optlen);
    memcpy(bytes + 20, &h, sizeof(h));
    v = checksum_fold(
        checksum_partial(bytes + 20, total - 20,
                         checksum_pseudo_v4(source, destination, IPPROTO_TCP,
                                            (uint32_t)total - 20)));
    memcpy(bytes + 36, &v, 2);
    world_inject(&w, 1, bytes, total);
    world_run(&w, w.now + 1000);
}

static void call(const struct step *s)
{
    static uint8_t buf[65536];

    switch (s->what & 7) {
    case 1:
        world_run(&w, w.now + s->window * NSEC_PER_MSEC);
        break;
    case 2:
        if (sk)
            peer_send(sk, buf, s->window, s->len & 1 ? MSG_OOB : 0);
        break;
    case 3:
        if (sk)
            peer_recv(sk, buf, s->window,
                      s->len & (MSG_OOB | MSG_PEEK | MSG_TRUNC));
        break;
    case 4:
        if (sk)
            peer_shutdown(sk, s->len % 3);
        break;
    case 5:
        if (sk)
            peer_close(sk);
        sk = NULL;
        break;
    case 6:
        if (!sk && (sk = peer_accept(listener)))
            sk->owner = &owner;
        break;
    case 7:
        if (sk)
            peer_set(sk, SOL_TCP, s->len, s->window);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct link_config link = {.delay_ns = 1000};
    static const uint8_t options[44] = {2, 4, 5, 180, 4, 2, 1, 1};
    struct step s = {.flags = TCP_SYN, .window = 65535, .optlen = 8};

    world_init(&w, &link, 1);
    w.filter = watch;
    owner.ready = ignore;
    sk = NULL;
    listener = peer_socket(&w.hosts[1]);
    peer_set(listener, SOL_SOCKET, SO_REUSEADDR, 1);
    peer_bind(listener, 0, 80);
    peer_listen(listener, 1);
    listener->owner = &owner;
    if (size && data[0] & 1) {
        s.seq = -1;
        segment(&s, options);
        s.seq = 0;
        s.flags = TCP_ACK;
        s.optlen = 0;
        segment(&s, options);
        sk = peer_accept(listener);
        if (sk)
            sk->owner = &owner;
    }
    while (size >= sizeof(s) + 1) {
        memcpy(&s, data + 1, sizeof(s));
        data += sizeof(s);
        size -= sizeof(s);
        if (s.what & 7)
            call(&s);
        else if (size > 41)
            segment(&s, data + 1);
        else
            segment(&s, options);
    }
    if (sk)
        peer_close(sk);
    peer_close(listener);
    world_run(&w, w.now + 4000 * NSEC_PER_SEC);
    if (world_fini(&w))
        abort();
    return 0;
}
