// SPDX-License-Identifier: MIT
/* packet: frames seen and sent on a wire, and filters from an enemy. */
#include "tests/unit/net/host.h"

#include "abi/errno.h"
#include "abi/packet.h"
#include "net/bpf.h"
#include "net/netdev.h"

static struct host *a, *b;
static uint8_t back[2048];

static void begin(void)
{
    a = host_create(1, 0);
    b = host_create(2, 0);
    host_introduce(a, b);
}

static void end(void)
{
    host_destroy(a);
    host_destroy(b);
}

static struct sock *open_packet(struct host *h, int type, uint16_t protocol)
{
    struct sock *sk;

    ck_assert_int_eq(
        sock_create(&h->stack, AF_PACKET, type, be16(protocol), &sk), 0);
    sk->owner = h;
    return sk;
}

static struct abi_sockaddr_ll from_of(struct sock *sk, ssize_t *n)
{
    struct sock_addr from = {0};
    struct abi_sockaddr_ll ll;

    *n = host_recv(sk, back, sizeof(back), &from, NULL);
    memcpy(&ll, from.bytes, sizeof(ll));
    return ll;
}

static void send_udp(struct host *from, struct host *to)
{
    struct sock *client = host_socket(from, SOCK_DGRAM, 0, 0);
    struct sock_addr addr;

    host_format(&addr, host_addr(2), 7);
    ck_assert_int_eq(host_send(client, "abc", 3, &addr, 0), 3);
    host_wire(from, to);
    host_close(client);
}

START_TEST(both_ends_see_a_frame)
{
    struct abi_sockaddr_ll ll;
    struct sock *out, *in;
    ssize_t n;

    begin();
    out = open_packet(a, SOCK_RAW, ETH_P_ALL);
    in = open_packet(b, SOCK_DGRAM, ETHER_IPV4);
    send_udp(a, b);
    ll = from_of(out, &n);
    ck_assert_int_eq(n, 14 + 20 + 8 + 3);
    ck_assert_uint_eq(ll.sll_pkttype, PACKET_OUTGOING);
    ck_assert_mem_eq(back, b->dev.mac, 6);
    ck_assert_mem_eq(back + 6, a->dev.mac, 6);
    ll = from_of(in, &n);
    ck_assert_int_eq(n, 20 + 8 + 3);
    ck_assert_uint_eq(ll.sll_pkttype, PACKET_HOST);
    ck_assert_mem_eq(ll.sll_addr, a->dev.mac, 6);
    ck_assert_uint_eq(back[0], 0x45);
    host_close(out);
    ck_assert(!a->dev.tapped);
    host_close(in);
    end();
}
END_TEST

START_TEST(frames_to_others_only_for_the_promiscuous)
{
    struct abi_packet_mreq r = {.mr_type = PACKET_MR_PROMISC};
    struct ether_header h = {.destination = {2, 0, 0, 0, 0, 99},
                             .source = {2, 0, 0, 0, 0, 98},
                             .type = BE16(0x88b5)};
    struct abi_sockaddr_ll ll;
    struct sock *sk;
    ssize_t n;

    begin();
    sk = open_packet(a, SOCK_RAW, 0x88b5);
    host_receive(a, &h, sizeof(h));
    ck_assert_int_eq(host_recv(sk, back, sizeof(back), NULL, NULL), -EAGAIN);
    r.mr_ifindex = a->dev.index;
    ck_assert_int_eq(sk->ops->set_option(sk, SOL_PACKET, PACKET_ADD_MEMBERSHIP,
                                         &r, sizeof(r)),
                     0);
    host_receive(a, &h, sizeof(h));
    ll = from_of(sk, &n);
    ck_assert_int_eq(n, sizeof(h));
    ck_assert_uint_eq(ll.sll_pkttype, PACKET_OTHERHOST);
    ck_assert_uint_eq(a->dev.promiscuous, 1);
    host_close(sk); /* and forgets what it had joined */
    ck_assert_uint_eq(a->dev.promiscuous, 0);
    end();
}
END_TEST

START_TEST(sends_through_a_card)
{
    struct abi_sockaddr_ll to = {.sll_family = AF_PACKET,
                                 .sll_protocol = BE16(0x88b5),
                                 .sll_halen = 6,
                                 .sll_addr = {2, 0, 0, 0, 0, 2}};
    struct sock_addr addr = {.len = sizeof(to)};
    struct sock *sk, *in;
    struct abi_sockaddr_ll ll;
    ssize_t n;

    begin();
    sk = open_packet(a, SOCK_DGRAM, 0);
    in = open_packet(b, SOCK_RAW, 0x88b5);
    to.sll_ifindex = a->dev.index;
    memcpy(addr.bytes, &to, sizeof(to));
    ck_assert_int_eq(host_send(sk, "ping", 4, &addr, 0), 4);
    ck_assert_int_eq(host_send(sk, back, 1501, &addr, 0), -EMSGSIZE);
    ck_assert_uint_eq(host_wire(a, b), 1);
    ll = from_of(in, &n);
    ck_assert_int_eq(n, 14 + 4);
    ck_assert_mem_eq(back + 14, "ping", 4);
    ck_assert_uint_eq(ll.sll_protocol, BE16(0x88b5));
    ck_assert_uint_eq(sk->wmem, 0);
    host_close(sk);
    host_close(in);
    end();
}
END_TEST

/* Whatever passes the check runs to an end and stays in its bounds, which the
 * sanitizers watch. */
START_TEST(no_program_gets_out)
{
    static const uint16_t codes[] = {
        0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x14, 0x15, 0x16,
        0x1c, 0x1d, 0x20, 0x24, 0x25, 0x28, 0x2c, 0x30, 0x34, 0x35, 0x3c,
        0x40, 0x44, 0x45, 0x48, 0x50, 0x54, 0x5c, 0x60, 0x61, 0x64, 0x6c,
        0x74, 0x7c, 0x80, 0x81, 0x84, 0x87, 0x94, 0x9c, 0xa4, 0xac, 0xb1};
    struct abi_sock_filter code[12];
    unsigned ran = 0;

    begin();
    for (unsigned round = 0; round < 200000; round++) {
        struct netbuf *nb;
        struct bpf *f;
        uint16_t words[3];

        for (size_t i = 0; i < ARRAY_SIZE(code); i++) {
            net_env_random(&a->stack, words, sizeof(words));
            code[i].code = codes[words[0] % ARRAY_SIZE(codes)];
            code[i].jt = (uint8_t)(words[0] >> 8) % 5;
            code[i].jf = (uint8_t)words[1] % 5;
            code[i].k = words[1] & 0x100 ? words[2] % 40
                                         : (uint32_t)(int32_t)(int16_t)words[2]
                                               << (words[1] >> 12);
        }
        code[ARRAY_SIZE(code) - 1] =
            (struct abi_sock_filter){.code = BPF_RET | BPF_A};
        if (bpf_create(&a->stack, code, ARRAY_SIZE(code), &f))
            continue;
        nb = netbuf_alloc_linear(&a->stack, 0, 30);
        memset(netbuf_put(nb, 30), 0x5a, 30);
        bpf_run(f, &a->stack, &(struct bpf_packet){.nb = nb});
        netbuf_free(&a->stack, nb);
        net_env_free(&a->stack, f);
        ran++;
    }
    ck_assert_uint_gt(ran, 100);
    end();
}
END_TEST

UNIT_SUITE(net_packet, "net/packet", both_ends_see_a_frame,
           frames_to_others_only_for_the_promiscuous, sends_through_a_card,
           no_program_gets_out)
